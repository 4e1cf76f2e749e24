//! 5.1 Rules for all events.

use super::answers::{answers, ask, verb};
use super::stopped::Stopped;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "5.1",
    checks: &[
        check!(nothing_happens_before_welcome: "5.1/1").peers(3),
        check!(all_members_receive_the_same_in_the_same_order: "5.1/2", "5.1/3").peers(4),
        check!(a_slow_reader_delays_nobody: "5.1/4").peers(4),
        check!(who_is_no_member_hears_nothing: "5.1/5").peers(4),
    ],
    unseen: &[],
};

fn nothing_happens_before_welcome(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut early = stage.connect("early")?;
    early.send(&format!("PING\nJOIN {room}"));
    early.expect_all("5.1/1", &["PONG", "ERR not-welcome <rest>"])?;
    alice.send(&format!("SAY {room} :x\nTELL {} :x", early.name));
    answers(&mut alice, "4.1/1", 2)?;
    early.expect_nothing("5.1/1")?;
    // Between HELLO and WELCOME nothing comes either.
    early.send(&format!("HELLO 1 {}\nJOIN {room}", early.name));
    early.expect("5.1/1", &format!("WELCOME {} <rest>", early.name)).map(drop)
}

fn all_members_receive_the_same_in_the_same_order(stage: &mut Stage<'_>) -> Outcome {
    const EACH: usize = 15;
    let room = stage.room("room");
    let mut members = [stage.member("one", &room)?, stage.member("two", &room)?, stage.member("three", &room)?];
    let mut guest = stage.framed("guest")?;
    // All speak at the same time, in both forms, with ids and without, while somebody comes and goes.
    for member in &mut members {
        let says = [format!("SAY {room} :line"), format!("SAY {room} id=i-{} {{3}}\na\nb", member.name)];
        let stream: String = (0..EACH).map(|number| format!("{}\n", says[usize::from(number == 5)])).collect();
        member.send_octets(stream.as_bytes());
        guest.send(&format!("JOIN {room}\nSAY {room} :{}\nLEAVE {room} :gone", "x".repeat(3_000)));
    }
    let all = members.len() * (EACH + 1);
    let mut received = Vec::new();
    for member in &mut members {
        let (mut events, mut left) = (Vec::new(), 0);
        let mut last = 0;
        while last < all || left < 3 {
            let line = member.line("5.1/3", "an event")?;
            let is_own = ["MSG", "JOINED", "LEFT"].contains(&verb(&line));
            if let Some(rest) = line.strip_prefix(&format!("MSG {room} ")) {
                last = rest.split(' ').next().and_then(|seq| seq.parse().ok()).unwrap_or_default();
            }
            left += usize::from(line.starts_with("LEFT "));
            if is_own {
                events.push(line);
            }
        }
        received.push(events);
    }
    // Before the last had joined, the first ones heard more.
    let joined = format!("JOINED {room} {}", members[2].name);
    let since = |events: &[String]| {
        let begin = events.iter().position(|line| *line == joined).unwrap_or_default();
        events[begin..].iter().filter(|line| **line != joined).cloned().collect::<Vec<_>>()
    };
    let whole: Vec<_> = received.iter().map(|events| since(events)).collect();
    for other in &whole[1..] {
        let (mut sorted, mut others) = (whole[0].clone(), other.clone());
        sorted.sort_unstable();
        others.sort_unstable();
        stage.same("5.1/2", &sorted.join("\n"), &others.join("\n"))?;
        stage.same("5.1/3", &whole[0].join("\n"), &other.join("\n"))?;
    }
    Ok(())
}

fn a_slow_reader_delays_nobody(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut slow = Stopped::reader(stage, "slow", |peer| {
        ask(peer, "4.5/3", &format!("JOIN {room}"))?;
        peer.until("5.5/1", &format!("JOINED {room} {}", peer.name)).map(drop)
    })?;
    let mut fast = stage.member("fast", &room)?;
    let mut speaker = stage.member("speaker", &room)?;
    fast.expect("5.1/4", &format!("JOINED {room} {}", speaker.name))?;
    for seq in 1..=10 {
        speaker.send(&format!("SAY {room} :number {seq}"));
        fast.expect("5.1/4", &format!("MSG {room} {seq} <at> {} :number {seq}", speaker.name))?;
    }
    // And the slow one receives them when it reads.
    slow.peer.until("4.7/2", &format!("MSG {room} 10 <rest>")).map(drop)
}

fn who_is_no_member_hears_nothing(stage: &mut Stage<'_>) -> Outcome {
    let (room, other) = (stage.room("room"), stage.room("other"));
    let mut never = stage.member("never", &other)?;
    let mut gone = stage.member("gone", &room)?;
    gone.send(&format!("LEAVE {room}"));
    gone.expect("4.6/1", "OK")?;
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    bob.send(&format!("SAY {room} :x\nSAY {room} {{3}}\na\nb\nLEAVE {room} :why\nJOIN {room} last=1"));
    answers(&mut bob, "4.1/1", 4)?;
    alice.until("5.5/3", &format!("LEFT {room} {} :why", bob.name))?;
    // Not by asking about the room either.
    never.send(&format!("WHO {room}\nSAY {room} :x"));
    answers(&mut never, "4.1/1", 2)?;
    never.expect_nothing("5.1/5")?;
    gone.expect_nothing("5.1/5")
}
