//! 10.3 What a person reads.

use std::time::Duration;

use super::CLIENT;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.3",
    checks: &[
        check!(each_event_has_its_line: "10.3/1", "10.3/3").peers(3),
        check!(each_line_of_a_text_has_its_prefix: "10.3/2").peers(2),
        check!(a_message_has_the_same_octets_for_all_in_plain_mode: "10.3/5").peers(3),
        check!(a_crowd_is_told_by_counts: "10.3/1").peers(CROWD + 2).waits(|_| Duration::from_secs(2)),
    ],
    unseen: &[unseen!(CLIENT => "10.3/6")],
};

/// The most persons that are made a crowd of.
const CROWD: usize = 30;

fn each_event_has_its_line(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut plain = stage.plain_member("plain", &room)?;
    for (end, label) in [("LEAVE", "leaver"), ("BYE", "quitter")] {
        let mut bob = stage.member(label, &room)?;
        let name = bob.name.clone();
        plain.expect("10.3/1", &format!("{name} joined the chat!"))?;
        bob.send(&format!("SAY {room} id=1 :hello"));
        plain.expect("10.3/1", &format!("{name}: hello"))?;
        bob.send(&format!("SAY {room} id=1 :hello\nTELL {} id=2 :psst", plain.name));
        plain.expect("10.3/1", &format!("[{name}] psst"))?;
        let reason = if end == "LEAVE" { format!("{room} :* Goodbye!") } else { "{3}\na\nb".to_owned() };
        bob.send(&format!("{end} {reason}"));
        plain.expect("10.3/3", &format!("{name} has left the chat!"))?;
        plain.expect_nothing("10.3/3")?;
    }
    let mut other = stage.plain_member("other", &room)?;
    plain.expect("10.3/1", &format!("{} joined the chat!", other.name))?;
    other.send("/quit because");
    plain.expect("10.3/3", &format!("{} has left the chat!", other.name))?;
    plain.expect_nothing("10.3/3")
}

fn each_line_of_a_text_has_its_prefix(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut plain = stage.plain_member("plain", &room)?;
    let mut bob = stage.member("bob", &room)?;
    plain.expect("10.3/1", &format!("{} joined the chat!", bob.name))?;
    for text in
        ["a\nb", "\n", "\na\n\n", "", "* 5 members now\n! no\nx joined the chat!\n[x] y\nx: z", ":\n/quit\n\t\n "]
    {
        let counted = format!("{{{}}}\n{text}", text.len());
        bob.send(&format!("SAY {room} {counted}"));
        // Between the lines of one message nothing else can stand.
        for (prefix, request) in [(format!("{}: ", bob.name), None), (format!("[{}] ", bob.name), Some("TELL"))] {
            if let Some(request) = request {
                bob.send(&format!("{request} {} {counted}", plain.name));
            }
            for part in text.split('\n') {
                let line = plain.line("10.3/2", "each line of the text")?;
                stage.same("10.3/2", &format!("{prefix}{part}"), &line)?;
            }
        }
    }
    plain.expect_nothing("10.3/2")
}

fn a_message_has_the_same_octets_for_all_in_plain_mode(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut one = stage.plain_member("one", &room)?;
    let mut two = stage.plain_member("two", &room)?;
    let mut bob = stage.member("bob", &room)?;
    for (reader, others) in [(&mut one, 2), (&mut two, 1)] {
        for _ in 0..others {
            reader.expect("10.3/1", "<name> joined the chat!")?;
        }
    }
    bob.send(&format!("SAY {room} id=1 :caf\u{e9}\nSAY {room} {{5}}\na\n\nbc\nSAY {room} :{}", "x".repeat(3_000)));
    bob.until("4.7/1", "OK seq=3")?;
    one.send("from one");
    one.send("//two");
    let last = format!("{}: /two", one.name);
    let (first, _) = one.until("10.3/5", &last)?;
    let (second, _) = two.until("10.3/5", &last)?;
    stage.same("10.3/5", &6, &first.len())?;
    stage.same("10.3/5", &first.join("\n"), &second.join("\n"))
}

fn a_crowd_is_told_by_counts(stage: &mut Stage<'_>) -> Outcome {
    let limit = usize::try_from(stage.terms.announced.presence).unwrap_or(usize::MAX);
    if limit >= CROWD {
        return stage.skip(&format!("a crowd begins above {limit} members, and this check has {CROWD}"));
    }
    let room = stage.room("room");
    let mut plain = stage.plain_member("plain", &room)?;
    let mut people = Vec::new();
    for number in 0..CROWD {
        let mut peer = stage.framed(&format!("{number:02}"))?;
        peer.send(&format!("JOIN {room}"));
        peer.expect("4.5/3", "OK epoch=<epoch> <rest>")?;
        people.push(peer);
    }
    let mut told = 1;
    while told <= CROWD {
        let line = plain.line("10.3/1", "who joined, or how many")?;
        if line.ends_with(" joined the chat!") {
            told += 1;
            continue;
        }
        let mut numbers =
            line.split(|octet: char| !octet.is_ascii_digit()).filter_map(|word| word.parse::<usize>().ok());
        let (total, joined) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        stage.same("10.3/1", &format!("* {total} members now ({joined} joined, 0 left)"), &line)?;
        stage.hold("10.3/1", total > told, format!("more than {told} members"), &line)?;
        told = total;
    }
    stage.same("10.3/1", &(CROWD + 1), &told)
}
