//! 4.11 HISTORY.

use super::answers::{Answer, ask, fill, is_answer, is_refused};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.11",
    checks: &[
        check!(kept_messages_come_in_rising_order: "4.11/1", "4.11/4", "4.11/6").peers(2),
        check!(history_is_refused_for_the_first_cause_that_fits: "4.11/1").peers(2),
        check!(a_page_of_history_has_at_most_1_000_frames: "4.11/2", "4.11/5", "4.11/6").peers(2),
        check!(a_page_of_history_has_at_most_1_048_576_octets: "4.11/3", "4.11/5").peers(2),
    ],
    unseen: &[],
};

/// The most octets of the frames of a page.
const LARGEST: usize = 1_048_576;

fn kept_messages_come_in_rising_order(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    let empty = ask(&mut peer, "4.11/6", &format!("HISTORY {room} 1 9"))?;
    is_answer(stage, "4.11/6", &["OK epoch=<epoch> count=0 next=1"], &empty)?;
    for seq in 1..=6 {
        is_answer(stage, "4.7/1", &["OK <seq>"], &ask(&mut peer, "4.7/1", &format!("SAY {room} :number {seq}"))?)?;
    }
    let epoch = empty[0].split(['=', ' ']).nth(2).unwrap_or_default().to_owned();
    // FIRST, LAST, how many are sent, and NEXT.
    for (first, last, sent, next) in [
        (1, 6, 6, 7),
        (1, 100, 6, 7),
        (2, 4, 3, 5),
        (6, 6, 1, 7),
        (6, 7, 1, 7),
        (7, 9, 0, 7),
        (8, 9, 0, 8),
        (100, 9_007_199_254_740_991_u64, 0, 100),
    ] {
        for with in [String::new(), format!(" epoch={epoch} more=x")] {
            let answer = ask(&mut peer, "4.1/1", &format!("HISTORY {room} {first} {last}{with}"))?;
            let past = |seq| format!("PAST {room} {seq} <at> {} :number {seq}", peer.name);
            let mut patterns: Vec<String> = (first..first + sent).map(past).collect();
            let (count, frames) = (patterns.len(), answer.len().saturating_sub(1));
            is_answer(stage, "4.11/1", &refs(&patterns), &answer[..frames].to_vec())?;
            patterns.push(format!("OK epoch={epoch} count={count} next=<next>"));
            is_answer(stage, "4.11/4", &refs(&patterns), &answer)?;
            patterns[count] = format!("OK epoch={epoch} count={count} next={next}");
            is_answer(stage, "4.11/6", &refs(&patterns), &answer)?;
        }
    }
    Ok(())
}

fn refs(patterns: &[String]) -> Vec<&str> {
    patterns.iter().map(String::as_str).collect()
}

fn history_is_refused_for_the_first_cause_that_fits(stage: &mut Stage<'_>) -> Outcome {
    let (room, nowhere) = (stage.room("room"), stage.room("nowhere"));
    let mut member = stage.member("member", &room)?;
    let mut other = stage.framed("other")?;
    for (room, bounds, code) in [
        (&room, "0 1", "bad-arguments"),
        (&nowhere, "2 1 epoch=never", "bad-arguments"),
        (&room, "1 2 epoch=never", "not-joined"),
        (&nowhere, "1 2", "not-joined"),
    ] {
        is_refused(stage, &mut other, "4.11/1", &format!("HISTORY {room} {bounds}"), code)?;
    }
    for (bounds, code) in [
        ("0 1", "bad-arguments"),
        ("2 1", "bad-arguments"),
        ("2 1 epoch=never", "bad-arguments"),
        ("1", "bad-arguments"),
        ("1 2 epoch=never", "wrong-epoch"),
        ("1 9007199254740992", "bad-arguments"),
    ] {
        is_refused(stage, &mut member, "4.11/1", &format!("HISTORY {room} {bounds}"), code)?;
    }
    Ok(())
}

/// The numbers of the messages of an answer, and the `next` of its `OK`.
fn page(stage: &Stage<'_>, answer: &Answer) -> Outcome<(Vec<u64>, u64)> {
    let (last, past) = answer.split_last().map_or(("", &[][..]), |(last, past)| (last.as_str(), past));
    let numbers: Vec<u64> = past.iter().filter_map(|line| line.split(' ').nth(2)?.parse().ok()).collect();
    let next = last.split(" next=").nth(1).and_then(|next| next.parse().ok());
    stage.hold("4.11/4", last.contains(&format!(" count={} ", past.len())), "their count", last)?;
    stage.hold("4.11/5", next.is_some(), "OK with next", last)?;
    Ok((numbers, next.unwrap_or_default()))
}

fn a_page_of_history_has_at_most_1_000_frames(stage: &mut Stage<'_>) -> Outcome {
    const COUNT: u64 = 1_003;
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    fill(stage, &room, 1_003, 1)?;
    peer.send(&format!("JOIN {room}"));
    peer.until("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    let (numbers, next) = page(stage, &ask(&mut peer, "4.1/1", &format!("HISTORY {room} 1 {COUNT}"))?)?;
    if numbers.first() != Some(&1) {
        return stage.skip("its rooms keep fewer messages than a page has");
    }
    stage.hold("4.11/2", numbers.iter().copied().eq(1..=1_000), "1,000 frames", numbers.len())?;
    stage.same("4.11/5", &1_001, &next)?;
    let (numbers, next) = page(stage, &ask(&mut peer, "4.1/1", &format!("HISTORY {room} {next} {COUNT}"))?)?;
    stage.hold("4.11/6", numbers.iter().copied().eq(1_001..=COUNT), "the rest", numbers.len())?;
    stage.same("4.11/6", &(COUNT + 1), &next)
}

fn a_page_of_history_has_at_most_1_048_576_octets(stage: &mut Stage<'_>) -> Outcome {
    const COUNT: usize = 18;
    let log = stage.need(stage.terms.profile.room_log, "--room-log")?;
    let text = usize::try_from(stage.terms.announced.text).unwrap_or(65_536).min(65_536);
    if log < 2 * LARGEST as u64 || text < 65_536 {
        return stage.skip("its rooms, or its texts, are too small for a page of 1,048,576 octets");
    }
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    fill(stage, &room, COUNT, text)?;
    peer.send(&format!("JOIN {room}"));
    peer.until("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    let answer = ask(&mut peer, "4.1/1", &format!("HISTORY {room} 1 {COUNT}"))?;
    // What is read here has no LF behind its text.
    let octets: Vec<usize> = answer[..answer.len() - 1].iter().map(|frame| frame.len() + 1).collect();
    let (numbers, next) = page(stage, &answer)?;
    let (all, one) = (octets.iter().sum::<usize>(), octets.first().copied().unwrap_or_default());
    let is_full = all <= LARGEST && all + one > LARGEST;
    stage.hold("4.11/3", is_full, "a page as full as 1,048,576 octets let it be", format!("{all} octets"))?;
    stage.hold("4.11/3", numbers.iter().copied().eq(1..=numbers.len() as u64), "the first", numbers.len())?;
    stage.same("4.11/5", &(numbers.len() as u64 + 1), &next)
}
