//! From its start to its end.

use std::process::Stdio;

use crate::program::{Program, command, directory, run, text};

#[test]
fn it_says_where_it_listens_and_serves_there() {
    let mut several = command(&["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    several.arg("--workers=2");
    let program = Program::spawn(several, 2);
    let [one, two] = program.addresses() else { panic!("it listens on two addresses") };
    assert!(one != two && one.port() != 0 && two.port() != 0);
    let mut alice = program.framed("alice");
    let mut bob = fanfare_tests::Client::connect(*two);
    bob.send("bob");
    bob.expect_all(&["FANFARE/1 Choose a username...", "You are connected to the Server!", "bob joined the chat!"]);
    alice.send("TELL bob :psst");
    bob.expect("[alice] psst");
}

#[test]
fn a_signal_ends_it_with_a_goodbye() {
    for signal in ["INT", "TERM"] {
        let program = Program::start(&[]);
        let (mut framed, mut plain) = (program.framed("framed"), program.connect());
        plain.send("plain");
        plain.expect_all(&["You are connected to the Server!", "plain joined the chat!"]);
        program.signal(signal);
        framed.expect("BYE shutdown :<text>");
        framed.expect_end();
        plain.expect("! The server is shutting down.");
        plain.expect_end();
        drop((framed, plain));
        let (status, log) = program.wait();
        assert_eq!(status.code(), Some(0), "{log}");
    }
}

#[test]
fn a_port_in_use_is_a_clear_error() {
    let program = Program::start(&[]);
    let address = program.addresses()[0].to_string();
    let output = run(&["--listen", &address]);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors.contains(&format!("can't listen on {address}: ")), "{errors}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_closed_output_does_not_end_it() {
    // The reader of the pipe is gone before anything is written. Where it listens, the log says.
    let directory = directory();
    let mut command = command(&["--listen", "127.0.0.1:0"]);
    command.current_dir(directory.path());
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let errors = std::io::BufReader::new(child.stderr.take().expect("its errors are a pipe"));
    let address = std::io::BufRead::lines(errors)
        .map_while(Result::ok)
        .find_map(|line| line.split_once("address=").and_then(|(_, address)| address.trim().parse().ok()))
        .expect("the log says where it listens");
    let mut client = fanfare_tests::Client::connect(address);
    client.expect("FANFARE/1 Choose a username...");
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
}

//= protocol/SPEC.md#13-security-considerations
//= type=test
//# A server MUST NOT write texts or tokens to a log.
#[test]
fn logs_are_json_and_hold_nothing_that_was_said() {
    let program = Program::start(&["--log-format", "json", "--log-level", "trace"]);
    let mut alice = program.connect();
    alice.send("HELLO 1 alice");
    let token = alice.expect("WELCOME alice token=<token> <rest>").get("token").to_owned();
    alice.send("JOIN #tea\nSAY #tea :Zanzibar\nTELL alice :Zanzibar\nSING :Zanzibar\nBYE :Zanzibar");
    alice.lines_until("BYE bye :<text>");
    drop(alice);
    let mut foreign = program.connect();
    foreign.send("GET /Zanzibar HTTP/1.1");
    foreign.expect("BYE bad-handshake :<text>");
    drop(foreign);
    program.signal("TERM");
    let (status, log) = program.wait();
    assert!(status.success());
    assert!(log.lines().count() >= 3, "{log}");
    for line in log.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(value.get("level").is_some() && value.get("timestamp").is_some(), "{line}");
    }
    assert!(!log.contains("Zanzibar") && !log.contains(&token), "{log}");
}
