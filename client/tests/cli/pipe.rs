//! Text through pipes, between programs.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;

use fanfare_tests::{Proxy, TestServer, eventually};

use crate::program::{PATH, Program, command, run};
use crate::scripted::{Scripted, welcome};

/// A shell that runs a command line in which `"$@"` is the program with flags.
fn shell(line: &str, flags: &[&str]) -> Program {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line, "sh", PATH]).args(flags);
    Program::spawn(shell)
}

/// A thousand lines from one program to the other.
fn exchange(server: &TestServer, lines: usize) {
    let address = server.address().to_string();
    let mut watcher = server.member("watcher", "#lobby");
    let reader = Program::start(&[&address, "--name", "b", "--wait", &lines.to_string()]);
    watcher.expect("JOINED #lobby b");
    let writer = shell(&format!("seq {lines} | \"$@\""), &[&address, "--name", "a"]);
    let read = reader.wait();
    read.expect_silent_success();
    let expected: String = (1..=lines).map(|line| format!("a: {line}\n")).collect();
    assert!(read.output == expected, "{}", read.output);
    let written = writer.wait();
    written.expect_silent_success();
    assert_eq!(written.output, "", "one's own lines are not repeated");
}

#[test]
fn seq_1000_arrives_exactly() {
    exchange(&TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None)), 1_000);
}

#[test]
fn the_rate_of_the_server_costs_time_and_no_line() {
    exchange(&TestServer::start(1), 150);
}

#[test]
fn both_ways_at_once() {
    let server = TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let address = server.address().to_string();
    let mut watcher = server.member("watcher", "#lobby");
    // The input of each begins when both are there, and stays open: they end by what they hear.
    let mut programs = ["a", "b"].map(|name| Program::start(&[&address, "--name", name, "--wait", "2000"]));
    watcher.lines_until("JOINED #lobby <rest>");
    watcher.lines_until("JOINED #lobby <rest>");
    let input: String = (1..=2_000).map(|line| format!("{line}\n")).collect();
    for program in &mut programs {
        program.write(input.as_bytes());
    }
    for (program, other) in programs.iter_mut().zip(["b", "a"]) {
        let done = program.wait_with_open_input();
        done.expect_silent_success();
        let expected: String = (1..=2_000).map(|line| format!("{other}: {line}\n")).collect();
        assert!(done.output == expected, "{}", done.output);
    }
}

#[test]
fn each_line_is_written_as_soon_as_it_comes() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut program = Program::start(&[&address, "--name", "bot", "--follow"]);
    alice.expect("JOINED #lobby bot");
    for line in ["one", "two", "three"] {
        alice.send(&format!("SAY #lobby :{line}"));
        program.expect(&format!("alice: {line}"));
    }
    alice.send("TELL bot :psst");
    program.expect("[alice] psst");
    alice.send("SAY #lobby {8}\nfour\nbot");
    program.expect("alice: four");
    program.expect("alice: bot");
}

#[test]
fn a_closed_output_ends_it_quietly() {
    let server = TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut program = shell("\"$@\" | head -n 1", &[&address, "--name", "bot", "--follow"]);
    alice.expect("JOINED #lobby bot");
    alice.send("SAY #lobby :one");
    program.expect("alice: one");
    // `head` is gone, however much later: some line meets nobody.
    eventually("it leaves", || {
        alice.send("SAY #lobby :two");
        let lines = alice.lines_until("MSG #lobby <seq> <at> alice <rest>");
        lines.iter().any(|line| line == "LEFT #lobby bot").then_some(())
    });
    let done = program.wait();
    done.expect_silent_success();
    assert_eq!(done.output, "");
}

#[test]
fn an_output_that_was_never_open_ends_it_quietly() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut command = command(&[&address, "--name", "bot", "--json"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(done.stderr, b"");
    alice.lines_until("LEFT #lobby bot");
}

#[test]
fn several_rooms_are_told_apart() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let (mut tea, mut alice) = (server.member("carol", "#tea"), server.member("alice", "#lobby"));
    let mut bot = Program::start(&[&address, "--name", "bot", "-r", "lobby", "-r", "#tea", "-r", "lobby"]);
    alice.expect("JOINED #lobby bot");
    tea.expect("JOINED #tea bot");
    alice.send("SAY #lobby :hello");
    bot.expect("#lobby alice: hello");
    tea.send("SAY #tea :milk?");
    bot.expect("#tea carol: milk?");
    alice.send("TELL bot :psst");
    bot.expect("[alice] psst");
    // The first room is the one that is spoken in.
    bot.say("to all");
    alice.lines_until("MSG #lobby <rest>");
    bot.wait().expect_silent_success();
}

#[test]
fn send_says_texts_and_leaves_without_reading() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut program =
        Program::start(&[&address, "--name", "bot", "--send", "one", "--send", "two\nlines", "--send", ""]);
    let done = program.wait_with_open_input();
    done.expect_silent_success();
    assert_eq!(done.output, "");
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :one");
    alice.expect("MSG #lobby 2 <at> bot <id> {9}");
    assert_eq!(alice.counted(9), "two\nlines");
    alice.expect("MSG #lobby 3 <at> bot <id> :");
    alice.expect("LEFT #lobby bot");
}

#[test]
fn send_and_wait_ask_and_hear() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut program = Program::start(&[&address, "--name", "bot", "--send", "ready?", "--wait", "2"]);
    alice.lines_until("MSG #lobby 1 <rest>");
    // A message in private counts as well, and nothing is written behind the last.
    alice.send("TELL bot :yes\nSAY #lobby :no\nSAY #lobby :maybe");
    let done = program.wait_with_open_input();
    done.expect_silent_success();
    assert_eq!(done.output, "[alice] yes\nalice: no\n");
}

#[test]
fn the_past_is_shown_and_counted_if_it_is_asked_for() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    alice.send("SAY #lobby :one\nSAY #lobby :two\nSAY #lobby :three");
    alice.lines_until("OK seq=3");
    let done = run(&[&address, "--name", "bot", "--last", "2", "--wait", "2"], "");
    done.expect_silent_success();
    assert_eq!(done.output, "alice: two\nalice: three\n");
}

//= protocol/SPEC.md#6-6-after-a-lost-connection
//= type=test
//# A client that resumes MUST treat `reset=yes` as the loss of an unknown number of messages.
#[test]
fn a_server_that_goes_and_comes_back_is_survived() {
    let server = TestServer::start(1);
    let way = Proxy::to(server.address());
    let mut alice = server.member("alice", "#lobby");
    let mut program = Program::start(&[&way.address().to_string(), "--name", "bot"]);
    program.say("before");
    alice.lines_until("MSG #lobby 1 <rest>");
    drop(alice);
    way.lead_to(None);
    server.shut_down();
    program.say("meanwhile");
    let server = TestServer::start(1);
    way.lead_to(Some(server.address()));
    let mut alice = server.framed("alice");
    alice.send("JOIN #lobby last=10");
    // It is back already, or comes now.
    let said = alice.lines_until("MSG #lobby 1 <rest>");
    assert!(said.last().is_some_and(|line| line.ends_with(" :meanwhile")), "{said:?}");
    alice.send("SAY #lobby :welcome back");
    program.expect("alice: welcome back");
    let done = program.wait();
    done.expect_code(0);
    let notices: Vec<_> = done.errors.lines().collect();
    assert!(notices.first().is_some_and(|line| line.starts_with("! the server ended the connection: ")), "{done:?}");
    assert!(notices.last().is_some_and(|line| line.starts_with("! #lobby: back again; ")), "{done:?}");
}

#[test]
fn a_reader_that_stops_does_not_stop_the_timeout() {
    let server = TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    // Nobody reads what it writes, and nobody closes it.
    let mut command = command(&[&address, "--name", "bot", "--wait", "1000000", "--timeout", "4"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    alice.expect("JOINED #lobby bot");
    let text = "x".repeat(4_000);
    for _ in 0..100 {
        alice.send(&format!("SAY #lobby :{text}"));
    }
    let status = eventually("it ends", || child.try_wait().expect("it is ours"));
    assert_eq!(status.code(), Some(6));
}

#[test]
fn a_reader_of_its_errors_that_stops_does_not_stop_the_timeout() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut command = command(&[&address, "--name", "bot", "--timeout", "1"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut input = child.stdin.take().expect("its input is a pipe");
    // More complaints than a pipe holds, and nobody reads them.
    let write = std::thread::spawn(move || input.write_all(&b"\xff\n".repeat(50_000)));
    let status = eventually("it ends", || child.try_wait().expect("it is ours"));
    assert_eq!(status.code(), Some(6));
    assert!(write.join().expect("it does not panic").is_err(), "it has not taken all");
}

#[test]
fn every_line_that_is_not_said_is_named_however_many_there_are() {
    let server = TestServer::start(1);
    let done = crate::program::run(&[&server.address().to_string(), "--name", "bot"], b"\xff\n".repeat(20_000));
    done.expect_code(7);
    let errors: Vec<_> = done.errors.lines().collect();
    assert_eq!(errors.len(), 20_001);
    assert_eq!(errors[19_999], "chat-client: line 20000: the text is not UTF-8; not said");
}

#[test]
fn the_input_can_be_a_file() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).expect("it is there");
    let done = command(&[&address, "--name", "bot"]).stdin(file).output().expect("it runs");
    assert_eq!(done.status.code(), Some(0));
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :[package]");
}

//= protocol/SPEC.md#5-8-note
//= type=test
//# A client MUST NOT show a `NOTE` whose KIND it does not know as something that NAME said.
#[test]
fn a_note_is_nothing_that_somebody_said() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=2\nNOTE #lobby 1 1000 bob strange :I am rich");
        client.send("NOTE #lobby 2 1000 bob stranger\nMSG #lobby 3 1000 bob :enough");
        client.expect("BYE");
        client.send("BYE bye :Goodbye!");
    }]);
    let done = run(&[&server.address(), "--name", "alice", "--wait", "1"], "");
    done.expect_code(0);
    assert_eq!(done.output, "bob: enough\n");
    server.finish();
}

#[test]
fn a_message_that_the_server_cannot_store_is_said_when_it_can() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        let said = client.expect("SAY #lobby id=<id> :hello");
        for _ in 0..2 {
            client.send("ERR internal retry=100 :The disk is full.");
            assert_eq!(client.expect("SAY #lobby id=<id> :hello").get("id"), said.get("id"));
        }
        client.send("OK seq=1\nMSG #lobby 1 1000 alice :hello");
        client.expect("BYE");
        client.send("BYE bye :Goodbye!");
    }]);
    let done = run(&[&server.address(), "--name", "alice"], "hello\n");
    done.expect_code(0);
    assert_eq!(done.errors, "! #lobby: not said yet: The disk is full. (internal); trying again in 0.1 s\n");
    server.finish();
}

#[test]
fn a_message_that_the_server_never_stores_is_not_said_in_time() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        while client.try_line().is_ok_and(|line| line.is_some_and(|line| line.starts_with("SAY "))) {
            client.send_if_possible("ERR internal retry=50 :The disk is full.");
        }
    }]);
    run(&[&server.address(), "--name", "alice", "--timeout", "3"], "hello\n").expect_code(6);
    server.finish();
}
