//! The first lines of a connection: which mode they mean, and how a name is had.

use std::time::Duration;

use fanfare_tests::{Captures, Client, TestServer};

with_workers!(
    the_greeting_comes_unasked,
    the_first_line_decides_the_mode,
    empty_lines_before_the_first_decide_nothing,
    other_protocols_are_refused_and_not_interpreted,
    other_protocols_are_known_before_their_line_ends,
    a_refused_name_is_retried_in_framed_mode,
    a_refused_name_is_retried_in_plain_mode,
    a_name_in_use_is_refused_in_both_modes,
    every_reserved_name_is_refused_in_any_case,
    the_sixth_refusal_ends_framed_mode,
    the_sixth_refusal_ends_plain_mode,
    requests_before_the_name_are_not_welcome,
    a_fault_comes_before_the_state,
    what_needs_no_name_works_before_it,
    a_whole_conversation_fits_in_one_write,
    a_whole_plain_conversation_fits_in_one_write,
    octets_may_come_one_by_one,
    a_second_hello_is_refused_and_changes_nothing,
    a_name_line_may_have_blanks_around_it,
    a_name_line_is_refused_for_the_first_of_its_faults,
    welcome_tells_the_limits_of_the_server,
    silence_before_the_name_ends_with_timeout,
    too_much_before_the_name_ends_the_connection,
    runs_of_octets_are_the_fields_of_the_first_line,
);

/// The verbs of both sides, and the names that sound like the server.
const RESERVED: &[&str] = &[
    "server",
    "system",
    "admin",
    "root",
    "HELLO",
    "WELCOME",
    "OK",
    "ERR",
    "JOIN",
    "LEAVE",
    "SAY",
    "TELL",
    "WHO",
    "NAMES",
    "ROOMS",
    "ROOM",
    "HISTORY",
    "PAST",
    "AUTH",
    "CHALLENGE",
    "PING",
    "PONG",
    "BYE",
    "MSG",
    "NOTE",
    "TOLD",
    "JOINED",
    "LEFT",
    "MEMBERS",
    "GAP",
];

//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A server MUST send the greeting as its first line, without waiting for the client.
//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A server that speaks this version MUST name `1` among the versions of its greeting.
fn the_greeting_comes_unasked(workers: usize) {
    let server = TestServer::start(workers);
    Client::connect(server.address()).expect("FANFARE/1 Choose a username...");
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST apply the first row of the table above that fits.
//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST take the line that fixed framed mode as the first line of the first frame.
//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST take the line that fixed plain mode as a name line (10.1).
fn the_first_line_decides_the_mode(workers: usize) {
    let server = TestServer::start(workers);
    for (first, answer) in [
        ("PING", "PONG"),
        ("ping x", "PONG x"),
        ("PING  x", "ERR bad-frame :<text>"),
        ("BYE", "BYE bye :<text>"),
        ("bye :x", "BYE bye :<text>"),
        ("AUTH PLAIN", "ERR not-allowed :<text>"),
        ("auth PLAIN :AA==", "ERR not-allowed :<text>"),
        ("HELLO 1 a", "WELCOME a <rest>"),
        ("hElLo 1 b", "WELCOME b <rest>"),
        ("HELLO x y z", "ERR bad-version :<text>"),
        ("HELLO 1 y z", "ERR bad-arguments :<text>"),
        ("HELLO 1 -", "ERR bad-name :<text>"),
        ("HELLO 1 \u{e9}", "ERR bad-frame :<text>"),
        ("HELLO", "! <text>"),
        ("HELLO 1", "! <text>"),
        ("hello you", "! <text>"),
        ("AUTH", "! <text>"),
        ("PONG", "! <text>"),
        ("JOIN #tea", "! <text>"),
        ("ROOMS", "! <text>"),
        ("MSG #tea 1 2 c :d", "! <text>"),
        ("PINGU", "You are connected to the Server!"),
        (" PING", "! <text>"),
        ("PING\t", "! <text>"),
        ("HTTP", "You are connected to the Server!"),
        ("SSH", "You are connected to the Server!"),
        ("\u{e9}", "! <text>"),
        (":", "! <text>"),
        ("/help", "! <text>"),
    ] {
        let mut client = server.connect();
        client.send(first);
        let line = client.line();
        assert!(
            line.as_ref().is_some_and(|line| Captures::default().fit(answer, line)),
            "{first:?} was answered with {line:?}, not {answer:?}"
        );
        // The way it ends tells the mode too.
        if !answer.starts_with("BYE") {
            client.end_input();
            client.lines_until(if answer.starts_with(['!', 'Y']) { "* Goodbye!" } else { "BYE bye :<text>" });
        }
        client.expect_end();
    }
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST ignore an empty line that stands where a frame can begin.
//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST close the connection at the end of the client's input without a `BYE`, if the mode was not fixed.
fn empty_lines_before_the_first_decide_nothing(workers: usize) {
    let server = TestServer::start(workers);
    let mut framed = server.connect();
    framed.send("\n\r\n\nPING x");
    framed.expect("PONG x");
    let mut plain = server.connect();
    plain.send("\n\r\n\nalice");
    plain.expect("You are connected to the Server!");
    let mut nobody = server.connect();
    nobody.send("\n\r\n");
    nobody.end_input();
    nobody.expect_end();
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST apply the first row of the table above that fits.
//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST NOT interpret anything it received after a line that rule 1 refused.
fn other_protocols_are_refused_and_not_interpreted(workers: usize) {
    let server = TestServer::start(workers);
    for first in [
        "GET / HTTP/1.1",
        "POST /x HTTP/1.0\r",
        "HTTP/1.1",
        "HELLO 1 HTTP/2",
        "PING HTTP/1",
        "SSH-2.0-x",
        "\tHELLO 1 a",
    ] {
        let mut client = server.connect();
        client.send(&format!("{first}\nHELLO 1 mallory\nJOIN #tea"));
        client.expect("BYE bad-handshake :<text>");
        client.expect_end();
    }
    let mut alice = server.framed("alice");
    alice.send("ROOMS\nTELL mallory :Are you there?");
    alice.expect_all(&["OK count=0", "ERR no-such-name :<text>"]);
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST NOT send anything but the greeting and a `BYE` before the mode is fixed.
//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST send a `BYE` that comes before the mode is fixed in the form of framed mode.
fn other_protocols_are_known_before_their_line_ends(workers: usize) {
    let server = TestServer::start(workers);
    for first in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0", b"\x1f", b"\rx", b"SSH-", b"\n\r\n\t"] {
        let mut client = server.connect();
        client.send_octets(first);
        client.expect("BYE bad-handshake :<text>");
        client.expect_end();
    }
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST let the client try again after a refused `HELLO` or name line.
fn a_refused_name_is_retried_in_framed_mode(workers: usize) {
    let server = TestServer::start(workers);
    let _alice = server.framed("alice");
    let mut client = server.connect();
    client.send("HELLO 2 bob\nHELLO 1 -bob\nHELLO 1 alice\nHELLO 1 Admin\nHELLO 1 bob token=\nHELLO 1 bob");
    client.expect_all(&[
        "ERR bad-version :<text>",
        "ERR bad-name :<text>",
        "ERR name-taken :<text>",
        "ERR bad-name :<text>",
        "ERR bad-arguments :<text>",
        "WELCOME bob <rest>",
    ]);
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST let the client try again after a refused `HELLO` or name line.
//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST answer a refused name line with a fault line (10.3) and the line `Choose a username...`.
//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST take the next line that is not empty after a refusal as a name line.
//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST answer an accepted name line with the line `You are connected to the Server!`.
fn a_refused_name_is_retried_in_plain_mode(workers: usize) {
    let server = TestServer::start(workers);
    let _alice = server.framed("alice");
    let mut client = server.connect();
    let long = "x".repeat(33);
    for refused in ["-bob", "alice", "HELLO 1 bob", &long, "b\u{f6}b"] {
        client.send(&format!("{refused}\n\n"));
        client.expect_all(&["! <text>", "Choose a username..."]);
    }
    client.send("bob");
    client.expect_all(&["You are connected to the Server!", "bob joined the chat!"]);
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST answer `name-taken` to a `HELLO` or name line for a name that is in use or held, unless its token is
//# the one that 3.5 accepts.
fn a_name_in_use_is_refused_in_both_modes(workers: usize) {
    let server = TestServer::start(workers);
    let _alice = server.framed("alice");
    let _bob = server.plain("bob");
    for name in ["alice", "ALICE", "bob", "Bob"] {
        let mut framed = server.connect();
        framed.send(&format!("HELLO 1 {name}\nHELLO 1 {name} token=00112233445566778899aabbccddeeff"));
        framed.expect_all(&["ERR name-taken :<text>", "ERR name-taken :<text>"]);
        let mut plain = server.connect();
        plain.send(name);
        plain.expect_all(&["! <text>", "Choose a username..."]);
    }
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST refuse a reserved name in `HELLO` and in a name line with `bad-name`.
fn every_reserved_name_is_refused_in_any_case(workers: usize) {
    let server = TestServer::start(workers);
    for names in RESERVED.chunks(2) {
        let mut framed = server.connect();
        let mut plain = server.connect();
        // A line that fixes plain mode, whatever comes behind it.
        plain.send("-");
        plain.expect_all(&["! <text>", "Choose a username..."]);
        for name in names {
            let (lower, upper) = (name.to_lowercase(), name.to_uppercase());
            framed.send(&format!("HELLO 1 {lower}\nHELLO 1 {upper}"));
            framed.expect_all(&["ERR bad-name :<text>", "ERR bad-name :<text>"]);
            plain.send(&format!("{lower}\n{upper}"));
            plain.expect_all(&["! <text>", "Choose a username...", "! <text>", "Choose a username..."]);
        }
    }
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the sixth refusal before `WELCOME`.
fn the_sixth_refusal_ends_framed_mode(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    client.send("HELLO 2 a\nJOIN #a\nPING x\nAUTH X\nSING\nROOMS\n\nPONG\nWHO #tea\nHELLO 1 alice");
    client.expect_all(&[
        "ERR bad-version :<text>",
        "ERR not-welcome :<text>",
        "PONG x",
        "ERR not-allowed :<text>",
        "ERR unknown-verb :<text>",
        "ERR not-welcome :<text>",
        "BYE too-many-errors :<text>",
    ]);
    client.expect_end();
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the sixth refusal before `WELCOME`.
fn the_sixth_refusal_ends_plain_mode(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    client.send("-\n-\n-\n-\n-\n-\nalice");
    for _ in 0..5 {
        client.expect_all(&["! <text>", "Choose a username..."]);
    }
    client.expect("! <text>");
    client.expect_end();
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST answer `ERR not-welcome` to a well-formed request other than `HELLO`, `AUTH`, `PING` and `BYE` before
//# `WELCOME`.
fn requests_before_the_name_are_not_welcome(workers: usize) {
    let server = TestServer::start(workers);
    for request in ["JOIN #tea", "LEAVE #tea", "SAY #tea :x", "TELL alice :x", "WHO #tea", "ROOMS", "HISTORY #tea 1 2"]
    {
        let mut client = server.connect();
        client.send(&format!("PING\n{request}\nHELLO 1 alice\nROOMS\nBYE"));
        client.expect_all(&[
            "PONG",
            "ERR not-welcome :<text>",
            "WELCOME alice <rest>",
            "OK count=0",
            "BYE bye :<text>",
        ]);
        client.expect_end();
    }
}

fn a_fault_comes_before_the_state(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    client.send("PING\nJOIN tea\nWELCOME alice\nSAY #tea :\u{7f}\nPONG\nHISTORY #tea 2 1\nHELLO 1 alice");
    client.expect_all(&[
        "PONG",
        "ERR bad-room :<text>",
        "ERR unknown-verb :<text>",
        "ERR bad-text :<text>",
        "ERR bad-arguments :<text>",
        "WELCOME alice <rest>",
    ]);
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST answer `ERR not-welcome` to a well-formed request other than `HELLO`, `AUTH`, `PING` and `BYE` before
//# `WELCOME`.
fn what_needs_no_name_works_before_it(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    client.send("PING a\nPONG b\n\nPING\nPING x=y\nBYE :Another time");
    client.expect_all(&["PONG a", "PONG", "PONG", "BYE bye :<text>"]);
    client.expect_end();
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST answer each request with exactly one final line: `OK` or `ERR`, or for `HELLO` `WELCOME` or `ERR`, for
//# `PING` `PONG`, for `BYE` `BYE`.
//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client MAY send before it has received the greeting.
//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A client MAY send requests after its `HELLO` before it has received `WELCOME`.
fn a_whole_conversation_fits_in_one_write(workers: usize) {
    let server = TestServer::start(workers);
    // Not even the greeting is waited for.
    let mut client = Client::connect(server.address());
    client.send("HELLO 1 alice\nJOIN #tea\nSAY #tea :one\nSAY #tea {3}\ntwo\nPING x\nBYE :gone");
    let lines = client.lines_until("BYE bye :<text>");
    client.expect_end();
    let answers: Vec<_> =
        lines.iter().filter(|line| !line.starts_with("MSG ") && !line.starts_with("JOINED ")).collect();
    assert_eq!(answers.len(), 7, "{lines:?}");
    assert_eq!(answers[0], "FANFARE/1 Choose a username...");
    assert!(answers[1].starts_with("WELCOME alice ") && answers[2].starts_with("OK epoch="), "{lines:?}");
    assert_eq!(answers[3..6], ["OK seq=1", "OK seq=2", "PONG x"]);
}

fn a_whole_plain_conversation_fits_in_one_write(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = Client::connect(server.address());
    client.send("alice\nhello\n/who\n/quit");
    let lines = client.lines_until("* Goodbye!");
    client.expect_end();
    assert!(lines.iter().any(|line| line == "* 1 member in #lobby: alice"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "alice: hello"), "{lines:?}");
}

fn octets_may_come_one_by_one(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    for octet in "HELLO 1 alice\r\nJOIN #tea\nSAY #tea {3}\r\n\u{20ac}\r\nPING x\n".as_bytes() {
        client.send_octets(&[*octet]);
    }
    client.expect("WELCOME alice <rest>");
    client.expect("OK epoch=<epoch> next=1 newest=0 members=1");
    let lines: Vec<_> = (0..4).map(|_| client.line().expect("the connection goes on")).collect();
    assert!(["JOINED #tea alice", "PONG x"].iter().all(|line| lines.contains(&(*line).to_owned())), "{lines:?}");
    assert!(lines.contains(&"OK seq=1".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with(" alice :\u{20ac}")), "{lines:?}");
}

//= protocol/SPEC.md#4-4-hello
//= type=test
//# A server MUST answer `ERR bad-arguments` to a well-formed `HELLO` after `WELCOME`.
fn a_second_hello_is_refused_and_changes_nothing(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.member("alice", "#tea");
    client.send("HELLO 1 bob\nHELLO 1 alice\nHELLO 2 bob\nHELLO 1\nHELLO 1 -\nWHO #tea");
    client.expect_all(&[
        "ERR bad-arguments :<text>",
        "ERR bad-arguments :<text>",
        "ERR bad-version :<text>",
        "ERR bad-arguments :<text>",
        "ERR bad-name :<text>",
        "NAMES #tea alice",
        "OK members=1",
    ]);
    let _bob = server.framed("bob");
}

//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST take the octets of a name line, without SP and TAB at its ends, as the name asked for.
fn a_name_line_may_have_blanks_around_it(workers: usize) {
    let server = TestServer::start(workers);
    let mut client = server.connect();
    client.send(" \tAlice\t \r");
    client.expect_all(&["You are connected to the Server!", "Alice joined the chat!"]);
}

//= protocol/SPEC.md#4-4-hello
//= type=test
//# A server MUST send `ping`, `text` and `presence` in each `WELCOME`.
//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST refuse a name line with `line-too-long`, `bad-text`, `bad-name` or `name-taken`, the first of these
//# that fits.
fn a_name_line_is_refused_for_the_first_of_its_faults(workers: usize) {
    let server = TestServer::start(workers);
    let _taken = server.framed("taken");
    let long = "x".repeat(4_097);
    for (line, fault) in [
        (&*long, "! The line is longer than 4096 octets."),
        (&format!("\u{1}-{long}"), "! The line is longer than 4096 octets."),
        ("taken\u{1}", "! The text is not UTF-8 or holds a forbidden character."),
        ("not a name \u{7f}", "! The text is not UTF-8 or holds a forbidden character."),
        ("not a name", "! This is not a name that can be used."),
        ("Root", "! This is not a name that can be used."),
        ("TAKEN", "! This name is taken."),
    ] {
        let mut client = server.connect();
        // It fixes the mode.
        client.send("-");
        client.expect_all(&["! This is not a name that can be used.", "Choose a username..."]);
        client.send(line);
        client.expect_all(&[fault, "Choose a username..."]);
    }
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server SHOULD give a token with each `WELCOME`.
fn welcome_tells_the_limits_of_the_server(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.max_text = 5_000;
        options.presence_limit = 7;
        options.ping_interval = Duration::from_secs(90);
        options.welcome = "Come in".to_owned();
    });
    let mut client = server.connect();
    client.send("HELLO 1 alice");
    client.expect("WELCOME alice token=<token> ping=90 text=5000 presence=7 :Come in");
    let mut person = server.connect();
    person.send("bob");
    person.expect_all(&["You are connected to the Server!", "* Come in"]);
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST send a `BYE` that comes before the mode is fixed in the form of framed mode.
//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE timeout` when 10 seconds have passed since the connection was opened and no `WELCOME` was
//# sent.
fn silence_before_the_name_ends_with_timeout(workers: usize) {
    // Time enough for whoever says something at once.
    let server = TestServer::with(workers, |options| options.handshake_timeout = Duration::from_secs(2));
    let mut silent = server.connect();
    let mut framed = server.connect();
    framed.send("PING");
    let mut plain = server.connect();
    plain.send("-");
    silent.expect("BYE timeout :<text>");
    silent.expect_end();
    framed.expect_all(&["PONG", "BYE timeout :<text>"]);
    framed.expect_end();
    plain.expect_all(&["! <text>", "Choose a username...", "! <text>"]);
    plain.expect_end();
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE bad-handshake` when it has received more than 8,192 octets and no `HELLO` or name line whose
//# LF is among the first 8,192 was accepted.
fn too_much_before_the_name_ends_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let mut framed = server.connect();
    // The LF of this HELLO is octet 8,193.
    framed.send_octets(&b"PING\n".repeat(1_635));
    framed.send_octets(&[b'\n'; 4]);
    framed.send("HELLO 1 alice");
    let lines = framed.lines_until("BYE bad-handshake :<text>");
    assert!(lines.iter().filter(|line| *line == "PONG").count() == 1_635);
    framed.expect_end();
    let mut in_time = server.connect();
    in_time.send_octets(&b"PING\n".repeat(1_635));
    in_time.send_octets(&[b'\n'; 3]);
    in_time.send("HELLO 1 alice");
    in_time.lines_until("WELCOME alice <rest>");
}

fn runs_of_octets_are_the_fields_of_the_first_line(workers: usize) {
    let server = TestServer::start(workers);
    for foreign in ["GET / HTTP/1.1 ", "HTTP/1.1  "] {
        let mut client = server.connect();
        client.send(foreign);
        client.expect("BYE bad-handshake :<text>");
    }
    for plain in ["HELLO  1", "HELLO 1 ", "AUTH "] {
        let mut client = server.connect();
        client.send(plain);
        client.expect_all(&["! <text>", "Choose a username..."]);
    }
}
