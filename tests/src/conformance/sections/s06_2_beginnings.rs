//! 6.2 Where a membership begins, and 6.3 Replay.

use std::time::Duration;

use super::covered::Covered;
use super::filling;
use crate::conformance::{Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "6.2",
    checks: &[
        check!(each_join_begins_where_the_table_says: "6.2/1", "6.2/2", "6.3/1", "6.3/2", "6.3/3", "6.3/4").peers(2),
        check!(a_join_of_a_room_without_messages_begins_at_one: "6.2/1").peers(2),
        check!(who_joins_while_others_speak_misses_nothing: "6.2/2", "6.3/1").peers(2),
        check!(what_is_not_kept_has_expired: "6.2/1", "6.3/1", "6.3/3", "6.3/4")
            .peers(2)
            .waits(|terms| filling::time(terms, filling::past_the_log(terms))),
    ],
    unseen: &[],
};

pub(super) const REPLAY: Section = Section {
    number: "6.3",
    checks: &[],
    unseen: &[unseen!("what expires during a replay is up to the clock and the bounds of a server" => "6.3/5")],
};

/// Joins a room that the peer is not in, reads the replay, up to its own `JOINED`, and leaves.
/// The `OK`, and the lines of the replay.
fn join_with(stage: &Stage<'_>, peer: &mut Peer, room: &str, attributes: &str) -> Outcome<(String, Vec<String>)> {
    peer.send_paced(&format!("JOIN {room}{attributes}"));
    let ok = peer.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> <members>")?;
    let (replay, _) = peer.until("5.5/2", &format!("JOINED {room} {}", peer.name))?;
    let mut covered = Covered::from(room, ok.number("next")?);
    for line in &replay {
        let is_numbered = covered.take(stage, "6.2/2", line)?;
        stage.hold("6.3/1", is_numbered, "MSG or GAP", line)?;
    }
    stage.same("6.3/1", &(ok.number("newest")? + 1), &covered.due)?;
    peer.send_paced(&format!("LEAVE {room}"));
    peer.expect("4.6/1", "OK")?;
    Ok((ok.line, replay))
}

fn each_join_begins_where_the_table_says(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut host = stage.framed("host")?;
    let epoch = stage.join(&mut host, &room)?.get("epoch").to_owned();
    let mut all = Vec::new();
    for seq in 1..=5 {
        host.send(&format!("SAY {room} id=i{seq} :text {seq}"));
        let [_, msg] =
            host.expect_unordered("4.7/1", [&format!("OK seq={seq}"), &format!("MSG {room} {seq} <rest>")])?;
        all.push(msg.line);
    }
    let other = if epoch == "other" { "another" } else { "other" };
    let mut peer = stage.framed("peer")?;
    // What JOIN has; next; the first number that is replayed; whether it resets.
    for (attributes, next, first, resets) in [
        (String::new(), 6, 6, false),
        (" last=0".to_owned(), 6, 6, false),
        (" last=1".to_owned(), 5, 5, false),
        (" last=3".to_owned(), 3, 3, false),
        (" last=5".to_owned(), 1, 1, false),
        (" last=9007199254740991".to_owned(), 1, 1, false),
        (format!(" after={epoch}:0"), 1, 1, false),
        (format!(" after={epoch}:3"), 4, 4, false),
        (format!(" after={epoch}:5"), 6, 6, false),
        (format!(" after={epoch}:0 last=0"), 1, 6, false),
        (format!(" after={epoch}:0 last=2"), 1, 4, false),
        (format!(" last=1 after={epoch}:2"), 3, 5, false),
        (format!(" after={epoch}:3 last=99"), 4, 4, false),
        (format!(" after={epoch}:5 last=2"), 6, 6, false),
        (format!(" after={epoch}:6"), 6, 6, true),
        (format!(" after={epoch}:9007199254740991"), 6, 6, true),
        (format!(" after={epoch}:6 last=2"), 4, 4, true),
        (format!(" after={other}:0"), 6, 6, true),
        (format!(" after={other}:3 last=2"), 4, 4, true),
        (format!(" after={other}:3 last=0"), 6, 6, true),
    ] {
        let (ok, replay) = join_with(stage, &mut peer, &room, &attributes)?;
        let reset = if resets { " reset=yes" } else { "" };
        stage.same("6.2/1", &format!("OK epoch={epoch} next={next} newest=5 members=2{reset}"), &ok)?;
        let (gaps, messages): (Vec<String>, Vec<String>) =
            replay.into_iter().partition(|line| line.starts_with("GAP "));
        // What last= asks for, and not more, as it was said.
        stage.same("6.3/2", &all[first - 1..].join("\n"), &messages.join("\n"))?;
        let leading = (next < first).then(|| format!("GAP {room} {next} {}", first - 1));
        let named = gaps.iter().map(|gap| gap.rsplit_once(' ').map_or(gap.as_str(), |(numbers, _)| numbers));
        stage.same("6.3/3", &leading.unwrap_or_default(), &named.collect::<Vec<_>>().join(", "))?;
        let reasons = gaps.iter().all(|gap| gap.ends_with(" slow"));
        stage.hold("6.3/4", reasons, "slow, as these numbers are kept", gaps.join(", "))?;
    }
    Ok(())
}

fn a_join_of_a_room_without_messages_begins_at_one(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut host = stage.framed("host")?;
    let epoch = stage.join(&mut host, &room)?.get("epoch").to_owned();
    let mut peer = stage.framed("peer")?;
    for (attributes, reset) in [
        (String::new(), ""),
        (" last=5".to_owned(), ""),
        (format!(" after={epoch}:0"), ""),
        (format!(" after={epoch}:0 last=5"), ""),
        (format!(" after={epoch}:1"), " reset=yes"),
    ] {
        let (ok, _) = join_with(stage, &mut peer, &room, &attributes)?;
        stage.same("6.2/1", &format!("OK epoch={epoch} next=1 newest=0 members=2{reset}"), &ok)?;
    }
    Ok(())
}

fn who_joins_while_others_speak_misses_nothing(stage: &mut Stage<'_>) -> Outcome {
    const ALL: u64 = 60;
    let room = stage.room("room");
    let mut speaker = stage.member("speaker", &room)?;
    let mut peer = stage.framed("peer")?;
    // What was said before is replayed, and what is said after comes live; nothing is between them.
    for seq in 1..=ALL {
        speaker.send(&format!("SAY {room} :{seq}"));
        if seq % 20 == 7 {
            peer.send(&format!("JOIN {room} last=5"));
            let ok = peer.expect("4.5/3", "OK epoch=<epoch> next=<next> newest=<newest> members=2")?;
            let mut covered = Covered::from(&room, ok.number("next")?);
            let own = format!("JOINED {room} {}", peer.name);
            loop {
                let line = peer.line("6.3/1", "the replay, and the own JOINED")?;
                if line == own {
                    break;
                }
                let is_numbered = covered.take(stage, "6.2/2", &line)?;
                stage.hold("6.3/1", is_numbered, "MSG, GAP or the own JOINED", line)?;
            }
            stage.same("6.3/1", &(ok.number("newest")? + 1), &covered.due)?;
            speaker.send(&format!("SAY {room} :live"));
            while covered.due <= ok.number("newest")? + 1 {
                let line = peer.line("6.2/2", "a live message")?;
                covered.take(stage, "6.2/2", &line)?;
            }
            peer.send(&format!("LEAVE {room}"));
            loop {
                let line = peer.line("6.2/2", "live messages, or the OK of LEAVE")?;
                if line == "OK" {
                    break;
                }
                covered.take(stage, "6.2/2", &line)?;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ok(())
}

/// The log of the room is filled, so that the first messages are dropped.
fn what_is_not_kept_has_expired(stage: &mut Stage<'_>) -> Outcome {
    let log = stage.need(stage.terms.profile.room_log, "--room-log")?;
    if stage.terms.profile.durable {
        return stage.skip("the rooms keep a durable history");
    }
    let room = stage.room("room");
    let mut host = stage.framed("host")?;
    let epoch = stage.join(&mut host, &room)?.get("epoch").to_owned();
    let mut said = Covered::from(&room, 1);
    filling::say(stage, &mut host, &mut said, 2 * log)?;
    let newest = said.due - 1;
    let oldest = filling::oldest(stage, &mut host, &room, newest)?;
    stage.hold("6.3/3", oldest > 1, format!("number 1 to be dropped from a log of {log} octets"), oldest)?;
    let mut peer = stage.framed("peer")?;
    let expired = format!("GAP {room} 1 {} expired", oldest - 1);
    let mixed = format!("GAP {room} 1 {oldest} slow");
    let none = String::new();
    for (attributes, next, gap) in [
        (format!(" after={epoch}:0"), 1, &expired),
        (format!(" after={epoch}:0 last={newest}"), 1, &expired),
        (format!(" after={epoch}:0 last={}", newest - oldest), 1, &mixed),
        (format!(" after={epoch}:{}", oldest - 1), oldest, &none),
        (format!(" last={newest}"), oldest, &none),
    ] {
        let (ok, replay) = join_with(stage, &mut peer, &room, &attributes)?;
        stage.same("6.2/1", &format!("OK epoch={epoch} next={next} newest={newest} members=2"), &ok)?;
        let gaps: Vec<String> = replay.into_iter().filter(|line| line.starts_with("GAP ")).collect();
        // A log that is large and a reader that is slow could make further ones.
        let leading = gaps.first().cloned().unwrap_or_default();
        let numbers = |gap: &str| gap.rsplit_once(' ').map_or(String::new(), |(numbers, _)| numbers.to_owned());
        stage.same("6.3/3", &numbers(gap), &numbers(&leading))?;
        stage.same("6.3/4", gap, &leading)?;
    }
    Ok(())
}
