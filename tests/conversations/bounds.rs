//! The bounds that an operator sets.

use std::io::Write;
use std::net::TcpStream;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

use fanfare_server::options::Switch;
use fanfare_tests::{Account, Client, TestServer, eventually};

with_workers!(
    one_connection_too_many_is_turned_away_until_a_place_is_free,
    above_the_rate_a_request_is_refused_and_works_when_its_time_has_come,
    without_a_rate_nothing_is_refused,
    above_the_octet_rate_nothing_is_lost,
    above_the_octet_rate_a_connection_is_read_slowly_and_not_refused,
    the_longest_text_is_announced_and_held_to,
    the_room_that_uses_most_gives_way,
    a_flood_of_requests_is_answered_in_order_once_it_is_read,
    long_answers_wait_for_their_reader,
    while_requests_are_unanswered_nothing_more_is_read,
    an_empty_room_is_forgotten,
);

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
//= protocol/SPEC.md#9-3-the-server-s-end
//= type=test
//# A server that refuses a connection because there are too many MUST send the greeting and then `BYE
//# too-many-connections`.
fn one_connection_too_many_is_turned_away_until_a_place_is_free(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_connections = 2);
    let mut alice = server.member("alice", "#tea");
    let silent = server.connect();
    let mut refused = Client::connect(server.address());
    refused.expect("FANFARE/1 Choose a username...");
    refused.expect("BYE too-many-connections :<text>");
    refused.expect_end();
    alice.expect_nothing();
    drop(silent);
    let mut bob = server.connect_patiently();
    bob.send("HELLO 1 bob");
    bob.expect("WELCOME bob <rest>");
    alice.expect_nothing();
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server that announces a message rate MUST enforce it with `ERR rate-limited` as 4.2 says.
//= protocol/SPEC.md#4-2-the-message-rate
//= type=test
//# A server MUST take one unit for each request that reaches check 7 of section 2.7, except `HELLO`, `AUTH`, `PING` and
//# `BYE`.
//= protocol/SPEC.md#4-2-the-message-rate
//= type=test
//# A server MUST apply the rate to connections from the loopback address too.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep the limits that it announces in `WELCOME`.
fn above_the_rate_a_request_is_refused_and_works_when_its_time_has_come(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZero::new(5));
    let mut beside = server.framed("beside");
    let mut hasty = server.connect();
    hasty.send("HELLO 1 hasty");
    hasty.expect("WELCOME hasty token=<token> ping=3600 text=65536 rate=5 presence=256 :<text>");
    // The bucket holds twice the rate. What flows in meanwhile is little: a unit in 200 ms.
    hasty.send(&"WHO #none\n".repeat(200));
    let answers: Vec<String> = (0..200).map(|_| hasty.line().expect("it goes on")).collect();
    let refused = answers.iter().filter(|line| line.starts_with("ERR rate-limited retry=")).count();
    let done = answers.iter().filter(|line| line.starts_with("ERR no-such-room :")).count();
    assert_eq!(refused + done, 200);
    assert!(done >= 10 && refused > 0, "{done} were done");
    assert!(answers[..10].iter().all(|line| line.starts_with("ERR no-such-room")), "the bucket was not full");
    // These cost nothing.
    hasty.send("PING a\nAUTH PLAIN\nPING b");
    hasty.expect_all(&["PONG a", "ERR not-allowed :<text>", "PONG b"]);
    // The empty line of the flood has no answer. Whoever waits as told is served.
    let retry = loop {
        hasty.send("WHO #none");
        let line = hasty.line().expect("it goes on");
        if let Some(rest) = line.strip_prefix("ERR rate-limited retry=") {
            let (millis, _) = rest.split_once(' ').expect("a text follows");
            break millis.parse().expect("retry is a number");
        }
    };
    assert!((1..=200).contains(&retry), "{retry}");
    thread::sleep(Duration::from_millis(retry));
    hasty.send("WHO #none");
    hasty.expect("ERR no-such-room :<text>");
    // Others have a bucket of their own.
    beside.send("WHO #none");
    beside.expect("ERR no-such-room :<text>");
}

fn without_a_rate_nothing_is_refused(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut hasty = server.connect();
    hasty.send("HELLO 1 hasty");
    hasty.expect("WELCOME hasty token=<token> ping=3600 text=65536 presence=256 :<text>");
    hasty.send_octets("WHO #none\n".repeat(1_000).as_bytes());
    hasty.expect_all(&["ERR no-such-room :<text>"; 1_000]);
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server that limits the octet rate of a connection MUST enforce it by reading more slowly and not by an error.
fn above_the_octet_rate_nothing_is_lost(workers: usize) {
    const MESSAGES: u64 = 16;
    let server = TestServer::with(workers, |options| {
        options.octet_rate = NonZero::new(65_536);
        options.rate_limit = None;
        // Who is not read from is not silent.
        options.ping_interval = Duration::from_secs(2);
    });
    let mut flood = server.member("flood", "#tea");
    // Four times what the rate lets through at once.
    let text = "x".repeat(32_768);
    let mut sender = flood.socket().try_clone().expect("a socket can be had twice");
    let sending = thread::spawn(move || {
        for _ in 0..MESSAGES {
            let message = format!("SAY #tea {{32768}}\n{text}\n");
            sender.write_all(message.as_bytes()).expect("the server takes it, in its time");
        }
    });
    let (mut account, mut answered) = (Account::new("#tea", 1), 0);
    while account.due() <= MESSAGES || answered < MESSAGES {
        let line = flood.line_and_text();
        // A PING could come, and what is sent anyway is its answer.
        if line != "PING" && !account.enter(&line) {
            answered += 1;
            assert_eq!(line, format!("OK seq={answered}"));
        }
    }
    assert_eq!(account.gaps, 0);
    sending.join().expect("all was sent");
}

//= protocol/SPEC.md#2-5-attributes
//= type=test
//# A server MUST send the attributes of a frame in the order in which this document shows them.
//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server that limits the octet rate of a connection MUST enforce it by reading more slowly and not by an error.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
fn above_the_octet_rate_a_connection_is_read_slowly_and_not_refused(workers: usize) {
    let server = TestServer::with(workers, |options| options.octet_rate = NonZero::new(4_096));
    let mut beside = server.framed("beside");
    let flood = server.framed("flood");
    let sender = flood.socket();
    sender.set_write_timeout(Some(Duration::from_millis(500))).expect("a timeout can be set");
    // They are nothing that is answered, so that no other bound stops them.
    let pongs = "PONG\n".repeat(8 << 20);
    assert!(sent_before_a_stop(sender, pongs.as_bytes()) < pongs.len(), "the server reads without bound");
    beside.expect_nothing();
    sender.set_nonblocking(true).expect("it can be set");
    let error = sender.peek(&mut [0]).expect_err("nothing is said to it");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep the limits that it announces in `WELCOME`.
fn the_longest_text_is_announced_and_held_to(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_text = 4_096);
    let mut alice = server.connect();
    alice.send("HELLO 1 alice");
    alice.expect("WELCOME alice token=<token> ping=3600 text=4096 rate=50 presence=256 :<text>");
    alice.send("JOIN #tea");
    alice.expect_all(&["OK <attributes>", "JOINED #tea alice"]);
    alice.send(&format!("SAY #tea {{4096}}\n{}", "x".repeat(4_096)));
    alice.expect_in_any_order(&["OK seq=1", "MSG #tea 1 <at> alice {4096}"]);
    alice.send("SAY #tea {4097}");
    alice.expect("BYE text-too-long :<text>");
    alice.expect_end();
    // It holds before WELCOME too.
    let mut early = server.connect();
    early.send("PING {4097}");
    early.expect("BYE text-too-long :<text>");
    early.expect_end();
}

fn the_room_that_uses_most_gives_way(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.history = Switch::Off;
        options.room_log = 256 * 1_024;
        options.log_memory = 256 * 1_024;
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut alice = server.member("alice", "#small");
    alice.send("JOIN #large");
    alice.expect_all(&["OK <attributes>", "JOINED #large alice"]);
    for seq in 1..=5 {
        alice.send("SAY #small :kept");
        alice.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #small {seq} <at> alice :kept")]);
    }
    let text = "x".repeat(8_192);
    for seq in 1..=100 {
        alice.send(&format!("SAY #large {{8192}}\n{text}"));
        alice.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #large {seq} <rest>")]);
    }
    alice.send("HISTORY #small 1 5");
    for seq in 1..=5 {
        alice.expect(&format!("PAST #small {seq} <at> alice :kept"));
    }
    alice.expect("OK epoch=<epoch> count=5 next=6");
    // Of the large one the end is kept, without holes.
    alice.send("HISTORY #large 1 100");
    let mut kept = Vec::new();
    let ok = loop {
        let line = alice.line_and_text();
        match line.strip_prefix("PAST #large ").and_then(|rest| rest.split_once(' ')) {
            Some((seq, _)) => kept.push(seq.parse::<usize>().expect("SEQ is a number")),
            None => break line,
        }
    };
    assert!(ok.ends_with(&format!(" count={} next=101", kept.len())), "{ok}");
    assert!(!kept.is_empty() && kept.len() * 8_192 <= 256 * 1_024, "{} are kept", kept.len());
    assert!(kept.iter().copied().eq(101 - kept.len()..=100), "{kept:?}");
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST bound what it holds unsent for a connection, by not reading on from it while the bound is exceeded.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
fn a_flood_of_requests_is_answered_in_order_once_it_is_read(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.outbox = 132 * 1_024;
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut beside = server.member("beside", "#tea");
    let mut narrow = Client::connect_narrow(server.address());
    narrow.expect("FANFARE/1 Choose a username...");
    narrow.send("HELLO 1 flood");
    narrow.expect("WELCOME flood <rest>");
    let sender = narrow.socket().try_clone().expect("a socket can be had twice");
    sender.set_write_timeout(Some(Duration::from_millis(500))).expect("a timeout can be set");
    // It sends until the server reads no more: every bound on the way is then reached.
    let mut flood = String::new();
    for number in 0..500_000 {
        flood.push_str(&format!("PING {number}\nWHO #none\n"));
    }
    let taken = sent_before_a_stop(&sender, flood.as_bytes());
    assert!(taken < flood.len(), "the server reads without bound");
    // Meanwhile others are served.
    beside.send("SAY #tea :still here");
    beside.expect_in_any_order(&["OK seq=1", "MSG #tea 1 <at> beside :still here"]);
    // Once it reads, every answer comes, in order.
    let whole = flood[..taken].lines().count() - usize::from(!flood[..taken].ends_with('\n'));
    for index in 0..whole {
        let line = narrow.line().expect("a flood is not cut");
        if index % 2 == 0 {
            assert_eq!(line, format!("PONG {}", index / 2));
        } else {
            assert!(line.starts_with("ERR no-such-room :"), "{line}");
        }
    }
}

/// Sends until the other side takes nothing more for a while. How many octets it took.
fn sent_before_a_stop(mut socket: &TcpStream, octets: &[u8]) -> usize {
    let mut taken = 0;
    while taken < octets.len() {
        match socket.write(&octets[taken..]) {
            Ok(count) => taken += count,
            Err(_) => break,
        }
    }
    taken
}

fn long_answers_wait_for_their_reader(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut narrow = Client::connect_narrow(server.address());
    narrow.expect("FANFARE/1 Choose a username...");
    narrow.send("HELLO 1 alice\nJOIN #tea");
    narrow.expect_all(&["WELCOME alice <rest>", "OK <attributes>", "JOINED #tea alice"]);
    let text = "x".repeat(8_000);
    for seq in 1..=50 {
        narrow.send(&format!("SAY #tea {{8000}}\n{text}"));
        narrow.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #tea {seq} <rest>")]);
    }
    // Eight megabytes of answers are asked for before one is read.
    narrow.send(&"HISTORY #tea 1 50\n".repeat(20));
    server.member("beside", "#other").expect_nothing();
    for _ in 0..20 {
        for seq in 1..=50 {
            assert!(narrow.line_and_text().starts_with(&format!("PAST #tea {seq} ")));
        }
        narrow.expect("OK epoch=<epoch> count=50 next=51");
    }
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST NOT read on from a connection on which 256 requests are unanswered.
fn while_requests_are_unanswered_nothing_more_is_read(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut narrow = fanfare_tests::stopped_member(&server, "narrow", &["#tea"]);
    let text = "x".repeat(8_000);
    for seq in 1..=50 {
        narrow.send(&format!("SAY #tea {{8000}}\n{text}"));
        narrow.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #tea {seq} <rest>")]);
    }
    // The answers are never read, so that hardly one of these is answered.
    narrow.send(&"HISTORY #tea 1 50\n".repeat(300));
    let sender = narrow.socket();
    sender.set_write_timeout(Some(Duration::from_millis(500))).expect("a timeout can be set");
    // They are nothing that is answered, so that no other bound stops them.
    let pongs = "PONG\n".repeat(8 << 20);
    assert!(sent_before_a_stop(sender, pongs.as_bytes()) < pongs.len(), "the server reads on");
}

fn an_empty_room_is_forgotten(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.room_idle = Duration::ZERO;
        options.rate_limit = None;
    });
    let mut alice = server.framed("alice");
    alice.send("JOIN #tea");
    let first = alice.expect("OK epoch=<epoch> next=1 newest=0 members=1");
    alice.expect("JOINED #tea alice");
    alice.send("LEAVE #tea");
    alice.expect("OK");
    let mut watcher = server.framed("watcher");
    eventually("the room is forgotten", || {
        watcher.send("PING\nROOMS");
        let lines = watcher.lines_until("OK count=<count>");
        lines.last().filter(|line| *line == "OK count=0").map(drop)
    });
    alice.send("JOIN #tea");
    let second = alice.expect("OK epoch=<epoch> next=1 newest=0 members=1");
    assert_ne!(first.get("epoch"), second.get("epoch"));
}
