//! 2.7 Faults in what a server receives, all but the rows of its table.

use super::trial::{Trial, answered, ended, filled};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.7",
    checks: &[
        check!(of_several_faults_the_first_of_the_order_is_answered: "2.7/2").peers(2),
        check!(the_rate_comes_before_the_meaning_and_after_the_form: "2.7/2").peers(1),
        check!(nothing_of_a_refused_frame_is_executed: "2.7/3", "2.7/4").peers(3),
        check!(refusals_do_not_echo: "2.7/5").peers(2),
        check!(the_sixteenth_fault_in_a_row_ends_the_connection: "2.7/6").peers(2),
        check!(any_other_frame_ends_a_row_of_faults: "2.7/6").peers(1),
    ],
    unseen: &[],
};

/// One frame for each code that counts as a fault in a row, and that a short line can have.
const COUNTED: [(&str, &str); 9] = [
    ("SAY  #a :x", "bad-frame"),
    ("SAY #a :\x01", "bad-text"),
    ("SING :x", "unknown-verb"),
    ("WHO #a x", "bad-arguments"),
    ("TELL -x :x", "bad-name"),
    ("WHO x", "bad-room"),
    ("HELLO 2 x", "bad-version"),
    // The state of a second HELLO has the code of an argument, and a reserved name that of a name.
    ("HELLO 1 x", "bad-arguments"),
    ("JOIN", "bad-arguments"),
];

fn of_several_faults_the_first_of_the_order_is_answered(stage: &mut Stage<'_>) -> Outcome {
    const ORDER: &str = "2.7/2";
    let above = stage.terms.announced.text + 1;
    for (input, code) in [
        ("S\tY  a {x".to_owned(), "bad-frame"),
        (format!("S\tY  a {{{above}}}\n"), "text-too-long"),
        (filled("S\tY  a", "", 4_097), "line-too-long"),
        (filled("S\tY  a :\x01", "", 69_632), "line-too-long"),
        ("SING =x {1}\n\x01x".to_owned(), "bad-frame"),
    ] {
        ended(stage, ORDER, input, code)?;
    }
    let mut trial = Trial::begin(stage)?;
    trial.refused(ORDER, filled("S\tY  a :\x01", "\n", 4_098), "line-too-long")?;
    trial.refused(ORDER, filled("SAY a :\x01", "\n", 4_098), "line-too-long")?;
    for (line, code) in [
        ("SING  a =x :\x01", "bad-frame"),
        ("SAY \x01 {1}\n\x01", "bad-frame"),
        ("SING a =x :\x01", "bad-text"),
        ("SAY a =x :\x01", "bad-text"),
        ("PING a b c :\x01", "bad-text"),
        ("SING a =x :x", "unknown-verb"),
        // The arguments from left to right.
        ("HELLO 2 - =x :x", "bad-version"),
        ("HELLO 1 - =x :x", "bad-name"),
        ("HELLO 2", "bad-version"),
        ("HELLO x - a", "bad-version"),
        ("TELL - id=!", "bad-name"),
        ("SAY a id=!", "bad-room"),
        ("SAY a", "bad-room"),
        ("JOIN a b :x", "bad-room"),
        ("HISTORY a 0 x", "bad-room"),
        ("HISTORY a", "bad-room"),
        ("SEARCH a last=0 :?", "bad-room"),
        ("LEAVE a =x", "bad-room"),
        // The form before the state and the meaning.
        ("HELLO 2 root", "bad-version"),
        ("HELLO 1 -", "bad-name"),
    ] {
        trial.refused(ORDER, format!("{line}\n"), code)?;
    }
    let none = format!("{}-none", trial.room);
    for line in [
        format!("WHO {none} =x"),
        format!("SAY {none} x :x"),
        format!("HISTORY {none} 2 1"),
        format!("SEARCH {none} :?"),
    ] {
        trial.refused(ORDER, format!("{line}\n"), "bad-arguments")?;
    }
    // What is well-formed after WELCOME is a second HELLO, whatever its name means.
    trial.refused(ORDER, "HELLO 1 root\n", "bad-arguments")?;
    let mut early = stage.connect("early")?;
    answered(&mut early, ORDER, "PING\n", "PONG")?;
    for (line, code) in [
        ("JOIN a", "bad-room"),
        ("SAY #a", "bad-arguments"),
        ("SING", "unknown-verb"),
        ("HISTORY #a 2 1", "bad-arguments"),
        ("HISTORY #a 1 2", "not-welcome"),
    ] {
        answered(&mut early, ORDER, format!("{line}\n"), &format!("ERR {code} <rest>"))?;
    }
    Ok(())
}

fn the_rate_comes_before_the_meaning_and_after_the_form(stage: &mut Stage<'_>) -> Outcome {
    // More than a bucket, so that it is empty unless the answers take seconds.
    const MOST: u64 = 1_000;
    let Some(rate) = stage.terms.announced.rate.filter(|&rate| rate <= MOST) else {
        return stage.skip(&format!("the server announces no rate of {MOST} or below"));
    };
    let mut peer = stage.framed("peer")?;
    let none = stage.room("none");
    let mut limited = 0;
    // Few enough at once that none of the answers waits for being read.
    for _ in 0..rate.div_ceil(10) {
        peer.send(&format!("WHO {none}\nWHO -\n").repeat(50));
        for _ in 0..50 {
            let answer = peer.line("2.7/2", "ERR no-such-room or ERR rate-limited")?;
            let is_limited = answer.starts_with("ERR rate-limited ");
            let is_one = is_limited || answer.starts_with("ERR no-such-room ");
            stage.hold("2.7/2", is_one, "ERR no-such-room or ERR rate-limited", answer)?;
            limited += usize::from(is_limited);
            // A fault of the form is found first, whatever the bucket holds.
            peer.expect("2.7/2", "ERR bad-room <rest>")?;
        }
    }
    stage.hold("2.7/2", limited > 0, "ERR rate-limited above the rate, before ERR no-such-room", "none")
}

/// Each would do something if a part of it were executed.
fn nothing_of_a_refused_frame_is_executed(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let (room, name) = (trial.room.clone(), trial.peer.name.clone());
    let mut beside = stage.member("beside", &room)?;
    trial.peer.expect("5.5/1", &format!("JOINED {room} {}", beside.name))?;
    let other = stage.room("other");
    for (line, code) in [
        (format!("JOIN {other} last=x"), "bad-arguments"),
        (format!("JOIN {other} :x"), "bad-arguments"),
        (format!("JOIN {other} x"), "bad-arguments"),
        (format!("JOIN {room} last=9"), "already-joined"),
        (format!("LEAVE {room} :{}", "x".repeat(257)), "bad-arguments"),
        (format!("LEAVE {room} x"), "bad-arguments"),
        (format!("LEAVE {room} :\x01"), "bad-text"),
        (format!("SAY {room} :x\x01y"), "bad-text"),
        (format!("SAY {room} id=! :x"), "bad-arguments"),
        (format!("SAY {room} x :x"), "bad-arguments"),
        (format!("SAY {room}  :x"), "bad-frame"),
        (filled(&format!("SAY {room} :"), "", 4_097), "line-too-long"),
        (format!("TELL {} :x\x7f", beside.name), "bad-text"),
        (format!("TELL {} =x :x", beside.name), "bad-arguments"),
        (format!("HISTORY {room} 1 1 epoch=!"), "bad-arguments"),
        ("BYE x".to_owned(), "bad-arguments"),
        ("BYE  :x".to_owned(), "bad-frame"),
        ("BYE :\x01".to_owned(), "bad-text"),
        ("PING x y".to_owned(), "bad-arguments"),
        ("HELLO 1 x".to_owned(), "bad-arguments"),
    ] {
        // The PING behind each is the next frame.
        trial.refused("2.7/3", format!("{line}\n"), code)?;
    }
    let mut early = stage.connect("early")?;
    let hello = format!("HELLO 1 {} token=!\n", early.name);
    answered(&mut early, "2.7/3", hello, "ERR bad-arguments <rest>")?;
    early.send(&format!("WHO {room}"));
    early.expect("2.7/4", "ERR not-welcome <rest>")?;
    trial.answered("2.7/4", format!("WHO {other}\n"), "ERR no-such-room <rest>")?;
    trial.answered("2.7/4", format!("TELL {} :x\n", early.name), "ERR no-such-name <rest>")?;
    beside.send(&format!("WHO {room}"));
    beside.expect("2.7/4", &format!("NAMES {room} {} {name}", beside.name))?;
    beside.expect("2.7/4", "OK members=2")?;
    // It has the first number, and nothing came before it.
    trial.said("2.7/4", ":x\n", "x")?;
    beside.expect("2.7/4", &format!("MSG {room} 1 <at> {name} :x"))?;
    beside.expect_nothing("2.7/4")
}

fn refusals_do_not_echo(stage: &mut Stage<'_>) -> Outcome {
    let word = stage.name("Zanzibar");
    let mut trial = Trial::begin(stage)?;
    for (line, code) in [
        (format!("{word} a"), "bad-frame"),
        (format!("SAY  {word} :{word}"), "bad-frame"),
        (format!("SAY #a :{word}\x01"), "bad-text"),
        (format!("SING {word} :{word}"), "unknown-verb"),
        (format!("JOIN {word}"), "bad-room"),
        (format!("TELL #{word} :{word}"), "bad-name"),
        (format!("HELLO {word} {word}"), "bad-version"),
        (format!("HELLO 1 {word}"), "bad-arguments"),
        (format!("SAY #a {word}=x :{word}"), "bad-arguments"),
        (format!("PING {word} {word}"), "bad-arguments"),
        (filled(&format!("SAY #a :{word}"), "", 4_097), "line-too-long"),
        (format!("SAY {}-none id={word} :{word}", trial.room), "not-joined"),
        (format!("JOIN {}", trial.room), "already-joined"),
        (format!("WHO {}-none", trial.room), "no-such-room"),
        (format!("TELL {word} :{word}"), "no-such-name"),
        (format!("AUTH X :{word}"), "not-allowed"),
    ] {
        trial.peer.send(&line);
        let err = trial.peer.expect("7.1/2", &format!("ERR {code} <rest>"))?;
        without_echo(stage, &err.line)?;
    }
    for (input, code) in [
        (format!("{word} {{x"), "bad-frame"),
        (filled(&word, "", 4_097), "line-too-long"),
        (format!("SAY {word} {{999999}}\n"), "text-too-long"),
        (format!("{word}=\n").repeat(16), "too-many-errors"),
        (format!("BYE :{word}\n"), "bye"),
    ] {
        let mut peer = stage.framed("peer")?;
        peer.send_octets(input.as_bytes());
        let (_, bye) = peer.until("7.1/2", &format!("BYE {code} <rest>"))?;
        without_echo(stage, &bye.line)?;
    }
    let mut early = stage.connect("early")?;
    early.send(&format!("GET /{word} HTTP/1.1"));
    let bye = early.expect("7.1/2", "BYE bad-handshake <rest>")?;
    without_echo(stage, &bye.line)
}

/// The words of a check end with what is drawn for it, so a server has them from nowhere else.
fn without_echo(stage: &Stage<'_>, line: &str) -> Outcome {
    stage.hold("2.7/5", !line.contains(&stage.name("")), "nothing that the client sent", line)
}

fn the_sixteenth_fault_in_a_row_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    const ROW: &str = "2.7/6";
    let room = stage.room("room");
    let mut beside = stage.member("beside", &room)?;
    let long = filled("SAY #a :", "", 4_097);
    let all: Vec<(&str, &str)> = COUNTED.into_iter().chain([(long.as_str(), "line-too-long")]).collect();
    for first in 0..all.len() {
        let mut peer = stage.framed("peer")?;
        let faults: Vec<_> = all.iter().cycle().skip(first).take(16).collect();
        for (line, code) in &faults[..15] {
            // An empty line neither counts nor ends the row.
            peer.send(&format!("\n{line}\n\r"));
            peer.expect(ROW, &format!("ERR {code} <rest>"))?;
        }
        let (line, _) = faults[15];
        peer.send(&format!("{line}\nTELL {} :too late", beside.name));
        peer.expect(ROW, "BYE too-many-errors <rest>")?;
        peer.expect_end("9.1/2")?;
    }
    beside.expect_nothing("9.1/3")
}

fn any_other_frame_ends_a_row_of_faults(stage: &mut Stage<'_>) -> Outcome {
    const ROW: &str = "2.7/6";
    let mut peer = stage.framed("peer")?;
    let none = stage.room("none");
    for (line, answer) in [
        ("PING", "PONG"),
        ("PONG", ""),
        ("AUTH X", "ERR not-allowed <rest>"),
        (&format!("SAY {none} :x"), "ERR not-joined <rest>"),
        (&format!("WHO {none}"), "ERR no-such-room <rest>"),
        (&format!("TELL {} :x", stage.name("none")), "ERR no-such-name <rest>"),
    ] {
        for (fault, code) in COUNTED.iter().cycle().take(15) {
            peer.send(fault);
            peer.expect(ROW, &format!("ERR {code} <rest>"))?;
        }
        peer.send(line);
        if !answer.is_empty() {
            peer.expect(ROW, answer)?;
        }
    }
    peer.expect_nothing(ROW)
}
