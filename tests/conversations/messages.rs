//! What is said in a room, and how it is heard.

use std::num::NonZeroU32;
use std::time::{SystemTime, UNIX_EPOCH};

use fanfare_tests::{Captures, Client, TestServer};

with_workers!(
    everybody_hears_a_message_the_sender_included,
    both_forms_of_a_text_are_one_message,
    a_server_writes_every_text_in_its_canonical_form,
    a_relayed_frame_is_encoded_anew,
    the_largest_text_goes_in_and_out,
    a_text_above_a_lower_limit_ends_the_connection,
    texts_of_all_sorts_arrive_as_they_were,
    an_empty_text_is_a_message,
    a_repeated_id_is_said_once,
    an_id_with_another_text_is_refused,
    an_id_is_the_same_in_both_forms_of_its_text,
    an_id_belongs_to_a_name_and_a_room,
    an_id_outlives_the_connection,
    the_last_1024_ids_are_remembered,
    an_id_of_a_refused_message_is_not_remembered,
    a_refused_message_has_no_number_and_is_heard_by_nobody,
    numbers_rise_by_one_whoever_speaks,
    times_never_go_back,
    two_hundred_requests_in_one_write_are_answered_in_order,
    a_long_answer_is_not_torn_by_later_requests,
    faults_are_answered_in_their_place,
    all_answers_come_before_the_goodbye,
    what_the_rooms_hold_comes_before_the_goodbye,
    nothing_behind_a_goodbye_is_executed,
    pings_are_answered_in_their_order,
    beyond_the_rate_requests_are_refused_and_said_to_nobody,
    the_rate_does_not_count_pings_and_faults,
);

/// A server that answers as fast as it is asked.
fn unhurried(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// Two members of a room, who know of each other.
fn alice_and_bob(server: &TestServer) -> (Client, Client) {
    let mut alice = server.member("alice", "#tea");
    let bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    (alice, bob)
}

/// The answers to so many requests, without the events between them.
fn answers(client: &mut Client, count: usize) -> Vec<String> {
    let mut answers = Vec::new();
    while answers.len() < count {
        let line = client.line().expect("an answer");
        if line.starts_with("OK") || line.starts_with("ERR ") {
            answers.push(line);
        }
    }
    answers
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST send an accepted message as `MSG` to every member of the room, the sender included, or name its number
//# in a `GAP`, as long as the membership lasts.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST send the id of a message in its `MSG` and `PAST`.
fn everybody_hears_a_message_the_sender_included(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let mut carol = server.member("carol", "#coffee");
    bob.send("SAY #tea id=x1 :Good morning");
    let mut lines = [bob.line(), bob.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert_eq!(lines[1], "OK seq=1");
    alice.expect(&lines[0]);
    assert!(lines[0].starts_with("MSG #tea 1 ") && lines[0].ends_with(" bob id=x1 :Good morning"), "{lines:?}");
    carol.expect_nothing();
}

//= protocol/SPEC.md#2-4-text
//= type=test
//# A receiver MUST accept a text in either form.
fn both_forms_of_a_text_are_one_message(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea :hello\nSAY #tea {5}\nhello\nsay #tea {5}\r\nhello\r\nSay #tea x=y :hello\r");
    for number in 1..=4 {
        alice.expect(&format!("MSG #tea {number} <at> bob :hello"));
    }
}

//= protocol/SPEC.md#2-4-text
//= type=test
//# A server MUST send every text in its canonical form.
fn a_server_writes_every_text_in_its_canonical_form(workers: usize) {
    let server = unhurried(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea {2}\n\n\n\nSAY #tea :end");
    alice.expect("MSG #tea 1 <at> bob {2}");
    assert_eq!(alice.counted(2), "\n\n");
    let at = alice.expect("MSG #tea 2 <at> bob :end");
    // The longest text that fits into a line beside the header, and one octet more.
    let header = format!("MSG #tea 3 {} bob :", at.get("at")).len();
    let fits = "x".repeat(4_096 - header);
    bob.send(&format!("SAY #tea {{{}}}\n{fits}\nSAY #tea {{{}}}\n{fits}y", fits.len(), fits.len() + 1));
    alice.expect(&format!("MSG #tea 3 <at> bob :{fits}"));
    alice.expect(&format!("MSG #tea 4 <at> bob {{{}}}", fits.len() + 1));
    assert_eq!(alice.counted(fits.len() + 1), format!("{fits}y"));
    // A line that a client may just send makes one that is too long for a server.
    let request = "z".repeat(4_096 - "SAY #tea :".len());
    bob.send(&format!("SAY #tea :{request}"));
    alice.expect(&format!("MSG #tea 5 <at> bob {{{}}}", request.len()));
    assert_eq!(alice.counted(request.len()), request);
}

//= protocol/SPEC.md#2-4-text
//= type=test
//# A server MUST encode again what it relays, and not pass on the received octets of a frame.
//= protocol/SPEC.md#2-5-attributes
//= type=test
//# A receiver MUST ignore a well-formed attribute whose key is unknown for the verb.
fn a_relayed_frame_is_encoded_anew(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("sAy #tea zz=1 id=An_id-1 a=b=c :with extras\r");
    alice.expect("MSG #tea 1 <at> bob id=An_id-1 :with extras");
    bob.send("TELL ALICE z=1 id=2 {2}\nhi");
    alice.expect("TOLD <at> bob id=2 :hi");
}

fn the_largest_text_goes_in_and_out(workers: usize) {
    let server = unhurried(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let text: String = ('a'..='z').cycle().take(65_535).chain(['\n']).collect();
    assert_eq!(text.len(), 65_536);
    for number in 1..=5 {
        bob.send(&format!("SAY #tea {{65536}}\n{text}"));
        for person in [&mut alice, &mut bob] {
            person.lines_until(&format!("MSG #tea {number} <at> bob {{65536}}"));
            assert!(person.counted(65_536) == text);
        }
        alice.send(&format!("TELL bob {{65536}}\n{text}"));
        alice.expect("OK");
        bob.lines_until("TOLD <at> alice {65536}");
        assert!(bob.counted(65_536) == text);
    }
    bob.send("SAY #tea {65537}");
    bob.lines_until("BYE text-too-long :<text>");
    bob.expect_end();
    alice.expect("LEFT #tea bob");
}

fn a_text_above_a_lower_limit_ends_the_connection(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_text = 5_000);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let text = "x".repeat(5_000);
    bob.send(&format!("SAY #tea {{5000}}\n{text}\nSAY #tea {{5001}}\nx"));
    alice.expect("MSG #tea 1 <at> bob {5000}");
    assert_eq!(alice.counted(5_000), text);
    alice.expect("LEFT #tea bob");
    bob.lines_until("BYE text-too-long :<text>");
    bob.expect_end();
}

fn texts_of_all_sorts_arrive_as_they_were(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for (number, text) in (1..).zip([
        " leading and trailing ",
        ":colon",
        "{3}",
        "JOIN #other",
        "tab\there",
        "\u{20ac}uro \u{e9}t\u{e9} \u{1f389}",
        "\u{a0}\u{feff}\u{200b}",
        "\u{10ffff}",
        "\"quoted\" \\n <b>",
    ]) {
        bob.send(&format!("SAY #tea :{text}"));
        alice.expect(&format!("MSG #tea {number} <at> bob :<text>"));
        bob.send(&format!("TELL alice {{{}}}\n{text}", text.len()));
        let line = alice.line().expect("it is told");
        assert!(line.starts_with("TOLD ") && line.ends_with(&format!(" bob :{text}")), "{line}");
    }
    alice.send("HISTORY #tea 4 4");
    alice.expect_all(&["PAST #tea 4 <at> bob :JOIN #other", "OK <rest>"]);
}

//= protocol/SPEC.md#2-4-text
//= type=test
//# A receiver MUST accept an empty text in both forms.
fn an_empty_text_is_a_message(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea :\nSAY #tea {0}\n\nSAY #tea {0}\r\n\r");
    for number in 1..=3 {
        let line = alice.line().expect("a message");
        assert!(line.starts_with(&format!("MSG #tea {number} ")) && line.ends_with(" bob :"), "{line}");
    }
    bob.send("TELL alice :");
    let line = alice.line().expect("a private message");
    assert!(line.starts_with("TOLD ") && line.ends_with(" bob :"), "{line}");
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST answer a remembered id with the same text with `OK seq=N repeat=yes`, where N is the number of the
//# first message, and not say the message again.
fn a_repeated_id_is_said_once(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea id=a :one\nSAY #tea id=a :one\nSAY #tea :two\nSAY #tea id=a :one\nSAY #tea id=A :one");
    assert_eq!(
        answers(&mut bob, 5),
        ["OK seq=1", "OK seq=1 repeat=yes", "OK seq=2", "OK seq=1 repeat=yes", "OK seq=3"]
    );
    alice.expect_all(&["MSG #tea 1 <at> bob id=a :one", "MSG #tea 2 <at> bob :two", "MSG #tea 3 <at> bob id=A :one"]);
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST answer a remembered id with another text with `ERR id-reused`.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
fn an_id_with_another_text_is_refused(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea id=a :one\nSAY #tea id=a :two\nSAY #tea id=a :one \nSAY #tea id=a :\nSAY #tea id=a :one");
    assert_eq!(answers(&mut bob, 5)[4], "OK seq=1 repeat=yes");
    bob.send("SAY #tea id=a :two");
    bob.lines_until("ERR id-reused :<text>");
    alice.expect("MSG #tea 1 <at> bob id=a :one");
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
fn an_id_is_the_same_in_both_forms_of_its_text(workers: usize) {
    let server = TestServer::start(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea id=a {3}\none\nSAY #tea id=a :one\nSAY #tea id=b {3}\na\nb\nSAY #tea id=b {3}\na\nb");
    assert_eq!(answers(&mut bob, 4), ["OK seq=1", "OK seq=1 repeat=yes", "OK seq=2", "OK seq=2 repeat=yes"]);
}

fn an_id_belongs_to_a_name_and_a_room(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("JOIN #coffee\nSAY #tea id=a :one\nSAY #coffee id=a :two");
    assert_eq!(answers(&mut bob, 3)[1..], ["OK seq=1", "OK seq=1"]);
    alice.send("SAY #tea id=a :three");
    assert_eq!(answers(&mut alice, 1), ["OK seq=2"]);
}

fn an_id_outlives_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea id=a :one\nBYE");
    bob.lines_until("BYE bye :<text>");
    let mut bob = server.member("BOB", "#tea");
    bob.send("SAY #tea id=a :one\nSAY #tea id=a :two");
    assert_eq!(answers(&mut bob, 1), ["OK seq=1 repeat=yes"]);
    bob.expect("ERR id-reused :<text>");
    alice.expect_all(&["MSG #tea 1 <at> bob id=a :one", "LEFT #tea bob", "JOINED #tea BOB"]);
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST remember an id while it is younger than 5 minutes and among the last 1,024 of its name in its room,
//# except as item 7 says.
fn the_last_1024_ids_are_remembered(workers: usize) {
    let server = unhurried(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    let say: String = (0..1_024).map(|n| format!("SAY #tea id=n{n} :x{n}\n")).collect();
    bob.send_octets(say.as_bytes());
    answers(&mut bob, 1_024);
    bob.send_octets(say.as_bytes());
    for (number, answer) in (1..).zip(answers(&mut bob, 1_024)) {
        assert_eq!(answer, format!("OK seq={number} repeat=yes"));
    }
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT execute any part of a frame that it answers with `ERR`.
fn an_id_of_a_refused_message_is_not_remembered(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    alice.send("SAY #tea id=a :one\nJOIN #tea\nSAY #tea id=a :one\u{7}\nSAY #tea id=a :two");
    assert_eq!(answers(&mut alice, 4)[3], "OK seq=1");
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT give a number to a refused message.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT send a refused message to anyone.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT execute any part of a frame that it answers with `ERR`.
fn a_refused_message_has_no_number_and_is_heard_by_nobody(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let mut carol = server.framed("carol");
    carol.send("SAY #tea :I'm not here");
    carol.expect("ERR not-joined :<text>");
    bob.send("SAY #tea id=. :x\nSAY #tea id=a id=a :x\nSAY #tea :\u{202e}x\nSAY #tea x\nSAY #tea\nSAY  #tea :x\nSAY #tea :fine");
    assert_eq!(answers(&mut bob, 7)[6], "OK seq=1");
    alice.expect("MSG #tea 1 <at> bob :fine");
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST give an accepted message the room's next number, and that number as `seq` in the `OK`.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST give each further message or `NOTE` of an epoch the number after the one before it.
fn numbers_rise_by_one_whoever_speaks(workers: usize) {
    let server = unhurried(workers);
    let mut people: Vec<_> = (0..8).map(|n| server.member(&format!("p{n}"), "#tea")).collect();
    for person in &mut people {
        person.send(&"SAY #tea :x\n".repeat(50));
    }
    for person in &mut people {
        let mut due = 1;
        let mut own = Vec::new();
        let mut answered = Vec::new();
        while due <= 400 || answered.len() < 50 {
            let line = person.line().expect("messages come");
            let fields: Vec<_> = line.split(' ').collect();
            match fields[0] {
                "MSG" => {
                    assert_eq!(fields[2], due.to_string());
                    own.push((fields[4].to_owned(), due));
                    due += 1;
                }
                "OK" => answered.push(fields[1].to_owned()),
                verb => assert_eq!(verb, "JOINED"),
            }
        }
        // Each answer has the number of one's own message.
        let mine =
            |name: &str| own.iter().filter(|(who, _)| who == name).map(|(_, seq)| format!("seq={seq}")).collect();
        assert!((0..8).any(|n| {
            let seqs: Vec<String> = mine(&format!("p{n}"));
            seqs == answered
        }));
    }
}

fn times_never_go_back(workers: usize) {
    let server = unhurried(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let begin = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    bob.send(&"SAY #tea :x\n".repeat(200));
    let mut before = u64::try_from(begin).expect("it fits") - 1_000;
    for number in 1..=200 {
        let at = alice.expect(&format!("MSG #tea {number} <at> bob :x")).number("at");
        assert!(at >= before);
        before = at;
    }
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST answer each request with exactly one final line: `OK` or `ERR`, or for `HELLO` `WELCOME` or `ERR`, for
//# `PING` `PONG`, for `BYE` `BYE`.
//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST send `OK`, `ERR` and `WELCOME` in the order in which the requests came.
fn two_hundred_requests_in_one_write_are_answered_in_order(workers: usize) {
    let server = unhurried(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let mut requests = String::new();
    for n in 1..=200 {
        requests += &format!("SAY #tea :message {n}\nPING p{n}\nWHO #tea after=alice\nSAY #nowhere :x\n");
    }
    bob.send_octets(requests.as_bytes());
    let (mut answers, mut pongs) = (Vec::new(), 0);
    while answers.len() < 800 || pongs < 200 {
        let line = bob.line().expect("an answer");
        if line.starts_with("PONG ") {
            pongs += 1;
            assert_eq!(line, format!("PONG p{pongs}"));
        } else if !line.starts_with("MSG ") {
            answers.push(line);
        }
    }
    for (number, answers) in (1..).zip(answers.chunks(4)) {
        assert_eq!(answers[..3], [format!("OK seq={number}"), "NAMES #tea bob".to_owned(), "OK members=2".to_owned()]);
        assert!(answers[3].starts_with("ERR not-joined :"));
    }
    for n in 1..=200 {
        alice.expect(&format!("MSG #tea {n} <at> bob :message {n}"));
    }
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST send `OK`, `ERR` and `WELCOME` in the order in which the requests came.
//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST send the `NAMES`, `ROOM` and `PAST` lines of an answer directly before its `OK`, with nothing between
//# them but events and `PONG`.
fn a_long_answer_is_not_torn_by_later_requests(workers: usize) {
    let server = unhurried(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    let text = "x".repeat(1_000);
    bob.send(&format!("SAY #tea :{text}\n").repeat(300));
    answers(&mut bob, 300);
    bob.send("PING begin");
    bob.lines_until("PONG begin");
    bob.send("HISTORY #tea 1 300\nROOMS\nPING x\nSAY #tea :end");
    let mut past = 0;
    let mut answers = Vec::new();
    while answers.len() < 4 {
        let line = bob.line().expect("an answer");
        match line.split(' ').next() {
            Some("PAST") => {
                past += 1;
                assert!(answers.is_empty());
            }
            Some("MSG" | "PONG") => {}
            _ => answers.push(line),
        }
    }
    assert_eq!(past, 300);
    assert!(answers[0].starts_with("OK epoch=") && answers[0].ends_with(" count=300 next=301"), "{answers:?}");
    assert_eq!(answers[2..], ["OK count=1", "OK seq=301"]);
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST answer a faulty frame in the same order as the requests around it.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST go on with the next frame after it answered `ERR`.
fn faults_are_answered_in_their_place(workers: usize) {
    let server = TestServer::start(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    bob.send(
        "SAY #tea :1\nSING\nSAY #tea :2\nSAY tea :x\nROOMS x\nSAY #tea :3\nHISTORY #tea 0 1\nTELL - :x\nSAY #tea :4",
    );
    let codes: Vec<_> =
        answers(&mut bob, 9).iter().map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()).collect();
    assert_eq!(
        codes,
        ["seq=1", "unknown-verb", "seq=2", "bad-room", "bad-arguments", "seq=3", "bad-arguments", "bad-name", "seq=4"]
    );
}

//= protocol/SPEC.md#4-14-bye-of-a-client
//= type=test
//# A server MUST send the answers of all earlier requests before the `BYE` that answers a `BYE`.
fn all_answers_come_before_the_goodbye(workers: usize) {
    let server = unhurried(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    let text = "x".repeat(1_000);
    bob.send(&format!("SAY #tea :{text}\n").repeat(300));
    answers(&mut bob, 300);
    bob.send("WHO #tea\nHISTORY #tea 1 300\nSAY #nowhere :x\nPING last\nBYE");
    // Its own messages can come between the answers.
    let lines: Vec<String> = bob.lines_to_the_end().into_iter().filter(|line| !line.starts_with("MSG ")).collect();
    let begins: Vec<&str> = lines.iter().map(|line| line.split(" :").next().unwrap_or_default()).collect();
    assert_eq!(begins[..2], ["NAMES #tea alice bob", "OK members=2"]);
    let pasts = begins[2..].iter().take_while(|line| line.starts_with("PAST #tea ")).count();
    assert_eq!(pasts, 300);
    let [history, refused, pong, bye] = begins[302..] else { panic!("{:?}", &begins[302..]) };
    assert!(history.starts_with("OK epoch=") && history.ends_with(" count=300 next=301"), "{history}");
    assert_eq!([refused, pong, bye], ["ERR not-joined", "PONG last", "BYE bye"]);
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server SHOULD send what its rooms hold for a person before the person's `BYE bye`.
fn what_the_rooms_hold_comes_before_the_goodbye(workers: usize) {
    let server = unhurried(workers);
    let (_alice, mut bob) = alice_and_bob(&server);
    bob.send(&format!("{}BYE", "SAY #tea :x\n".repeat(200)));
    let lines = bob.lines_to_the_end();
    let heard = lines.iter().filter(|line| line.starts_with("MSG #tea ")).count();
    assert_eq!(heard, 200, "{lines:?}");
    assert!(lines.last().is_some_and(|line| line.starts_with("BYE bye :")), "{lines:?}");
}

//= protocol/SPEC.md#4-14-bye-of-a-client
//= type=test
//# A server MUST NOT execute anything that it received after a well-formed `BYE`.
fn nothing_behind_a_goodbye_is_executed(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("SAY #tea :before\nBYE :gone\nSAY #tea :behind\nTELL alice :behind\nJOIN #behind\nPING behind\nSING");
    let lines = bob.lines_to_the_end();
    assert!(lines.last().is_some_and(|line| line.starts_with("BYE bye :")), "{lines:?}");
    alice.expect_all(&["MSG #tea 1 <at> bob :before", "LEFT #tea bob :gone"]);
    alice.send("ROOMS");
    alice.expect_all(&["ROOM #tea members=1 newest=1", "OK count=1"]);
}

//= protocol/SPEC.md#4-13-ping-of-a-client
//= type=test
//# A server MUST answer each `PING` with a `PONG` that bears the same token, or none if the `PING` bears none.
//= protocol/SPEC.md#4-13-ping-of-a-client
//= type=test
//# A server MUST answer several `PING` in the order in which they came.
//= protocol/SPEC.md#4-13-ping-of-a-client
//= type=test
//# A server MUST NOT answer a well-formed `PONG`.
fn pings_are_answered_in_their_order(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    let token = "t".repeat(64);
    alice.send(&format!("PING 1\nPING\nPONG 7\nPING {token}\nPING {token}t\nPING a b\nPING a :b\nPING x=y\nping A_-"));
    alice.expect_all(&[
        "PONG 1",
        "PONG",
        &format!("PONG {token}"),
        "ERR bad-arguments :<text>",
        "ERR bad-arguments :<text>",
        "ERR bad-arguments :<text>",
        "PONG",
        "PONG A_-",
    ]);
}

//= protocol/SPEC.md#4-2-the-message-rate
//= type=test
//# A server MUST answer `ERR rate-limited` to such a request when the bucket holds less than one unit.
//= protocol/SPEC.md#4-2-the-message-rate
//= type=test
//# A server MUST give in the `retry` of `rate-limited` the milliseconds until the bucket holds one unit, rounded up.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT give a number to a refused message.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT send a refused message to anyone.
fn beyond_the_rate_requests_are_refused_and_said_to_nobody(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(5));
    let (mut alice, mut bob) = alice_and_bob(&server);
    // The bucket holds ten, and one was spent on joining.
    bob.send(&"SAY #tea :x\n".repeat(40));
    let answers = answers(&mut bob, 40);
    let said = answers.iter().filter(|line| line.starts_with("OK seq=")).count();
    assert!((9..30).contains(&said), "{said}");
    let refused: Vec<_> = answers.iter().filter(|line| line.starts_with("ERR rate-limited retry=")).collect();
    assert_eq!(refused.len() + said, 40);
    for line in refused {
        let mut captures = Captures::default();
        assert!(captures.fit("ERR rate-limited retry=<ms> :<text>", line), "{line}");
        assert!((1..=200).contains(&captures.number("ms")), "{line}");
    }
    for number in 1..=said {
        alice.expect(&format!("MSG #tea {number} <at> bob :x"));
    }
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-2-the-message-rate
//= type=test
//# A server MUST take one unit for each request that reaches check 7 of section 2.7, except `HELLO`, `AUTH`, `PING` and
//# `BYE`.
fn the_rate_does_not_count_pings_and_faults(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(1));
    let mut alice = server.framed("alice");
    // The bucket holds two.
    alice.send(&"PING\nHELLO 1 bob\nAUTH X\nSING\nROOMS x\n\nPONG\n".repeat(3));
    alice.send("ROOMS\nJOIN #tea\nPING end");
    let lines = alice.lines_until("PONG end");
    assert!(!lines.iter().any(|line| line.starts_with("ERR rate-limited")), "{lines:?}");
    assert!(lines.contains(&"OK count=0".to_owned()));
}
