//! Nobody is kept waiting by those who have more to say, or more to read.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fanfare_tests::{Client, TestServer};

/// A server that does not limit who speaks, and reads little before it delivers: a quarter of what a room's log holds.
fn server(workers: usize, room_log: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.room_log = room_log;
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// Tells a flood to stop, also when the test fails: it would go on for minutes.
pub(crate) struct Stops<'a>(pub(crate) &'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often a flood is sent at most: some five times what the others need who are not to wait for its end.
const FLOOD: usize = 50_000;

/// Sends the same requests again and again, and reads what comes, until told to stop. It must be told so before its end.
fn flood(client: &Client, requests: &str, stop: &AtomicBool) {
    let (mut writer, mut reader) = (client.socket(), client.socket());
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut octets = vec![0; 256 * 1_024];
            // It ends with the connection.
            while reader.read(&mut octets).is_ok_and(|count| count > 0) {}
        });
        let sent =
            (0..FLOOD).take_while(|_| !stop.load(Ordering::Relaxed) && writer.write_all(requests.as_bytes()).is_ok());
        let sent = sent.count();
        // The reader then sees the end.
        let _ = client.socket().shutdown(Shutdown::Both);
        assert!(sent < FLOOD, "others waited for its end");
    });
}

#[test]
fn who_asks_once_is_answered_while_others_ask_without_pause() {
    // The less it reads of each, the sooner it answers also where its thread has a hundredth of a core.
    let (server, stop) = (server(1, 16 * 1_024), AtomicBool::new(false));
    let flooders: Vec<_> = (0..3).map(|index| server.framed(&format!("flooder-{index}"))).collect();
    let mut quiet = server.framed("quiet");
    let requests = "PING x\n".repeat(20_000);
    thread::scope(|scope| {
        for flooder in &flooders {
            scope.spawn(|| flood(flooder, &requests, &stop));
        }
        let _stops = Stops(&stop);
        for number in 0..20 {
            quiet.send(&format!("PING {number}"));
            quiet.expect(&format!("PONG {number}"));
        }
    });
}

#[test]
fn who_is_served_by_one_worker_is_answered_while_another_keeps_its_walks_going() {
    // So many that a walk takes their worker several turns.
    const MEMBERS: usize = 1_500;
    let (server, stop) = (server(2, 64 * 1_024), AtomicBool::new(false));
    // Connections go to the workers in turn: the members to the second one, and the speaker to the first.
    let people: Vec<_> = (0..2 * MEMBERS)
        .map(|index| {
            let mut person = server.connect();
            let join = if index % 2 == 1 { "\nJOIN #tea" } else { "" };
            person.send(&format!("HELLO 1 person-{index}{join}"));
            person.socket().set_nonblocking(true).expect("it can be set");
            person
        })
        .collect();
    let (mut speaker, mut asker) = (server.framed("speaker"), server.framed("asker"));
    speaker.send("JOIN #tea");
    speaker.lines_until("OK <attributes>");
    thread::scope(|scope| {
        scope.spawn(|| flood(&speaker, &"SAY #tea :on and on\n".repeat(100), &stop));
        // Members that read, so that a walk has something to do.
        scope.spawn(|| {
            let mut octets = vec![0; 64 * 1_024];
            while !stop.load(Ordering::Relaxed) {
                for person in &people {
                    let _ = person.socket().read(&mut octets);
                }
            }
        });
        let _stops = Stops(&stop);
        for number in 0..100 {
            asker.send(&format!("{}PING {number}", "PING more\n".repeat(200)));
            asker.lines_until(&format!("PONG {number}"));
        }
    });
    drop(people);
}

#[test]
fn a_reader_in_plain_mode_who_came_first_changes_nothing_for_the_others() {
    let server = server(1, 64 * 1_024);
    let mut first = server.connect();
    first.send("first");
    first.lines_until("first joined the chat!");
    // More than one submission to io_uring takes; one of them goes away without a word.
    let mut members: Vec<_> = (0..300).map(|index| server.framed(&format!("member-{index}"))).collect();
    for member in &mut members {
        member.send("JOIN #lobby");
        member.lines_until("OK <attributes>");
    }
    members.swap_remove(150).reset();
    let mut speaker = server.framed("speaker");
    speaker.send("JOIN #lobby");
    speaker.lines_until("OK <attributes>");
    for number in 0..50 {
        speaker.send(&format!("SAY #lobby :{number}"));
    }
    for member in &mut members {
        let lines = member.lines_until("MSG #lobby <seq> <at> speaker :49");
        assert_eq!(lines.iter().filter(|line| line.starts_with("MSG #lobby ")).count(), 50);
    }
    let lines = first.lines_until("speaker: 49");
    assert_eq!(lines.iter().filter(|line| line.starts_with("speaker: ")).count(), 50);
}
