//! 2.6 Values.

use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.6",
    checks: &[
        check!(names_in_another_case_are_the_same_name: "2.6/2").peers(3),
        check!(a_name_is_sent_as_its_person_spelled_it: "2.6/3").peers(3),
    ],
    unseen: &[],
};

fn names_in_another_case_are_the_same_name(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("Az-m_Z0", &room)?;
    let name = peer.name.clone();
    for other in [name.to_lowercase(), name.to_uppercase()] {
        peer.send(&format!("TELL {other} :x"));
        peer.expect_unordered("2.6/2", ["OK", &format!("TOLD <at> {name} :x")])?;
        peer.send(&format!("WHO {room} after={other}"));
        peer.expect("2.6/2", "OK members=1")?;
        let mut second = stage.connect("second")?;
        second.send(&format!("HELLO 1 {other}"));
        second.expect("2.6/2", "ERR name-taken <rest>")?;
        // The neighbours of the letters are not folded.
        for neighbour in [name.replace('_', "-"), name.replacen('-', "_", 1)] {
            second.send(&format!("HELLO 1 {neighbour}\nBYE"));
            second.expect("2.6/2", &format!("WELCOME {neighbour} <rest>"))?;
            second.expect("2.6/2", "BYE bye <rest>")?;
            second = stage.connect("second")?;
        }
    }
    Ok(())
}

fn a_name_is_sent_as_its_person_spelled_it(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut beside = stage.member("zz-beside", &room)?;
    let mut plain = stage.plain_member("zzz-plain", &room)?;
    beside.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    for spelled in ["aLiCe", "Alice", "ALICE"].map(|label| stage.name(label)) {
        let mut peer = stage.connect("peer")?;
        peer.send(&format!("HELLO 1 {spelled}\nJOIN {room}"));
        peer.expect("2.6/3", &format!("WELCOME {spelled} <rest>"))?;
        peer.expect("2.6/3", "OK <rest>")?;
        peer.expect("2.6/3", &format!("JOINED {room} {spelled}"))?;
        beside.expect("2.6/3", &format!("JOINED {room} {spelled}"))?;
        plain.expect("2.6/3", &format!("{spelled} joined the chat!"))?;
        peer.send(&format!("SAY {room} :x\nTELL {} :y", beside.name));
        beside.expect_unordered(
            "2.6/3",
            [&format!("MSG {room} <seq> <at> {spelled} :x"), &format!("TOLD <at> {spelled} :y")],
        )?;
        plain.expect("2.6/3", &format!("{spelled}: x"))?;
        plain.send(&format!("/msg {} z", spelled.to_lowercase()));
        plain.expect("2.6/3", &format!("* sent to {spelled}"))?;
        beside.send(&format!("WHO {room}"));
        beside.expect("2.6/3", &format!("NAMES {room} {spelled} {} {}", beside.name, plain.name))?;
        beside.expect("2.6/3", "OK members=3")?;
        peer.send("BYE");
        peer.until("4.14/1", "BYE bye <rest>")?;
        beside.expect("2.6/3", &format!("LEFT {room} {spelled}"))?;
        plain.expect("2.6/3", &format!("{spelled} has left the chat!"))?;
    }
    // In plain mode a name is spelled in the name line.
    let name = stage.name("pErSoN");
    let mut person = stage.connect_plain("person")?;
    person.send(&format!(" {name} "));
    person.expect("10.1/5", "You are connected to the Server!")?;
    person.expect("2.6/3", &format!("{name} joined the chat!")).map(drop)
}
