//! 5.2 MSG and 5.3 PAST.

use super::CLIENT;
use super::answers::answers;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const MSG: Section =
    Section { number: "5.2", checks: &[check!(the_time_of_a_room_never_goes_back: "5.2/1").peers(3)], unseen: &[] };

pub(super) const PAST: Section = Section {
    number: "5.3",
    checks: &[check!(a_past_is_as_its_msg_was: "5.3/1").peers(3)],
    unseen: &[unseen!(CLIENT => "5.3/2")],
};

fn the_time_of_a_room_never_goes_back(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut reader = stage.member("reader", &room)?;
    let mut speakers = [stage.member("one", &room)?, stage.member("two", &room)?];
    for _ in 0..15 {
        for speaker in &mut speakers {
            speaker.send(&format!("SAY {room} :x\nSAY {room} :x"));
        }
    }
    reader.expect_all("5.5/1", &[&format!("JOINED {room} {}", speakers[0].name), "JOINED <room> <name>"])?;
    let mut newest = 0;
    for seq in 1..=60 {
        let found = reader.expect("5.2/1", &format!("MSG {room} {seq} <at> <rest>"))?;
        let at = found.number("at")?;
        stage.hold("5.2/1", at >= newest, format!("{newest} or later"), at)?;
        newest = at;
    }
    Ok(())
}

fn a_past_is_as_its_msg_was(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut reader = stage.member("reader", &room)?;
    let mut speaker = stage.member("Speaker", &room)?;
    reader.expect("5.5/1", &format!("JOINED {room} {}", speaker.name))?;
    let texts = [":x", ":", "{3}\na\nb", "{2}\nhi", ":\u{e9} \u{20ac}\t{3} :", &format!(":{}", "x".repeat(4_000))];
    for (index, text) in texts.iter().enumerate() {
        let id = if index % 2 == 0 { String::new() } else { format!(" id=i-{index}") };
        speaker.send(&format!("SAY {room}{id} {text}"));
    }
    answers(&mut speaker, "4.7/1", texts.len())?;
    let mut messages = Vec::new();
    for seq in 1..=texts.len() {
        messages.push(reader.expect("4.7/2", &format!("MSG {room} {seq} <rest>"))?.line);
    }
    reader.send(&format!("HISTORY {room} 1 {}", texts.len()));
    for message in messages {
        let past = reader.line("5.3/1", "PAST")?;
        // The same header, and the same text in either form.
        stage.same("5.3/1", &parts(&message), &parts(&past).replacen("PAST", "MSG", 1))?;
    }
    Ok(())
}

/// A frame, its text always as line text.
fn parts(frame: &str) -> String {
    match frame.split_once('\n') {
        Some((line, text)) => format!("{}:{text}", line.rsplit_once('{').map_or(line, |(header, _)| header)),
        None => frame.to_owned(),
    }
}
