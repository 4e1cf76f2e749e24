//! 2.7, item 1: the table of faults, row by row, with the last that is right and the first that is wrong.
//!
//! What is refused for its form never reaches a room, so rooms of these inputs need not be the check's own.

use super::s04_03_states::SERVERS_VERBS;
use super::trial::{Trial, answered, ended, filled};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.7",
    checks: &[
        check!(a_malformed_count_ends_the_connection_at_once: "2.7/1").peers(2),
        check!(a_count_above_the_limit_ends_the_connection_at_its_lf: "2.7/1").peers(2),
        check!(a_counted_text_without_terminator_ends_the_connection: "2.7/1").peers(1),
        check!(a_long_line_without_text_ends_the_connection: "2.7/1").peers(2),
        check!(a_long_line_with_text_is_refused_at_its_lf: "2.7/1").peers(2),
        check!(a_faulty_header_is_a_bad_frame: "2.7/1").peers(1),
        check!(what_is_no_text_is_a_bad_text: "2.7/1").peers(1),
        check!(what_is_no_request_is_an_unknown_verb: "2.7/1").peers(1),
        check!(names_rooms_and_versions_have_their_form: "2.7/1").peers(1),
        check!(fixed_fields_have_their_number_and_form: "2.7/1").peers(1),
        check!(attributes_have_their_form: "2.7/1").peers(1),
        check!(a_text_stands_where_the_verb_has_one: "2.7/1").peers(2),
    ],
    unseen: &[],
};

const ROW: &str = "2.7/1";

/// The last octet in which the LF of a line that is too long is looked for.
const FURTHEST: usize = 69_632;

fn a_malformed_count_ends_the_connection_at_once(stage: &mut Stage<'_>) -> Outcome {
    for count in
        ["{}", "{01", "{00", "{x", "{-", "{+", "{ ", "{1234567", "{1x", "{5 ", "{5}x", "{5}}", "{5}:", "{5}\rx"]
    {
        ended(stage, ROW, format!("SAY #a {count}"), "bad-frame")?;
    }
    for line in ["SAY #a {\n", "SAY #a {5\n", "SAY #a {5\r\n", "SING {x", "PING  {x", "{x", " {x"] {
        ended(stage, ROW, line, "bad-frame")?;
    }
    // At fault is the last octet that may be of a line, its terminator, and the one after.
    ended(stage, ROW, filled("WHO ", " {x", 4_096), "bad-frame")?;
    ended(stage, ROW, filled("WHO ", " {5\n", 4_097), "bad-frame")?;
    ended(stage, ROW, filled("WHO ", " {x", 4_097), "line-too-long")?;
    // In a text it is no count.
    Trial::begin(stage)?.said(ROW, ":{x {01}\n", "{x {01}")
}

fn a_count_above_the_limit_ends_the_connection_at_its_lf(stage: &mut Stage<'_>) -> Outcome {
    let most = stage.terms.announced.text;
    for line in
        [format!("SAY #a {{{}}}\n", most + 1), format!("SING {{{}}}\r\n", most + 1), "PING  {999999}\n".to_owned()]
    {
        ended(stage, ROW, line, "text-too-long")?;
    }
    // It can still become malformed before the end of the line.
    ended(stage, ROW, "SAY #a {999999}x", "bad-frame")?;
    // The limit holds before it is announced too.
    let mut early = stage.connect("early")?;
    early.send(&format!("PING\nSAY #a {{{}}}", most + 1));
    early.expect(ROW, "PONG")?;
    early.expect(ROW, "BYE text-too-long <rest>")?;
    let text = "x".repeat(usize::try_from(most).unwrap_or(65_536));
    let mut trial = Trial::begin(stage)?;
    trial.peer.send(&format!("SAY {} {{{most}}}\n{text}", trial.room));
    trial.peer.expect_unordered(ROW, ["OK seq=1", &format!("MSG {} 1 <rest>", trial.room)]).map(drop)
}

fn a_counted_text_without_terminator_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    for input in
        ["SAY #a {3}\nabcd", "SAY #a {0}\nx", "SAY #a {2}\nab\rx", "WHO #a {1}\nab", "SING {1}\nab", "{1}\n\nx"]
    {
        ended(stage, ROW, input, "bad-frame")?;
    }
    Ok(())
}

fn a_long_line_without_text_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    trial.refused(ROW, filled("WHO #", "\n", 4_097), "bad-room")?;
    trial.refused(ROW, filled("WHO #", "\r\n", 4_098), "bad-room")?;
    for line in [
        filled("WHO #", "", 4_097),
        filled("WHO #", "\rx", 4_098),
        // The text would begin one octet too late.
        filled("WHO ", " :", 4_097) + "x\n",
    ] {
        ended(stage, ROW, line, "line-too-long")?;
    }
    Ok(())
}

fn a_long_line_with_text_is_refused_at_its_lf(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let say = format!("SAY {} :", trial.room);
    for (seq, line) in [(1, filled(&say, "\n", 4_097)), (2, filled(&say, "\r\n", 4_098))] {
        trial.peer.send_octets(line.as_bytes());
        let msg = format!("MSG {} {seq} <rest>", trial.room);
        trial.peer.expect_unordered(ROW, [&format!("OK seq={seq}"), &msg])?;
    }
    for line in [
        filled(&say, "\n", 4_098),
        filled(&say, "\r\n", 4_099),
        filled(&say, "\rx\n", 4_099),
        filled("WHO ", " :", 4_096) + "x\n",
        filled(&say, "\n", FURTHEST),
        filled(&say, "\r\n", FURTHEST),
    ] {
        trial.refused(ROW, line, "line-too-long")?;
    }
    ended(stage, ROW, filled("SAY #a :", "", FURTHEST), "line-too-long")
}

fn a_faulty_header_is_a_bad_frame(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for line in [
        " PING",
        ":",
        ":x",
        " ",
        "  ",
        "PING  a",
        "PING ",
        "WHO #a ",
        "SEVENTEENLETTERSX",
        "SAY1 #a",
        "S-Y #a",
        "#a",
        "=",
        "SAY  :x",
        "SAY #a  :x",
        "SAY #a \x01 :x",
        "\u{e9}",
    ] {
        trial.refused(ROW, format!("{line}\n"), "bad-frame")?;
    }
    for octet in (0..0x20).chain(0x7f..=0xff).filter(|&octet| octet != b'\n') {
        for (before, after) in [("WHO #a", "b\n"), ("PING a=", "b\n"), ("PI", "G\n")] {
            trial.refused(ROW, [before.as_bytes(), &[octet], after.as_bytes()].concat(), "bad-frame")?;
        }
    }
    for octet in 0x21..=0x7e_u8 {
        trial.answered(ROW, [&b"PING a=b"[..], &[octet, b'\n']].concat(), "PONG")?;
    }
    Ok(())
}

fn what_is_no_text_is_a_bad_text(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let controls = (0..=0x9f_u8).map(char::from).filter(|char| char.is_control() && !"\t\n".contains(*char));
    let others = "\u{2028}\u{2029}\u{202a}\u{202b}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let mut wrong: Vec<Vec<u8>> = controls.chain(others.chars()).map(|char| char.to_string().into()).collect();
    let not_utf8: [&[u8]; 16] = [
        b"\x80",
        b"\xbf",
        b"\xfe",
        b"\xff",
        b"\xc3",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf0\x9f\x98",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xc3\x28",
    ];
    wrong.extend(not_utf8.map(Vec::from));
    let say = format!("SAY {} ", trial.room);
    for octets in &wrong {
        let counted = format!("{{{}}}\n", octets.len() + 2);
        for form in [":", &counted] {
            trial.refused(ROW, [say.as_bytes(), form.as_bytes(), b"x", octets, b"y\n"].concat(), "bad-text")?;
        }
    }
    // At the end of a text a character has no rest to come.
    trial.refused(ROW, [say.as_bytes(), b":\xe2\x82\n"].concat(), "bad-text")?;
    let right =
        "\t ~\u{a0}\u{7ff}\u{800}\u{2027}\u{202f}\u{2065}\u{206a}\u{d7ff}\u{e000}\u{feff}\u{ffff}\u{10000}\u{10ffff}";
    for char in right.chars() {
        let text = char.to_string();
        trial.said(ROW, format!(":{text}\n"), &text)?;
        trial.said(ROW, format!("{{{}}}\n{text}\n", text.len()), &text)?;
    }
    trial.said(ROW, "{3}\na\nb\n", "a\nb")
}

fn what_is_no_request_is_an_unknown_verb(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for verb in ["X", "SIXTEENLETTERSXX", "GET", "QUIT", "msg"].into_iter().chain(SERVERS_VERBS) {
        for rest in ["", " #a", " #a =x :x", " {1}\nx"] {
            trial.refused(ROW, format!("{verb}{rest}\n"), "unknown-verb")?;
        }
    }
    trial.answered(ROW, "PONG x\nPONG\nPING x\n", "PONG x")
}

fn names_rooms_and_versions_have_their_form(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let (suffix, long) = (stage.name(""), "x".repeat(65));
    for right in [format!("0{suffix}"), format!("Z_-{suffix}"), filled("x", &suffix, 32)] {
        trial.answered(ROW, format!("TELL {right} :x\n"), "ERR no-such-name <rest>")?;
    }
    for wrong in ["-a", "_a", "a!", "a.b", "#a", "a:b", "a=b", &long[..33]] {
        trial.refused(ROW, format!("TELL {wrong} :x\n"), "bad-name")?;
        trial.refused(ROW, format!("HELLO 1 {wrong}\n"), "bad-name")?;
    }
    for right in [format!("#.{suffix}"), format!("#-_.0{suffix}"), filled("#x", &suffix, 65)] {
        trial.answered(ROW, format!("WHO {right}\n"), "ERR no-such-room <rest>")?;
    }
    for wrong in ["#", "a", "##a", "#A", "#a!", "#a/b", "&a", &format!("#{long}")] {
        for (verb, rest) in
            [("JOIN", ""), ("LEAVE", ""), ("SAY", " :x"), ("WHO", ""), ("HISTORY", " 1 2"), ("SEARCH", " :x")]
        {
            trial.refused(ROW, format!("{verb} {wrong}{rest}\n"), "bad-room")?;
        }
    }
    for version in ["2", "0", "01", "11", "1.0", "-1", "+1", "x", "9007199254740992"] {
        trial.refused(ROW, format!("HELLO {version} a\n"), "bad-version")?;
    }
    Ok(())
}

fn fixed_fields_have_their_number_and_form(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for wrong in [
        "JOIN",
        "LEAVE",
        "LEAVE :x",
        "SAY :x",
        "TELL :x",
        "WHO",
        "HISTORY",
        "HISTORY #a",
        "HISTORY #a 1",
        "HELLO",
        "HELLO 1",
        "AUTH",
        "AUTH :x",
        "JOIN #a x",
        "LEAVE #a x",
        "LEAVE #a x :x",
        "SAY #a x :x",
        "TELL a b :x",
        "WHO #a x",
        "ROOMS x",
        "HISTORY #a 1 2 3",
        "SEARCH",
        "SEARCH :x",
        "SEARCH #a x :y",
        "HELLO 1 a b",
        "AUTH X y",
        "PING a b",
        "PONG a b",
        "BYE x",
        "HISTORY #a x 1",
        "HISTORY #a 01 1",
        "HISTORY #a 1 9007199254740992",
        "HISTORY #a -1 1",
        "HISTORY #a +1 1",
        "HISTORY #a 1 1e3",
        "HISTORY #a 0 1",
        "HISTORY #a 2 1",
        "HISTORY #a 1 x",
        "PING a.b",
        "PONG a.b",
        "AUTH A.B",
    ] {
        trial.refused(ROW, format!("{wrong}\n"), "bad-arguments")?;
    }
    let token = "t".repeat(64);
    trial.answered(ROW, format!("PING {token}\n"), &format!("PONG {token}"))?;
    trial.refused(ROW, format!("PING {token}t\n"), "bad-arguments")?;
    trial.answered(ROW, format!("AUTH {}\n", &token[..20]), "ERR not-allowed <rest>")?;
    trial.refused(ROW, format!("AUTH {}\n", &token[..21]), "bad-arguments")?;
    let history = format!("HISTORY {} 1 9007199254740991\n", trial.room);
    trial.answered(ROW, history, "OK epoch=<epoch> count=0 next=1")
}

fn attributes_have_their_form(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let seventeen: String = ('a'..='q').map(|key| format!(" {key}=1")).collect();
    let (long_key, long_value) = (filled("k", "=x", 19), filled("k=", "", 258));
    let requests = [
        ("JOIN #a", ""),
        ("LEAVE #a", " :x"),
        ("SAY #a", " :x"),
        ("TELL a", " :x"),
        ("WHO #a", ""),
        ("ROOMS", ""),
        ("PING", ""),
        ("PONG", ""),
        ("HISTORY #a 1 2", ""),
        ("SEARCH #a", " :x"),
        ("AUTH X", ""),
        ("BYE", ""),
        ("HELLO 1 a", ""),
    ];
    for wrong in [
        "=x",
        "=",
        "A=x",
        "1a=x",
        "-a=x",
        "a_b=x",
        "aB=x",
        "a=",
        "a=1 a=1",
        "a=1 b=2 a=3",
        &long_key,
        &long_value,
        &seventeen[1..],
        "a=1 x",
    ] {
        for (request, rest) in requests {
            trial.refused(ROW, format!("{request} {wrong}{rest}\n"), "bad-arguments")?;
        }
    }
    let long_id = "i".repeat(65);
    for wrong in [
        "JOIN #a last=x",
        "JOIN #a last=-1",
        "JOIN #a last=01",
        "JOIN #a last=9007199254740992",
        "JOIN #a last=1 last=1",
        "JOIN #a after=abc",
        "JOIN #a after=abc:",
        "JOIN #a after=:1",
        "JOIN #a after=ABC:1",
        "JOIN #a after=abc:x",
        "JOIN #a after=abc:01",
        "JOIN #a after=abc:1:1",
        "JOIN #a after=abcdefghijklmnopq:1",
        "WHO #a after=-x",
        "ROOMS after=tea",
        "ROOMS after=#Tea",
        "SEARCH #a before=0 :x",
        "SEARCH #a before=01 :x",
        "SEARCH #a before=9007199254740992 :x",
        "SEARCH #a before=abc:1 :x",
        "SEARCH #a last=0 :x",
        "SEARCH #a last=1001 :x",
        "SEARCH #a last=x :x",
        "HISTORY #a 1 2 epoch=ABC",
        "HISTORY #a 1 2 epoch=abcdefghijklmnopq",
        "SAY #a id=a.b :x",
        "TELL a id=a.b :x",
        "HELLO 1 a token=a.b",
        &format!("SAY #a id={long_id} :x"),
        &format!("TELL a id={long_id} :x"),
        &format!("HELLO 1 a token={long_id}"),
    ] {
        trial.refused(ROW, format!("{wrong}\n"), "bad-arguments")?;
    }
    Ok(())
}

fn a_text_stands_where_the_verb_has_one(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for request in ["JOIN #a", "WHO #a", "ROOMS", "HISTORY #a 1 2", "PING", "PONG", "PING x", "HELLO 1 a"] {
        for text in [":x", ":", "{1}\nx", "{0}\n"] {
            trial.refused(ROW, format!("{request} {text}\n"), "bad-arguments")?;
        }
    }
    for request in ["SAY #a", "TELL a", "SAY #a id=x", "TELL a id=x", "SEARCH #a", "SEARCH #a last=1"] {
        trial.refused(ROW, format!("{request}\n"), "bad-arguments")?;
    }
    // The limit is of octets and not of characters.
    let (right, wrong) = ("\u{e9}".repeat(128), "\u{e9}".repeat(128) + "x");
    for request in ["LEAVE #a", "BYE", "SEARCH #a"] {
        trial.refused(ROW, format!("{request} :{wrong}\n"), "bad-arguments")?;
        trial.refused(ROW, format!("{request} {{257}}\n{wrong}\n"), "bad-arguments")?;
    }
    let none = format!("{}-none", trial.room);
    trial.answered(ROW, format!("LEAVE {none} :{right}\n"), "ERR not-joined <rest>")?;
    trial.answered(ROW, format!("SEARCH {none} :{right}\n"), "ERR not-joined <rest>")?;
    ended(stage, ROW, format!("BYE :{right}\n"), "bye")?;
    // It holds before WELCOME too.
    let mut early = stage.connect("early")?;
    answered(&mut early, ROW, format!("BYE :{wrong}\n"), "ERR bad-arguments <rest>")
}
