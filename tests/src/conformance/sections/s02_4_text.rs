//! 2.4 Text.

use super::CLIENT;
use super::trial::Trial;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.4",
    checks: &[
        check!(an_empty_text_is_a_text_in_both_forms: "2.4/4").peers(2),
        check!(a_text_is_sent_in_its_canonical_form: "2.4/5").peers(1),
        check!(a_text_is_accepted_in_either_form: "2.4/7").peers(2),
        check!(what_is_relayed_is_encoded_again: "2.4/8").peers(2),
    ],
    unseen: &[unseen!(CLIENT => "2.4/6")],
};

/// The longest line, in octets, without its terminator.
const LONGEST: usize = 4_096;

fn an_empty_text_is_a_text_in_both_forms(stage: &mut Stage<'_>) -> Outcome {
    let mut beside = Trial::begin(stage)?;
    let room = beside.room.clone();
    for empty in [":", "{0}\n"] {
        beside.said("2.4/4", format!("{empty}\n"), "")?;
        let mut peer = stage.member("peer", &room)?;
        let name = peer.name.clone();
        beside.peer.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        peer.send(&format!("TELL {name} {empty}"));
        peer.expect_unordered("2.4/4", ["OK", &format!("TOLD <at> {name} :")])?;
        peer.send(&format!("LEAVE {room} {empty}"));
        peer.expect("2.4/4", "OK")?;
        beside.peer.expect("2.4/4", &format!("LEFT {room} {name} :"))?;
        peer.send(&format!("BYE {empty}"));
        peer.expect("2.4/4", "BYE bye <rest>")?;
    }
    Ok(())
}

fn a_text_is_sent_in_its_canonical_form(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    let name = peer.name.clone();
    peer.send(&format!("SAY {room} {{1}}\nx"));
    let [_, first] = peer.expect_unordered("2.4/5", ["OK seq=1", &format!("MSG {room} 1 <at> {name} :x")])?;
    // As long as the times have as many digits, so have all these lines.
    let room_of_text = |verb: &str| LONGEST - format!("{verb} {room} 1 {} {name} :", first.get("at")).len();
    let (in_msg, in_past) = (room_of_text("MSG"), room_of_text("PAST"));
    let form = |octets: usize, most: usize| {
        let text = "x".repeat(octets);
        if octets <= most { format!(":{text}") } else { format!("{{{octets}}}\n{text}") }
    };
    for (seq, octets) in [(2, in_past), (3, in_msg), (4, in_msg + 1)] {
        peer.send(&format!("SAY {room} {{{octets}}}\n{}", "x".repeat(octets)));
        let msg = format!("MSG {room} {seq} <at> {name} {}", form(octets, in_msg));
        peer.expect_unordered("2.4/5", [&format!("OK seq={seq}"), &msg])?;
    }
    peer.send(&format!("HISTORY {room} 2 4"));
    for (seq, octets) in [(2, in_past), (3, in_msg), (4, in_msg + 1)] {
        peer.expect("2.4/5", &format!("PAST {room} {seq} <at> {name} {}", form(octets, in_past)))?;
    }
    peer.expect("4.11/4", "OK epoch=<epoch> count=3 next=5")?;
    let in_told = LONGEST - format!("TOLD {} {name} :", first.get("at")).len();
    for octets in [in_told, in_told + 1] {
        peer.send(&format!("TELL {name} {{{octets}}}\n{}", "x".repeat(octets)));
        peer.expect_unordered("2.4/5", ["OK", &format!("TOLD <at> {name} {}", form(octets, in_told))])?;
    }
    // An LF needs the other form however short the text is.
    peer.send(&format!("TELL {name} {{1}}\n\n"));
    peer.expect_unordered("2.4/5", ["OK", &format!("TOLD <at> {name} {{1}}\n\n")]).map(drop)
}

fn a_text_is_accepted_in_either_form(stage: &mut Stage<'_>) -> Outcome {
    let mut beside = Trial::begin(stage)?;
    let room = beside.room.clone();
    for text in [":words", "{5}\nwords"] {
        beside.said("2.4/7", format!("{text}\n"), "words")?;
        let mut peer = stage.member("peer", &room)?;
        let name = peer.name.clone();
        beside.peer.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        peer.send(&format!("TELL {name} {text}"));
        peer.expect_unordered("2.4/7", ["OK", &format!("TOLD <at> {name} :words")])?;
        peer.send(&format!("LEAVE {room} {text}"));
        peer.expect("2.4/7", "OK")?;
        beside.peer.expect("2.4/7", &format!("LEFT {room} {name} :words"))?;
        stage.join(&mut peer, &room)?;
        beside.peer.expect("5.5/1", &format!("JOINED {room} {name}"))?;
        peer.send(&format!("AUTH X {text}"));
        peer.expect("2.4/7", "ERR not-allowed <rest>")?;
        peer.send(&format!("BYE {text}"));
        peer.expect("2.4/7", "BYE bye <rest>")?;
        beside.peer.expect("2.4/7", &format!("LEFT {room} {name} :words"))?;
    }
    Ok(())
}

fn what_is_relayed_is_encoded_again(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut beside = stage.member("beside", &room)?;
    let mut peer = stage.member("peer", &room)?;
    let name = peer.name.clone();
    beside.expect("5.5/1", &format!("JOINED {room} {name}"))?;
    peer.send_octets(format!("sAy {room} colour=red id=i-1 x=y {{5}}\r\nwords\r\n").as_bytes());
    let msg = format!("MSG {room} 1 <at> {name} id=i-1 :words");
    peer.expect_unordered("2.4/8", ["OK seq=1", &msg])?;
    beside.expect("2.4/8", &msg)?;
    peer.send_octets(format!("tell {} id=i-2 colour=red {{3}}\r\na\nb\r\n", beside.name.to_uppercase()).as_bytes());
    peer.expect("2.4/8", "OK")?;
    beside.expect("2.4/8", &format!("TOLD <at> {name} id=i-2 {{3}}\na\nb"))?;
    peer.send_octets(format!("leave {room} colour=red {{4}}\r\nlate\r\n").as_bytes());
    peer.expect("2.4/8", "OK")?;
    beside.expect("2.4/8", &format!("LEFT {room} {name} :late")).map(drop)
}
