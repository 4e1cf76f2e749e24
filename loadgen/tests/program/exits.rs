//! Runs that do not come to be, and what the program says.

use std::io::{self, ErrorKind, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use fanfare_loadgen::{Controls, Plan, RunError, run};
use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{Ended, PATH, Running, ended, loadgen};

/// A run against a double that never has a message.
fn refused(fault: Fault, arguments: &[&str]) -> Ended {
    let server = Double::start(fault);
    let address = server.address();
    loadgen(&[&["--target", &*address, "--quiet", "--clients=4", "--connecting=1", "--settle=0s"], arguments].concat())
}

#[track_caller]
fn assert_one_line(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(ended.output.is_empty(), "{ended:?}");
    assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
    for part in parts {
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
}

#[test]
fn without_a_server_one_line_says_how_to_start_one() {
    // A port that was just free.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let start = format!("chat-server --listen {address}");
    assert_one_line(
        &loadgen(&["--target", &address.to_string(), "--quiet"]),
        3,
        &["no server answers", &start, "--target spawn:fanfare"],
    );
}

#[test]
fn what_is_no_fanfare_server_is_named() {
    assert_one_line(&refused(Fault::SpeaksOtherwise, &[]), 3, &["no Fanfare/1 server"]);
}

#[test]
fn a_server_that_never_comes_to_an_end_before_anybody_has_joined_is_no_server() {
    for (protocol, begin) in
        [("fanfare", "FANFARE/1 "), ("nats", "INFO "), ("redis", "+"), ("irc", ":x NOTICE "), ("mqtt", "x")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let target = format!("{protocol}://{}", listener.local_addr().expect("it is bound"));
        // It ends with its connection.
        thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            stream.write_all(begin.as_bytes())?;
            stream.write_all(&vec![b'a'; 1 << 20])?;
            // Until it goes: what is left unread would be a reset.
            io::copy(&mut stream, &mut io::sink())
        });
        let ended = loadgen(&["--target", &target, "--quiet", "--clients=1"]);
        assert_one_line(&ended, 3, &["what answers at"]);
    }
}

#[test]
fn who_is_turned_away_is_named_with_the_remedy() {
    assert_one_line(
        &refused(Fault::TurnsAway, &[]),
        3,
        &["client 3 of 4", "too-many-connections", "--max-connections"],
    );
}

#[test]
fn a_server_that_falls_silent_does_not_hold_the_ramp_for_ever() {
    let error = |welcomed| {
        let server = Double::start(Fault::Welcomes(welcomed));
        let address = server.address().parse().expect("an address");
        let plan = Plan { clients: 4, patience: Duration::from_millis(1_500), ..Plan::new(address) };
        run(&plan, &Controls::default()).expect_err("not all join")
    };
    assert!(matches!(error(0), RunError::NoServer { source, .. } if source.kind() == ErrorKind::TimedOut));
    assert!(matches!(error(2), RunError::RampStalled { joined: 2, clients: 4, .. }));
}

#[test]
fn a_rate_above_the_servers_is_refused_with_what_to_do() {
    let limited = Fault::Announces("text=65536 rate=5");
    assert_one_line(&refused(limited, &["--rate=20"]), 3, &["--publishers 4", "--rate-limit off"]);
    assert_one_line(&refused(limited, &["--in-flight=20"]), 3, &["--rate-limit off"]);
    let short = refused(limited, &["--rate=20", "--publishers=4", "--duration=100ms"]);
    assert!(matches!(short.code, Some(0 | 5)), "{short:?}");
}

#[test]
fn a_text_above_the_servers_limit_is_refused() {
    assert_one_line(&refused(Fault::Announces("text=4096"), &["--size=5000"]), 3, &["4096", "--size is 5000"]);
}

#[test]
fn too_few_descriptors_are_named_before_the_first_connection() {
    let limited = format!("ulimit -n 100 && exec {PATH} --quiet --clients=200");
    let ended = ended(Command::new("sh").args(["-c", &limited]).output().expect("there is a shell"));
    assert_one_line(&ended, 3, &["200 connections need 264 file descriptors", "may have 100", "ulimit -Hn 264"]);
}

#[test]
fn a_wrong_command_line_is_explained() {
    for (arguments, part) in [
        (&["--clients=0"][..], "1 to 1000000"),
        (&["--publishers=9", "--clients=8"], "publishers are clients too"),
        (&["--size=15"], "16 to 65536"),
        (&["--assert=p98<1ms"], "did you mean p9"),
        (&["--duration=5"], "such as 500ms"),
        (&["--rate=5", "--in-flight=5"], "cannot be used with"),
        (&["--target=nowhere"], "HOST:PORT"),
        (&["--target=http://x"], "nothing here speaks"),
        (&["--target=nats://a:s3cret@x"], "LOADGEN_PASSWORD"),
        (&["--target=spawn:irc", "--size=500"], "--size 400 or less"),
        (&["--target=irc://x:7", "--", "--verbose"], "spawn:KIND"),
    ] {
        let ended = loadgen(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
}

#[test]
fn an_assertion_that_fails_has_its_own_code_and_says_what_it_is() {
    let ended = refused(Fault::None, &["--duration=100ms", "--assert=messages==2", "--assert", "messages==3"]);
    // On a busy machine the run is invalid, which goes before.
    assert!(matches!(ended.code, Some(4 | 5)), "{ended:?}");
    assert_eq!(ended.errors, "loadgen: messages == 3 does not hold: it is 2\n");
}

#[test]
fn a_generator_that_stands_still_makes_a_clean_run_invalid_with_a_code_of_its_own() {
    let server = Double::start(Fault::None);
    let address = server.address();
    let arguments = ["--target", &address, "--clients=4", "--rate=100", "--duration=1h", "--settle=0s", "--drain=20s"];
    let mut running = Running::start(&arguments);
    running.says("sending");
    running.signal("STOP");
    // What is due meanwhile is sent later: far more than one message in a hundred, whatever the machine does.
    thread::sleep(Duration::from_millis(500));
    running.signal("CONT");
    // It is told once a second, and a line may have been there before it stood still.
    running.says("sending");
    running.says("sending");
    let (ended, report) = running.ends_by("INT");
    assert_eq!((ended.code, &report["clean"], &report["valid"]), (Some(5), &true.into(), &false.into()), "{report:#}");
    let doubts = report["invalid"].as_array().expect("it says why");
    let late = |doubt: &Value| doubt.as_str().is_some_and(|doubt| doubt.starts_with("the generator was late"));
    assert!(doubts.iter().any(late), "{doubts:?}");
}

#[test]
fn the_help_has_the_exit_codes_and_examples() {
    let ended = loadgen(&["--help"]);
    assert_eq!(ended.code, Some(0));
    for part in ["Exit codes:", "Examples:", "Server:", "Load:", "Timing:", "Output:", "--in-flight <W>", "compare"] {
        assert!(ended.output.contains(part), "no {part:?} in {}", ended.output);
    }
    let compare = loadgen(&["compare", "--help"]);
    assert_eq!(compare.code, Some(0), "{compare:?}");
    for part in ["Examples:", "Servers:", "Load:", "--rounds <N>", "--markdown <FILE>", "worst of its rounds"] {
        assert!(compare.output.contains(part), "no {part:?} in {}", compare.output);
    }
}
