//! 9.2 End of input.

use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "9.2",
    checks: &[
        check!(whole_frames_before_the_end_are_answered: "9.2/1", "9.2/3").peers(2),
        check!(the_end_is_answered_before_welcome_too: "9.2/1", "9.2/3").peers(1),
        check!(half_a_frame_at_the_end_is_dropped: "9.2/2", "9.2/3").peers(2),
        check!(without_a_mode_the_end_has_no_bye: "9.2/4").peers(1),
    ],
    unseen: &[],
};

fn whole_frames_before_the_end_are_answered(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let mut peer = stage.connect("peer")?;
    let name = peer.name.clone();
    // A script that is piped into a connection.
    peer.send(&format!("HELLO 1 {name}\nJOIN {room}\nSAY {room} :one\nSAY {room} {{3}}\ntwo\nWHO {room}\nPING last"));
    peer.end_input();
    let lines = peer.lines_to_the_end("9.2/3")?;
    let answers: Vec<&str> = lines.iter().map(String::as_str).filter(|line| line.starts_with("OK")).collect();
    let is_answered = matches!(answers[..], [join, "OK seq=1", "OK seq=2", who]
        if join.ends_with(" next=1 newest=0 members=2") && who == "OK members=2");
    stage.hold("9.2/1", is_answered, "an answer to each of four requests", lines.join(", "))?;
    stage.hold("9.2/1", lines.iter().any(|line| line == "PONG last"), "PONG last", lines.join(", "))?;
    let ends = lines.last().is_some_and(|line| line.starts_with("BYE bye "));
    stage.hold("9.2/3", ends, "BYE bye behind the answers", lines.join(", "))?;
    witness.expect("5.5/1", &format!("JOINED {room} {name}"))?;
    for (seq, text) in [(1, "one"), (2, "two")] {
        witness.expect("9.2/1", &format!("MSG {room} {seq} <at> {name} :{text}"))?;
    }
    witness.expect("5.5/3", &format!("LEFT {room} {name}")).map(drop)
}

fn the_end_is_answered_before_welcome_too(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect("peer")?;
    peer.send("PING one\nPING two");
    peer.end_input();
    peer.expect_all("9.2/1", &["PONG one", "PONG two"])?;
    peer.expect("9.2/3", "BYE bye <rest>")?;
    peer.expect_end("9.2/3")
}

fn half_a_frame_at_the_end_is_dropped(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    for (label, half) in [
        ("verb", "PING half".to_owned()),
        ("cr", "PING half\r".to_owned()),
        ("line", format!("SAY {room} :half")),
        ("head", format!("SAY {room} {{4}}")),
        ("counted", format!("SAY {room} {{4}}\nhal")),
        ("terminator", format!("SAY {room} {{4}}\nhalf")),
        // Nor is it a fault.
        ("fault", "PING  \u{1}".to_owned()),
    ] {
        let mut peer = stage.member(label, &room)?;
        witness.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
        peer.send_octets(format!("PING whole\n{half}").as_bytes());
        peer.end_input();
        peer.expect("9.2/1", "PONG whole")?;
        peer.expect("9.2/2", "BYE bye <rest>")?;
        peer.expect_end("9.2/3")?;
        witness.expect("9.2/2", &format!("LEFT {room} {}", peer.name))?;
    }
    Ok(())
}

fn without_a_mode_the_end_has_no_bye(stage: &mut Stage<'_>) -> Outcome {
    for (label, octets) in [("nothing", ""), ("empty", "\n\r\n"), ("half", "HELLO 1 half"), ("name", "half")] {
        let mut peer = stage.connect(label)?;
        peer.send_octets(octets.as_bytes());
        peer.end_input();
        peer.expect_end("9.2/4")?;
    }
    Ok(())
}
