//! 6.4 Slow readers.

use super::covered::Covered;
use super::filling;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "6.4",
    checks: &[
        check!(who_is_passed_is_told_each_number: "6.2/2", "6.4/1", "6.4/2", "6.4/3", "6.4/4")
            .peers(2)
            .waits(|terms| filling::time(terms, filling::past_a_reader(terms))),
        check!(who_is_passed_in_plain_mode_is_told_how_many: "10.3/1")
            .peers(2)
            .waits(|terms| filling::time(terms, filling::past_a_reader(terms))),
    ],
    unseen: &[],
};

fn who_is_passed_is_told_each_number(stage: &mut Stage<'_>) -> Outcome {
    stage.need(stage.terms.profile.room_log, "--room-log")?;
    let room = stage.room("room");
    let mut slow = stage.connect_narrow("slow")?;
    slow.expect("3.1/1", "FANFARE/<versions> <words>")?;
    stage.welcome(&mut slow)?;
    stage.join(&mut slow, &room)?;
    let mut speaker = stage.member("speaker", &room)?;
    let mut said = Covered::from(&room, 1);
    for _ in 0..filling::past_a_reader(stage.terms).div_ceil(filling::TEXT) {
        filling::say(stage, &mut speaker, &mut said, filling::TEXT)?;
        // Who reads nothing is alive all the same.
        slow.send("");
    }
    let newest = said.due - 1;
    stage.same("4.7/2", &0, &said.missed)?;
    let oldest = filling::oldest(stage, &mut speaker, &room, newest)?;
    // It reads again.
    slow.expect("5.5/1", &format!("JOINED {room} {}", speaker.name))?;
    let mut covered = Covered::from(&room, 1);
    while covered.due <= newest {
        let seq = covered.due;
        let line = slow.line("6.4/1", "each number, in MSG or GAP")?;
        let is_numbered = covered.take(stage, "6.2/2", &line)?;
        // A frame that was cut would have swallowed the beginning of the next.
        stage.hold("6.4/2", is_numbered, "whole frames, MSG or GAP", line.chars().take(80).collect::<String>())?;
        if let Some(text) = line.strip_prefix("MSG ").and_then(|rest| rest.split_once('\n')) {
            let is_whole = text.1 == filling::text(seq);
            stage.hold("6.4/2", is_whole, format!("the whole text of number {seq}"), text.1)?;
        }
    }
    let Some((end, reason)) = covered.gap.clone() else {
        return stage.skip("the sockets on the way held all that the reader did not take");
    };
    stage.same("6.4/4", &"slow", &reason.as_str())?;
    if end + 1 < oldest {
        stage.leave_out("6.4/3", "it was passed before all was said");
    } else {
        stage.hold("6.4/3", end + 1 > oldest, format!("to go on behind number {oldest}, the oldest"), end + 1)?;
    }
    // From here on it is a reader like any other.
    let missed = covered.missed;
    filling::say(stage, &mut speaker, &mut said, filling::TEXT)?;
    let line = slow.line("6.4/1", "the next message")?;
    covered.take(stage, "6.2/2", &line)?;
    stage.same("6.4/1", &missed, &covered.missed)
}

fn who_is_passed_in_plain_mode_is_told_how_many(stage: &mut Stage<'_>) -> Outcome {
    stage.need(stage.terms.profile.room_log, "--room-log")?;
    let room = stage.room("room");
    let mut slow = stage.connect_narrow("slow")?;
    slow.expect("3.1/1", "FANFARE/<versions> <words>")?;
    stage.enter_plain(&mut slow)?;
    stage.move_plain(&mut slow, &room)?;
    let mut speaker = stage.member("speaker", &room)?;
    let mut said = Covered::from(&room, 1);
    filling::say(stage, &mut speaker, &mut said, filling::past_a_reader(stage.terms))?;
    slow.expect("10.3/1", &format!("{} joined the chat!", speaker.name))?;
    let (mut due, mut missed) = (1, 0);
    while due < said.due {
        let line = slow.line("10.3/1", "a message, or how many were missed")?;
        if let Some(count) = line.strip_prefix("* ").and_then(|rest| rest.split(' ').next()) {
            let gap: u64 = count.parse().unwrap_or_default();
            let words = if gap == 1 { "* 1 message missed".to_owned() } else { format!("* {gap} messages missed") };
            stage.same("10.3/1", &words, &line)?;
            (due, missed) = (due + gap, missed + gap);
            continue;
        }
        let text = filling::text(due);
        let mut expected = text.lines().map(|part| format!("{}: {part}", speaker.name));
        stage.same("10.3/1", &expected.next().unwrap_or_default(), &line)?;
        for part in expected {
            let line = slow.line("10.3/2", "the next line of the text")?;
            stage.same("10.3/2", &part, &line)?;
        }
        due += 1;
    }
    if missed == 0 {
        return stage.skip("the sockets on the way held all that the reader did not take");
    }
    stage.same("10.3/1", &said.due, &due)
}
