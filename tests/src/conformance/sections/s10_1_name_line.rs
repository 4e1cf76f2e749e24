//! 10.1 The name line.

use super::{PERMISSION, words};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.1",
    checks: &[
        check!(blanks_around_a_name_are_dropped: "10.1/1", "10.1/5").peers(1),
        check!(a_name_line_is_refused_for_the_first_cause_that_fits: "10.1/2").peers(3),
        check!(a_refused_name_line_is_tried_again: "10.1/3", "10.1/4").peers(1),
        check!(a_person_in_plain_mode_begins_in_the_lobby: "10.1/6").peers(2),
    ],
    unseen: &[
        unseen!(
            "it needs a server that holds as many rooms as it can, and not the lobby, which other persons make"
            => "10.1/7"
        ),
        unseen!(PERMISSION => "10.1/8"),
    ],
};

const ACCEPTED: &str = "You are connected to the Server!";
const AGAIN: &str = "Choose a username...";

fn blanks_around_a_name_are_dropped(stage: &mut Stage<'_>) -> Outcome {
    // A TAB may not be the first octet of all (3.2).
    for (label, before, after) in [("bare", "", ""), ("blanks", " \t ", "\t "), ("cr", " ", " \t\r")] {
        let mut peer = stage.connect_plain(label)?;
        let name = peer.name.clone();
        peer.send(&format!("{before}{name}{after}"));
        peer.expect("10.1/5", ACCEPTED)?;
        peer.expect("10.1/1", &format!("{name} joined the chat!"))?;
    }
    Ok(())
}

/// In plain mode a cause is known by its words, which are those that the server has for it in framed mode (10.3).
fn a_name_line_is_refused_for_the_first_cause_that_fits(stage: &mut Stage<'_>) -> Outcome {
    let taken = stage.framed("taken")?;
    let mut framed = stage.connect("framed")?;
    let too_long = format!("\u{1}{}", "x".repeat(4_200));
    let mut plain = stage.connect_plain("plain")?;
    for (line, request, code) in [
        // This one fixes both modes.
        ("not a name", "HELLO 1 -", "bad-name"),
        ("root", "HELLO 1 root", "bad-name"),
        (&too_long, &format!("PING :{}", "x".repeat(4_200)), "line-too-long"),
        ("not \u{1} a name", "PING :\u{1}", "bad-text"),
        (&taken.name, &format!("HELLO 1 {}", taken.name), "name-taken"),
    ] {
        let words = words::of_err(&mut framed, request, code)?;
        plain.send(line);
        plain.expect("10.1/2", &format!("! {words}"))?;
        plain.expect("10.1/3", AGAIN)?;
    }
    Ok(())
}

fn a_refused_name_line_is_tried_again(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect_plain("peer")?;
    for refused in ["not a name", "-", "server", "HELLO"] {
        peer.send(refused);
        peer.expect("10.1/3", "! <text>")?;
        peer.expect("10.1/3", AGAIN)?;
    }
    // It would be framed mode, were it not settled already; it is a name line, and no good one.
    peer.send(&format!("\n\r\nHELLO 1 {}", peer.name));
    peer.expect("10.1/4", "! <text>")?;
    peer.expect("10.1/3", AGAIN)?;
    peer.send(&format!("\n\r\n{}", peer.name));
    peer.expect("10.1/4", ACCEPTED).map(drop)
}

fn a_person_in_plain_mode_begins_in_the_lobby(stage: &mut Stage<'_>) -> Outcome {
    let mut framed = stage.framed("framed")?;
    let mut plain = stage.connect_plain("plain")?;
    plain.send(&plain.name.clone());
    plain.expect("10.1/5", ACCEPTED)?;
    plain.expect("10.1/6", &format!("{} joined the chat!", plain.name))?;
    // Nobody else's name begins as the person's own does, so it is the first that follows.
    let before = &plain.name[..plain.name.len() - 1];
    framed.send(&format!("WHO #lobby after={before}"));
    let (lists, _) = framed.until("4.1/1", "OK <rest>")?;
    let listed = format!("NAMES #lobby {}", plain.name);
    let is_listed = lists.first().is_some_and(|list| list.starts_with(&listed));
    stage.hold("10.1/6", is_listed, listed, lists.join(", "))
}
