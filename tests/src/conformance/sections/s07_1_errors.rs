//! 7.1 Rules of errors, and the codes of 7.2 and 7.3 that a client can bring about.

use super::CLIENT;
use super::trial::{Trial, answered, ended, filled};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "7.1",
    checks: &[
        check!(each_cause_of_an_err_has_its_code: "7.1/1", "7.1/2").peers(3),
        check!(each_cause_of_a_bye_has_its_code: "7.1/1", "7.1/2").peers(3),
        check!(a_connection_in_too_many_rooms_is_told_so: "7.1/2").peers(1),
    ],
    unseen: &[unseen!(CLIENT => "7.1/4", "7.1/5", "7.1/6", "7.1/7", "7.1/8")],
};

const CODE: &str = "7.1/2";

/// `busy` is in 4.8, `rate-limited` in 4.2; `internal` and what is reserved cannot be brought about.
fn each_cause_of_an_err_has_its_code(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let (room, name) = (trial.room.clone(), trial.peer.name.clone());
    let (no_room, nobody) = (stage.room("none"), stage.name("nobody"));
    trial.peer.send(&format!("SAY {room} id=i :one"));
    trial.peer.expect_unordered(CODE, ["OK seq=1", &format!("MSG {room} 1 <rest>")])?;
    for (line, code) in [
        ("PING  x".to_owned(), "bad-frame"),
        (format!("SAY {room} :\x01"), "bad-text"),
        ("TELL - :x".to_owned(), "bad-name"),
        ("JOIN -".to_owned(), "bad-room"),
        (format!("SAY {room}"), "bad-arguments"),
        (format!("HELLO 1 {nobody}"), "bad-arguments"),
        ("HELLO 2 a".to_owned(), "bad-version"),
        (filled(&format!("SAY {room} :"), "", 4_097), "line-too-long"),
        ("SING".to_owned(), "unknown-verb"),
        (format!("SAY {no_room} :x"), "not-joined"),
        (format!("LEAVE {no_room}"), "not-joined"),
        (format!("HISTORY {no_room} 1 2"), "not-joined"),
        (format!("SEARCH {no_room} :x"), "not-joined"),
        (format!("JOIN {room}"), "already-joined"),
        (format!("TELL {nobody} :x"), "no-such-name"),
        (format!("WHO {no_room}"), "no-such-room"),
        (format!("HISTORY {room} 1 2 epoch=never"), "wrong-epoch"),
        (format!("SAY {room} id=i :two"), "id-reused"),
        ("AUTH X".to_owned(), "not-allowed"),
    ] {
        trial.peer.send(&line);
        trial.peer.expect(CODE, &format!("ERR {code} <rest>"))?;
        // An ERR leaves the connection open.
        trial.peer.expect_nothing("7.1/1")?;
    }
    let mut early = stage.connect("early")?;
    answered(&mut early, "7.1/1", "PING\n", "PONG")?;
    for (line, code) in [
        ("ROOMS".to_owned(), "not-welcome"),
        ("HELLO 1 Root".to_owned(), "bad-name"),
        (format!("HELLO 1 {name}"), "name-taken"),
    ] {
        early.send(&line);
        early.expect(CODE, &format!("ERR {code} <rest>"))?;
        early.expect_nothing("7.1/1")?;
    }
    Ok(())
}

/// `timeout` is in 3.3 and 8, `too-many-connections` in 9.3; a server's end and what is reserved cannot be brought about.
fn each_cause_of_a_bye_has_its_code(stage: &mut Stage<'_>) -> Outcome {
    for (input, code) in [
        ("BYE\n".to_owned(), "bye"),
        ("PING {x".to_owned(), "bad-frame"),
        ("PING {1}\nab".to_owned(), "bad-frame"),
        (filled("PING ", "", 4_097), "line-too-long"),
        (filled("SAY #a :", "", 69_632), "line-too-long"),
        ("PING {999999}\n".to_owned(), "text-too-long"),
    ] {
        // Each is the last that comes.
        ended(stage, CODE, input, code)?;
    }
    for (input, code) in [
        ("SSH-".to_owned(), "bad-handshake"),
        ("GET / HTTP/1.1\n".to_owned(), "bad-handshake"),
        ("\n".repeat(8_193), "bad-handshake"),
        (filled("", "", 4_097), "line-too-long"),
        ("BYE\n".to_owned(), "bye"),
    ] {
        let mut peer = stage.connect("early")?;
        peer.send_octets(input.as_bytes());
        peer.expect(CODE, &format!("BYE {code} <rest>"))?;
        peer.expect_end("7.1/1")?;
    }
    for (input, greets) in [("SING\n".repeat(16), true), (format!("PING\n{}", "ROOMS\n".repeat(6)), false)] {
        let mut peer = if greets { stage.framed("many")? } else { stage.connect("many")? };
        peer.send_octets(input.as_bytes());
        let (before, _) = peer.until(CODE, "BYE too-many-errors <rest>")?;
        let wanted = if greets { 15 } else { 5 };
        stage.same("2.7/6", &wanted, &before.iter().filter(|line| line.starts_with("ERR ")).count())?;
        peer.expect_end("7.1/1")?;
    }
    if stage.terms.announced.token {
        let mut old = stage.connect("old")?;
        let name = old.name.clone();
        old.send(&format!("HELLO 1 {name}"));
        let welcome = old.expect("3.5/13", &format!("WELCOME {name} token=<token> <rest>"))?;
        let mut new = stage.connect("new")?;
        new.send(&format!("HELLO 1 {name} token={}", welcome.get("token")));
        old.expect(CODE, "BYE replaced <rest>")?;
        old.expect_end("7.1/1")?;
    }
    Ok(())
}

fn a_connection_in_too_many_rooms_is_told_so(stage: &mut Stage<'_>) -> Outcome {
    /// So many rooms are not too much to make for this.
    const MOST: u64 = 256;
    let limit = stage.need(stage.terms.profile.rooms_of_connection, "--rooms-of-connection")?;
    if limit > MOST {
        return stage.skip(&format!("a connection can be in {limit} rooms, and the check makes {MOST} at most"));
    }
    let mut peer = stage.framed("peer")?;
    for number in 0..limit {
        stage.join(&mut peer, &stage.room(&format!("r{number}-")))?;
    }
    peer.send_paced(&format!("JOIN {}", stage.room("one-more")));
    peer.expect(CODE, "ERR too-many-rooms <rest>")?;
    // Being in a room comes first.
    peer.send_paced(&format!("JOIN {}", stage.room("r0-")));
    peer.expect(CODE, "ERR already-joined <rest>").map(drop)
}
