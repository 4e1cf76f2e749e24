//! The server's end. SPEC.md, section 9.3.

use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_tests::{Account, Client, PATIENCE, TestServer, stopped_member};

with_workers!(
    everyone_gets_what_there_is_and_then_goodbye,
    who_does_not_read_does_not_hold_the_end_up,
    nobody_new_gets_in,
    nothing_that_comes_after_the_end_has_begun_is_done,
);

//= protocol/SPEC.md#9-3-the-server-s-end
//= type=test
//# A server that shuts down MUST deliver what its rooms hold for each reader and then send `BYE shutdown`, as far as
//# the drain time of section 11 allows.
fn everyone_gets_what_there_is_and_then_goodbye(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.drain_timeout = Duration::from_secs(60);
    });
    let mut framed = server.member("framed", "#lobby");
    let mut plain = server.plain("plain");
    let mut undecided = server.connect();
    let mut speaker = server.member("speaker", "#lobby");
    framed.expect_all(&["JOINED #lobby plain", "JOINED #lobby speaker"]);
    plain.expect("speaker joined the chat!");
    let text = "x".repeat(1_000);
    for seq in 1..=200 {
        speaker.send(&format!("SAY #lobby :{text}"));
        assert!(speaker.lines_until(&format!("OK seq={seq}")).len() <= 3);
    }
    let ending = thread::spawn(|| server.shut_down());
    let mut account = Account::new("#lobby", 1);
    account.read_up_to(&mut framed, 200);
    assert_eq!(account.gaps, 0);
    framed.expect("BYE shutdown :<text>");
    framed.expect_end();
    for _ in 0..200 {
        plain.expect(&format!("speaker: {text}"));
    }
    plain.expect("! The server is shutting down.");
    plain.expect_end();
    undecided.expect("BYE shutdown :<text>");
    undecided.expect_end();
    drop((framed, plain, undecided, speaker));
    ending.join().expect("the server ends");
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned it
//# off.
//= protocol/SPEC.md#9-3-the-server-s-end
//= type=test
//# A server that shuts down MUST close every connection at the end of the drain time.
fn who_does_not_read_does_not_hold_the_end_up(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.drain_timeout = Duration::from_millis(300);
        options.linger_timeout = Duration::from_secs(60);
    });
    let _stalled = stopped_member(&server, "stalled", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    say_more_than_a_stopped_reader_takes(&mut speaker);
    let begin = Instant::now();
    server.shut_down();
    assert!(begin.elapsed() < PATIENCE, "the end was held up");
}

fn nobody_new_gets_in(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.drain_timeout = Duration::from_secs(1);
    });
    let address = server.address();
    let _stalled = stopped_member(&server, "stalled", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    say_more_than_a_stopped_reader_takes(&mut speaker);
    let ending = thread::spawn(|| server.shut_down());
    // The goodbye says that the drain is on; the stalled one makes it last.
    let lines = read_to_the_end(&mut speaker);
    assert!(lines.last().is_some_and(|line| line.starts_with("BYE shutdown :")), "no goodbye came");
    for _ in 0..3 {
        if let Ok(mut late) = TcpStream::connect(address) {
            late.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
            let mut octets = Vec::new();
            // A reset is an end too.
            let _ = late.read_to_end(&mut octets);
            let words = String::from_utf8(octets).expect("a server sends UTF-8");
            assert!(!words.contains("WELCOME"), "{words}");
        }
    }
    ending.join().expect("the server ends");
    assert!(TcpStream::connect(address).is_err(), "somebody still listens");
}

//= protocol/SPEC.md#9-3-the-server-s-end
//= type=test
//# A server that shuts down MUST stop reading from its connections.
//= protocol/SPEC.md#9-3-the-server-s-end
//= type=test
//# A server that shuts down MUST deliver what its rooms hold for each reader and then send `BYE shutdown`, as far as
//# the drain time of section 11 allows.
fn nothing_that_comes_after_the_end_has_begun_is_done(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 256 * 1_024;
        options.drain_timeout = Duration::from_secs(60);
    });
    let mut late = stopped_member(&server, "late", &["#tea"]);
    let mut beside = stopped_member(&server, "beside", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    say_more_than_a_stopped_reader_takes(&mut speaker);
    let ending = thread::spawn(|| server.shut_down());
    // The goodbye says that the end has begun; those who have not read are still to be sent what there is.
    let lines = read_to_the_end(&mut speaker);
    assert!(lines.last().is_some_and(|line| line.starts_with("BYE shutdown :")), "no goodbye came");
    late.send("SAY #tea :too late\nPING too-late");
    for client in [&mut late, &mut beside] {
        let lines = read_to_the_end(client);
        assert!(lines.iter().any(|line| line.starts_with("GAP #tea ")), "it was not behind: {lines:?}");
        assert!(lines.last().is_some_and(|line| line.starts_with("BYE shutdown :")), "{:?}", lines.last());
        assert!(!lines.iter().any(|line| line.contains("too late") || line.contains("too-late")), "{lines:?}");
    }
    ending.join().expect("the server ends");
}

/// All lines up to the end, without counted texts.
fn read_to_the_end(client: &mut Client) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(line) = client.line() {
        if let Some(octets) = fanfare_tests::counted_octets(&line) {
            client.counted(octets);
        }
        lines.push(line);
    }
    lines
}

/// Says 1.6 MB in `#tea`, each message accepted before the next.
fn say_more_than_a_stopped_reader_takes(speaker: &mut Client) {
    let text = "x".repeat(8_000);
    for seq in 1..=200 {
        speaker.send(&format!("SAY #tea {{8000}}\n{text}"));
        while speaker.line_and_text() != format!("OK seq={seq}") {}
    }
}
