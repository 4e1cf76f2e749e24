//! What is not said, and what is.

use fanfare_tests::TestServer;

use crate::program::{Program, run};

#[test]
fn invalid_lines_are_named_and_the_others_are_said() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let input = b"one\r\n\n\xff\xfe\n\x1b[31mred\n\ttab\n/who\nlast";
    let done = run(&[&address, "--name", "bot"], input);
    done.expect_code(7);
    assert_eq!(
        done.errors,
        "chat-client: line 3: the text is not UTF-8; not said\n\
         chat-client: line 4: the text has a control character or a bidirectional control; not said\n\
         chat-client: 2 lines of the input can't be said; the rest was said\n"
    );
    alice.expect("JOINED #lobby bot");
    for (seq, text) in [(1, "one"), (2, ""), (3, "\ttab"), (4, "/who"), (5, "last")] {
        alice.expect(&format!("MSG #lobby {seq} <at> bot <id> :{text}"));
    }
}

#[test]
fn over_long_lines_are_skipped_by_the_limit_of_the_server() {
    let server = TestServer::with(1, |options| (options.max_text, options.octet_rate) = (5_000, None));
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    // Just right; too long for this server, for any server, and for what is kept of a line.
    let lengths = [5_000, 5_001, 65_537, 500_000];
    let input: String = lengths.iter().map(|&length| "x".repeat(length) + "\n").collect();
    let done = run(&[&address, "--name", "bot"], input + "last\n");
    done.expect_code(7);
    let mut errors: Vec<_> = done.errors.lines().collect();
    assert_eq!(errors.pop(), Some("chat-client: 3 lines of the input can't be said; the rest was said"));
    // What is known here is told before what the server's limit says.
    errors.sort_unstable();
    let expected = [
        "chat-client: line 2: the text has more than the 5000 octets that the server takes; not said",
        "chat-client: line 3: the text is too long; not said",
        "chat-client: line 4: the text is too long; not said",
    ];
    assert_eq!(errors, expected);
    alice.expect("JOINED #lobby bot");
    alice.expect("MSG #lobby 1 <at> bot <id> {5000}");
    alice.counted(5_000);
    alice.expect("MSG #lobby 2 <at> bot <id> :last");
}

#[test]
fn what_the_server_does_not_take_is_told_at_once() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let mut alice = server.member("alice", "#lobby");
    let mut program = Program::start(&[&address, "--name", "bot", "--commands"]);
    program.say("/leave\nnowhere\n/join #lobby\nhere");
    alice.lines_until("MSG #lobby 1 <rest>");
    let done = program.wait();
    done.expect_code(7);
    assert!(done.errors.starts_with("chat-client: line 2: you are in no room; /join one; not said\n"), "{done:?}");
}
