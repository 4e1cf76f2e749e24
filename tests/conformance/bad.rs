//! Servers that are none: whatever they say, a run comes to its end, and tells what was wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_tests::PATIENCE;
use fanfare_tests::conformance::{Announced, Profile, Report, Selection, Settings, Status, run};

const GOOD: &str = "ping=30 text=65536 rate=50 presence=256";

/// Greets and welcomes with limits, and says the same again and again from then on.
fn server(limits: &'static str, again: &'static [u8], pause: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || welcome(stream, limits, again, pause));
        }
    });
    address
}

/// Until the other one is gone, or says what is no `HELLO`.
fn welcome(stream: TcpStream, limits: &str, again: &[u8], pause: Duration) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().ok()?);
    let mut output = stream;
    output.write_all(b"FANFARE/1 welcome\n").ok()?;
    let mut line = String::new();
    input.read_line(&mut line).ok()?;
    let name = line.strip_prefix("HELLO 1 ")?.split_whitespace().next()?;
    output.write_all(format!("WELCOME {name} {limits} :hello\n").as_bytes()).ok()?;
    loop {
        output.write_all(again).ok()?;
        thread::sleep(pause);
    }
}

/// Plays sections until a requirement fails with such words in the report: by what the server does, and not because the suite
/// breaks down. It has little patience, and a busy machine can keep even such a server from greeting in time; then it plays
/// again.
#[track_caller]
fn fails(address: SocketAddr, sections: &[&str], id: &str, words: &str) -> Report {
    let settings = Settings {
        address,
        profile: Profile::default(),
        selection: Selection::of(sections).expect("there are such sections"),
        max_wait: Duration::ZERO,
        patience: Duration::from_millis(100),
        jobs: NonZeroUsize::new(8).expect("eight is not zero"),
    };
    let begin = Instant::now();
    loop {
        let played = run(&settings, &|_, _| {});
        let shown = played.as_ref().map_or_else(ToString::to_string, ToString::to_string);
        assert!(!shown.contains("a defect of the suite"), "{shown}");
        match played {
            Ok(report) if report.ids(Status::Failed).contains(&id) && shown.contains(words) => return report,
            _ => assert!(begin.elapsed() < PATIENCE, "{id} did not fail with {words:?}\n{shown}"),
        }
    }
}

#[test]
fn an_answer_without_end_is_given_up() {
    // The end of BYE is waited for, and something else comes for ever.
    let server = server(GOOD, b"NAMES #a x\n", Duration::from_millis(20));
    fails(server, &["4.14"], "4.14/1", "until the check had lasted 2s");
}

#[test]
fn pings_without_end_are_given_up() {
    fails(server(GOOD, b"PING\n", Duration::ZERO), &["4.13"], "4.13/1", "");
}

#[test]
fn a_line_without_end_is_too_long() {
    fails(server(GOOD, &[b'x'; 65_536], Duration::ZERO), &["4.13"], "2.1/6", "");
}

#[test]
fn limits_that_no_server_can_have_are_reported_and_not_used() {
    for limits in [
        "ping=0 text=65536 rate=50 presence=256",
        "ping=18446744073709551615 text=65536 rate=50 presence=256",
        "ping=30 text=99999999999999 rate=50 presence=256",
        "ping=30 text=65536 rate=0 presence=256",
    ] {
        // The checks of 10.1 read no WELCOME.
        let report = fails(server(limits, b"", Duration::from_millis(20)), &["10.1/1"], "2.6/1", "");
        assert_eq!(report.announced, Announced::default(), "{limits}");
        fails(server(limits, b"", Duration::from_millis(20)), &["4.7", "11"], "2.6/1", "");
    }
    fails(server("ping=30 text=65536", b"", Duration::from_millis(20)), &["10.1/1"], "4.4/2", "");
}
