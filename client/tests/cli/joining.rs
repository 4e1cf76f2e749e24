//! What depends on the room of a `/join` before it, with `--commands`.

use fanfare_tests::TestServer;

use crate::program::{Program, run};
use crate::scripted::{Scripted, welcome};

#[test]
fn what_is_asked_directly_behind_a_join_is_asked_of_its_room() {
    let server = TestServer::start(2);
    let address = server.address().to_string();
    let mut alice = server.framed("alice");
    let (mut input, mut expected) = (String::new(), Vec::new());
    for number in 1..=10 {
        alice.send(&format!("JOIN #r{number}\nSAY #r{number} :tea {number}\nSAY #r{number} :milk {number}"));
        alice.lines_until("OK seq=2");
        input
            .push_str(&format!("/join #r{number}\n/history 1\n/search tea\n/missed\n/who\nend {number}\n/history 1\n"));
        expected.extend([format!("Z alice: milk {number}"), format!("Z alice: tea {number}")]);
        expected.extend([format!("* 2 members in #r{number}: alice bot"), format!("Z bot: end {number}")]);
    }
    let done = run(&[&address, "--name", "bot", "--commands"], input);
    done.expect_silent_success();
    let lines: Vec<_> = done.output.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{done:?}");
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with("* ") && line.ends_with(expected), "{expected} was expected: {done:?}");
    }
}

#[test]
fn the_past_of_the_rooms_of_the_flags_can_be_asked_for_at_once() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    alice.send("SAY #lobby :one\nSAY #lobby :two");
    alice.lines_until("OK seq=2");
    for _ in 0..10 {
        let done = run(&[&address, "--name", "bot", "--commands", "--send", "/history 1"], "");
        done.expect_silent_success();
        assert!(done.output.ends_with("Z alice: two\n"), "{done:?}");
    }
}

#[test]
fn what_is_meant_for_a_room_that_one_could_not_join_is_for_no_other() {
    let server = TestServer::with(2, |options| options.max_rooms_per_connection = 1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    for join in ["/join #tea", "/join #TEA", "/JOIN"] {
        let input =
            format!("{join}\na secret\n/history\n/search tea\n/missed\n/who\n/leave\n/join #lobby\nhere\n/history 1\n");
        let done = run(&[&address, "--name", "bot", "--commands"], input);
        done.expect_code(if join == "/join #tea" { 4 } else { 7 });
        let errors: Vec<_> = done.errors.lines().collect();
        assert!(errors[0].starts_with("chat-client: line 1: ") && errors[0].ends_with("; not done"), "{done:?}");
        for (line, error) in (2..=7).zip(&errors[1..]) {
            let not = if line == 2 { "said" } else { "done" };
            let expected = format!("chat-client: line {line}: the /join before was not done; /join a room; not {not}");
            assert_eq!(*error, expected);
        }
        assert_eq!(errors.len(), 8, "{done:?}");
        assert!(done.output.ends_with("Z bot: here\n") && done.output.lines().count() == 1, "{done:?}");
        alice.expect("JOINED #lobby bot");
        alice.expect("MSG #lobby <seq> <at> bot <id> :here");
        alice.expect("LEFT #lobby bot");
    }
}

#[test]
fn a_room_can_be_named_behind_a_join_that_was_not_done() {
    let server = TestServer::with(1, |options| options.max_rooms_per_connection = 1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut bot = Program::start(&[&address, "--name", "bot", "--commands"]);
    bot.say("/join #tea\n/who #lobby\n/leave #lobby\n/join #tea\nhello\n/who");
    bot.expect("* 2 members in #lobby: alice bot");
    bot.expect("* 1 member in #tea: bot");
    alice.expect("JOINED #lobby bot");
    alice.expect("LEFT #lobby bot");
    bot.wait().expect_code(4);
}

#[test]
fn a_join_whose_connection_is_lost_is_waited_for_over_the_next() {
    let server = Scripted::start([
        |client| {
            welcome(client);
            client.expect("JOIN #lobby");
            client.send("OK epoch=e1 next=1 newest=0 members=1");
            client.expect("JOIN #tea");
        },
        |client| {
            client.send("FANFARE/1 Choose a username...");
            client.expect("HELLO 1 <rest>");
            client.send("WELCOME alice token=t2 ping=30 text=4096 presence=256 :Hi");
            client.expect("JOIN #lobby after=e1:0 <rest>");
            client.expect("JOIN #tea");
            client.send("OK epoch=e1 next=1 newest=0 members=1\nOK epoch=e2 next=8 newest=7 members=1");
            client.expect("HISTORY #tea 7 7 epoch=e2");
            client.send("PAST #tea 7 1000 bob :milk\nOK epoch=e2 count=1 next=8");
            client.expect("BYE");
            client.send("BYE bye :Goodbye!");
        },
    ]);
    let done = run(&[&server.address(), "--name", "alice", "--commands"], "/join #tea\n/history 1\n");
    done.expect_code(0);
    assert_eq!(done.output, "* 1970-01-01T00:00:01Z bob: milk\n");
    server.finish();
}

#[test]
fn a_join_that_is_never_answered_holds_up_no_end() {
    let script = "/join #tea\nhello\n/history 1\n";
    let ended = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        client.expect("JOIN #tea");
        client.send("BYE replaced :You are somewhere else.");
    }]);
    let done = run(&[&ended.address(), "--name", "alice", "--commands"], script);
    done.expect_code(4);
    ended.finish();

    let silent = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        client.expect("JOIN #tea");
        client.lines_to_the_end();
    }]);
    let done = run(&[&silent.address(), "--name", "alice", "--commands", "--timeout", "3"], script);
    done.expect_code(6);
    silent.finish();
}
