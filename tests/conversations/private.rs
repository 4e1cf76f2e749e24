//! What one person tells another.

use std::io::Write;
use std::thread;

use fanfare_tests::{Captures, Client, TestServer};

with_workers!(
    framed_people_tell_each_other,
    a_framed_person_tells_a_plain_one,
    a_plain_person_tells_a_framed_one,
    plain_people_tell_each_other,
    one_may_tell_oneself,
    nobody_else_hears_it,
    a_name_that_nobody_has_is_refused,
    an_id_is_carried_and_not_remembered,
    the_order_of_one_persons_messages_is_kept,
    a_text_of_more_lines_than_ever_fit_is_not_allowed_and_never_busy,
    many_tell_one_and_nothing_is_lost,
    whoever_does_not_read_is_busy_and_others_are_not,
    whoever_reads_again_can_be_told_again,
    what_was_accepted_arrives_although_its_sender_left,
    who_tells_oneself_much_gets_an_answer_to_each,
    who_is_told_something_while_coming_reads_welcome_first,
);

/// A server that answers as fast as it is asked.
fn unhurried(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// A person in framed mode with a small receive buffer.
fn narrow(server: &TestServer, name: &str) -> Client {
    let mut client = Client::connect_narrow(server.address());
    client.send(&format!("HELLO 1 {name}"));
    client.expect_all(&["FANFARE/1 Choose a username...", &format!("WELCOME {name} <rest>")]);
    client
}

/// Tells somebody who reads nothing numbered texts, until one is refused; returns how many were accepted.
fn tell_until_busy(client: &mut Client, name: &str) -> usize {
    for number in 0..100_000 {
        client.send(&format!("TELL {name} :{number:05}{}", "x".repeat(3_995)));
        let line = client.line().expect("an answer");
        let mut captures = Captures::default();
        if captures.fit("ERR busy retry=<ms> :<text>", &line) {
            assert!(captures.number("ms") > 0, "{line}");
            return number;
        }
        assert_eq!(line, "OK");
    }
    panic!("{name} is never busy");
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send an accepted `TELL` to the named person and to nobody else, as `TOLD` or its counterpart in plain
//# mode.
fn framed_people_tell_each_other(workers: usize) {
    let server = TestServer::start(workers);
    let mut people: Vec<_> = (0..5).map(|n| server.framed(&format!("p{n}"))).collect();
    // With several workers some of them are served by one, and some by different ones.
    for from in 0..5 {
        for to in (0..5).filter(|&to| to != from) {
            people[from].send(&format!("TELL P{to} :from {from} to {to}"));
            people[from].expect("OK");
            people[to].expect(&format!("TOLD <at> p{from} :from {from} to {to}"));
        }
    }
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send an accepted `TELL` to the named person and to nobody else, as `TOLD` or its counterpart in plain
//# mode.
//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST split a text at each LF and give each part its prefix, an empty part too.
fn a_framed_person_tells_a_plain_one(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    let mut bob = server.plain("bob");
    alice.send("TELL Bob id=1 :psst\nTELL bob {5}\na\n\nb\n\nTELL bob :");
    alice.expect_all(&["OK", "OK", "OK"]);
    for line in ["[alice] psst", "[alice] a", "[alice] ", "[alice] b", "[alice] ", "[alice] "] {
        assert_eq!(bob.line().as_deref(), Some(line));
    }
}

fn a_plain_person_tells_a_framed_one(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("Alice");
    let mut bob = server.plain("bob");
    bob.send("/msg alice psst");
    bob.expect("* sent to Alice");
    alice.expect("TOLD <at> bob :psst");
    bob.send("/MSG \t ALICE  \t two  words \t");
    bob.expect("* sent to Alice");
    alice.expect("TOLD <at> bob :two  words");
}

fn plain_people_tell_each_other(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut bob = server.plain("bob");
    alice.expect("bob joined the chat!");
    bob.send("/join #elsewhere");
    bob.expect_all(&["* You are in #elsewhere, 1 member", "bob joined the chat!"]);
    alice.expect("bob has left the chat!");
    alice.send("/msg bob :who? /me");
    alice.expect("* sent to bob");
    bob.expect("[alice] :who? /me");
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST accept a `TELL` to oneself.
fn one_may_tell_oneself(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    alice.send("TELL ALICE :note");
    let mut lines = [alice.line(), alice.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert!(lines[0] == "OK" && lines[1].ends_with(" alice :note"), "{lines:?}");
    let mut bob = server.plain("bob");
    bob.send("/msg bob note");
    let mut lines = [bob.line(), bob.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert_eq!(lines, ["* sent to bob", "[bob] note"]);
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send an accepted `TELL` to the named person and to nobody else, as `TOLD` or its counterpart in plain
//# mode.
fn nobody_else_hears_it(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut carol = server.member("carol", "#tea");
    let mut bob = server.member("bob", "#tea");
    alice.expect_all(&["JOINED #tea carol", "JOINED #tea bob"]);
    carol.expect("JOINED #tea bob");
    alice.send("TELL bob :psst");
    alice.expect("OK");
    bob.expect("TOLD <at> alice :psst");
    carol.expect_nothing();
    alice.expect_nothing();
    carol.send("HISTORY #tea 1 10");
    carol.expect("OK epoch=<epoch> count=0 next=1");
}

fn a_name_that_nobody_has_is_refused(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    let mut gone = server.framed("gone");
    gone.send("BYE");
    gone.expect("BYE bye :<text>");
    alice.send("TELL bob :x\nTELL gone :x\nTELL -bob :x\nTELL server :x\nTELL bob\nTELL bob x");
    alice.expect_all(&[
        "ERR no-such-name :<text>",
        "ERR no-such-name :<text>",
        "ERR bad-name :<text>",
        "ERR no-such-name :<text>",
        "ERR bad-arguments :<text>",
        "ERR bad-arguments :<text>",
    ]);
    let mut bob = server.plain("bob");
    bob.send("/msg nobody x\n/msg -x y\n/msg alice\n/msg");
    bob.expect_all(&["! <text>", "! <text>", "! <text>", "! <text>"]);
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send the id of a `TELL` in its `TOLD`.
fn an_id_is_carried_and_not_remembered(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    let mut bob = server.framed("bob");
    alice.send("TELL bob id=Once-1 :x\nTELL bob id=Once-1 :x\nTELL bob id=Once-1 :y\nTELL bob id=. :y");
    alice.expect_all(&["OK", "OK", "OK", "ERR bad-arguments :<text>"]);
    bob.expect_all(&["TOLD <at> alice id=Once-1 :x", "TOLD <at> alice id=Once-1 :x", "TOLD <at> alice id=Once-1 :y"]);
    bob.expect_nothing();
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send the messages that one person tells another in the order in which they were accepted.
fn the_order_of_one_persons_messages_is_kept(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    let mut bob = server.framed("bob");
    let tell: String = (0..500).map(|n| format!("TELL bob :{n}\n")).collect();
    alice.send_octets(tell.as_bytes());
    let mut before = 0;
    for n in 0..500 {
        let at = bob.expect(&format!("TOLD <at> alice :{n}")).number("at");
        assert!(at >= before);
        before = at;
        alice.expect("OK");
    }
}

fn many_tell_one_and_nothing_is_lost(workers: usize) {
    let server = unhurried(workers);
    let mut bob = server.framed("bob");
    let talkers: Vec<_> = (0..8)
        .map(|who| {
            let mut person = server.framed(&format!("p{who}"));
            thread::spawn(move || {
                for n in 0..100 {
                    person.send(&format!("TELL bob :{n}"));
                    person.expect("OK");
                }
            })
        })
        .collect();
    let mut due = [0; 8];
    for _ in 0..800 {
        let told = bob.expect("TOLD <at> p<who> :<n>");
        let who = told.number("who") as usize;
        assert_eq!(told.number("n"), due[who]);
        due[who] += 1;
    }
    assert_eq!(due, [100; 8]);
    for talker in talkers {
        talker.join().expect("everything was accepted");
    }
}

//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST send `retry` with `busy`.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep each limit of the table below that is fixed by the protocol.
//= protocol/SPEC.md#4-8-tell
//= type=test
//# A server MUST count against the share the octets of each `TOLD`, or of the lines that it is in plain mode, until it has
//# handed them to the transport.
fn whoever_does_not_read_is_busy_and_others_are_not(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    let mut slow = narrow(&server, "slow");
    let mut bob = server.framed("bob");
    let mut person = server.plain("person");
    let accepted = tell_until_busy(&mut alice, "slow");
    assert!(accepted * 4_000 > 131_072 - 4_200, "{accepted}");
    // The share is the receiver's, whoever tells, and whatever fits is accepted still.
    bob.send(&format!("TELL slow {{65536}}\n{}\nTELL alice :But you?", "x".repeat(65_536)));
    bob.expect_all(&["ERR busy retry=<ms> :<text>", "OK"]);
    alice.expect("TOLD <at> bob :But you?");
    // The system may have taken a little more meanwhile: then as much fits again, and no more.
    let fits = |person: &mut Client| {
        person.send(&format!("/msg slow {}", "x".repeat(4_000)));
        let answer = person.line().expect("an answer");
        assert!(answer == "* sent to slow" || answer.starts_with("! "), "{answer}");
        !answer.starts_with("! ")
    };
    let more = (0..1_000).take_while(|_| fits(&mut person)).count();
    assert!(more < 16, "{more} more are far from what the system takes");
    // What was accepted arrives whole and in order, and nothing of what was refused.
    for number in 0..accepted {
        slow.expect(&format!("TOLD <at> alice :{number:05}{}", "x".repeat(3_995)));
    }
    for _ in 0..more {
        slow.expect(&format!("TOLD <at> person :{}", "x".repeat(4_000)));
    }
    slow.expect_nothing();
}

fn a_text_of_more_lines_than_ever_fit_is_not_allowed_and_never_busy(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    let mut person = server.plain("person");
    let told = |name: &str| format!("TELL {name} {{65536}}\n{}", "\n".repeat(65_536));
    alice.send(&told("person"));
    alice.expect("ERR not-allowed :<text>");
    // In framed mode it is no longer than any other.
    let mut bob = server.framed("bob");
    alice.send(&told("bob"));
    alice.expect("OK");
    bob.expect("TOLD <at> alice {65536}");
    alice.send("TELL person :short");
    alice.expect("OK");
    person.expect("[alice] short");
}

fn whoever_reads_again_can_be_told_again(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    let mut slow = narrow(&server, "slow");
    for _ in 0..3 {
        let accepted = tell_until_busy(&mut alice, "slow");
        for _ in 0..accepted {
            slow.expect("TOLD <at> alice :<text>");
        }
        slow.expect_nothing();
    }
}

fn what_was_accepted_arrives_although_its_sender_left(workers: usize) {
    let server = unhurried(workers);
    let mut slow = narrow(&server, "slow");
    let mut alice = server.framed("alice");
    let accepted = tell_until_busy(&mut alice, "slow");
    alice.send("BYE");
    alice.expect("BYE bye :<text>");
    for number in 0..accepted {
        slow.expect(&format!("TOLD <at> alice :{number:05}{}", "x".repeat(3_995)));
    }
    slow.expect_nothing();
}

fn who_tells_oneself_much_gets_an_answer_to_each(workers: usize) {
    let server = unhurried(workers);
    let mut alice = narrow(&server, "alice");
    let text = "x".repeat(60_000);
    let mut writer = alice.socket().try_clone().expect("a socket can be shared");
    let talker = thread::spawn(move || {
        for _ in 0..200 {
            let tell = format!("TELL alice {{60000}}\n{text}\n");
            writer.write_all(tell.as_bytes()).expect("the server reads on");
        }
    });
    let (mut told, mut accepted, mut busy) = (0, 0, 0);
    while accepted + busy < 200 || told < accepted {
        let line = alice.line().expect("an answer");
        match line.split(' ').next() {
            Some("OK") => accepted += 1,
            Some("ERR") => {
                assert!(line.starts_with("ERR busy retry="), "{line}");
                busy += 1;
            }
            _ => {
                assert!(line.ends_with(" alice {60000}"), "{line}");
                assert_eq!(alice.counted(60_000).len(), 60_000);
                told += 1;
            }
        }
    }
    talker.join().expect("everything was sent");
    assert_eq!(told, accepted);
    alice.expect_nothing();
}

//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST NOT send an event other than `BYE` before `WELCOME`.
fn who_is_told_something_while_coming_reads_welcome_first(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    for number in 0..20 {
        let mut comer = server.connect();
        comer.send("PING");
        comer.expect("PONG");
        let name = format!("comer{number}");
        alice.send(&format!("TELL {name} :psst\n").repeat(50));
        comer.send(&format!("HELLO 1 {name}"));
        comer.expect(&format!("WELCOME {name} <rest>"));
        let answers: Vec<_> = (0..50).filter_map(|_| alice.line()).collect();
        let told = answers.iter().filter(|line| *line == "OK").count();
        comer.expect_all(&vec!["TOLD <at> alice :psst"; told]);
        comer.expect_nothing();
    }
}
