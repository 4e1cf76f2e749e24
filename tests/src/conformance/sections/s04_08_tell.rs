//! 4.8 TELL.

use super::answers::{answers, ask, is_answer, is_refused};
use super::stopped::Stopped;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.8",
    checks: &[
        check!(a_tell_is_for_one_person: "4.8/1").peers(4),
        check!(tells_keep_their_order: "4.8/2").peers(2),
        check!(one_can_tell_oneself: "4.8/3").peers(1),
        check!(the_id_of_a_tell_is_in_its_told: "4.8/4").peers(2),
        check!(a_full_share_is_busy_until_the_reader_reads: "4.8/5", "4.8/6").peers(3),
    ],
    unseen: &[],
};

/// The share for private messages, in octets.
const SHARE: usize = 131_072;

fn a_tell_is_for_one_person(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    let mut carol = stage.framed("carol")?;
    let mut plain = stage.plain_member("plain", &stage.room("other"))?;
    let nobody = stage.name("nobody");
    is_refused(stage, &mut carol, "7.1/2", &format!("TELL {nobody} :psst"), "no-such-name")?;
    // The name in any case, the text in either form.
    for (to, text, told) in [
        (bob.name.clone(), ":psst", ":psst"),
        (bob.name.to_uppercase(), "{4}\npsst", ":psst"),
        (bob.name.clone(), "{3}\na\nb", "{3}\na\nb"),
    ] {
        carol.send(&format!("TELL {to} {text}"));
        carol.expect("4.8/1", "OK")?;
        bob.expect("4.8/1", &format!("TOLD <at> {} {told}", carol.name))?;
    }
    carol.send(&format!("TELL {} {{3}}\na\nb", plain.name));
    carol.expect("4.8/1", "OK")?;
    plain.expect_all("4.8/1", &[&format!("[{}] a", carol.name), &format!("[{}] b", carol.name)])?;
    // And for nobody else.
    for peer in [&mut alice, &mut bob, &mut carol, &mut plain] {
        peer.expect_nothing("4.8/1")?;
    }
    Ok(())
}

fn tells_keep_their_order(stage: &mut Stage<'_>) -> Outcome {
    let mut alice = stage.framed("alice")?;
    let mut bob = stage.framed("bob")?;
    let tells: String = (0..40).map(|number| format!("TELL {} :number {number}\n", bob.name)).collect();
    alice.send_octets(tells.as_bytes());
    for answer in answers(&mut alice, "4.1/1", 40)? {
        is_answer(stage, "4.8/2", &["OK"], &answer)?;
    }
    for number in 0..40 {
        bob.expect("4.8/2", &format!("TOLD <at> {} :number {number}", alice.name))?;
    }
    bob.expect_nothing("4.8/2")
}

fn one_can_tell_oneself(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    let name = peer.name.clone();
    peer.send(&format!("TELL {name} :note to myself"));
    peer.expect_unordered("4.8/3", ["OK", &format!("TOLD <at> {name} :note to myself")])?;
    peer.expect_nothing("4.8/3")
}

fn the_id_of_a_tell_is_in_its_told(stage: &mut Stage<'_>) -> Outcome {
    let mut alice = stage.framed("alice")?;
    let mut bob = stage.framed("bob")?;
    let id = "-_aZ9".repeat(12) + "tail";
    // It is no id of SAY: the same again is told again, and another text is no fault.
    for text in ["psst", "psst", "other"] {
        alice.send(&format!("TELL {} id={id} :{text}", bob.name));
        alice.expect("4.8/4", "OK")?;
        bob.expect("4.8/4", &format!("TOLD <at> {} id={id} :{text}", alice.name))?;
    }
    alice.send(&format!("TELL {} :no id", bob.name));
    alice.expect("4.8/4", "OK")?;
    bob.expect("4.8/4", &format!("TOLD <at> {} :no id", alice.name)).map(drop)
}

fn a_full_share_is_busy_until_the_reader_reads(stage: &mut Stage<'_>) -> Outcome {
    /// Three of them are in the share, and no fourth.
    const LONG: usize = 40_000;
    if stage.terms.announced.text < LONG as u64 {
        return stage.skip("the announced text limit is too small to fill the share in a few messages");
    }
    let mut bob = Stopped::reader(stage, "bob", |_| Ok(()))?;
    let mut alice = stage.framed("alice")?;
    let request = |text: String| format!("TELL {} {{{}}}\n{text}", bob.peer.name, text.len());
    let fits = SHARE / LONG;
    for number in 0..fits {
        let answer = ask(&mut alice, "4.8/6", &request(number.to_string().repeat(LONG)))?;
        is_answer(stage, "4.8/6", &["OK"], &answer)?;
    }
    let refused = ask(&mut alice, "4.8/6", &request("x".repeat(LONG)))?;
    is_answer(stage, "4.8/6", &["ERR busy <rest>"], &refused)?;
    is_answer(stage, "4.8/5", &["ERR busy retry=<ms> <rest>"], &refused)?;
    // What still fits is accepted, and whoever has no such name comes first.
    is_answer(stage, "4.8/6", &["OK"], &ask(&mut alice, "4.8/6", &request("small".to_owned()))?)?;
    let nobody = stage.name("nobody");
    is_refused(stage, &mut alice, "2.7/2", &format!("TELL {nobody} :x"), "no-such-name")?;
    let request_again = request("again".repeat(LONG / 5));
    // What was accepted comes as soon as it is read, and what was refused never; then there is place again. The lines
    // of the answers that fill the transport are between.
    let mut told = Vec::new();
    while told.len() <= fits {
        let line = bob.peer.line("4.8/2", "TOLD")?;
        if line.starts_with("TOLD ") {
            told.push(line);
        }
    }
    for (number, line) in told.iter().enumerate() {
        let text = if number < fits { number.to_string().repeat(LONG) } else { "small".to_owned() };
        let end = &line[line.len() - text.len().min(line.len())..];
        stage.hold("4.8/2", end == text, "the texts in their order", format!("{number} is another one"))?;
    }
    is_answer(stage, "4.8/6", &["OK"], &ask(&mut alice, "4.8/6", &request_again)?)
}
