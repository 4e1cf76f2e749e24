//! Lines that begin with `/`, with `--commands`.

use fanfare_tests::TestServer;

use crate::program::{Program, run};

#[test]
fn without_commands_every_line_is_said() {
    let server = TestServer::start(1);
    let mut alice = server.member("alice", "#lobby");
    run(&[&server.address().to_string(), "--name", "bot"], "/quit\n//x\n").expect_silent_success();
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :/quit");
    alice.expect("MSG #lobby 2 <at> bot <id> ://x");
}

#[test]
fn commands_are_obeyed_in_turn_with_what_is_said() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut bot = Program::start(&[&address, "--name", "bot", "--commands"]);
    bot.say("one\n/who\n//two\n/history 1\n/msg alice psst");
    bot.expect("* 2 members in #lobby: alice bot");
    let past = bot.line();
    assert!(past.starts_with("* 20") && past.ends_with("Z bot: /two"), "{past}");
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :one");
    alice.expect("MSG #lobby 2 <at> bot <id> :/two");
    alice.expect("TOLD <at> bot <id> :psst");
    bot.say("/join tea\nthree\n/rooms\n/join lobby\nfour\n/leave #tea\n/leave So long\n/who #lobby");
    alice.expect("MSG #lobby 3 <at> bot <id> :four");
    alice.expect("LEFT #lobby bot :So long");
    for line in ["* #lobby, 2 members", "* #tea, 1 member", "* 1 member in #lobby: alice"] {
        bot.expect(line);
    }
    bot.wait().expect_silent_success();
}

#[test]
fn quit_leaves_with_its_words_whatever_is_waited_for() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut bot = Program::start(&[&address, "--name", "bot", "--commands", "--follow"]);
    bot.say("one\n/quit Supper\ntwo");
    bot.wait_with_open_input().expect_silent_success();
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :one");
    alice.expect("LEFT #lobby bot :Supper");
}

#[test]
fn what_is_no_command_is_not_said() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let done = run(&[&address, "--name", "bot", "--commands"], "/dance\n/presence off\n/msg nobody hi\nlast\n");
    done.expect_code(4);
    let errors: Vec<_> = done.errors.lines().collect();
    assert!(errors[0].starts_with("chat-client: line 1: there is no such command; "), "{done:?}");
    assert_eq!(errors[1], "chat-client: line 2: /presence is for a terminal; not done");
    assert!(errors[2].starts_with("chat-client: line 3: ") && errors[2].ends_with(" (no-such-name); not done"));
    assert!(errors[3].ends_with(" (no-such-name)") && errors.len() == 4, "{done:?}");
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :last");
}

#[test]
fn the_texts_of_the_command_line_can_be_commands() {
    let server = TestServer::start(1);
    let mut alice = server.framed("alice");
    let done = run(&[&server.address().to_string(), "--name", "bot", "--commands", "--send", "/msg alice psst"], "");
    done.expect_silent_success();
    alice.expect("TOLD <at> bot <id> :psst");
}

#[test]
fn messages_are_found_by_their_words_and_older_ones_without() {
    let server = TestServer::start(2);
    let address = server.address().to_string();
    let mut bot = Program::start(&[&address, "--name", "bot", "--commands"]);
    for number in 1..=22 {
        bot.say(&format!("kettle {number}\ntea {number}"));
    }
    bot.say("/search the  Kettle?\n/search\tKETTLE ?!\n/search\n/search");
    bot.expect("* 0 messages found");
    let mut found = |numbers: std::ops::RangeInclusive<usize>| {
        for number in numbers {
            let line = bot.line();
            assert!(line.starts_with("* 20") && line.ends_with(&format!("Z bot: kettle {number}")), "{line}");
        }
        bot.line()
    };
    assert_eq!(found(3..=22), "* and more");
    assert_eq!(found(1..=2), "* 0 messages found");
    bot.wait().expect_silent_success();
}

#[test]
fn a_search_that_is_none_is_not_done() {
    let server = TestServer::start(2);
    let address = server.address().to_string();
    let input =
        "/search\n/search ?!\ntea\n/search tea\n/join #tea\n/search\n/leave\n/join #lobby\n/leave\n/search tea\n";
    let done = run(&[&address, "--name", "bot", "--commands"], input);
    done.expect_code(7);
    assert_eq!(done.output.lines().count(), 1, "{done:?}");
    let errors: Vec<_> = done.errors.lines().collect();
    let none = "there is no search here to go on with; write: /search WORDS; not done";
    assert_eq!(errors[0], format!("chat-client: line 1: {none}"));
    assert!(errors[1].starts_with("chat-client: line 2: what is searched for has at most 256 octets"), "{done:?}");
    assert_eq!(errors[2], format!("chat-client: line 6: {none}"));
    assert_eq!(errors[3], "chat-client: line 10: you are in no room; /join one; not done");
}

#[test]
fn a_server_that_does_not_search_refuses() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let done = run(&[&address, "--name", "bot", "--commands"], "/search tea\n");
    done.expect_code(4);
    assert!(
        done.errors.starts_with("chat-client: line 1: This server does not search. (not-allowed); not done\n"),
        "{done:?}"
    );
}
