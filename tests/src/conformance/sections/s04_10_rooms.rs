//! 4.10 ROOMS.

use super::answers::{answers, ask};
use crate::conformance::{Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.10",
    checks: &[
        check!(rooms_are_listed_in_the_order_of_their_names: "4.10/1", "4.10/2", "4.10/4", "4.10/5").peers(2),
        check!(a_page_of_rooms_has_at_most_1_000: "4.10/3", "4.10/5").peers(2).alone(),
    ],
    unseen: &[],
};

/// The rooms of an answer and its final line, whose count is looked at.
fn lists(stage: &Stage<'_>, peer: &mut Peer, after: &str) -> Outcome<(Vec<String>, bool)> {
    let mut answer = ask(peer, "4.1/1", &format!("ROOMS after={after}"))?;
    let last = answer.pop().unwrap_or_default();
    let (ok, more) = last.strip_suffix(" more=yes").map_or((last.as_str(), false), |ok| (ok, true));
    stage.same("4.10/4", &format!("OK count={}", answer.len()), &ok.to_owned())?;
    stage.hold("4.10/3", answer.len() <= 1_000, "at most 1,000 rooms", answer.len())?;
    let names: Vec<_> = answer.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    let rise = names.is_sorted_by(|one, next| one < next) && names.iter().all(|&name| name > after);
    stage.hold("4.10/1", rise, format!("names in their order, after {after}"), names.join(" "))?;
    stage.hold("4.10/5", !more || !answer.is_empty(), "more rooms after one that is listed", &last)?;
    Ok((answer, more))
}

fn rooms_are_listed_in_the_order_of_their_names(stage: &mut Stage<'_>) -> Outcome {
    let mut asker = stage.framed("asker")?;
    let mut peer = stage.framed("peer")?;
    // At the end of the order, where few others have rooms: a hyphen, a full stop, a digit, an underscore, a letter.
    let rooms = ["zzzzzz-", "zzzzzz.", "zzzzzz1", "zzzzzz_", "zzzzzza"].map(|label| stage.room(label));
    for room in rooms.iter().rev() {
        stage.join(&mut peer, room)?;
    }
    peer.send(&format!("SAY {} :one\nSAY {} :two\nLEAVE {}\nLEAVE {}", rooms[1], rooms[1], rooms[2], rooms[1]));
    answers(&mut peer, "4.1/1", 4)?;
    let counts = ["members=1 newest=0", "members=0 newest=2", "members=0 newest=0", "members=1 newest=0"];
    let counts = counts.iter().chain(["members=1 newest=0"].iter());
    let lines: Vec<_> = rooms.iter().zip(counts).map(|(room, counts)| format!("ROOM {room} {counts}")).collect();
    let own = |listed: &[String]| {
        let is_own = |line: &&String| rooms.iter().any(|room| line.starts_with(&format!("ROOM {room} ")));
        listed.iter().filter(is_own).cloned().collect::<Vec<_>>().join(", ")
    };
    let (listed, _) = lists(stage, &mut asker, "#zzzzzz")?;
    stage.same("4.10/1", &lines.join(", "), &own(&listed))?;
    for (index, room) in rooms.iter().enumerate() {
        // One that exists; and those that do not, directly before and after it.
        let before = &room[..room.len() - 1];
        for (after, from) in [(room.clone(), index + 1), (before.to_owned(), index), (format!("{room}-"), index + 1)] {
            let (listed, _) = lists(stage, &mut asker, &after)?;
            stage.same("4.10/2", &lines[from..].join(", "), &own(&listed))?;
        }
    }
    // After the last one nothing follows, and nothing says so.
    let last = format!("#{}", "z".repeat(64));
    let (listed, more) = lists(stage, &mut asker, &last)?;
    stage.hold("4.10/5", listed.is_empty() && !more, "no room and no more", listed.join(", "))
}

fn a_page_of_rooms_has_at_most_1_000(stage: &mut Stage<'_>) -> Outcome {
    // More than a page has. Of several persons, as each can be in few.
    const ROOMS: u64 = 1_003;
    let most = stage.need(stage.terms.profile.rooms, "--rooms")?;
    let each = stage.need(stage.terms.profile.rooms_of_connection, "--rooms-of-connection")?.min(60);
    if most < 3 * ROOMS {
        return stage.skip("the server holds too few rooms to spare a page of them");
    }
    let mut asker = stage.framed("asker")?;
    let name = |number| stage.room(&format!("zzzzy-{number:0>4}"));
    for first in (0..ROOMS).step_by(usize::try_from(each).unwrap_or(1)) {
        let mut peer = stage.framed(&format!("peer-{first}"))?;
        let numbers = first..ROOMS.min(first + each);
        let count = numbers.clone().count();
        let joins: String = numbers.map(|number| format!("JOIN {}\n", name(number))).collect();
        peer.send_octets(joins.as_bytes());
        answers(&mut peer, "4.5/1", count)?;
        peer.send("BYE");
        peer.lines_to_the_end("9.1/2")?;
    }
    let (mut own, mut after) = (0, "#zzzzy".to_owned());
    loop {
        let (listed, more) = lists(stage, &mut asker, &after)?;
        own += listed.iter().filter(|line| (0..ROOMS).any(|number| line.contains(&name(number)))).count() as u64;
        let follows = own < ROOMS;
        stage.hold("4.10/5", more || !follows, "more=yes as long as rooms follow", format!("{own} of {ROOMS}"))?;
        match listed.last().and_then(|line| line.split(' ').nth(1)) {
            Some(last) if follows => after = last.to_owned(),
            _ => break,
        }
    }
    stage.same("4.10/1", &ROOMS, &own)
}
