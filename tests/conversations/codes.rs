//! What each code is for: SPEC.md, sections 7.2 and 7.3.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::thread;
use std::time::Duration;

use fanfare_protocol::{ByeCode, ErrCode, Retry};
use fanfare_tests::{Client, TestServer, stopped_member};

with_workers!(each_cause_of_an_err_has_its_code, each_cause_of_a_bye_has_its_code);

/// Codes that came.
#[derive(Default)]
struct Codes(BTreeSet<String>);

impl Codes {
    /// A request is refused with a code, and the connection goes on.
    #[track_caller]
    fn refused(&mut self, client: &mut Client, request: &str, code: ErrCode<'_>) {
        client.send(request);
        let line = client.line().expect("the connection goes on");
        self.add("ERR", &line, code.as_str(), code.retry());
        client.expect_nothing();
    }

    /// What ends a connection says a code, and nothing behind it.
    #[track_caller]
    fn ended(&mut self, client: &mut Client, cause: &str, code: ByeCode<'_>) {
        client.send_octets(cause.as_bytes());
        let line = client.lines_until("BYE <rest>").pop().expect("it is the last");
        self.add("BYE", &line, code.as_str(), code.retry());
        client.expect_end();
    }

    /// That it is told when to try again is of use only where trying again is.
    #[track_caller]
    fn add(&mut self, verb: &str, line: &str, code: &str, retry: Retry) {
        let rest = line.strip_prefix(&format!("{verb} {code} ")).unwrap_or_else(|| panic!("{line:?} came for {code}"));
        assert!(rest.starts_with(':') || (rest.starts_with("retry=") && retry == Retry::Later), "{line}");
        self.0.insert(code.to_owned());
    }
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST send `ERR` only for what leaves the connection open, and `BYE` only for what ends it.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST NOT send `retry` with a code whose retry is not `later`.
fn each_cause_of_an_err_has_its_code(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.max_rooms_per_connection = 1;
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut codes = Codes::default();
    let mut alice = server.member("alice", "#tea");
    for (request, code) in [
        ("SAY  #tea :x", ErrCode::BadFrame),
        ("SAY #tea :\u{7f}", ErrCode::BadText),
        ("TELL - :x", ErrCode::BadName),
        ("JOIN tea", ErrCode::BadRoom),
        ("SAY #tea", ErrCode::BadArguments),
        ("HELLO 1 bob", ErrCode::BadArguments),
        ("HELLO 2 bob", ErrCode::BadVersion),
        (&format!("SAY #tea :{}", "x".repeat(4_096)), ErrCode::LineTooLong),
        ("SING", ErrCode::UnknownVerb),
        ("LEAVE #none", ErrCode::NotJoined),
        ("SAY #none :x", ErrCode::NotJoined),
        ("HISTORY #none 1 1", ErrCode::NotJoined),
        ("JOIN #tea", ErrCode::AlreadyJoined),
        ("JOIN #coffee", ErrCode::TooManyRooms),
        ("TELL nobody :x", ErrCode::NoSuchName),
        ("WHO #none", ErrCode::NoSuchRoom),
        ("HISTORY #tea 1 1 epoch=never", ErrCode::WrongEpoch),
        ("AUTH PLAIN", ErrCode::NotAllowed),
    ] {
        codes.refused(&mut alice, request, code);
    }
    alice.send("SAY #tea id=a :x");
    // The message and its answer.
    for _ in 0..2 {
        alice.line();
    }
    codes.refused(&mut alice, "SAY #tea id=a :y", ErrCode::IdReused);
    let mut early = server.connect();
    early.expect_nothing();
    codes.refused(&mut early, "ROOMS", ErrCode::NotWelcome);
    codes.refused(&mut early, "HELLO 1 Alice", ErrCode::NameTaken);
    codes.refused(&mut early, "HELLO 1 Server", ErrCode::BadName);
    let _slow = stopped_member(&server, "slow", &[]);
    let tell = format!("TELL slow {{60000}}\n{}", "x".repeat(60_000));
    let busy = (0..100).find_map(|_| {
        alice.send(&tell);
        alice.line().filter(|line| line != "OK")
    });
    codes.add("ERR", &busy.expect("there is a bound"), "busy", Retry::Later);
    let hurried = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(1));
    let mut hasty = hurried.framed("hasty");
    // All at once: a second later there would be one more unit.
    hasty.send("ROOMS\nROOMS\nROOMS");
    hasty.expect_all(&["OK count=0", "OK count=0"]);
    let limited = hasty.line().expect("the connection goes on");
    codes.add("ERR", &limited, "rate-limited", Retry::Later);
    hasty.expect_nothing();
    // The others are for what this server has not, and for its own defects.
    let others = [ErrCode::AuthRequired, ErrCode::AuthFailed, ErrCode::Internal].map(ErrCode::as_str);
    let all: BTreeSet<_> =
        ErrCode::ALL.iter().map(|code| code.as_str()).filter(|code| !others.contains(code)).collect();
    assert!(codes.0.iter().eq(&all), "{:?}", codes.0);
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST send `ERR` only for what leaves the connection open, and `BYE` only for what ends it.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A server MUST NOT send `retry` with a code whose retry is not `later`.
fn each_cause_of_a_bye_has_its_code(workers: usize) {
    let server = TestServer::start(workers);
    let mut codes = Codes::default();
    for (cause, code) in [
        ("BYE\n", ByeCode::Bye),
        ("SAY #tea {x", ByeCode::BadFrame),
        (&"x".repeat(4_097), ByeCode::LineTooLong),
        ("SAY #tea {65537}\n", ByeCode::TextTooLong),
        (&"SING\n".repeat(16), ByeCode::TooManyErrors),
    ] {
        codes.ended(&mut server.framed(&format!("by-{code}")), cause, code);
    }
    codes.ended(&mut server.connect(), "GET / HTTP/1.1\n", ByeCode::BadHandshake);
    codes.ended(&mut server.connect(), &"PING\n".repeat(1_639), ByeCode::BadHandshake);
    codes.ended(&mut server.connect(), &"PING\n".repeat(6).replace("PING", "AUTH X"), ByeCode::TooManyErrors);
    let (mut old, token) = server.framed_with_token("alice");
    let mut new = server.connect();
    new.send(&format!("HELLO 1 alice token={token}"));
    new.expect("WELCOME alice <rest>");
    codes.ended(&mut old, "", ByeCode::Replaced);
    let hasty = TestServer::with(workers, |options| options.handshake_timeout = Duration::from_millis(50));
    codes.ended(&mut hasty.connect(), "", ByeCode::Timeout);
    let small = TestServer::with(workers, |options| options.max_connections = 1);
    let _one = small.framed("one");
    codes.ended(&mut small.connect(), "", ByeCode::TooManyConnections);
    let mut last = server.framed("last");
    let ending = thread::spawn(|| server.shut_down());
    codes.ended(&mut last, "", ByeCode::Shutdown);
    drop((last, new));
    ending.join().expect("the server ends");
    // The others are for what this server has not, and for its own defects.
    let others = [ByeCode::Kicked, ByeCode::Banned, ByeCode::Internal].map(ByeCode::as_str);
    let all: BTreeSet<_> =
        ByeCode::ALL.iter().map(|code| code.as_str()).filter(|code| !others.contains(code)).collect();
    assert!(codes.0.iter().eq(&all), "{:?}", codes.0);
}
