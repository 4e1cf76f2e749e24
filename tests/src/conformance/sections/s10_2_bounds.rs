//! 10.2 What a person types: answers that are long.

use super::crowd;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.2",
    checks: &[
        check!(who_of_many_is_several_lines: "10.2/15").peers(crowd::MOST),
        check!(rooms_of_many_are_cut_short: "10.2/16", "10.2/17").peers(crowd::MOST).alone(),
    ],
    unseen: &[],
};

/// The longest line of an answer, in octets.
const LONGEST: usize = 4_096;

/// The most rooms in an answer.
const ROOMS: u64 = 1_000;

/// The most letters of a label.
const LABEL: usize = 23;

fn who_of_many_is_several_lines(stage: &mut Stage<'_>) -> Outcome {
    /// So many of the longest names do not fit in a line.
    const PERSONS: usize = 150;
    if stage.terms.profile.connections.is_some_and(|limit| limit <= PERSONS as u64) {
        return stage.skip(&format!("the server takes fewer than {PERSONS} connections"));
    }
    let room = stage.room("room");
    let mut people = Vec::new();
    for number in 0..PERSONS {
        let mut peer = stage.framed(&format!("{number:03}{}", "x".repeat(LABEL - 3)))?;
        peer.send(&format!("JOIN {room}"));
        peer.expect("4.5/3", "OK epoch=<epoch> <rest>")?;
        people.push(peer);
    }
    let mut plain = stage.plain("z")?;
    plain.send(&format!("/join {room}"));
    plain.until("10.2/13", &format!("* You are in {room}, {} members", PERSONS + 1))?;
    plain.send("/who");
    let head = format!("* {} members in {room}: ", PERSONS + 1);
    let mut listed = Vec::new();
    while listed.len() <= PERSONS {
        let (_, line) = plain.until("10.2/15", &format!("{head}<names>"))?;
        stage.hold("10.2/15", line.line.len() <= LONGEST, format!("at most {LONGEST} octets"), line.line.len())?;
        listed.extend(line.get("names").split(' ').map(str::to_owned));
    }
    let names = people.iter().map(|peer| &peer.name).chain([&plain.name]);
    let names = names.cloned().collect::<Vec<_>>().join(" ");
    stage.same("10.2/15", &names, &listed.join(" "))?;
    plain.expect_nothing("10.2/15")
}

/// It makes so many rooms that an answer does not hold them. They are remembered for a while.
fn rooms_of_many_are_cut_short(stage: &mut Stage<'_>) -> Outcome {
    let profile = &stage.terms.profile;
    let each = stage.need(profile.rooms_of_connection, "--rooms-of-connection")?;
    let all = stage.need(profile.rooms, "--rooms")?;
    if all < 2 * ROOMS || each.saturating_mul(crowd::MOST as u64 / 2) <= ROOMS {
        return stage.skip("it holds too few rooms, in all or for a connection");
    }
    let mut people = Vec::new();
    for number in 0..=ROOMS {
        if number % each == 0 {
            people.push(stage.framed(&format!("maker{number}"))?);
        }
        if let Some(peer) = people.last_mut() {
            let room = stage.room(&format!("{number:04}"));
            peer.send_paced(&format!("JOIN {room}"));
            peer.until("4.5/3", "OK epoch=<epoch> <rest>")?;
        }
    }
    let mut plain = stage.plain_member("plain", &stage.room("room"))?;
    plain.send("/rooms");
    let (rooms, _) = plain.until("10.2/17", "* and more")?;
    stage.same("10.2/16", &ROOMS, &(rooms.len() as u64))?;
    plain.expect_nothing("10.2/17")?;
    // As ROOMS has them.
    let mut framed = stage.framed("framed")?;
    framed.send("ROOMS");
    let (framed_rooms, _) = framed.until("4.10/5", "OK count=<count> more=yes")?;
    let first = framed_rooms.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let is_first = rooms.first().is_some_and(|line| line.starts_with(&format!("* {first}, ")));
    stage.hold("10.2/16", is_first, format!("{first} first, as in ROOMS"), rooms.first().cloned().unwrap_or_default())
}
