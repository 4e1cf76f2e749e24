//! Peers that speak something else, stop in the middle, or say nothing.

use std::num::NonZero;
use std::time::Duration;

use fanfare_tests::{Client, TestServer, eventually, stopped_member};

with_workers!(
    other_protocols_are_refused_by_their_first_line,
    what_follows_a_refused_first_line_is_not_interpreted,
    a_control_octet_is_refused_at_once,
    binary_garbage_ends_at_a_bound,
    octets_without_a_line_end_are_bounded,
    eight_thousand_octets_before_welcome_are_allowed_and_one_more_is_not,
    the_sixth_refusal_before_welcome_ends_the_connection,
    silence_before_welcome_ends_the_connection,
    silence_after_welcome_is_asked_about_and_then_ends_the_connection,
    any_octet_ends_a_silence,
    a_silent_plain_person_stays,
    half_a_frame_and_the_end_of_input_is_dropped,
    a_disconnect_in_mid_frame_is_seen_and_harms_nobody,
    a_connection_that_sends_nothing_and_closes_leaves_no_trace,
    what_comes_after_a_bye_is_discarded_within_bounds,
    nothing_comes_behind_a_bye_that_waits_for_its_reader,
    with_octet_65536_behind_a_bye_the_connection_is_closed,
    a_plain_persons_connection_is_closed_like_any_other,
    who_stays_after_a_bye_is_closed_when_its_time_is_over,
    all_that_came_before_the_end_of_input_is_done_and_answered,
);

/// The beginning of a TLS 1.2 client hello.
const TLS: &[u8] = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03abcdefghijklmnopqrstuvwxyz012345\x20";

/// What a browser sends.
const HTTP: &str = "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\nHELLO 1 mallory\r\nJOIN #tea\r\n";

#[track_caller]
fn ends_with(client: &mut Client, code: &str) {
    client.expect(&format!("BYE {code} :<text>"));
    client.expect_end();
}

/// The server serves.
#[track_caller]
fn serves(server: &TestServer, name: &str) {
    server.framed(name).expect_nothing();
}

fn other_protocols_are_refused_by_their_first_line(workers: usize) {
    let server = TestServer::start(workers);
    for octets in [
        HTTP.as_bytes(),
        b"GET / HTTP/1.1\r\n",
        b"get http/ HTTP/9\n",
        b"HELLO 1 HTTP/1.0\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"SSH-",
        TLS,
        b"\n\r\nGET / HTTP/1.1\r\n",
        b"\n\r\nSSH-",
    ] {
        let mut foreign = server.connect();
        foreign.send_octets(octets);
        ends_with(&mut foreign, "bad-handshake");
    }
    // Nearly the same is a name that is refused.
    for line in ["HTTP/1.1 GET", "ssh-2.0", "GET / http/1.1"] {
        let mut person = server.connect();
        person.send(line);
        person.expect_all(&["! <text>", "Choose a username..."]);
    }
    let mut person = server.connect();
    person.send("SSH");
    person.expect_all(&["You are connected to the Server!", "SSH joined the chat!"]);
    serves(&server, "alice");
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST NOT interpret anything it received after a line that rule 1 refused.
fn what_follows_a_refused_first_line_is_not_interpreted(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#tea");
    for begin in ["GET / HTTP/1.1\r\n", "SSH-\n", "\x16\n"] {
        let mut foreign = server.connect();
        foreign.send_octets(format!("{begin}HELLO 1 mallory\nJOIN #tea\nSAY #tea :smuggled\n").as_bytes());
        ends_with(&mut foreign, "bad-handshake");
    }
    beside.send("WHO #tea");
    beside.expect_all(&["NAMES #tea beside", "OK members=1"]);
}

fn a_control_octet_is_refused_at_once(workers: usize) {
    let server = TestServer::start(workers);
    for octet in (0..0x20).filter(|octet| !b"\n\r".contains(octet)) {
        let mut foreign = server.connect();
        foreign.send_octets(&[octet]);
        ends_with(&mut foreign, "bad-handshake");
    }
    // A CR is known for what it is by the octet behind it.
    let mut foreign = server.connect();
    foreign.send_octets(b"\rx");
    ends_with(&mut foreign, "bad-handshake");
    let mut person = server.connect();
    person.send_octets(b"\r\n\n\r\nHELLO 1 alice\r\n");
    person.expect("WELCOME alice <rest>");
}

fn binary_garbage_ends_at_a_bound(workers: usize) {
    let server = TestServer::start(workers);
    let mut state = 1_u32;
    let mut garbage = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    for first in *b"\x80\xffA " {
        let mut foreign = server.connect();
        let mut octets: Vec<u8> = garbage.by_ref().take(20_000).collect();
        octets[0] = first;
        foreign.send_octets(&octets);
        assert!(foreign.lines_to_the_end().len() <= 12);
    }
    // As somebody with a name too.
    let mut person = server.framed("garbage");
    let octets: Vec<u8> = garbage.filter(|octet| *octet != b'{').take(60_000).collect();
    person.send_octets(&octets);
    let lines = person.lines_to_the_end();
    assert_eq!(lines.len(), 16, "{lines:?}");
    assert!(lines[15].starts_with("BYE too-many-errors :"), "{lines:?}");
    serves(&server, "alice");
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST send `BYE line-too-long` when the first line is certainly too long, whether a text began in it or not.
fn octets_without_a_line_end_are_bounded(workers: usize) {
    let server = TestServer::with(workers, |options| options.octet_rate = None);
    for octet in [" ", "x", "\u{80}", ":", "{"] {
        let mut foreign = server.connect();
        foreign.send_octets(octet.repeat(4_097 / octet.len() + 1).as_bytes());
        ends_with(&mut foreign, "line-too-long");
    }
    for (name, begin) in [("a", ""), ("b", "SAY #tea "), ("c", "SAY #tea :")] {
        let mut person = server.framed(name);
        person.send_octets(format!("{begin}{}", "x".repeat(69_632)).as_bytes());
        ends_with(&mut person, "line-too-long");
    }
    let mut plain = server.plain("d");
    plain.send_octets("x".repeat(69_632).as_bytes());
    plain.expect("! <text>");
    plain.expect_end();
    serves(&server, "alice");
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE bad-handshake` when it has received more than 8,192 octets and no `HELLO` or name line whose
//# LF is among the first 8,192 was accepted.
fn eight_thousand_octets_before_welcome_are_allowed_and_one_more_is_not(workers: usize) {
    let server = TestServer::start(workers);
    // The last octet is the LF of the HELLO.
    let hello = "HELLO 1 alice\n";
    for (octets, welcome) in [(8_192, true), (8_193, false)] {
        let mut person = server.connect();
        person.send_octets(format!("{}{hello}", "\n".repeat(octets - hello.len())).as_bytes());
        if welcome {
            person.expect("WELCOME alice <rest>");
            person.send("BYE");
            ends_with(&mut person, "bye");
        } else {
            ends_with(&mut person, "bad-handshake");
        }
    }
    // The same for a name line, and for frames that are right but no HELLO.
    for (octets, welcome) in [(8_192, true), (8_193, false)] {
        let mut person = server.connect();
        person.send_octets(format!("{}alice\n", "\n".repeat(octets - 6)).as_bytes());
        if welcome {
            person.expect_all(&["You are connected to the Server!", "alice joined the chat!"]);
            person.send("/quit");
            person.expect("* Goodbye!");
            person.expect_end();
        } else {
            ends_with(&mut person, "bad-handshake");
        }
    }
    let mut pinging = server.connect();
    pinging.send_octets("PING\n".repeat(8_192 / 5).as_bytes());
    pinging.expect_all(&["PONG"; 8_192 / 5]);
    pinging.send_octets(b"PI");
    pinging.send_octets(b"NG\n");
    ends_with(&mut pinging, "bad-handshake");
}

//= protocol/SPEC.md#3-3-before-welcome
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the sixth refusal before `WELCOME`.
fn the_sixth_refusal_before_welcome_ends_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let _taken = server.framed("taken");
    let refusals = [
        ("HELLO 2 alice", "bad-version"),
        ("HELLO 1 taken", "name-taken"),
        ("JOIN #tea", "not-welcome"),
        ("AUTH PLAIN", "not-allowed"),
        ("HELLO 1 admin", "bad-name"),
        ("SING", "unknown-verb"),
        ("HELLO  1 alice", "bad-frame"),
    ];
    for first in 0..refusals.len() {
        let mut refused = server.connect();
        // It fixes the mode, and is no refusal.
        refused.send("PING");
        refused.expect("PONG");
        for (line, code) in refusals.iter().cycle().skip(first).take(5) {
            refused.send(line);
            refused.expect(&format!("ERR {code} :<text>"));
            refused.expect_nothing();
        }
        refused.send(refusals.iter().cycle().skip(first).nth(5).expect("a cycle has no end").0);
        ends_with(&mut refused, "too-many-errors");
    }
    let mut plain = server.connect();
    for line in ["not a name", "taken", "HELLO", "server", "\u{1f600}"] {
        plain.send(line);
        plain.expect_all(&["! <text>", "Choose a username..."]);
    }
    plain.send("TAKEN");
    plain.expect("! There were too many errors.");
    plain.expect_end();
    // After five refusals a right one is still welcome.
    let mut late = server.connect();
    for _ in 0..5 {
        late.send("HELLO 2 late");
        late.expect("ERR bad-version :<text>");
    }
    late.send("HELLO 1 late");
    late.expect("WELCOME late <rest>");
}

//= protocol/SPEC.md#3-2-the-first-line-of-a-client
//= type=test
//# A server MUST NOT send anything but the greeting and a `BYE` before the mode is fixed.
fn silence_before_welcome_ends_the_connection(workers: usize) {
    // Time enough for whoever says something at once.
    let server = TestServer::with(workers, |options| options.handshake_timeout = Duration::from_secs(2));
    let mut silent: Vec<Client> = ["", "HEL", "HELLO 1 ali", "PING"].map(|_| server.connect()).into();
    for (client, octets) in silent.iter_mut().zip(["", "HEL", "HELLO 1 ali", "PING\nHELLO 1 {5}\nab"]) {
        client.send_octets(octets.as_bytes());
    }
    let mut refused = server.connect();
    refused.send("not a name");
    refused.expect_all(&["! <text>", "Choose a username..."]);
    silent[3].expect("PONG");
    for client in &mut silent {
        ends_with(client, "timeout");
    }
    refused.expect("! You were silent for too long.");
    refused.expect_end();
    serves(&server, "alice");
}

fn silence_after_welcome_is_asked_about_and_then_ends_the_connection(workers: usize) {
    let server = TestServer::with(workers, |options| options.ping_interval = Duration::from_secs(2));
    let mut beside = server.plain("beside");
    beside.send("/join #tea");
    beside.expect_all(&["* You are in #tea, 1 member", "beside joined the chat!"]);
    let mut half = server.framed("half");
    half.send_octets(b"SAY #tea {100}\nhalf");
    let mut silent = server.member("silent", "#tea");
    beside.expect("silent joined the chat!");
    for client in [&mut silent, &mut half] {
        client.expect("PING");
        ends_with(client, "timeout");
    }
    beside.expect("silent has left the chat!");
    // Its end was unclean: the name is held.
    let mut again = server.connect();
    again.send("HELLO 1 silent");
    again.expect("ERR name-taken :<text>");
}

fn any_octet_ends_a_silence(workers: usize) {
    let server = TestServer::with(workers, |options| options.ping_interval = Duration::from_secs(3));
    // An empty line, a PONG, and octets of a frame. Who was heard is asked again, and not cut.
    let spoken = ["\n", "PONG\n", "WHO"];
    let mut people = [0, 1, 2].map(|index| server.framed(&format!("person-{index}")));
    for (person, octets) in people.iter_mut().zip(spoken) {
        person.expect("PING");
        person.send_octets(octets.as_bytes());
    }
    for person in &mut people {
        person.expect("PING");
    }
    people[2].send(" #none");
    people[2].expect("ERR no-such-room :<text>");
}

//= protocol/SPEC.md#10-7-no-keep-alive
//= type=test
//# A server MUST NOT end a connection in plain mode because the person is silent, once the name was accepted.
fn a_silent_plain_person_stays(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.ping_interval = Duration::from_secs(2);
        options.handshake_timeout = Duration::from_secs(2);
    });
    let mut plain = server.plain("plain");
    let mut framed = server.framed("framed");
    // By when the one in frames is gone, the other was silent as long.
    framed.expect("PING");
    ends_with(&mut framed, "timeout");
    plain.send("hello");
    plain.expect("plain: hello");
}

//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST drop an incomplete frame at the end of the client's input.
//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST send `BYE bye` after these answers, if the mode was fixed.
//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST close the connection at the end of the client's input without a `BYE`, if the mode was not fixed.
fn half_a_frame_and_the_end_of_input_is_dropped(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#lobby");
    for (index, half) in ["SAY #lobby :half", "SAY #lobby {100}\nhalf", "SAY #lobby {4}\nhalf", "SAY #lobby {4", "BYE"]
        .iter()
        .enumerate()
    {
        let name = format!("half{index}");
        let mut person = server.member(&name, "#lobby");
        beside.expect(&format!("JOINED #lobby {name}"));
        person.send_octets(half.as_bytes());
        person.end_input();
        ends_with(&mut person, "bye");
        beside.expect(&format!("LEFT #lobby {name}"));
    }
    let mut plain = server.plain("plain");
    plain.send_octets(b"whole\nhalf");
    plain.end_input();
    plain.expect_all(&["plain: whole", "* Goodbye!"]);
    plain.expect_end();
    beside.expect_all(&["JOINED #lobby plain", "MSG #lobby 1 <at> plain :whole", "LEFT #lobby plain"]);
    // Before the mode is fixed there is no BYE.
    let mut undecided = server.connect();
    undecided.send_octets(b"HELLO 1 alice");
    undecided.end_input();
    undecided.expect_end();
    beside.expect_nothing();
}

fn a_disconnect_in_mid_frame_is_seen_and_harms_nobody(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#lobby");
    for (index, half) in ["", "SAY #lobby :half", "SAY #lobby {60000}\nhalf", "SAY #lobby {4}\nhalf"].iter().enumerate()
    {
        for reset in [false, true] {
            let name = format!("half{index}-{reset}");
            let mut person = server.member(&name, "#lobby");
            beside.expect(&format!("JOINED #lobby {name}"));
            person.send_octets(half.as_bytes());
            if reset {
                person.reset();
            } else {
                drop(person);
            }
            beside.expect(&format!("LEFT #lobby {name}"));
        }
    }
    beside.send("SAY #lobby :nothing was said");
    beside.expect_in_any_order(&["OK seq=1", "MSG #lobby 1 <at> beside :nothing was said"]);
    beside.expect_nothing();
}

fn a_connection_that_sends_nothing_and_closes_leaves_no_trace(workers: usize) {
    // One place more than it takes: each that closes must have left it.
    let server = TestServer::with(workers, |options| options.max_connections = 2);
    let mut beside = server.member("beside", "#lobby");
    for reset in [false, true, false, true] {
        let nothing = server.connect_patiently();
        if reset {
            nothing.reset();
        }
    }
    let mut last = server.connect_patiently();
    last.send("HELLO 1 last");
    last.expect("WELCOME last <rest>");
    beside.expect_nothing();
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST NOT send anything after its `BYE`.
//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST end its direction of the connection after its `BYE` and keep the other direction open.
//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have passed, or
//# 65,536 octets have come, whichever is first, and then close the connection.
fn what_comes_after_a_bye_is_discarded_within_bounds(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.linger_timeout = Duration::from_secs(60);
        options.rate_limit = NonZero::new(1_000);
    });
    let mut beside = server.member("beside", "#tea");
    // What comes within the bound is taken, and none of it is executed: the BYE arrives.
    let mut person = server.member("person", "#tea");
    beside.expect("JOINED #tea person");
    person.send("BYE");
    person.send_octets("SAY #tea :late\n".repeat(65_536 / 15).as_bytes());
    person.expect("BYE bye :<text>");
    person.expect_end();
    beside.expect("LEFT #tea person");
    // Beyond, the connection is closed under whoever goes on.
    let mut flood = server.framed("flood");
    flood.send("BYE");
    flood.expect("BYE bye :<text>");
    assert!(flood.is_closed_by_sending(), "the server takes octets without end");
    // Whoever closes frees the place, and the name, long before the linger time.
    person.end_input();
    serves(&server, "person");
    beside.expect_nothing();
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have passed, or
//# 65,536 octets have come, whichever is first, and then close the connection.
fn with_octet_65536_behind_a_bye_the_connection_is_closed(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.max_connections = 1;
        options.linger_timeout = Duration::from_secs(60);
    });
    let mut person = server.framed("person");
    person.send("BYE");
    ends_with(&mut person, "bye");
    person.send_octets(&[b'x'; 65_536]);
    // There is place for one, long before the linger time.
    server.connect_patiently().expect_nothing();
    drop(person);
}

//= protocol/SPEC.md#10-6-ends
//= type=test
//# A server MUST close a connection in plain mode as 9.1 says after it has sent `* Goodbye!` or the fault line of a
//# `BYE`.
fn a_plain_persons_connection_is_closed_like_any_other(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.max_connections = 1;
        options.linger_timeout = Duration::from_secs(60);
    });
    for (typed, last) in [("/quit", "* Goodbye!"), (&*"/\n".repeat(16), "! There were too many errors.")] {
        let mut person = eventually("there is a place", || {
            let mut person = server.connect();
            person.send_if_possible("person");
            (person.line()? == "You are connected to the Server!").then_some(person)
        });
        person.send(typed);
        person.lines_until(last);
        person.expect_end();
        person.send_octets(&[b'x'; 65_536]);
        // There is place for one, long before the linger time.
        server.connect_patiently().expect_nothing();
        drop(person);
    }
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have passed, or
//# 65,536 octets have come, whichever is first, and then close the connection.
fn who_stays_after_a_bye_is_closed_when_its_time_is_over(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.max_connections = 1;
        options.linger_timeout = Duration::from_millis(100);
    });
    let mut person = server.framed("person");
    person.send("BYE");
    ends_with(&mut person, "bye");
    // There is place for one, although this one has not closed.
    server.connect_patiently().expect_nothing();
    drop(person);
}

//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST execute and answer the complete frames that came before the end of the client's input.
//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST send `BYE bye` after these answers, if the mode was fixed.
fn all_that_came_before_the_end_of_input_is_done_and_answered(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut beside = server.member("beside", "#tea");
    let mut person = server.framed("person");
    let said: String = (1..=100).map(|number| format!("SAY #tea :{number}\nPING {number}\n")).collect();
    person.send_octets(format!("JOIN #tea\n{said}HISTORY #tea 1 100\nWHO #tea\nPING last\nSAY #tea :half").as_bytes());
    person.end_input();
    let lines = person.lines_until("BYE bye :<text>");
    person.expect_end();
    let answers: Vec<_> =
        lines.iter().filter(|line| !line.starts_with("MSG ") && !line.starts_with("JOINED ")).collect();
    assert_eq!(answers.len(), 1 + 2 * 100 + 101 + 2 + 1 + 1, "{answers:?}");
    for number in 1..=100 {
        assert!(answers[2 * number - 1..=2 * number].iter().any(|line| **line == format!("OK seq={number}")));
        assert!(answers[2 * number - 1..=2 * number].iter().any(|line| **line == format!("PONG {number}")));
        assert!(answers[200 + number].starts_with(&format!("PAST #tea {number} ")), "{}", answers[200 + number]);
    }
    assert_eq!(answers[302..305], ["NAMES #tea beside person", "OK members=2", "PONG last"]);
    beside.expect("JOINED #tea person");
    for number in 1..=100 {
        beside.expect(&format!("MSG #tea {number} <at> person :{number}"));
    }
    beside.expect("LEFT #tea person");
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST NOT send anything after its `BYE`.
fn nothing_comes_behind_a_bye_that_waits_for_its_reader(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.linger_timeout = Duration::from_secs(60);
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut slow = stopped_member(&server, "slow", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    let text = "x".repeat(8_000);
    for seq in 1..=200 {
        speaker.send(&format!("SAY #tea {{8000}}\n{text}"));
        while speaker.line_and_text() != format!("OK seq={seq}") {}
    }
    slow.send("BYE");
    while speaker.line_and_text() != "LEFT #tea slow" {}
    speaker.send("SAY #tea :late\nJOIN #lobby");
    speaker.lines_until("JOINED #lobby speaker");
    while !slow.line_and_text().starts_with("BYE bye :") {}
    slow.expect_end();
}
