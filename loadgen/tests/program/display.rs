//! What a run shows on standard error while it goes on.

use fanfare_tests::TestServer;

use crate::double::{Double, Fault};
use crate::program::Running;
use crate::terminal::Terminal;

/// A run that ends when it is told to.
const LONG: [&str; 4] = ["--clients=4", "--rate=100", "--duration=1h", "--settle=0s"];

/// How a terminal is told to write in red.
const RED: &str = "\x1b[31m";

/// One that takes as much as it can.
fn server() -> TestServer {
    TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None))
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let server = server();
    let mut running = Running::start(&[&["--target", &*server.address().to_string()], &LONG[..]].concat());
    let line = running.says("sending").to_owned();
    let (ended, _) = running.ends_by("INT");
    for part in ["loadgen: sending, 3,", " s left, 4 of 4 connected, ", " sent, ", "/s of 100/s, ", " deliveries, "] {
        assert!(line.contains(part), "no {part:?} in {line:?}");
    }
    assert!(!ended.errors.replace('\n', "").contains(char::is_control), "{ended:?}");
    assert!(ended.errors.lines().all(|line| line.starts_with("loadgen: ")), "{ended:?}");
}

#[test]
fn quiet_shows_nothing() {
    let server = server();
    let address = server.address().to_string();
    let arguments = [&["--target", &*address, "--quiet"], &LONG[..]].concat();
    // Where metrics are was asked for, and is said all the same.
    let mut running = Running::start(&[&arguments[..], &["--prometheus=0"]].concat());
    running.says("loadgen: metrics at http://127.0.0.1:");
    // Without the quiet there would be a line by now.
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    let (ended, _) = running.ends_by("INT");
    assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
}

#[test]
fn a_terminal_shows_a_few_lines_that_are_gone_in_the_end() {
    let server = server();
    let mut terminal = Terminal::start(&[&["--target", &*server.address().to_string()], &LONG[..]].concat(), &[]);
    let rows = terminal.shows("/s of 100/s");
    assert!(rows[0].contains("sending, 3,"), "{rows:#?}");
    let rows = terminal.shows(" deliveries, ");
    assert!(rows.iter().any(|row| row.contains("4 of 4 connected, ")), "{rows:#?}");
    assert!(rows.len() < 8, "{rows:#?}");
    assert!(!terminal.written().contains(RED), "nothing is wrong");
    assert_eq!(terminal.ends(), [] as [&str; 0]);
}

#[test]
fn a_narrow_terminal_cuts_off_what_does_not_fit() {
    let server = server();
    let mut terminal = Terminal::start(&[&["--target", &*server.address().to_string()], &LONG[..]].concat(), &[]);
    let lines = terminal.shows("generator").len();
    terminal.resizes(24);
    terminal.waits("the lines are cut off", |rows| rows.len() == lines && !rows.concat().contains("/s of 100/s"));
    terminal.resizes(100);
    terminal.shows("/s of 100/s");
    terminal.resizes(5);
    assert_eq!(terminal.ends(), [] as [&str; 0]);
}

#[test]
fn faults_are_red_unless_colours_are_unwanted() {
    for (variables, is_red) in [(&[][..], true), (&[("NO_COLOR", "")], true), (&[("NO_COLOR", "1")], false)] {
        let server = Double::start(Fault::Repeats);
        let mut terminal = Terminal::start(&[&["--target", &*server.address()], &LONG[..]].concat(), variables);
        terminal.shows("1 repeated");
        assert_eq!(terminal.ends(), [] as [&str; 0]);
        assert_eq!(terminal.written().contains(RED), is_red, "{variables:?}: {:?}", terminal.written());
    }
}

#[test]
fn a_terminal_that_understands_nothing_has_plain_lines() {
    let server = server();
    let mut terminal =
        Terminal::start(&[&["--target", &*server.address().to_string()], &LONG[..]].concat(), &[("TERM", "dumb")]);
    terminal.shows("loadgen: sending, 3,");
    terminal.ends();
    assert!(!terminal.written().contains('\x1b'), "{:?}", terminal.written());
}
