//! 4.14 BYE of a client.

use super::answers::answers;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.14",
    checks: &[
        check!(answers_come_before_the_bye: "4.14/1").peers(2),
        check!(nothing_after_a_bye_is_done: "4.14/2").peers(2),
        check!(the_text_of_bye_is_in_left: "4.14/3").peers(3),
    ],
    unseen: &[],
};

fn answers_come_before_the_bye(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    peer.send(&format!("JOIN {room}\n{}PING x\nHISTORY {room} 1 9\nBYE", format!("SAY {room} :x\n").repeat(20)));
    answers(&mut peer, "4.14/1", 22)?;
    let (before, _) = peer.until("4.14/1", "BYE bye :<text>")?;
    stage.hold("4.14/1", !before.iter().any(|line| line.starts_with("OK")), "no more answers", before.join(", "))?;
    peer.expect_end("9.1/1")
}

fn nothing_after_a_bye_is_done(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut peer = stage.member("peer", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    peer.send(&format!("bye\nSAY {room} :x\nTELL {} :x\nPING\nBYE\nSING\nLEAVE {room} :x", witness.name));
    let lines = peer.lines_to_the_end("4.14/2")?;
    stage.hold("4.14/2", lines.len() == 1 && lines[0].starts_with("BYE bye "), "one BYE bye", lines.join(", "))?;
    witness.expect("4.14/2", &format!("LEFT {room} {}", peer.name))?;
    witness.expect_nothing("4.14/2")
}

fn the_text_of_bye_is_in_left(stage: &mut Stage<'_>) -> Outcome {
    let rooms = [stage.room("one"), stage.room("two")];
    let mut witness = stage.member("witness", &rooms[0])?;
    stage.join(&mut witness, &rooms[1])?;
    let longest = format!(":{}", "x".repeat(256));
    for (index, (sent, told)) in
        [(":Good night", ":Good night"), ("{3}\na\nb", "{3}\na\nb"), ("{2}\nhi", ":hi"), (&longest, &longest)]
            .into_iter()
            .enumerate()
    {
        let mut peer = stage.member(&format!("peer-{index}"), &rooms[0])?;
        stage.join(&mut peer, &rooms[1])?;
        for room in &rooms {
            witness.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
        }
        peer.send(&format!("BYE {sent}"));
        peer.until("4.14/3", "BYE bye :<text>")?;
        let left = |room: &str| format!("LEFT {room} {} {told}", peer.name);
        witness.expect_unordered("4.14/3", [&left(&rooms[0]), &left(&rooms[1])])?;
    }
    Ok(())
}
