//! 4.4 HELLO.

use super::CLIENT;
use super::answers::is_refused;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.4",
    checks: &[
        check!(welcome_names_the_person_as_it_spelled_itself: "4.4/1").peers(2),
        check!(each_welcome_has_its_limits: "4.4/2").peers(3),
        check!(a_second_hello_is_refused: "4.4/3").peers(2),
    ],
    unseen: &[unseen!(CLIENT => "4.4/4", "4.4/5")],
};

fn welcome_names_the_person_as_it_spelled_itself(stage: &mut Stage<'_>) -> Outcome {
    let name = stage.name("MiXeD");
    let mut peer = stage.connect("peer")?;
    peer.send(&format!("HELLO 1 {name}"));
    peer.expect("4.4/1", &format!("WELCOME {name} <limits>"))?;
    // The refusals are in their order: what is reserved is refused before it is looked up.
    let mut other = stage.connect("other")?;
    is_refused(stage, &mut other, "2.7/2", "HELLO 1 ROOT token=x", "bad-name")?;
    is_refused(stage, &mut other, "3.4/6", &format!("HELLO 1 {}", name.to_lowercase()), "name-taken")?;
    let free = stage.name("FREE");
    other.send(&format!("HELLO 1 {free} token=unknown more=x"));
    other.expect("4.4/1", &format!("WELCOME {free} <limits>")).map(drop)
}

fn each_welcome_has_its_limits(stage: &mut Stage<'_>) -> Outcome {
    for label in ["one", "two", "three"] {
        let (_peer, welcome) = stage.framed_with_welcome(label)?;
        let header = welcome.get("limits").split(" :").next().unwrap_or_default();
        let number = |key: &str| {
            let mut values = header.split(' ').filter_map(|field| field.strip_prefix(key)?.strip_prefix('='));
            values.next().and_then(|value| value.parse::<u64>().ok())
        };
        for (key, least, most) in [("ping", 1, 3_600), ("text", 4_096, 65_536), ("presence", 0, u64::MAX)] {
            let is_there = number(key).is_some_and(|number| (least..=most).contains(&number));
            stage.hold("4.4/2", is_there, format!("{key} in its range"), &welcome.line)?;
        }
    }
    Ok(())
}

fn a_second_hello_is_refused(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    for name in [peer.name.clone(), stage.name("other")] {
        is_refused(stage, &mut peer, "4.4/3", &format!("HELLO 1 {name}"), "bad-arguments")?;
    }
    // It has its name still, and not the other one.
    peer.send(&format!("WHO {room}"));
    peer.expect_all("4.4/3", &[&format!("NAMES {room} {}", peer.name), "OK members=1"])?;
    let mut other = stage.connect("other")?;
    stage.welcome(&mut other).map(drop)
}
