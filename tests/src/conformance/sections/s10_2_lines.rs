//! 10.2 What a person types: lines that are said, and faults.

use super::words;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.2",
    checks: &[
        check!(an_empty_line_in_plain_mode_is_ignored: "10.2/1").peers(2),
        check!(what_does_not_begin_with_a_slash_is_said_whole: "10.2/2", "10.3/4").peers(2),
        check!(two_slashes_say_one: "10.2/3").peers(2),
        check!(a_plain_line_of_the_greatest_length_is_said_and_a_longer_one_skipped: "10.2/8", "11/1").peers(3),
        check!(a_plain_line_without_end_ends_the_connection: "10.2/9").peers(2),
        check!(what_is_no_text_is_not_said: "10.2/10").peers(3),
        check!(the_sixteenth_fault_of_a_person_in_a_row_is_the_last: "10.2/11").peers(2),
        check!(a_person_in_plain_mode_has_a_rate: "10.2/12").peers(2),
        check!(a_plain_line_is_refused_for_the_first_cause_that_fits: "10.2/20").peers(2),
    ],
    unseen: &[],
};

/// The longest line, in octets, without its terminator.
const LONGEST: usize = 4_096;

/// Where the LF of a line that is too long may be at the latest.
const LAST: usize = 69_632;

fn an_empty_line_in_plain_mode_is_ignored(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    plain.send("\n\r\n\nsaid\n\n\r");
    plain.expect("10.2/1", &format!("{}: said", plain.name))?;
    plain.expect_nothing("10.2/1")?;
    witness.expect("10.2/1", &format!("MSG {room} 1 <at> {} :said", plain.name))?;
    witness.expect_nothing("10.2/1")
}

fn what_does_not_begin_with_a_slash_is_said_whole(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    let frame = format!("SAY {room} :x");
    let lines = [
        "hello",
        " /who",
        "  two blanks  ",
        "\ttab\t",
        &frame,
        "{5}",
        ":x",
        "BYE",
        "PING",
        "HELLO 1 x",
        "* x",
        "! x",
        "[a] x",
        " ",
        "caf\u{e9} \u{20ac} \u{1f600}",
    ];
    for (seq, line) in (1..).zip(lines) {
        plain.send(line);
        // This, and nothing that answers it.
        plain.expect("10.3/4", &format!("{}: {line}", plain.name))?;
        let found = witness.expect("10.2/2", &format!("MSG {room} {seq} <at> <rest>"))?;
        stage.same("10.2/2", &format!("{} :{line}", plain.name).as_str(), &found.get("rest"))?;
    }
    plain.expect_nothing("10.3/4")
}

fn two_slashes_say_one(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    for (seq, (line, said)) in
        (1..).zip([("//who", "/who"), ("//", "/"), ("///", "//"), ("//quit now ", "/quit now "), ("// x", "/ x")])
    {
        plain.send(line);
        plain.expect("10.2/3", &format!("{}: {said}", plain.name))?;
        witness.expect("10.2/3", &format!("MSG {room} {seq} <at> {} :{said}", plain.name))?;
    }
    Ok(())
}

fn a_plain_line_of_the_greatest_length_is_said_and_a_longer_one_skipped(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    let mut framed = stage.framed("framed")?;
    let words = words::of_err(&mut framed, &format!("PING :{}", "x".repeat(LONGEST)), "line-too-long")?;
    let said = "x".repeat(LONGEST);
    for terminator in ["", "\r"] {
        // Only the witness reads it: in plain mode, with its prefix, it is a longer line.
        plain.send(&format!("{said}{terminator}"));
        let msg = witness.expect("11/1", &format!("MSG {room} <seq> <at> {} <text>", plain.name))?;
        stage.hold("11/1", msg.line.ends_with(&said), format!("a text of {LONGEST} octets"), msg.line.len())?;
    }
    plain.until("10.3/1", &format!("{}: {said}", plain.name))?;
    plain.until("10.3/1", &format!("{}: {said}", plain.name))?;
    for line in [
        "x".repeat(LONGEST + 1),
        format!("/who {}", " ".repeat(LONGEST)),
        format!("{}/quit", "x".repeat(LONGEST)),
        // The last octet where its LF may be.
        "x".repeat(LAST - 1),
    ] {
        plain.send(&format!("{line}\nafter"));
        plain.expect("10.2/8", &format!("! {words}"))?;
        plain.expect("10.2/8", &format!("{}: after", plain.name))?;
        witness.expect("10.2/8", &format!("MSG {room} <seq> <at> {} :after", plain.name))?;
    }
    Ok(())
}

fn a_plain_line_without_end_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    let framed = stage.framed("framed")?;
    let words = words::of_bye(framed, "x".repeat(LONGEST + 1).as_bytes(), "line-too-long")?;
    let mut plain = stage.plain_member("plain", &stage.room("room"))?;
    plain.send_octets("x".repeat(LAST).as_bytes());
    plain.expect("10.2/9", &format!("! {words}"))?;
    plain.expect_end("10.2/9")
}

fn what_is_no_text_is_not_said(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    let words = words::of_err(&mut stage.framed("framed")?, "PING :\u{1}", "bad-text")?;
    let lines: &[&[u8]] = &[
        b"a\x01b",
        b"a\0",
        b"\x1b[2J",
        b"a\x7f",
        b"a\rb",
        b"a\r\r",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        "a\u{85}".as_bytes(),
        "a\u{2028}b".as_bytes(),
        "a\u{202e}b".as_bytes(),
        "a\u{2066}b".as_bytes(),
    ];
    for line in lines {
        plain.send_octets(&[line, b"\n".as_slice()].concat());
        plain.expect("10.2/10", &format!("! {words}"))?;
    }
    for command in ["//\u{1}", "/who \u{1}", "/msg \u{1}"] {
        // What was said ends the row of faults.
        plain.send(&format!("said\n{command}"));
        let said = format!("{}: said", plain.name);
        plain.expect_unordered("10.2/10", [&said, &format!("! {words}")])?;
    }
    for seq in 1..=3 {
        witness.expect("10.2/10", &format!("MSG {room} {seq} <at> {} :said", plain.name))?;
    }
    witness.expect_nothing("10.2/10")
}

/// Faults of each kind that counts.
const FAULTS: [&str; 6] = ["/dance", "/history 0", "/msg -", "/join tea", "\u{1}", "/who me"];

fn the_sixteenth_fault_of_a_person_in_a_row_is_the_last(stage: &mut Stage<'_>) -> Outcome {
    const FREE: usize = 15;
    let framed = stage.framed("framed")?;
    let words = words::of_bye(framed, "SING\n".repeat(FREE + 1).as_bytes(), "too-many-errors")?;
    let room = stage.room("room");
    let mut plain = stage.plain_member("plain", &room)?;
    let nobody = stage.name("nobody");
    // What is refused for another cause than a fault ends the row too; an empty line does not.
    for (end, answer) in
        [("said", format!("{}: said", plain.name)), (&format!("/msg {nobody} x"), "! <text>".to_owned())]
    {
        for fault in FAULTS.iter().cycle().take(FREE) {
            plain.send(fault);
            plain.expect("10.2/11", "! <text>")?;
        }
        plain.send(end);
        plain.expect("10.2/11", &answer)?;
    }
    for fault in FAULTS.iter().cycle().take(FREE) {
        plain.send(&format!("\n{fault}"));
        let fault = plain.expect("10.2/11", "! <text>")?;
        stage.hold("10.2/11", fault.line != format!("! {words}"), "the fault line of this fault", fault.line)?;
    }
    plain.send("/dance");
    plain.expect("10.2/11", &format!("! {words}"))?;
    plain.expect_end("10.6/2")
}

fn a_person_in_plain_mode_has_a_rate(stage: &mut Stage<'_>) -> Outcome {
    /// Above it, a flood would last too long.
    const GREATEST: u64 = 200;
    let Some(rate) = stage.terms.announced.rate.filter(|rate| *rate <= GREATEST) else {
        return stage.skip("the server announces no rate, or a high one");
    };
    // So many that they cannot all pass, unless they take ten seconds.
    let flood = usize::try_from(12 * rate).unwrap_or(usize::MAX);
    let room = stage.room("room");
    let mut framed = stage.framed("framed")?;
    framed.send_octets(format!("WHO {room}\n").repeat(flood).as_bytes());
    let (_, err) = framed.until("4.2/2", "ERR rate-limited retry=<retry> <words>")?;
    let limited = format!("! {}", err.get("words").trim_start_matches(':'));
    drop(framed);
    for (label, line) in
        [("said", "said"), ("who", "/who"), ("history", "/history 1"), ("msg", "/msg - x"), ("help", "/help")]
    {
        let mut plain = stage.plain_member(label, &room)?;
        // A fault is no request, and a row of them an end: this one is told to oneself.
        let line = line.replace('-', &plain.name);
        plain.send_octets(format!("{line}\n").repeat(flood).as_bytes());
        plain.send("/quit");
        let (before, _) = plain.until("10.2/12", "* Goodbye!")?;
        let refused = before.iter().filter(|line| **line == limited).count();
        stage.hold("10.2/12", refused > 0, format!("{limited} for some of {flood} times {line}"), "none")?;
        // The bucket was full, but for the way into the room. An answer has a line at least.
        let granted = usize::try_from(2 * rate - 1).unwrap_or(usize::MAX);
        let answered = before.len() - refused;
        stage.hold("10.2/12", answered >= granted, format!("{granted} times {line} to pass"), answered)?;
    }
    Ok(())
}

fn a_plain_line_is_refused_for_the_first_cause_that_fits(stage: &mut Stage<'_>) -> Outcome {
    let mut framed = stage.framed("framed")?;
    let mut plain = stage.plain_member("plain", &stage.room("room"))?;
    let nobody = stage.name("nobody");
    let long = "x".repeat(LONGEST);
    for (line, request, code) in [
        (format!("/dance \u{1}{long}"), format!("PING :{long}"), "line-too-long"),
        ("/dance \u{1}".to_owned(), "PING :\u{1}".to_owned(), "bad-text"),
        ("/join tea \u{1}".to_owned(), "PING :\u{1}".to_owned(), "bad-text"),
        (format!("/msg {nobody} \u{1}"), "PING :\u{1}".to_owned(), "bad-text"),
        ("/dance #tea".to_owned(), "SING".to_owned(), "unknown-verb"),
        // The name comes before the text, which is missing.
        ("/msg -".to_owned(), "TELL - :x".to_owned(), "bad-name"),
        (format!("/msg {nobody}"), "WHO".to_owned(), "bad-arguments"),
        (format!("/msg {nobody} x"), format!("TELL {nobody} :x"), "no-such-name"),
    ] {
        let words = words::of_err(&mut framed, &request, code)?;
        plain.send(&line);
        plain.expect("10.2/20", &format!("! {words}"))?;
    }
    Ok(())
}
