//! 2.3 Where a frame ends.

use super::trial::{Trial, answered};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.3",
    checks: &[
        check!(the_first_field_that_begins_as_one_is_the_text: "2.3/1", "2.3/2", "2.3/3").peers(1),
        check!(crlf_ends_a_counted_text_and_is_no_part_of_it: "2.3/6", "2.3/8").peers(1),
        check!(announced_octets_are_consumed_whatever_the_answer: "2.3/7").peers(2),
    ],
    unseen: &[],
};

fn the_first_field_that_begins_as_one_is_the_text(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for (input, text) in [("k=:{3} :x\n", "x"), ("k={3} :x\n", "x"), ("k=a:b l={ :x\n", "x"), ("k={9} {1}\nx\n", "x")] {
        trial.said("2.3/1", input, text)?;
    }
    for (input, text) in [(":a {3}\n", "a {3}"), ("::a\n", ":a"), (":a :b\n", "a :b"), (":{3}\n", "{3}"), (": \n", " ")]
    {
        trial.said("2.3/2", input, text)?;
    }
    for (input, text) in [("{3}\n:ab\n", ":ab"), ("{3}\n{1}\n", "{1}"), ("{3}\na\nb\n", "a\nb"), ("{1}\n\n\n", "\n")] {
        trial.said("2.3/3", input, text)?;
    }
    // Whatever else is wrong in the header.
    for (requirement, input, code) in [
        ("2.3/2", "SING  a :PING {6}\n", "bad-frame"),
        ("2.3/2", ":{6}\n", "bad-frame"),
        ("2.3/2", "SING :a {6}\n", "unknown-verb"),
        ("2.3/3", "{6}\nPING x\n", "bad-frame"),
        ("2.3/3", " {6}\nPING x\n", "bad-frame"),
        ("2.3/3", "A:B {6}\nPING x\n", "bad-frame"),
        ("2.3/3", "WHO \u{e9} {6}\nPING x\n", "bad-frame"),
        ("2.3/3", "SING a  {6}\nPING x\n", "bad-frame"),
        ("2.3/3", "SING {6}\nPING x\n", "unknown-verb"),
        ("2.3/3", "PING {6}\nPING x\n", "bad-arguments"),
    ] {
        trial.refused(requirement, input, code)?;
    }
    Ok(())
}

fn crlf_ends_a_counted_text_and_is_no_part_of_it(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    for (input, text) in [("{3}\nabc\r\n", "abc"), ("{3}\r\nabc\r\n", "abc"), ("{0}\r\n\r\n", ""), ("{0}\n\r\n", "")] {
        trial.said("2.3/6", input, text)?;
    }
    for (input, text) in [("{3}\r\nabc\n", "abc"), ("{4}\nabc\n\n", "abc\n"), ("{4}\nabc\n\r\n", "abc\n")] {
        trial.said("2.3/8", input, text)?;
    }
    trial.peer.expect_nothing("2.3/8")
}

/// The octets would be requests, with answers, if they were taken for lines.
fn announced_octets_are_consumed_whatever_the_answer(stage: &mut Stage<'_>) -> Outcome {
    const COUNTED: &str = "{13}\nPING x\nPING y\n";
    let mut early = stage.connect("early")?;
    early.send("PING");
    early.expect("2.3/7", "PONG")?;
    for (header, code) in [
        ("SAY #a", "not-welcome"),
        ("SAY", "bad-arguments"),
        ("SING", "unknown-verb"),
        ("AUTH X", "not-allowed"),
        ("HELLO 2 a", "bad-version"),
    ] {
        answered(&mut early, "2.3/7", format!("{header} {COUNTED}"), &format!("ERR {code} <rest>"))?;
    }
    let mut trial = Trial::begin(stage)?;
    let none = format!("{}-none", trial.room);
    for (header, code) in [
        (format!("SAY {none}"), "not-joined"),
        (format!("TELL {}-none", trial.peer.name), "no-such-name"),
        ("SAY #A".to_owned(), "bad-room"),
        ("TELL -".to_owned(), "bad-name"),
        ("SAY #a b".to_owned(), "bad-arguments"),
        ("SAY #a a=".to_owned(), "bad-arguments"),
        ("JOIN #a".to_owned(), "bad-arguments"),
        ("PONG".to_owned(), "bad-arguments"),
        ("SAY  #a".to_owned(), "bad-frame"),
        ("S\tY #a".to_owned(), "bad-frame"),
        ("MSG #a 1 2 b".to_owned(), "unknown-verb"),
        ("HELLO 1 a".to_owned(), "bad-arguments"),
        ("HELLO 3 a".to_owned(), "bad-version"),
        ("AUTH X".to_owned(), "not-allowed"),
    ] {
        trial.refused("2.3/7", format!("{header} {COUNTED}"), code)?;
    }
    trial.refused("2.3/7", format!("SAY {} {{15}}\nPING x\n\x1bPING y\n\r\n", trial.room), "bad-text")
}
