//! Every exit code, and that it is documented.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::process::Stdio;

use fanfare_tests::TestServer;
use socket2::{Domain, Socket, Type};

use crate::program::{Program, command, run};
use crate::scripted::{Scripted, welcome};

#[test]
fn success_is_0() {
    let server = TestServer::start(1);
    run(&[&server.address().to_string(), "--name", "bot"], "hello\n").expect_silent_success();
}

#[test]
fn an_output_that_is_full_is_1() {
    let server = TestServer::start(1);
    let full = OpenOptions::new().write(true).open("/dev/full").expect("there is such a device");
    let mut command = command(&[&server.address().to_string(), "--name", "bot", "--json"]);
    let done = command.stdin(Stdio::null()).stdout(full).output().expect("it runs");
    assert_eq!(done.status.code(), Some(1));
    assert!(done.stderr.starts_with(b"chat-client: "), "{done:?}");
}

#[test]
fn an_input_that_cannot_be_read_is_1() {
    let server = TestServer::start(1);
    let directory = std::fs::File::open("/").expect("it is there");
    let done = command(&[&server.address().to_string(), "--name", "bot"]).stdin(directory).output().expect("it runs");
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn wrong_usage_is_2() {
    for flags in [&["--dance"][..], &["--name", "not a name"], &["--wait", "0"], &["--wait", "1", "--follow"]] {
        run(flags, "").expect_code(2);
    }
    let nameless = run(&[], "");
    nameless.expect_code(2);
    assert!(nameless.errors.contains("--name"), "{nameless:?}");
    let mut unusable = command(&[]);
    unusable.env("USER", "not a name").env("LOGNAME", "root");
    Program::spawn(unusable).wait().expect_code(2);
}

#[test]
fn the_login_is_the_name() {
    let server = TestServer::start(1);
    let mut alice = server.member("alice", "#lobby");
    let mut command = command(&[&server.address().to_string()]);
    command.env("USER", "not a name").env("LOGNAME", "carol");
    Program::spawn(command).wait().expect_silent_success();
    alice.expect("JOINED #lobby carol");
}

#[test]
fn no_connection_is_3() {
    // It is bound and does not listen: nobody else can, and who connects is turned away.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("there are sockets");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("there are free ports");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it has an address");
    let done = run(&[&address.to_string(), "--name", "bot"], "hello\n");
    done.expect_code(3);
    assert!(done.errors.starts_with(&format!("chat-client: {address}: cannot connect: ")), "{done:?}");
    run(&["no such host", "--name", "bot"], "").expect_code(3);
}

#[test]
fn a_refused_name_is_4_at_once() {
    let server = TestServer::start(1);
    let _bot = server.framed("bot");
    let done = run(&[&server.address().to_string(), "--name", "bot"], "hello\n");
    done.expect_code(4);
    assert!(done.errors.contains("(name-taken)"), "{done:?}");
}

#[test]
fn a_refused_room_is_4() {
    let server = TestServer::with(1, |options| options.max_rooms_per_connection = 1);
    let mut alice = server.member("alice", "#lobby");
    let done =
        run(&[&server.address().to_string(), "--name", "bot", "-r", "lobby", "-r", "tea", "--wait", "1"], "hi\n");
    done.expect_code(4);
    assert!(done.errors.starts_with("chat-client: #tea: ") && done.errors.contains("(too-many-rooms)"), "{done:?}");
    alice.expect("JOINED #lobby bot");
    alice.expect("LEFT #lobby bot");
}

#[test]
fn a_refused_message_is_4_and_the_others_are_said() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        client.expect("SAY #lobby <id> :one");
        client.send("OK seq=1");
        client.expect("SAY #lobby <id> :two");
        client.send("ERR not-allowed :Not you");
        client.expect("SAY #lobby <id> :three");
        client.send("OK seq=2");
        client.expect("BYE");
        client.send("BYE bye :Goodbye!");
    }]);
    let done = run(&[&server.address(), "--name", "alice"], "one\ntwo\nthree\n");
    done.expect_code(4);
    assert_eq!(
        done.errors,
        "chat-client: line 2: Not you (not-allowed); not said\n\
         chat-client: the server refused: Not you (not-allowed)\n"
    );
    server.finish();
}

#[test]
fn a_broken_protocol_is_5() {
    for script in [
        |client: &mut fanfare_tests::Client| client.send("220 mail.example.org ESMTP"),
        |client: &mut fanfare_tests::Client| {
            welcome(client);
            client.expect("JOIN #lobby");
            client.send("OK seq=1");
        },
    ] {
        let server = Scripted::start([script]);
        let done = run(&[&server.address(), "--name", "alice"], "hello\n");
        done.expect_code(5);
        assert!(done.errors.contains("is that a Fanfare/1 server?"), "{done:?}");
        server.finish();
    }
}

//= protocol/SPEC.md#13-security-considerations
//= type=test
//# A client that shows text from a server MUST NOT pass on to a terminal a character that 2.4 forbids.
#[test]
fn a_character_that_is_forbidden_in_texts_is_not_shown() {
    fn enter(client: &mut fanfare_tests::Client) {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=2\nJOINED #lobby alice");
    }
    let server = Scripted::start([
        |client| {
            enter(client);
            client.send("MSG #lobby 1 1000 bob :\x1b[31mZanzibar");
        },
        |client| {
            enter(client);
            client.send("MSG #lobby 1 1000 bob {15}\nend\n\u{9b}mZanzibar");
        },
        |client| {
            enter(client);
            client.send("LEFT #lobby bob :\u{202e}Zanzibar");
        },
        |client| {
            enter(client);
            client.send("BYE kicked :\rZanzibar");
        },
        |client| client.send("FANFARE/1 \x07Zanzibar"),
    ]);
    for _ in 0..5 {
        let done = Program::start(&[&server.address(), "--name", "alice"]).wait_with_open_input();
        done.expect_code(5);
        assert!(!done.output.contains("Zanzibar") && !done.errors.contains("Zanzibar"), "{done:?}");
    }
    server.finish();
}

#[test]
fn what_does_not_come_in_time_is_6() {
    let server = TestServer::start(1);
    let mut alice = server.member("alice", "#lobby");
    let done = run(&[&server.address().to_string(), "--name", "bot", "--wait", "1", "--timeout", "3"], "hello\n");
    done.expect_code(6);
    assert_eq!(done.errors, "chat-client: timed out after 3 s\n");
    // It said what it had to say, and goodbye.
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> :hello");
    alice.expect("LEFT #lobby bot");
}

#[test]
fn a_server_that_says_nothing_is_6() {
    let server = Scripted::start([|client| {
        client.lines_to_the_end();
    }]);
    run(&[&server.address(), "--name", "bot", "--timeout", "1"], "hello\n").expect_code(6);
    server.finish();
}

#[test]
fn the_end_of_the_time_is_0_if_nothing_is_waited_for() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let flags = [&["--name", "a", "--follow"][..], &["--name", "b"]];
    let programs = flags.map(|flags| Program::start(&[&[&address, "--timeout", "3"], flags].concat()));
    for mut program in programs {
        program.wait_with_open_input().expect_silent_success();
    }
}

#[test]
fn what_is_not_said_in_time_is_6() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1");
        client.expect("SAY #lobby <id> :hello");
        client.lines_to_the_end();
    }]);
    let done = run(&[&server.address(), "--name", "alice", "--timeout", "3"], "hello\n");
    done.expect_code(6);
    server.finish();
}

#[test]
fn input_that_is_left_when_it_is_called_off_is_a_failure() {
    // So many lines take two minutes at this rate, and fit into a pipe.
    let input = "x\n".repeat(25_000);
    for (flags, signal, code) in [(["--timeout", "3"], None, 6), (["--follow", "--json"], Some("TERM"), 143)] {
        let server = TestServer::with(1, |options| options.rate_limit = NonZeroU32::new(200));
        let address = server.address().to_string();
        let mut alice = server.member("alice", "#lobby");
        let mut bot = Program::start(&[&[&address, "--name", "bot"], &flags[..]].concat());
        bot.write(input.as_bytes());
        alice.lines_until("MSG #lobby 1 <rest>");
        if let Some(signal) = signal {
            bot.signal(signal);
        }
        bot.wait_with_open_input().expect_code(code);
        // What was read was said, and goodbye.
        alice.lines_until("LEFT #lobby bot");
    }
}

#[test]
fn a_line_that_cannot_be_said_is_7() {
    let server = TestServer::start(1);
    run(&[&server.address().to_string(), "--name", "bot"], b"\xff\n").expect_code(7);
}

#[test]
fn a_signal_is_130_or_143_after_a_goodbye_and_0_with_follow() {
    for (signal, follow, code) in [("INT", false, 130), ("TERM", false, 143), ("INT", true, 0), ("TERM", true, 0)] {
        let server = TestServer::start(1);
        let address = server.address().to_string();
        let mut alice = server.member("alice", "#lobby");
        let stay: &[&str] = if follow { &["--follow"] } else { &["--wait", "9"] };
        let mut bot = Program::start(&[&[&address, "--name", "bot"], stay].concat());
        bot.say("hello");
        alice.lines_until("MSG #lobby 1 <rest>");
        bot.signal(signal);
        bot.wait_with_open_input().expect_code(code);
        alice.expect("LEFT #lobby bot");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1\nMSG #lobby 1 0 bob :here");
        // This goodbye is never answered.
        client.expect("BYE");
        client.send("MSG #lobby 2 0 bob :stay");
        client.lines_to_the_end();
    }]);
    let mut alice = Program::start(&[&server.address(), "--name", "alice", "--follow"]);
    alice.expect("bob: here");
    alice.signal("INT");
    alice.expect("bob: stay");
    alice.signal("TERM");
    alice.wait_with_open_input().expect_code(143);
    server.finish();
}

#[test]
fn a_goodbye_that_is_not_answered_is_given_up() {
    let server = Scripted::start([|client| {
        welcome(client);
        client.expect("JOIN #lobby");
        client.send("OK epoch=e1 next=1 newest=0 members=1\nMSG #lobby 1 0 bob :here");
        client.expect("BYE");
        client.lines_to_the_end();
    }]);
    let mut alice = Program::start(&[&server.address(), "--name", "alice", "--follow"]);
    alice.expect("bob: here");
    alice.signal("INT");
    alice.wait_with_open_input().expect_code(130);
    server.finish();
}

/// The codes of a text, with what they say.
fn codes(text: &str) -> BTreeMap<u8, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, text) = text.split_once("Exit codes: ").expect("it lists them");
    let (text, _) = text.split_once(" Examples:").unwrap_or((text, ""));
    text.split(", ")
        .filter_map(|code| code.split_once(' '))
        .map(|(code, says)| (code.parse().expect("a code"), says.to_owned()))
        .collect()
}

#[test]
fn the_readme_lists_the_codes_of_the_help() {
    let help = codes(&run(&["--help"], "").output);
    assert_eq!(help.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7, 130, 143]);
    let readme = include_str!("../../README.md");
    let table: BTreeMap<u8, String> = readme
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            Some((cells.next()?.parse().ok()?, cells.next()?.trim_end_matches(" |").to_owned()))
        })
        .collect();
    assert_eq!(table, help);
}
