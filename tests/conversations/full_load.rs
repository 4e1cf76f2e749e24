//! Several speakers as fast as the server takes it, readers who keep up and readers who stop: what holds for one message
//! holds for a flood of them.

use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;

use fanfare_server::options::UseIoUring;
use fanfare_tests::{Account, Client, TestServer, counted_octets, stopped_member};

const SPEAKERS: usize = 4;
const READERS: usize = 12;
const STOPPED: usize = 8;

/// What each speaker says, in batches that are sent at once.
const BATCHES: usize = 60;
const BATCH: usize = 64;
const SAID: u64 = (SPEAKERS * BATCHES * BATCH) as u64;

#[test]
fn order_contiguity_and_gaps_hold_with_one_worker_that_sends_by_io_uring() {
    order_contiguity_and_gaps_hold(1, UseIoUring::Auto);
}

#[test]
fn order_contiguity_and_gaps_hold_with_one_worker_that_sends_to_each() {
    order_contiguity_and_gaps_hold(1, UseIoUring::Off);
}

#[test]
fn order_contiguity_and_gaps_hold_with_four_workers_that_send_by_io_uring() {
    order_contiguity_and_gaps_hold(4, UseIoUring::Auto);
}

#[test]
fn order_contiguity_and_gaps_hold_with_four_workers_that_send_to_each() {
    order_contiguity_and_gaps_hold(4, UseIoUring::Off);
}

/// What somebody heard of the room.
struct Heard {
    account: Account,
    /// Each message that came, by its number: its line and its text.
    messages: HashMap<u64, String>,
}

impl Heard {
    fn new() -> Self {
        Self { account: Account::new("#tea", 1), messages: HashMap::new() }
    }

    /// Enters the next line, if it is of the room. Otherwise returns it.
    fn hear(&mut self, client: &mut Client) -> Option<String> {
        let line = client.line().expect("nobody is cut");
        let text = counted_octets(&line).map(|octets| client.counted(octets)).unwrap_or_default();
        let seq = self.account.due();
        if !self.account.enter(&line) {
            return Some(line).filter(|line| !line.starts_with("JOINED ") && !line.starts_with("LEFT "));
        }
        if line.starts_with("MSG ") {
            self.messages.insert(seq, format!("{line}\n{text}"));
        }
        None
    }

    fn hear_all(&mut self, client: &mut Client) {
        while self.account.due() <= SAID {
            assert_eq!(self.hear(client), None);
        }
    }

    /// That each number was a message or in a gap, and each speaker's messages came in the order in which they were said.
    fn check(&self) {
        let account = &self.account;
        assert_eq!((account.received + account.missed, account.received), (SAID, self.messages.len() as u64));
        let mut said = [0; SPEAKERS];
        for seq in 1..=SAID {
            let Some(message) = self.messages.get(&seq) else { continue };
            let (_, text) = message.split_once([':', '\n']).expect("a text");
            let mut numbers = text.split([' ', '\n']).map_while(|number| number.parse::<usize>().ok());
            let (speaker, number) = (numbers.next().expect("its speaker"), numbers.next().expect("its number"));
            assert!(number >= said[speaker], "{number} of {speaker} came behind {}", said[speaker]);
            said[speaker] = number + 1;
        }
    }
}

/// What a speaker says: short lines, long ones, and texts of two lines in counted form.
fn request(speaker: usize, number: usize) -> String {
    match number % 3 {
        0 => format!("SAY #tea :{speaker} {number}\n"),
        1 => format!("SAY #tea :{speaker} {number} {}\n", "x".repeat(number % 1_500)),
        _ => {
            let text = format!("{speaker} {number}\n{}", "y".repeat(number % 500));
            format!("SAY #tea {{{}}}\n{text}\n", text.len())
        }
    }
}

fn speak(mut client: Client, speaker: usize) -> Heard {
    let mut heard = Heard::new();
    for batch in 0..BATCHES {
        let requests: String = (batch * BATCH..(batch + 1) * BATCH).map(|number| request(speaker, number)).collect();
        client.send_octets(requests.as_bytes());
        let mut answers = 0;
        while answers < BATCH {
            if let Some(line) = heard.hear(&mut client) {
                assert!(line.starts_with("OK seq="), "{line}");
                answers += 1;
            }
        }
    }
    heard.hear_all(&mut client);
    heard
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST send an accepted message as `MSG` to every member of the room, the sender included, or name its number
//# in a `GAP`, as long as the membership lasts.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT give one number of an epoch to two messages.
//= protocol/SPEC.md#6-2-where-a-membership-begins
//= type=test
//# A server MUST send the numbers of `MSG`, `NOTE` and `GAP` of a membership contiguously from `next` until the
//# membership ends.
fn order_contiguity_and_gaps_hold(workers: usize, io_uring: UseIoUring) {
    let server = TestServer::with(workers, |options| {
        options.io_uring = io_uring;
        options.room_log = 256 * 1_024;
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let members = |what: &str, count: usize| -> Vec<Client> {
        let person = |index| {
            let mut client = server.framed(&format!("{what}-{index}"));
            client.send("JOIN #tea");
            client.expect("OK <attributes>");
            client
        };
        (0..count).map(person).collect()
    };
    let stopped: Vec<_> =
        (0..STOPPED).map(|index| stopped_member(&server, &format!("stopped-{index}"), &["#tea"])).collect();
    let (readers, speakers) = (members("reader", READERS), members("speaker", SPEAKERS));
    let begin = Barrier::new(SPEAKERS);
    let begin = &begin;
    let heard: Vec<Heard> = thread::scope(|scope| {
        let mut threads = Vec::new();
        for (index, client) in speakers.into_iter().enumerate() {
            threads.push(scope.spawn(move || {
                begin.wait();
                speak(client, index)
            }));
        }
        for mut client in readers {
            threads.push(scope.spawn(move || {
                let mut heard = Heard::new();
                heard.hear_all(&mut client);
                heard
            }));
        }
        let mut heard: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("it has heard all")).collect();
        // Only when everything was said do the others read on.
        for mut client in stopped {
            let mut late = Heard::new();
            late.hear_all(&mut client);
            assert!(late.account.gaps > 0, "{:?}", late.account);
            heard.push(late);
        }
        heard
    });
    let mut room: HashMap<u64, &str> = HashMap::new();
    for heard in &heard {
        heard.check();
        for (&seq, message) in &heard.messages {
            assert_eq!(*room.entry(seq).or_insert(message), message, "{seq} is not the same for everybody");
        }
    }
    assert_eq!(room.len() as u64, SAID, "each message was heard by somebody");
}
