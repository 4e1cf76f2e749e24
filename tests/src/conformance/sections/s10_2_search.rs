//! 10.2 What a person types: `/search`.

use super::answers::ask;
use super::s04_15_search::NO_SEARCH;
use super::s10_2_commands::time;
use super::words;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.2",
    checks: &[
        check!(search_shows_what_it_finds: "10.2/22", "10.2/23").peers(2),
        check!(search_is_refused_as_in_framed_mode: "10.2/24").peers(2),
    ],
    unseen: &[],
};

fn search_shows_what_it_finds(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut bob = stage.member("bob", &room)?;
    if ask(&mut bob, "4.1/1", &format!("SEARCH {room} :tea"))?.concat().starts_with("ERR not-allowed ") {
        return stage.skip(NO_SEARCH);
    }
    let mut ats = Vec::new();
    for seq in 1..=24 {
        bob.send_paced(&format!("SAY {room} :{} tea-{seq}", if seq % 2 == 0 { "green" } else { "black" }));
        let msg = format!("MSG {room} {seq} <at> <rest>");
        let [_, msg] = bob.expect_unordered("4.7/1", [&format!("OK seq={seq}"), &msg])?;
        ats.push(msg.number("at")?);
    }
    let mut plain = stage.plain_member("plain", &room)?;
    let all = |first: usize, step: usize| (first..=24).step_by(step).collect::<Vec<_>>();
    for (command, expected, more) in [
        ("/search tea", all(5, 1), true),
        ("/SEARCH \t Green  TEA ", all(2, 2), false),
        ("/search tea-7", vec![7], false),
        ("/search 7-tea", vec![], false),
    ] {
        plain.send_paced(command);
        plain.send_paced("/who");
        let (lines, _) = plain.until("10.2/22", &format!("* 2 members in {room}: <names>"))?;
        let colour = |seq: &usize| if seq.is_multiple_of(2) { "green" } else { "black" };
        let line = |seq: &usize| format!("* {} {}: {} tea-{seq}", time(ats[seq - 1]), bob.name, colour(seq));
        let mut due: Vec<String> = expected.iter().map(line).collect();
        due.extend(more.then(|| "* and more".to_owned()));
        if expected.is_empty() {
            stage.same("10.2/23", &"* 0 messages found", &lines.join("\n").as_str())?;
        } else {
            stage.same("10.2/22", &due.join("\n"), &lines.join("\n"))?;
        }
    }
    Ok(())
}

fn search_is_refused_as_in_framed_mode(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut framed = stage.member("framed", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    framed.until("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    let words = words::of_err(&mut framed, "WHO", "bad-arguments")?;
    for query in ["?!", "\u{2014}", &"x".repeat(257)] {
        plain.send_paced(&format!("/search {query}"));
        plain.expect("10.2/24", &format!("! {words}"))?;
    }
    let answer = ask(&mut framed, "4.1/1", &format!("SEARCH {room} :x"))?.concat();
    plain.send_paced("/search x");
    // A server that does not search histories says so in both modes.
    match answer.strip_prefix("ERR not-allowed :") {
        Some(words) => plain.expect("10.2/24", &format!("! {words}"))?,
        None => plain.expect("10.2/24", "* 0 messages found")?,
    };
    plain.expect_nothing("10.2/24")
}
