//! 3.5 Tokens.

use std::collections::HashSet;

use super::CLIENT;
use crate::conformance::{Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "3.5",
    checks: &[
        check!(each_welcome_has_a_new_token: "3.5/1", "3.5/2", "3.5/3", "3.5/13").peers(1),
        check!(only_the_token_of_the_person_takes_the_name: "3.5/4").peers(4),
        check!(a_token_is_good_once: "3.5/5").peers(4),
        check!(a_free_name_needs_no_token: "3.5/7").peers(2),
        check!(a_takeover_ends_the_earlier_connection: "3.5/8", "3.5/10").peers(3),
        check!(the_earlier_connection_does_nothing_any_more: "3.5/9").peers(3),
    ],
    unseen: &[
        unseen!("times on a network differ by more than a comparison takes" => "3.5/6"),
        unseen!(CLIENT => "3.5/11", "3.5/12"),
    ],
};

/// Says `HELLO`, and reads the token that comes.
fn token(stage: &Stage<'_>, peer: &mut Peer, hello: &str) -> Outcome<String> {
    if !stage.terms.announced.token {
        return stage.skip("the server gives no tokens");
    }
    peer.send(hello);
    Ok(peer.expect("3.5/13", "WELCOME <name> token=<token> <rest>")?.get("token").to_owned())
}

/// A person, and its token.
fn person(stage: &Stage<'_>, label: &str) -> Outcome<(Peer, String)> {
    let mut peer = stage.connect(label)?;
    let hello = format!("HELLO 1 {}", peer.name);
    let token = token(stage, &mut peer, &hello)?;
    Ok((peer, token))
}

/// Of how they are drawn only this much can be seen: that they have room for 128 bits, and differ.
fn each_welcome_has_a_new_token(stage: &mut Stage<'_>) -> Outcome {
    // One octet more than 126 bits need.
    const LEAST: usize = 22;
    let mut seen = HashSet::new();
    let mut is_hexadecimal = true;
    for _ in 0..16 {
        let (mut peer, token) = person(stage, "peer")?;
        stage.hold("3.5/1", token.len() >= LEAST, "a token of at least 22 octets, as 128 bits need", &token)?;
        is_hexadecimal &= token.len() == 32 && token.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
        stage.hold("3.5/3", seen.insert(token.clone()), "a token that was not given before", token)?;
        peer.send("BYE");
        peer.expect("4.14/1", "BYE bye <rest>")?;
    }
    stage.hold("3.5/2", is_hexadecimal, "32 hexadecimal digits in lower case", format!("{seen:?}"))
}

fn only_the_token_of_the_person_takes_the_name(stage: &mut Stage<'_>) -> Outcome {
    const ONLY: &str = "3.5/4";
    let (mut alice, right) = person(stage, "alice")?;
    let (_bob, of_bob) = person(stage, "bob")?;
    let other = if right.starts_with('0') { '1' } else { '0' };
    let (begin, last) = right.split_at(right.len() - 1);
    let wrong = [
        of_bob,
        format!("{other}{}", &right[1..]),
        format!("{begin}{}", if last == "0" { '1' } else { '0' }),
        begin.to_owned(),
        format!("{right}0"),
    ];
    let mut new = stage.connect("new")?;
    for token in wrong {
        new.send(&format!("HELLO 1 {} token={token}", alice.name));
        new.expect(ONLY, "ERR name-taken <rest>")?;
    }
    alice.expect_nothing(ONLY)?;
    // Whichever way it was spelled.
    new.send(&format!("HELLO 1 {} token={right}", alice.name.to_uppercase()));
    new.expect(ONLY, &format!("WELCOME {} <rest>", alice.name.to_uppercase()))?;
    // A person in plain mode has none, and none of a person who had the name before.
    let (mut gone, old) = person(stage, "gone")?;
    gone.send("BYE");
    gone.expect("4.14/1", "BYE bye <rest>")?;
    drop(gone);
    drop(new);
    let plain = stage.plain("gone")?;
    let mut new = stage.connect("new")?;
    new.send(&format!("HELLO 1 {} token={old}", plain.name));
    new.expect(ONLY, "ERR name-taken <rest>").map(drop)
}

fn a_token_is_good_once(stage: &mut Stage<'_>) -> Outcome {
    const ONCE: &str = "3.5/5";
    let (first, one) = person(stage, "first")?;
    let name = first.name.clone();
    let mut second = stage.connect("second")?;
    let two = token(stage, &mut second, &format!("HELLO 1 {name} token={one}"))?;
    stage.hold("3.5/3", one != two, "a new token", &two)?;
    let mut third = stage.connect("third")?;
    third.send(&format!("HELLO 1 {name} token={one}"));
    third.expect(ONCE, "ERR name-taken <rest>")?;
    second.expect_nothing(ONCE)?;
    let three = token(stage, &mut third, &format!("HELLO 1 {name} token={two}"))?;
    // Nor does it outlive the goodbye of the person.
    third.send("BYE");
    third.expect("4.14/1", "BYE bye <rest>")?;
    let mut fourth = stage.connect("fourth")?;
    token(stage, &mut fourth, &format!("HELLO 1 {name}"))?;
    drop(second);
    let mut fifth = stage.connect("fifth")?;
    for old in [one, two, three] {
        fifth.send(&format!("HELLO 1 {name} token={old}"));
        fifth.expect(ONCE, "ERR name-taken <rest>")?;
    }
    fourth.expect_nothing(ONCE)
}

fn a_free_name_needs_no_token(stage: &mut Stage<'_>) -> Outcome {
    let longest = "t".repeat(64);
    for nonsense in ["x", "-_-", "00112233445566778899aabbccddeeff", &longest] {
        let mut peer = stage.connect("peer")?;
        let name = peer.name.clone();
        peer.send(&format!("HELLO 1 {name} token={nonsense}\nBYE"));
        let welcome = peer.expect("3.5/7", &format!("WELCOME {name} <rest>"))?;
        let is_given = welcome.get("rest").contains(&format!("token={nonsense} "));
        stage.hold("3.5/7", !is_given, "a token that is not the client's", welcome.line)?;
        peer.expect("4.14/1", "BYE bye <rest>")?;
    }
    Ok(())
}

fn a_takeover_ends_the_earlier_connection(stage: &mut Stage<'_>) -> Outcome {
    let (room, other) = (stage.room("room"), stage.room("second"));
    let mut beside = stage.member("beside", &room)?;
    let (mut old, right) = person(stage, "old")?;
    let name = old.name.clone();
    stage.join(&mut old, &room)?;
    stage.join(&mut old, &other)?;
    beside.expect("5.5/1", &format!("JOINED {room} {name}"))?;
    let mut new = stage.connect("new")?;
    // All of this is sent before WELCOME can come.
    new.send(&format!(
        "HELLO 1 {name} token={right}\nWHO {room}\nWHO {other}\nSAY {room} :x\nLEAVE {other}\nTELL {} :x\nJOIN {room}",
        beside.name
    ));
    new.expect("3.5/4", &format!("WELCOME {name} <rest>"))?;
    new.expect("3.5/10", &format!("NAMES {room} {}", beside.name))?;
    new.expect_all("3.5/10", &["OK members=1", "OK members=0"])?;
    new.expect_all("3.5/10", &["ERR not-joined <rest>", "ERR not-joined <rest>", "OK"])?;
    new.expect("3.5/10", "OK epoch=<epoch> next=1 newest=0 members=2")?;
    new.expect("5.5/1", &format!("JOINED {room} {name}"))?;
    // A TOLD is of no room, and has no place among its events.
    let (before, _) = beside.until("3.5/10", &format!("JOINED {room} {name}"))?;
    let left = before.iter().filter(|line| **line == format!("LEFT {room} {name}")).count();
    stage.hold("3.5/10", left == 1, "one LEFT before the next JOINED", before.join(", "))?;
    // Events of its own end can still come before it.
    old.until("3.5/8", "BYE replaced <rest>")?;
    old.expect_end("9.1/2")
}

fn the_earlier_connection_does_nothing_any_more(stage: &mut Stage<'_>) -> Outcome {
    const NOTHING: &str = "3.5/9";
    let room = stage.room("room");
    let mut beside = stage.member("beside", &room)?;
    let (mut old, right) = person(stage, "old")?;
    let name = old.name.clone();
    stage.join(&mut old, &room)?;
    let mut new = stage.connect("new")?;
    // Half of what the rate allows is on its way when the token comes.
    let count = stage.terms.announced.rate.unwrap_or(50).clamp(1, 50);
    for _ in 0..count {
        old.send(&format!("SAY {room} :early"));
    }
    new.send(&format!("HELLO 1 {name} token={right}"));
    for _ in 0..count {
        old.send(&format!("SAY {room} :on the way"));
    }
    new.expect("3.5/4", &format!("WELCOME {name} <rest>"))?;
    old.send(&format!("SAY {room} :late\nTELL {} :late\nJOIN {room}\nBYE", beside.name));
    new.send(&format!("JOIN {room}\nSAY {room} :new"));
    new.until(NOTHING, "OK seq=<seq>")?;
    let (heard, _) = beside.until(NOTHING, &format!("MSG {room} <seq> <at> {name} :new"))?;
    // What was taken for storing before the token came is executed, and can be seen behind the LEFT (4.7).
    let is_stored = |line: &&String| {
        let mut ends = [" :early", " :on the way"].into_iter();
        stage.terms.profile.durable && line.starts_with("MSG ") && ends.any(|end| line.ends_with(end))
    };
    let behind = heard.iter().skip_while(|line| **line != format!("LEFT {room} {name}")).skip(1);
    let behind: Vec<_> = behind.filter(|line| !is_stored(line)).collect();
    let is_nothing = behind.len() == 1 && *behind[0] == format!("JOINED {room} {name}");
    stage.hold(NOTHING, is_nothing, "JOINED alone between LEFT and what the new one says", format!("{behind:?}"))?;
    beside.expect_nothing(NOTHING)
}
