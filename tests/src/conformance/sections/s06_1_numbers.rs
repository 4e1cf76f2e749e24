//! 6.1 Numbers and epochs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::PERMISSION;
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "6.1",
    checks: &[
        check!(the_messages_of_a_room_are_numbered_from_one: "6.1/1", "6.1/2", "6.1/3").peers(3),
        check!(what_is_refused_takes_no_number: "6.1/2").peers(1),
        check!(an_epoch_stays_while_there_are_members: "6.1/6").peers(2),
        check!(an_empty_room_goes_on: "6.1/8").peers(2),
        check!(an_empty_room_is_remembered: "6.1/8").peers(2).waits(Terms::empty_room),
        check!(a_forgotten_room_begins_again: "6.1/4", "6.1/5", "6.1/7")
            .peers(1)
            .waits(|terms| terms.empty_room() + MORE),
        check!(a_room_is_there_while_its_history_is: "6.1/11").peers(2).waits(longer_than_a_room_without_history),
    ],
    unseen: &[
        unseen!("how many random bits an epoch has, and whether those used are stored, does not show" => "6.1/9"),
        unseen!(PERMISSION => "6.1/10"),
    ],
};

/// How much longer an empty room may be remembered.
const MORE: Duration = Duration::from_secs(60);

/// By then a room of a short time would be forgotten; of a long one it is all that is allowed.
fn longer_than_a_room_without_history(terms: &Terms) -> Duration {
    terms.empty_room() + terms.empty_room().min(MORE)
}

fn the_messages_of_a_room_are_numbered_from_one(stage: &mut Stage<'_>) -> Outcome {
    const EACH: u64 = 20;
    let room = stage.room("room");
    let mut listener = stage.member("listener", &room)?;
    let mut speakers = [stage.framed("one")?, stage.framed("two")?];
    for speaker in &mut speakers {
        speaker.send(&format!("JOIN {room}"));
    }
    // They speak at the same time.
    for count in 0..EACH {
        speakers.iter_mut().for_each(|speaker| speaker.send(&format!("SAY {room} :{count}")));
    }
    let mut given = BTreeSet::new();
    for speaker in &mut speakers {
        speaker.until("4.5/3", "OK epoch=<epoch> <rest>")?;
        for _ in 0..EACH {
            let (_, ok) = speaker.until("4.7/1", "OK seq=<seq>")?;
            let seq = ok.number("seq")?;
            stage.hold("6.1/3", given.insert(seq), "a number that no other message has", ok.line)?;
        }
    }
    let mut due = 1;
    while due <= 2 * EACH {
        let (_, msg) = listener.until("6.1/2", &format!("MSG {room} <seq> <rest>"))?;
        stage.same(if due == 1 { "6.1/1" } else { "6.1/2" }, &due, &msg.number("seq")?)?;
        due += 1;
    }
    stage.hold(
        "6.1/2",
        given.iter().copied().eq(1..due),
        format!("the numbers from 1 to {}", due - 1),
        format!("{given:?}"),
    )
}

fn what_is_refused_takes_no_number(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    for seq in 1..=3 {
        peer.send(&format!("SAY {room} id=i{seq} :{seq}"));
        peer.expect_unordered("6.1/2", [&format!("OK seq={seq}"), &format!("MSG {room} {seq} <rest>")])?;
        let other = stage.room("other");
        for refused in [format!("SAY {room} id=i{seq} :other"), format!("SAY {room} :\u{1}"), format!("SAY {other} :x")]
        {
            peer.send(&refused);
            peer.expect("6.1/2", "ERR <rest>")?;
        }
        // A repetition is no further message.
        peer.send(&format!("SAY {room} id=i{seq} :{seq}"));
        peer.expect("6.1/2", &format!("OK seq={seq} repeat=yes"))?;
    }
    Ok(())
}

fn an_epoch_stays_while_there_are_members(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut first = stage.framed("first")?;
    let epoch = stage.join(&mut first, &room)?.get("epoch").to_owned();
    let mut second = stage.framed("second")?;
    for seq in 1..=2 {
        // One of them is always there, and not always the same one.
        let ok = stage.join(&mut second, &room)?;
        stage.same("6.1/6", &epoch.as_str(), &ok.get("epoch"))?;
        first.send(&format!("LEAVE {room}"));
        first.until("4.6/1", "OK")?;
        second.send(&format!("SAY {room} :{seq}"));
        second.until("4.7/1", &format!("OK seq={seq}"))?;
        let ok = stage.join(&mut first, &room)?;
        stage.same("6.1/6", &epoch.as_str(), &ok.get("epoch"))?;
        second.send(&format!("LEAVE {room}"));
        second.until("4.6/1", "OK")?;
        first.send(&format!("HISTORY {room} 1 1"));
        let (_, ok) = first.until("4.11/6", "OK epoch=<epoch> count=1 next=2")?;
        stage.same("6.1/6", &epoch.as_str(), &ok.get("epoch"))?;
    }
    Ok(())
}

/// A member of a room who says a word and leaves it, empty. Its epoch.
fn say_and_leave(stage: &Stage<'_>, peer: &mut Peer, room: &str) -> Outcome<String> {
    let epoch = stage.join(peer, room)?.get("epoch").to_owned();
    peer.send(&format!("SAY {room} :one\nLEAVE {room}"));
    peer.until("4.7/1", "OK seq=1")?;
    peer.until("4.6/1", "OK")?;
    Ok(epoch)
}

fn an_empty_room_goes_on(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let begin = Instant::now();
    let epoch = say_and_leave(stage, &mut peer, &room)?;
    let mut later = stage.framed("later")?;
    later.send(&format!("JOIN {room}"));
    let ok = later.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=1")?;
    if begin.elapsed() >= stage.terms.empty_room() {
        return stage.skip("it took longer than an empty room is remembered");
    }
    stage.same("6.1/8", &format!("OK epoch={epoch} next=2 newest=1 members=1"), &ok.line)
}

fn an_empty_room_is_remembered(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let mut watcher = stage.framed("watcher")?;
    let begin = Instant::now();
    say_and_leave(stage, &mut peer, &room)?;
    stage.wait(stage.terms.empty_room().mul_f32(0.75), &mut [&mut watcher]);
    watcher.send(&format!("WHO {room}"));
    let line = watcher.line("6.1/8", "an answer to WHO")?;
    if begin.elapsed() >= stage.terms.empty_room() {
        return stage.skip("it took longer than an empty room is remembered");
    }
    stage.same("6.1/8", &"OK members=0", &line.as_str())
}

fn a_forgotten_room_begins_again(stage: &mut Stage<'_>) -> Outcome {
    if stage.terms.profile.durable {
        return stage.skip("the rooms keep a durable history");
    }
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let epoch = say_and_leave(stage, &mut peer, &room)?;
    stage.wait(stage.terms.empty_room(), &mut [&mut peer]);
    let deadline = Instant::now() + MORE;
    loop {
        peer.send_paced(&format!("WHO {room}"));
        let line = peer.line("6.1/7", "an answer to WHO")?;
        if line.starts_with("ERR no-such-room ") {
            break;
        }
        let in_time = Instant::now() < deadline;
        stage.hold("6.1/7", in_time, "the room to be forgotten, as it has no durable history", line)?;
        stage.wait(Duration::from_millis(100), &mut [&mut peer]);
    }
    let ok = stage.join(&mut peer, &room)?;
    stage.same("6.1/4", &"0 1", &format!("{} {}", ok.get("newest"), ok.get("next")).as_str())?;
    stage.hold("6.1/4", ok.get("epoch") != epoch, "another epoch than before", &ok.line)?;
    stage.hold("6.1/5", ok.get("epoch") != epoch, "an epoch that the room did not have", ok.line)
}

fn a_room_is_there_while_its_history_is(stage: &mut Stage<'_>) -> Outcome {
    if !stage.terms.profile.durable {
        return stage.skip("the profile does not say that the rooms keep a durable history");
    }
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let mut watcher = stage.framed("watcher")?;
    let epoch = say_and_leave(stage, &mut peer, &room)?;
    stage.wait(longer_than_a_room_without_history(stage.terms), &mut [&mut peer, &mut watcher]);
    watcher.send(&format!("WHO {room}"));
    watcher.expect("6.1/11", "OK members=0")?;
    let before = &room[..room.len() - 1];
    watcher.send(&format!("ROOMS after={before}"));
    let line = watcher.line("6.1/11", "the room in the answer to ROOMS")?;
    stage.same("6.1/11", &format!("ROOM {room} members=0 newest=1").as_str(), &line.as_str())?;
    let ok = stage.join(&mut peer, &room)?;
    stage.same("6.1/11", &format!("OK epoch={epoch} next=2 newest=1 members=1"), &ok.line)
}
