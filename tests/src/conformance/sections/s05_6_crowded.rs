//! 5.6 MEMBERS.

use std::time::{Duration, Instant};

use super::CLIENT;
use super::answers::{answers, ask, fill, verb};
use super::stopped::Stopped;
use crate::conformance::{Found, Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "5.6",
    checks: &[
        check!(a_crowded_room_tells_numbers_in_place_of_names: "5.6/1", "5.6/2").waits(|_| LATEST).peers(PEERS),
        check!(the_numbers_of_a_crowded_room_come_once_a_second: "5.6/3").waits(|_| 2 * LATEST).peers(PEERS),
        check!(who_missed_presence_is_told_the_number_of_members: "5.6/4").peers(5),
    ],
    unseen: &[unseen!(CLIENT => "5.6/5")],
};

/// How many connections a check has for a crowd.
const PEERS: usize = 40;

/// The greatest presence limit that such a crowd exceeds.
const GREATEST: u64 = PEERS as u64 - 4;

/// How late a `MEMBERS` may be.
const LATEST: Duration = Duration::from_secs(2);

/// How soon after another it may be sent.
const SOONEST: Duration = Duration::from_secs(1);

/// How many persons are in a room of which one more makes it crowded.
fn limit(stage: &Stage<'_>) -> Outcome<usize> {
    match stage.terms.announced.presence {
        0 => stage.skip("every room is crowded, so none becomes so"),
        limit if limit > GREATEST => stage.skip(&format!("the announced presence limit is above {GREATEST} members")),
        limit => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
    }
}

/// A watcher, and so many members besides that the room is as full as it can be without being crowded.
fn full(stage: &Stage<'_>, room: &str) -> Outcome<(Peer, Vec<Peer>)> {
    let limit = limit(stage)?;
    let mut watcher = stage.member("watcher", room)?;
    let mut members = Vec::new();
    for number in 1..limit {
        members.push(stage.member(&format!("member-{number}"), room)?);
        watcher.expect("5.5/1", &format!("JOINED {room} <name>"))?;
    }
    Ok((watcher, members))
}

/// The next `MEMBERS` with counts, in time. No presence may come before it.
fn members(stage: &Stage<'_>, watcher: &mut Peer, room: &str) -> Outcome<Found> {
    let within = LATEST + stage.terms.patience;
    let found = watcher.expect_within("5.6/2", "<all>", within)?.0;
    let is_presence = ["JOINED", "LEFT"].contains(&verb(&found.line));
    stage.hold("5.6/1", !is_presence, "no presence in a crowded room", &found.line)?;
    let mut captures = crate::Captures::default();
    let pattern = format!("MEMBERS {room} total=<total> joined=<joined> left=<left>");
    stage.hold("5.6/2", captures.fit(&pattern, &found.line), pattern, &found.line)?;
    Ok(found)
}

/// Reads `MEMBERS` until one has a total. The changes that they counted.
fn until_total(stage: &Stage<'_>, watcher: &mut Peer, room: &str, total: usize) -> Outcome<(u64, u64)> {
    let (mut joined, mut left) = (0, 0);
    loop {
        let line = members(stage, watcher, room)?.line;
        let number = |key: &str| line.split(key).nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
        joined += number(" joined=").unwrap_or_default();
        left += number(" left=").unwrap_or_default();
        if number(" total=") == Some(total as u64) {
            return Ok((joined, left));
        }
    }
}

fn a_crowded_room_tells_numbers_in_place_of_names(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let limit = limit(stage)?;
    let (mut watcher, mut people) = full(stage, &room)?;
    for number in 0..2 {
        let mut peer = stage.framed(&format!("further-{number}"))?;
        peer.send(&format!("JOIN {room}"));
        answers(&mut peer, "4.5/3", 1)?;
        people.push(peer);
    }
    let changes = until_total(stage, &mut watcher, &room, limit + 2)?;
    stage.hold("5.6/2", changes == (2, 0), "joined=2 left=0 in all", format!("{changes:?}"))?;
    // Below three quarters it ends, with a last MEMBERS.
    let rest = (3 * limit).div_ceil(4).saturating_sub(1).max(1);
    while people.len() + 1 > rest {
        let mut peer = people.pop().expect("there are more than the rest");
        peer.send(&format!("LEAVE {room}\nBYE"));
        peer.lines_to_the_end("9.1/2")?;
    }
    let changes = until_total(stage, &mut watcher, &room, rest)?;
    let left = (limit + 2 - rest) as u64;
    stage.hold("5.6/2", changes == (0, left), format!("joined=0 left={left} in all"), format!("{changes:?}"))?;
    if rest < limit {
        let mut peer = stage.framed("after")?;
        peer.send(&format!("JOIN {room}"));
        answers(&mut peer, "4.5/3", 1)?;
        watcher.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    }
    Ok(())
}

fn the_numbers_of_a_crowded_room_come_once_a_second(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let (mut watcher, _people) = full(stage, &room)?;
    let mut further = stage.framed("further")?;
    let mut restless = stage.framed("restless")?;
    further.send(&format!("JOIN {room}"));
    answers(&mut further, "4.5/3", 1)?;
    members(stage, &mut watcher, &room)?;
    let begin = Instant::now();
    // Somebody comes and goes all the time; three more of them show whether they come too often.
    for _ in 0..3 {
        for _ in 0..10 {
            restless.send_paced(&format!("JOIN {room}"));
            restless.send_paced(&format!("LEAVE {room}"));
        }
        answers(&mut restless, "4.1/1", 20)?;
        members(stage, &mut watcher, &room)?;
    }
    // When each was sent is not known, as each may have been on its way for a while. But none of the three was sent before
    // they were waited for, nor after they were read.
    let since = begin.elapsed();
    let got = humantime::format_duration(since);
    stage.hold("5.6/3", since >= 2 * SOONEST, "two seconds at least for three MEMBERS", got)
}

fn who_missed_presence_is_told_the_number_of_members(stage: &mut Stage<'_>) -> Outcome {
    let log = stage.need(stage.terms.profile.room_log, "--room-log")?;
    let text = usize::try_from(stage.terms.announced.text).unwrap_or(4_096).min(65_536);
    let messages = usize::try_from(log).unwrap_or(usize::MAX) / text * 3 / 2 + 4;
    if messages > 90 {
        return stage.skip("its rooms keep so much that the check cannot make a reader miss it");
    }
    let room = stage.room("room");
    let mut slow = Stopped::reader(stage, "slow", |peer| {
        ask(peer, "4.5/3", &format!("JOIN {room}"))?;
        peer.until("5.5/1", &format!("JOINED {room} {}", peer.name)).map(drop)
    })?;
    let mut other = stage.framed("other")?;
    other.send(&format!("JOIN {room}"));
    answers(&mut other, "4.5/3", 1)?;
    // Speakers come and go too, and all of this is more than the room keeps.
    fill(stage, &room, messages, text)?;
    slow.read_on()?;
    let (_, gap) = slow.peer.until("6.4/1", &format!("GAP {room} <first> <last> slow"))?;
    let is_range = gap.number("first")? <= gap.number("last")?;
    stage.hold("5.7/1", is_range, "FIRST at most LAST", &gap.line)?;
    slow.peer.expect("5.6/4", &format!("MEMBERS {room} total=<total>")).map(drop)
}
