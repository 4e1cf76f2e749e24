//! Every state and what can be received in it: the table of SPEC.md, section 4.3.

use fanfare_protocol::ErrCode;
use fanfare_tests::{Client, TestServer};

with_workers!(
    before_the_mode_is_fixed_each_line_is_answered_as_the_table_says,
    before_welcome_each_frame_is_answered_as_the_table_says,
    after_welcome_each_frame_is_answered_as_the_table_says,
    after_a_goodbye_each_frame_is_discarded,
    the_end_of_input_is_answered_in_each_state,
);

/// The answer to a line that was taken for a name.
const NO_NAME: &str = "! no name";

/// What is received, and its answer before the mode is fixed, before `WELCOME` and after it; nothing for none.
const ROWS: &[[&str; 4]] = &[
    ["HELLO 1 new", "WELCOME new <rest>", "WELCOME new <rest>", "ERR bad-arguments :<text>"],
    ["HELLO 2 new", "ERR bad-version :<text>", "ERR bad-version :<text>", "ERR bad-version :<text>"],
    ["HELLO 1 -", "ERR bad-name :<text>", "ERR bad-name :<text>", "ERR bad-name :<text>"],
    ["HELLO 1", NO_NAME, "ERR bad-arguments :<text>", "ERR bad-arguments :<text>"],
    ["HELLO 2", NO_NAME, "ERR bad-version :<text>", "ERR bad-version :<text>"],
    ["HELLO", NO_NAME, "ERR bad-arguments :<text>", "ERR bad-arguments :<text>"],
    ["AUTH PLAIN", "ERR not-allowed :<text>", "ERR not-allowed :<text>", "ERR not-allowed :<text>"],
    ["AUTH PLAIN :AA==", "ERR not-allowed :<text>", "ERR not-allowed :<text>", "ERR not-allowed :<text>"],
    ["AUTH", NO_NAME, "ERR bad-arguments :<text>", "ERR bad-arguments :<text>"],
    ["PING", "PONG", "PONG", "PONG"],
    ["PING x", "PONG x", "PONG x", "PONG x"],
    ["PONG", NO_NAME, "", ""],
    ["PONG x", NO_NAME, "", ""],
    ["BYE", "BYE bye :<text>", "BYE bye :<text>", "BYE bye :<text>"],
    ["BYE :x", "BYE bye :<text>", "BYE bye :<text>", "BYE bye :<text>"],
    ["JOIN #tea", NO_NAME, "ERR not-welcome :<text>", "ERR already-joined :<text>"],
    ["LEAVE #tea", NO_NAME, "ERR not-welcome :<text>", "OK"],
    ["SAY #none :x", NO_NAME, "ERR not-welcome :<text>", "ERR not-joined :<text>"],
    ["TELL beside :x", NO_NAME, "ERR not-welcome :<text>", "OK"],
    ["WHO #none", NO_NAME, "ERR not-welcome :<text>", "ERR no-such-room :<text>"],
    ["ROOMS after=#tea", NO_NAME, "ERR not-welcome :<text>", "OK count=0"],
    ["HISTORY #tea 1 1", NO_NAME, "ERR not-welcome :<text>", "OK epoch=<epoch> count=0 next=1"],
    ["WELCOME x", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["OK", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["ERR x :y", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["NAMES #tea x", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["ROOM #tea", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["PAST #tea 1 1 x :y", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["CHALLENGE :x", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["MSG #tea 1 1 x :y", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["NOTE #tea 1 1 x y", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["TOLD 1 x :y", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["JOINED #tea x", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["LEFT #tea x", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["MEMBERS #tea", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["GAP #tea 1 1 slow", NO_NAME, "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["SING", "You are connected to the Server!", "ERR unknown-verb :<text>", "ERR unknown-verb :<text>"],
    ["", "", "", ""],
    ["PING  x", "ERR bad-frame :<text>", "ERR bad-frame :<text>", "ERR bad-frame :<text>"],
    ["PING {x", "BYE bad-frame :<text>", "BYE bad-frame :<text>", "BYE bad-frame :<text>"],
    ["JOIN  #tea", NO_NAME, "ERR bad-frame :<text>", "ERR bad-frame :<text>"],
];

/// What is received is answered so, and by nothing else.
fn is_answered(client: &mut Client, received: &str, answer: &str) {
    client.send(received);
    if answer == NO_NAME {
        client.expect_all(&[&format!("! {}", ErrCode::BadName.text()), "Choose a username..."]);
    } else if !answer.is_empty() {
        client.expect(answer);
    }
    if answer.starts_with("BYE ") {
        client.expect_end();
    } else if !answer.starts_with(['!', 'Y']) {
        client.expect_nothing();
    }
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
fn before_the_mode_is_fixed_each_line_is_answered_as_the_table_says(workers: usize) {
    let server = TestServer::start(workers);
    for [received, answer, ..] in ROWS {
        let mut client = server.connect();
        is_answered(&mut client, received, answer);
        // Its name is free for the next when its goodbye was read.
        client.end_input();
        client.lines_to_the_end();
    }
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
//= protocol/SPEC.md#4-12-auth
//= type=test
//# A server without accounts MUST answer a well-formed `AUTH` with `ERR not-allowed`.
//= protocol/SPEC.md#4-12-auth
//= type=test
//# A server without accounts MUST NOT send `CHALLENGE`.
fn before_welcome_each_frame_is_answered_as_the_table_says(workers: usize) {
    let server = TestServer::start(workers);
    let _beside = server.framed("beside");
    for [received, _, answer, _] in ROWS {
        let mut client = server.connect();
        client.expect_nothing();
        is_answered(&mut client, received, answer);
        client.end_input();
        client.lines_to_the_end();
    }
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
//= protocol/SPEC.md#4-12-auth
//= type=test
//# A server without accounts MUST answer a well-formed `AUTH` with `ERR not-allowed`.
//= protocol/SPEC.md#4-12-auth
//= type=test
//# A server without accounts MUST NOT send `CHALLENGE`.
fn after_welcome_each_frame_is_answered_as_the_table_says(workers: usize) {
    let server = TestServer::start(workers);
    let _beside = server.framed("beside");
    for (number, [received, .., answer]) in ROWS.iter().enumerate() {
        let mut client = server.member(&format!("client{number}"), "#tea");
        is_answered(&mut client, received, answer);
        client.end_input();
        client.lines_to_the_end();
    }
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
fn after_a_goodbye_each_frame_is_discarded(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#none");
    for (number, [received, ..]) in ROWS.iter().enumerate() {
        let mut client = server.framed(&format!("client{number}"));
        client.send(&format!("BYE\n{received}\nJOIN #none"));
        client.expect("BYE bye :<text>");
        client.expect_end();
        let mut ended = server.connect();
        ended.send(&format!("PING {{x\n{received}\nHELLO 1 ended\nJOIN #none"));
        ended.expect("BYE bad-frame :<text>");
        ended.expect_end();
    }
    beside.expect_nothing();
}

//= protocol/SPEC.md#4-3-every-state-and-every-request
//= type=test
//# A server MUST answer what it receives as the table below says.
fn the_end_of_input_is_answered_in_each_state(workers: usize) {
    let server = TestServer::start(workers);
    for (received, lines) in [
        ("", &[][..]),
        ("\n", &[]),
        ("PING\n", &["PONG", "BYE bye :<text>"]),
        ("HELLO 1 alice\n", &["WELCOME alice <rest>", "BYE bye :<text>"]),
        ("HELLO 1 alice\nBYE\n", &["WELCOME alice <rest>", "BYE bye :<text>"]),
    ] {
        let mut client = server.connect();
        client.send_octets(received.as_bytes());
        client.end_input();
        client.expect_all(lines);
        client.expect_end();
    }
}
