//! 4.9 WHO.

use std::time::{Duration, Instant};

use super::answers::{answers, ask, is_refused};
use crate::conformance::{Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.9",
    checks: &[
        check!(members_are_listed_in_the_order_of_their_folded_names: "4.9/1", "4.9/2", "4.9/5", "4.9/6", "4.9/7")
            .peers(6),
        check!(a_line_of_names_has_at_most_3_999_octets: "4.9/3", "4.9/7").peers(LONG_LINE),
        check!(a_page_of_who_has_at_most_1_000_names: "4.9/4", "4.9/6").peers(LONG_PAGE),
    ],
    unseen: &[],
};

/// So many names of 32 octets do not fit in a line.
const LONG_LINE: usize = 124;

/// So many names do not fit in a page.
const LONG_PAGE: usize = 1_003;

/// The most octets of the names in a line.
const LONGEST: usize = 3_999;

/// The names that an answer lists, and its final line.
fn names(stage: &Stage<'_>, room: &str, answer: &[String]) -> Outcome<(Vec<String>, String)> {
    let (last, lines) = answer.split_last().map_or((String::new(), &[][..]), |(last, lines)| (last.clone(), lines));
    let mut listed = Vec::new();
    for line in lines {
        let names = line.strip_prefix(&format!("NAMES {room} ")).unwrap_or_default();
        let is_bounded = !names.is_empty() && names.len() <= LONGEST;
        stage.hold("4.9/3", is_bounded, "a name, and at most 3,999 octets of names", line)?;
        listed.extend(names.split(' ').map(str::to_owned));
    }
    Ok((listed, last))
}

fn lists(stage: &Stage<'_>, peer: &mut Peer, request: &str, room: &str) -> Outcome<(Vec<String>, String)> {
    let answer = ask(peer, "4.1/1", request)?;
    names(stage, room, &answer)
}

fn members_are_listed_in_the_order_of_their_folded_names(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut asker = stage.framed("asker")?;
    is_refused(stage, &mut asker, "7.1/2", &format!("WHO {room}"), "no-such-room")?;
    let mut members = Vec::new();
    // By their octets: a hyphen, a digit, an underscore, a letter; letters as if they were small.
    for label in ["a_b", "Z", "a1", "B", "a-b"] {
        let mut member = stage.framed(label)?;
        member.send(&format!("JOIN {room}"));
        answers(&mut member, "4.5/3", 1)?;
        members.push(member);
    }
    let mut names: Vec<_> = members.iter().map(|member| member.name.clone()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    let (listed, last) = lists(stage, &mut asker, &format!("WHO {room}"), &room)?;
    let mut once = listed.clone();
    once.sort_by_key(|name| name.to_lowercase());
    stage.same("4.9/7", &names.join(" "), &once.join(" "))?;
    stage.same("4.9/1", &names.join(" "), &listed.join(" "))?;
    stage.same("4.9/5", &"OK members=5".to_owned(), &last)?;
    for (index, name) in names.iter().enumerate() {
        // A member; the same in another case; and names of nobody directly before and after it.
        let before = &name[..name.len() - 1];
        for (after, from) in [
            (name.clone(), index + 1),
            (name.to_uppercase(), index + 1),
            (before.to_owned(), index),
            (format!("{name}0"), index + 1),
        ] {
            let (listed, last) = lists(stage, &mut asker, &format!("WHO {room} after={after}"), &room)?;
            stage.same("4.9/2", &names[from..].join(" "), &listed.join(" "))?;
            // All members are counted, and nobody follows the last.
            stage.same("4.9/5", &"OK members=5", &last.split(" more").next().unwrap_or_default())?;
            stage.same("4.9/6", &"OK members=5".to_owned(), &last)?;
        }
    }
    is_refused(stage, &mut asker, "2.7/1", &format!("WHO {room} after=-"), "bad-arguments")
}

/// Persons in a room, whose names are as long as names can be.
fn crowd(stage: &Stage<'_>, room: &str, count: usize) -> Outcome<Vec<Peer>> {
    let mut members: Vec<Peer> = Vec::new();
    let (interval, mut heard) = (Duration::from_secs(stage.terms.announced.ping), Instant::now());
    for number in 0..count {
        let mut member = stage.framed(&format!("{number:0>4}-{}", "x".repeat(18)))?;
        member.send(&format!("JOIN {room}"));
        answers(&mut member, "4.5/3", 1)?;
        members.push(member);
        if heard.elapsed() > interval / 4 {
            // An empty line is heard: none of them is taken for dead before all are there.
            members.iter_mut().for_each(|member| member.send(""));
            heard = Instant::now();
        }
    }
    Ok(members)
}

fn a_line_of_names_has_at_most_3_999_octets(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut asker = stage.framed("asker")?;
    let members = crowd(stage, &room, LONG_LINE - 1)?;
    let (listed, last) = lists(stage, &mut asker, &format!("WHO {room}"), &room)?;
    stage.same("4.9/5", &format!("OK members={}", members.len()), &last)?;
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    stage.same("4.9/7", &names.join(" "), &listed.join(" "))
}

fn a_page_of_who_has_at_most_1_000_names(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let members = crowd(stage, &room, LONG_PAGE - 1)?;
    let mut asker = stage.framed("asker")?;
    let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    let (mut all, mut request) = (Vec::new(), format!("WHO {room}"));
    loop {
        let (listed, last) = lists(stage, &mut asker, &request, &room)?;
        stage.hold("4.9/4", listed.len() <= 1_000, "at most 1,000 names", listed.len())?;
        all.extend(listed);
        let more = if all.len() < names.len() { " more=yes" } else { "" };
        stage.same("4.9/6", &format!("OK members={}{more}", names.len()), &last)?;
        match all.last() {
            Some(name) if all.len() < names.len() => request = format!("WHO {room} after={name}"),
            _ => return stage.same("4.9/7", &names.join(" "), &all.join(" ")),
        }
    }
}
