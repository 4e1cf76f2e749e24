//! The faults of SPEC.md, section 2.7, row by row: the last that is right and the first that is wrong.

use fanfare_protocol::{ByeCode, ErrCode};
use fanfare_tests::{Client, TestServer};

with_workers!(
    a_malformed_count_ends_the_connection_at_once,
    a_count_above_the_limit_ends_the_connection_at_the_end_of_its_line,
    counted_text_without_its_terminator_ends_the_connection_at_once,
    a_long_line_without_text_ends_the_connection_at_once,
    a_long_line_with_text_is_skipped_to_its_end,
    a_line_without_end_is_skipped_so_far_and_no_further,
    a_faulty_header_is_a_bad_frame_and_its_text_is_consumed,
    forbidden_octets_are_bad_text_and_their_neighbours_are_not,
    what_is_no_request_is_an_unknown_verb,
    names_and_rooms_have_their_form,
    a_version_is_1,
    fixed_fields_are_as_many_as_the_verb_has_and_have_their_form,
    attributes_have_their_form,
    a_text_stands_where_the_verb_has_one,
    of_several_faults_the_first_of_the_order_is_answered,
    the_sixteenth_fault_in_a_row_ends_the_connection,
    any_good_frame_ends_a_row_of_faults,
    plain_lines_have_their_faults,
    a_plain_line_that_is_too_long_is_skipped_so_far_and_no_further,
    the_sixteenth_fault_in_a_row_of_a_plain_person_ends_the_connection,
);

/// Stands in what is wrong, and must never come back.
const WORD: &str = "Zanzibar";

/// The last octet in which the LF of a line that is too long is looked for.
const FURTHEST: usize = 69_632;

/// A server, somebody whose faults are tried, and somebody beside.
struct Trial {
    server: TestServer,
    beside: Client,
    faulty: Client,
    said: u64,
    others: usize,
}

impl Trial {
    fn start(workers: usize) -> Self {
        let server = TestServer::with(workers, |options| {
            options.rate_limit = None;
            options.octet_rate = None;
        });
        let mut beside = server.member("beside", "#r");
        let faulty = server.member("faulty", "#r");
        beside.expect("JOINED #r faulty");
        Self { server, beside, faulty, said: 0, others: 0 }
    }

    /// The input is answered by this `ERR`, without an echo, and the connection goes on.
    #[track_caller]
    fn refused(&mut self, input: impl AsRef<[u8]>, code: &str) {
        let input = input.as_ref();
        self.faulty.send_octets(input);
        let line = self.faulty.line().unwrap_or_else(|| panic!("{}: the end came", shown(input)));
        assert!(line.starts_with(&format!("ERR {code} :")), "{}: {line:?} came for {code}", shown(input));
        assert!(!line.contains(WORD), "{}: echoed in {line:?}", shown(input));
        self.faulty.expect_nothing();
    }

    /// The input ends a connection with this `BYE`, without an echo.
    #[track_caller]
    fn ended(&mut self, input: impl AsRef<[u8]>, code: &str) {
        let input = input.as_ref();
        self.others += 1;
        let mut other = self.server.framed(&format!("other{}", self.others));
        other.send_octets(input);
        let line = other.line().unwrap_or_else(|| panic!("{}: the end came", shown(input)));
        assert!(line.starts_with(&format!("BYE {code} :")), "{}: {line:?} came for {code}", shown(input));
        assert!(!line.contains(WORD), "{}: echoed in {line:?}", shown(input));
        other.expect_end();
    }

    /// The input, a `SAY` in `#r`, is accepted.
    #[track_caller]
    fn said(&mut self, input: impl AsRef<[u8]>) {
        self.said += 1;
        self.faulty.send_octets(input.as_ref());
        let (ok, msg) = (format!("OK seq={}", self.said), format!("MSG #r {} ", self.said));
        let lines = [(); 2].map(|()| self.faulty.line_and_text());
        let fits = |line: &String| *line == ok || line.starts_with(&msg);
        assert!(lines.iter().all(fits), "{}: {lines:?} came", shown(input.as_ref()));
    }

    /// The input is answered by a line of this pattern.
    #[track_caller]
    fn answered(&mut self, input: impl AsRef<[u8]>, pattern: &str) {
        self.faulty.send_octets(input.as_ref());
        self.faulty.expect(pattern);
        self.faulty.expect_nothing();
    }

    /// Of all that, the one beside has seen what was said, and nothing else.
    #[track_caller]
    fn others_lost_nothing(mut self) {
        self.faulty.send("SAY #r :last");
        for seq in 1..=self.said + 1 {
            let line = self.beside.line_and_text();
            assert!(line.starts_with(&format!("MSG #r {seq} ")), "{line:?} came for {seq}");
        }
        self.beside.expect_nothing();
    }
}

/// As much of an input as fits in a message.
fn shown(input: &[u8]) -> String {
    let begin = input.get(..100).unwrap_or(input);
    format!("{} octets {:?}", input.len(), String::from_utf8_lossy(begin))
}

/// `before`, then a filling, then `after`: so many octets in all.
fn filled(before: &str, after: &str, octets: usize) -> String {
    let filling = "x".repeat(octets - before.len() - after.len());
    format!("{before}{filling}{after}")
}

/// A `SAY` with so many octets before the `:` of its text: all of it right, since unknown attributes are.
fn long_header(octets: usize) -> String {
    let mut header = String::from("SAY #r");
    for key in 'a'..='p' {
        let room = octets.saturating_sub(header.len() + 1);
        if room < 4 {
            break;
        }
        header.push_str(&filled(&format!(" k{key}="), "", room.min(256)));
    }
    assert_eq!(header.len() + 1, octets);
    header + " "
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep each limit of the table below that is fixed by the protocol.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
fn a_malformed_count_ends_the_connection_at_once(workers: usize) {
    let mut trial = Trial::start(workers);
    for count in
        ["{}", "{01", "{00", "{x", "{Zanzibar", "{-", "{+", "{ ", "{1234567", "{1x", "{5 ", "{5}x", "{5}}", "{5}\rx"]
    {
        trial.ended(format!("SAY #r {count}"), "bad-frame");
        trial.ended(format!("{WORD} {count}"), "bad-frame");
    }
    trial.ended("SAY #r {\n", "bad-frame");
    trial.ended("SAY #r {5\n", "bad-frame");
    trial.ended("{x", "bad-frame");
    // By the last octet that may be part of a line, and by one more.
    trial.ended(filled("WHO ", " {x", 4_096), "bad-frame");
    trial.ended(filled("WHO ", " {x", 4_097), "line-too-long");
    trial.said("SAY #r {1}\nx\n");
    trial.said("SAY #r {1}\r\nx\r\n");
    trial.said("SAY #r {0}\n\n");
    trial.said("SAY #r :{x\n");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_count_above_the_limit_ends_the_connection_at_the_end_of_its_line(workers: usize) {
    let mut trial = Trial::start(workers);
    trial.said(format!("SAY #r {{65536}}\n{}\n", "x".repeat(65_536)));
    trial.ended("SAY #r {65537}\n", "text-too-long");
    trial.ended("SAY #r {65537}\r\n", "text-too-long");
    trial.ended(format!("{WORD} {{999999}}\n"), "text-too-long");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn counted_text_without_its_terminator_ends_the_connection_at_once(workers: usize) {
    let mut trial = Trial::start(workers);
    for input in ["SAY #r {8}\nZanzibarZ", "SAY #r {0}\nx", "SAY #r {2}\nab\rx", "WHO #r {1}\nab", "SING {1}\nab"] {
        trial.ended(input, "bad-frame");
    }
    trial.said("SAY #r {2}\na\n\r\n");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_long_line_without_text_ends_the_connection_at_once(workers: usize) {
    let mut trial = Trial::start(workers);
    trial.answered(filled("WHO #", "\n", 4_097), "ERR bad-room :<text>");
    trial.answered(filled("WHO #", "\r\n", 4_098), "ERR bad-room :<text>");
    trial.ended(filled("WHO #", "", 4_097), "line-too-long");
    trial.ended(filled("WHO #", "\rx", 4_098), "line-too-long");
    trial.ended(filled("WHO #Zanzibar", "\n", 5_000), "line-too-long");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_long_line_with_text_is_skipped_to_its_end(workers: usize) {
    let mut trial = Trial::start(workers);
    trial.said(filled("SAY #r :", "\n", 4_097));
    trial.said(filled("SAY #r :", "\r\n", 4_098));
    trial.refused(filled("SAY #r :", "\n", 4_098), "line-too-long");
    trial.refused(filled("SAY #r :", "\r\n", 4_099), "line-too-long");
    trial.refused(filled("SAY #r :Zanzibar", "\rx\n", 4_099), "line-too-long");
    // The text begins with the last octet that may be part of a line, or after it.
    trial.said(format!("{}:\n", long_header(4_095)));
    trial.refused(format!("{}:x\n", long_header(4_095)), "line-too-long");
    trial.ended(format!("{}:x\n", long_header(4_096)), "line-too-long");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep each limit of the table below that is fixed by the protocol.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_line_without_end_is_skipped_so_far_and_no_further(workers: usize) {
    let mut trial = Trial::start(workers);
    trial.refused(filled("SAY #r :Zanzibar", "\n", FURTHEST), "line-too-long");
    trial.refused(filled("SAY #r :", "\r\n", FURTHEST), "line-too-long");
    trial.ended(filled("SAY #r :Zanzibar", "", FURTHEST), "line-too-long");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST consume the announced octets and the terminator after them whatever the verb of the frame and
//# whatever its answer, unless that is a `BYE`.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
fn a_faulty_header_is_a_bad_frame_and_its_text_is_consumed(workers: usize) {
    let mut trial = Trial::start(workers);
    for header in [
        " SAY #r",
        ":",
        ":Zanzibar",
        " ",
        "  ",
        "SAY  #r",
        "SAY ",
        "WHO #r ",
        "SAYSAYSAYSAYSAYSA #r",
        "SAY1 #r",
        "S-Y #r",
        "#r",
    ] {
        trial.refused(format!("{header}\n"), "bad-frame");
    }
    for octet in (0..0x20).chain(0x7f..=0xff).filter(|&octet| octet != b'\n') {
        trial.refused([b"SAY #r Zanz", &[octet][..], b"ibar\n"].concat(), "bad-frame");
    }
    trial.refused("{8}\nZanzibar\n", "bad-frame");
    trial.refused("SAY  #r {16}\nJOIN #not-a-line\n", "bad-frame");
    trial.refused("S\tY #r {10}\nBYE\nBYE\nBY\r\n", "bad-frame");
    trial.refused("SAY #r \x01 :Zanzibar\n", "bad-frame");
    trial.said("sAy #r :any case\n");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn forbidden_octets_are_bad_text_and_their_neighbours_are_not(workers: usize) {
    let mut trial = Trial::start(workers);
    let mut forbidden: Vec<Vec<u8>> =
        (0..0x20).filter(|octet| !b"\t\n".contains(octet)).map(|octet| vec![octet]).collect();
    for char in
        ['\u{7f}', '\u{80}', '\u{85}', '\u{9f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}']
    {
        forbidden.push(char.to_string().into());
    }
    let not_utf8: [&[u8]; 12] = [
        b"\x80",
        b"\xff",
        b"\xc3",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\x80",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xfe",
    ];
    forbidden.extend(not_utf8.map(Vec::from));
    for octets in &forbidden {
        trial.refused([b"SAY #r :Zanzibar", &octets[..], b"y\n"].concat(), "bad-text");
        let count = format!("SAY #r {{{}}}\n", octets.len() + 2);
        trial.refused([count.as_bytes(), b"x", octets, b"y\n"].concat(), "bad-text");
    }
    for char in ['\t', ' ', '~', '\u{a0}', '\u{2027}', '\u{202f}', '\u{2065}', '\u{206a}', '\u{ffff}', '\u{10ffff}'] {
        trial.said(format!("SAY #r :{char}\n"));
        trial.said(format!("SAY #r {{{}}}\n{char}\n", char.len_utf8()));
    }
    trial.said("SAY #r {3}\na\nb\n");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST consume the announced octets and the terminator after them whatever the verb of the frame and
//# whatever its answer, unless that is a `BYE`.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
fn what_is_no_request_is_an_unknown_verb(workers: usize) {
    let mut trial = Trial::start(workers);
    for verb in [
        "Zanzibar",
        "X",
        "SIXTEENLETTERSXX",
        "WELCOME",
        "OK",
        "ERR",
        "NAMES",
        "ROOM",
        "PAST",
        "CHALLENGE",
        "MSG",
        "NOTE",
        "TOLD",
        "JOINED",
        "LEFT",
        "MEMBERS",
        "GAP",
        "msg",
        "GET",
        "QUIT",
    ] {
        trial.refused(format!("{verb} #r :{WORD}\n"), "unknown-verb");
        trial.refused(format!("{verb} {{17}}\nSAY #r :Zanzibar\n\n"), "unknown-verb");
        trial.refused(format!("{verb}\n"), "unknown-verb");
    }
    trial.answered("PONG Zanzibar\nPING a\n", "PONG a");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep each limit of the table below that is fixed by the protocol.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
fn names_and_rooms_have_their_form(workers: usize) {
    let mut trial = Trial::start(workers);
    let name = |octets| "n".repeat(octets);
    for right in ["a".to_owned(), "Z-_".to_owned(), "0".to_owned(), name(32)] {
        trial.answered(format!("TELL {right} :x\n"), "ERR no-such-name :<text>");
    }
    for wrong in [
        "-a".to_owned(),
        "_a".to_owned(),
        "Zanz!bar".to_owned(),
        "a.b".to_owned(),
        "#a".to_owned(),
        "a:b".to_owned(),
        name(33),
    ] {
        trial.refused(format!("TELL {wrong} :x\n"), "bad-name");
    }
    for right in ["#a".to_owned(), "#.".to_owned(), "#-_.0".to_owned(), format!("#{}", name(64))] {
        trial.answered(format!("WHO {right}\n"), "ERR no-such-room :<text>");
    }
    for wrong in [
        "#".to_owned(),
        "a".to_owned(),
        "##a".to_owned(),
        "#Zanzibar".to_owned(),
        "#a!".to_owned(),
        format!("#{}", name(65)),
    ] {
        for verb in ["WHO", "JOIN", "LEAVE"] {
            trial.refused(format!("{verb} {wrong}\n"), "bad-room");
        }
        trial.refused(format!("SAY {wrong} :x\n"), "bad-room");
        trial.refused(format!("HISTORY {wrong} 1 2\n"), "bad-room");
    }
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_version_is_1(workers: usize) {
    let mut trial = Trial::start(workers);
    for version in ["2", "0", "01", "11", "-1", "x", "Zanzibar", "1.0"] {
        trial.refused(format!("HELLO {version} bob\n"), "bad-version");
    }
    trial.refused("HELLO 1 Zanzibar\n", "bad-arguments");
    trial.refused("HELLO 1\n", "bad-arguments");
    trial.refused("HELLO 1 -Zanzibar\n", "bad-name");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn fixed_fields_are_as_many_as_the_verb_has_and_have_their_form(workers: usize) {
    let mut trial = Trial::start(workers);
    for wrong in [
        "JOIN",
        "LEAVE",
        "SAY :x",
        "TELL :x",
        "WHO",
        "HISTORY",
        "HISTORY #r",
        "HISTORY #r 1",
        "HELLO",
        "AUTH",
        "JOIN #r Zanzibar",
        "LEAVE #r Zanzibar :x",
        "SAY #r Zanzibar :x",
        "TELL bob bob :x",
        "WHO #r Zanzibar",
        "ROOMS Zanzibar",
        "HISTORY #r 1 2 3",
        "PING a b",
        "PONG a b",
        "BYE Zanzibar",
        "HISTORY #r x 1",
        "HISTORY #r 01 1",
        "HISTORY #r 1 9007199254740992",
        "HISTORY #r -1 1",
        "HISTORY #r +1 1",
        "HISTORY #r 1 1e3",
        "HISTORY #r 0 1",
        "HISTORY #r 2 1",
        "PING Zanz!bar",
        "PONG Zanz!bar",
        "AUTH Zanz!bar",
    ] {
        trial.refused(format!("{wrong}\n"), "bad-arguments");
    }
    trial.refused(filled("PING ", "\n", 5 + 65 + 1), "bad-arguments");
    trial.refused(filled("AUTH ", "\n", 5 + 21 + 1), "bad-arguments");
    let token = "x".repeat(64);
    trial.answered(format!("PING {token}\n"), &format!("PONG {token}"));
    trial.answered(filled("AUTH ", "\n", 5 + 20 + 1), "ERR not-allowed :<text>");
    trial.answered("HISTORY #r 1 9007199254740991\n", "OK epoch=<epoch> count=0 next=1");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep each limit of the table below that is fixed by the protocol.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn attributes_have_their_form(workers: usize) {
    let mut trial = Trial::start(workers);
    let many = |count: usize| ('a'..='z').take(count).map(|key| format!(" {key}=1")).collect::<String>();
    for wrong in [
        "=x".to_owned(),
        "A=x".to_owned(),
        "1a=x".to_owned(),
        "-a=x".to_owned(),
        "a_b=x".to_owned(),
        "Zanzibar=x".to_owned(),
        "a=".to_owned(),
        "a=1 a=1".to_owned(),
        "a=Zanzibar a=2".to_owned(),
        filled("", "=x", 17 + 2),
        filled("a=", "", 256 + 2),
        many(17).trim_start().to_owned(),
        "a=1 Zanzibar".to_owned(),
    ] {
        for request in ["JOIN #other", "WHO #r", "PING", "ROOMS", "LEAVE #r", "BYE", "HISTORY #r 1 2"] {
            trial.refused(format!("{request} {wrong}\n"), "bad-arguments");
        }
        trial.refused(format!("SAY #r {wrong} :x\n"), "bad-arguments");
    }
    for wrong in [
        "JOIN #other last=x",
        "JOIN #other last=-1",
        "JOIN #other last=01",
        "JOIN #other last=9007199254740992",
        "JOIN #other after=abc",
        "JOIN #other after=abc:",
        "JOIN #other after=:1",
        "JOIN #other after=ABC:1",
        "JOIN #other after=abc:x",
        "JOIN #other after=abc:1:1",
        "JOIN #other after=abcdefghijklmnopq:1",
        "JOIN #other last=1 last=1",
        "WHO #r after=-x",
        "ROOMS after=tea",
        "ROOMS after=#Tea",
        "HISTORY #r 1 2 epoch=ABC",
        "HISTORY #r 1 2 epoch=abcdefghijklmnopq",
        "SAY #r id=Zanz!bar :x",
        "TELL bob id=Zanz!bar :x",
        "HELLO 1 bob token=Zanz!bar",
    ] {
        trial.refused(format!("{wrong}\n"), "bad-arguments");
    }
    trial.refused(format!("SAY #r id={} :x\n", "i".repeat(65)), "bad-arguments");
    trial.said(format!("SAY #r id={} :x\n", "i".repeat(64)));
    trial.said(format!("SAY #r {} :x\n", filled("", "=x", 16 + 2)));
    trial.said(format!("SAY #r {} :x\n", filled("a=", "", 255 + 2)));
    trial.said(format!("SAY #r{} :x\n", many(16)));
    trial.said("SAY #r a-0=!=\"{:}~ last=x :x\n");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST consume the announced octets and the terminator after them whatever the verb of the frame and
//# whatever its answer, unless that is a `BYE`.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a fault as the table above says.
fn a_text_stands_where_the_verb_has_one(workers: usize) {
    let mut trial = Trial::start(workers);
    for request in ["JOIN #other", "WHO #r", "ROOMS", "HISTORY #r 1 2", "PING", "PONG", "HELLO 1 bob"] {
        trial.refused(format!("{request} :{WORD}\n"), "bad-arguments");
        trial.refused(format!("{request} :\n"), "bad-arguments");
        trial.refused(format!("{request} {{4}}\nBYE\n\n"), "bad-arguments");
    }
    for request in ["SAY #r", "TELL faulty", "SAY #r id=x"] {
        trial.refused(format!("{request}\n"), "bad-arguments");
    }
    let reason = |octets| WORD.repeat(33)[..octets].to_owned();
    trial.refused(format!("LEAVE #r :{}\n", reason(257)), "bad-arguments");
    trial.refused(format!("BYE :{}\n", reason(257)), "bad-arguments");
    trial.refused(format!("BYE {{257}}\n{}\n", reason(257)), "bad-arguments");
    trial.answered("AUTH PLAIN :x\n", "ERR not-allowed :<text>");
    trial.answered(format!("LEAVE #none :{}\n", reason(256)), "ERR not-joined :<text>");
    trial.ended(format!("BYE :{}\n", reason(256)), "bye");
    trial.ended("BYE {0}\n\n", "bye");
    trial.others_lost_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST answer a frame with several faults once, for the fault whose row comes first in the table below.
fn of_several_faults_the_first_of_the_order_is_answered(workers: usize) {
    let mut trial = Trial::start(workers);
    // The end of the connection before all else, then line-too-long, bad-frame, bad-text, unknown-verb, the arguments.
    trial.ended("S\tY  tea {x", "bad-frame");
    trial.ended("S\tY  tea {65537}\n", "text-too-long");
    trial.refused(filled("S\tY  tea :\x01", "\n", 4_098), "line-too-long");
    trial.refused("SING  tea :\x01\n", "bad-frame");
    trial.refused("SING tea =x :\x01\n", "bad-text");
    trial.refused("SING tea =x :x\n", "unknown-verb");
    trial.refused("HELLO 2 -x =x :x\n", "bad-version");
    trial.refused("HELLO 1 -x =x :x\n", "bad-name");
    trial.refused("SAY tea id=!\n", "bad-room");
    trial.refused("HISTORY tea 0 x\n", "bad-room");
    trial.refused("WHO #none =x\n", "bad-arguments");
    trial.refused("SAY #none x :x\n", "bad-arguments");
    // The form before the state.
    let mut early = trial.server.connect();
    early.send("PING");
    early.expect("PONG");
    for (input, code) in
        [("JOIN tea", "bad-room"), ("SAY #r", "bad-arguments"), ("SING", "unknown-verb"), ("JOIN #r", "not-welcome")]
    {
        early.send(input);
        early.expect(&format!("ERR {code} :<text>"));
    }
    // And the rate before the meaning.
    let server = TestServer::with(workers, |options| options.rate_limit = std::num::NonZero::new(1));
    let mut hasty = server.framed("hasty");
    hasty.send("WHO #none\nWHO #none\nWHO #none\nWHO none\nWHO #none");
    hasty.expect_all(&["ERR no-such-room :<text>"; 2]);
    hasty.expect("ERR rate-limited retry=<ms> :<text>");
    hasty.expect("ERR bad-room :<text>");
    hasty.expect("ERR rate-limited retry=<ms> :<text>");
    trial.others_lost_nothing();
}

/// One frame for each code that counts as a fault in a row.
const COUNTED: [(&str, &str); 8] = [
    ("SAY  #r :Zanzibar", "bad-frame"),
    ("SAY #r :\x01", "bad-text"),
    ("SING :Zanzibar", "unknown-verb"),
    ("WHO #r Zanzibar", "bad-arguments"),
    ("TELL -Zanzibar :x", "bad-name"),
    ("WHO Zanzibar", "bad-room"),
    ("HELLO 2 Zanzibar", "bad-version"),
    ("HELLO 1 Zanzibar", "bad-arguments"),
];

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the `ERR` for the 16th fault in a row.
fn the_sixteenth_fault_in_a_row_ends_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#r");
    for first in 0..COUNTED.len() {
        let mut faulty = server.framed(&format!("faulty{first}"));
        let faults = COUNTED.iter().cycle().skip(first);
        for (input, code) in faults.clone().take(15) {
            // Empty lines neither count nor end the row.
            faulty.send(&format!("\n{input}\n"));
            faulty.expect(&format!("ERR {code} :<text>"));
        }
        let (input, _) = faults.clone().nth(15).expect("a cycle has no end");
        faulty.send(&format!("{input}\nSAY #r :too late"));
        faulty.expect("BYE too-many-errors :<text>");
        faulty.expect_end();
    }
    let mut faulty = server.framed("faulty");
    let long = filled("SAY #r :", "", 4_097);
    for _ in 0..15 {
        faulty.send(&long);
        faulty.expect("ERR line-too-long :<text>");
    }
    faulty.send(&long);
    faulty.expect("BYE too-many-errors :<text>");
    faulty.expect_end();
    beside.expect_nothing();
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST send `BYE too-many-errors` in place of the `ERR` for the 16th fault in a row.
fn any_good_frame_ends_a_row_of_faults(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = std::num::NonZero::new(1));
    let mut faulty = server.framed("faulty");
    let (mut requests, mut answers) = (String::new(), Vec::new());
    // The last three are refused, but for what they mean and not for how they look.
    for (good, answer) in [
        ("PING", "PONG"),
        ("PONG", ""),
        ("AUTH PLAIN", "ERR not-allowed :<text>"),
        ("ROOMS", "OK count=0"),
        ("SAY #none :x", "ERR not-joined :<text>"),
        ("ROOMS", "ERR rate-limited retry=<ms> :<text>"),
    ] {
        for (input, code) in COUNTED.iter().cycle().take(15) {
            requests.push_str(&format!("{input}\n"));
            answers.push(format!("ERR {code} :<text>"));
        }
        requests.push_str(&format!("{good}\n"));
        answers.extend(Some(answer.to_owned()).filter(|answer| !answer.is_empty()));
    }
    // The first fault of another row. All come at once, so that the last request finds the bucket empty.
    let (input, code) = COUNTED[0];
    faulty.send(&format!("{requests}{input}"));
    answers.push(format!("ERR {code} :<text>"));
    for answer in answers {
        faulty.expect(&answer);
    }
    faulty.expect_nothing();
}

/// What a plain person reads for a code.
fn fault(code: ErrCode<'_>) -> String {
    format!("! {}", code.text().as_str())
}

/// What a plain person reads last.
fn end(code: ByeCode<'_>) -> String {
    format!("! {}", code.text().as_str())
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command that is not in the table below with the fault line of `unknown-verb`.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command whose arguments do not fit the table below with the fault line of `bad-room` if what
//# follows `/join` is no room, of `bad-name` if the first word after `/msg` is missing or no name, and otherwise of
//# `bad-arguments`.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a line that is no valid text with the fault line of `bad-text`.
fn plain_lines_have_their_faults(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut beside = server.member("beside", "#lobby");
    let mut faulty = server.plain("faulty");
    beside.expect("JOINED #lobby faulty");
    let long_room = "x".repeat(65);
    let faults: [(&[u8], ErrCode<'_>); 22] = [
        (b"Zanzibar \x01", ErrCode::BadText),
        (b"Zanzibar \x00", ErrCode::BadText),
        (b"Zanzibar \x1b[1m", ErrCode::BadText),
        (b"Zanzibar \r.", ErrCode::BadText),
        (b"Zanzibar \x7f", ErrCode::BadText),
        (b"Zanzibar \xff", ErrCode::BadText),
        (b"Zanzibar \xc2\x80", ErrCode::BadText),
        (b"Zanzibar \xe2\x80\xae", ErrCode::BadText),
        (b"/msg beside \xff", ErrCode::BadText),
        (b"/Zanzibar", ErrCode::UnknownVerb),
        (b"/", ErrCode::UnknownVerb),
        (b"/ who", ErrCode::UnknownVerb),
        (b"/join #Zanzibar", ErrCode::BadRoom),
        (b"/join ##a", ErrCode::BadRoom),
        (b"/join", ErrCode::BadRoom),
        (b"/msg -Zanzibar hi", ErrCode::BadName),
        (b"/msg beside", ErrCode::BadArguments),
        (b"/msg", ErrCode::BadName),
        (b"/history Zanzibar", ErrCode::BadArguments),
        (b"/history 0", ErrCode::BadArguments),
        (b"/history 1001", ErrCode::BadArguments),
        (b"/who Zanzibar", ErrCode::BadArguments),
    ];
    let mut said = 0;
    let mut good = |faulty: &mut Client, beside: &mut Client| {
        said += 1;
        faulty.send("good");
        faulty.expect("faulty: good");
        beside.expect(&format!("MSG #lobby {said} <at> faulty :good"));
    };
    for (line, code) in faults {
        faulty.send_octets(&[line, b"\n"].concat());
        faulty.expect(&fault(code));
        good(&mut faulty, &mut beside);
    }
    faulty.send(&format!("/join #{long_room}"));
    faulty.expect(&fault(ErrCode::BadRoom));
    faulty.send(&format!("/msg {} hi", "n".repeat(33)));
    faulty.expect(&fault(ErrCode::BadName));
    faulty.send(&format!("/quit {}", "x".repeat(257)));
    faulty.expect(&fault(ErrCode::BadArguments));
    // What would be a fault in a frame is a text here.
    for line in ["SAY  #r {x", "{65537}", ":", " "] {
        faulty.send(line);
        faulty.expect(&format!("faulty: {line}"));
        beside.expect(&format!("MSG #lobby <seq> <at> faulty :{line}"));
    }
    beside.expect_nothing();
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST skip a line of more than 4,096 octets up to its LF and answer it with the fault line of
//# `line-too-long`.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST send the fault line of `BYE line-too-long` and end the connection when such a line has no LF up to
//# octet 69,632.
fn a_plain_line_that_is_too_long_is_skipped_so_far_and_no_further(workers: usize) {
    let server = TestServer::with(workers, |options| options.octet_rate = None);
    let mut faulty = server.plain("faulty");
    let mut say = |octets: usize, end: &str| faulty_line(&mut faulty, octets, end);
    assert_eq!(say(4_096, "\n"), format!("faulty: {}", "x".repeat(4_096)));
    assert_eq!(say(4_096, "\r\n"), format!("faulty: {}", "x".repeat(4_096)));
    for (octets, end) in
        [(4_097, "\n"), (4_097, "\r\n"), (4_096, "\rx\n"), (FURTHEST - 1, "\n"), (FURTHEST - 2, "\r\n")]
    {
        assert_eq!(say(octets, end), fault(ErrCode::LineTooLong), "{octets} octets and {end:?}");
    }
    faulty.send("still here");
    faulty.expect("faulty: still here");
    faulty.send_octets("x".repeat(FURTHEST).as_bytes());
    faulty.expect(&end(ByeCode::LineTooLong));
    faulty.expect_end();
}

/// The answer to a line of so many octets.
fn faulty_line(faulty: &mut Client, octets: usize, end: &str) -> String {
    faulty.send_octets(format!("{}{end}", "x".repeat(octets)).as_bytes());
    faulty.line().expect("the connection goes on")
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST end the connection with the fault line of `too-many-errors` in place of the 16th fault in a row,
//# counted as in 2.7.
fn the_sixteenth_fault_in_a_row_of_a_plain_person_ends_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let mut beside = server.member("beside", "#lobby");
    let mut faulty = server.plain("faulty");
    let faults = ["/dance", "/join #A", "\x01", "/msg - x", "/msg x"];
    for line in faults.iter().cycle().take(15) {
        faulty.send(&format!("\n{line}\n"));
        faulty.expect("! <text>");
    }
    faulty.send("good");
    faulty.expect("faulty: good");
    for line in faults.iter().cycle().take(15) {
        faulty.send(line);
        faulty.expect("! <text>");
    }
    faulty.send("/dance\ntoo late");
    faulty.expect(&end(ByeCode::TooManyErrors));
    faulty.expect_end();
    beside.expect_all(&["JOINED #lobby faulty", "MSG #lobby 1 <at> faulty :good", "LEFT #lobby faulty"]);
    beside.expect_nothing();
}
