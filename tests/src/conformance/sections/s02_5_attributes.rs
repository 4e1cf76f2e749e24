//! 2.5 Attributes.

use super::trial::{Trial, filled};
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.5",
    checks: &[
        check!(an_attribute_that_is_not_known_is_ignored: "2.5/5").peers(2),
        check!(attributes_are_accepted_in_any_order: "2.5/6").peers(2),
    ],
    unseen: &[],
};

fn an_attribute_that_is_not_known_is_ignored(stage: &mut Stage<'_>) -> Outcome {
    let mut trial = Trial::begin(stage)?;
    let many: String = ('a'..='p').map(|key| format!(" {key}=1")).collect();
    let (key, value) = (filled("k", "=x", 18), filled("k=", "", 257));
    let (name, none) = (trial.peer.name.clone(), format!("{}-none", trial.room));
    // What others know is not known here: the last ones would have no form there.
    for attributes in [&many[1..], &key, &value, "k-0=!=\"{:}~:", "retry=x", "last=x token=! next=x"] {
        for (request, answer) in [
            (format!("WHO {none} {attributes}"), "ERR no-such-room <rest>".to_owned()),
            (format!("LEAVE {none} {attributes} :x"), "ERR not-joined <rest>".to_owned()),
            (format!("HISTORY {none} 1 2 {attributes}"), "ERR not-joined <rest>".to_owned()),
            (format!("SEARCH {none} {} :x", attributes.replace("last=x", "id=x")), "ERR not-joined <rest>".to_owned()),
            (format!("TELL {name}-none {attributes} :x"), "ERR no-such-name <rest>".to_owned()),
            (format!("AUTH X {attributes} :x"), "ERR not-allowed <rest>".to_owned()),
            (format!("PING {attributes}"), "PONG".to_owned()),
            (format!("PING x {attributes}"), "PONG x".to_owned()),
            (format!("PONG {attributes}\nPONG x {attributes}\nPING"), "PONG".to_owned()),
        ] {
            trial.peer.send_paced(&request);
            trial.peer.expect("2.5/5", &answer)?;
            trial.peer.expect_nothing("2.5/5")?;
        }
        trial.said("2.5/5", format!("{attributes} :x\n"), "x")?;
        trial.peer.send_paced(&format!("ROOMS {attributes}"));
        trial.peer.until("2.5/5", "OK <rest>")?;
        trial.peer.expect_nothing("2.5/5")?;
    }
    let mut peer = stage.connect("peer")?;
    let (name, room) = (peer.name.clone(), stage.room("other"));
    peer.send(&format!("HELLO 1 {name} id=!{many}\nHELLO 1 {name} id=! colour=red\nJOIN {room} id=! colour=red"));
    // The first one had one attribute too many.
    peer.expect("2.7/1", "ERR bad-arguments <rest>")?;
    peer.expect("2.5/5", &format!("WELCOME {name} <rest>"))?;
    peer.expect("2.5/5", "OK <rest>")?;
    peer.expect("2.5/5", &format!("JOINED {room} {name}"))?;
    peer.send("BYE id=! colour=red :x");
    peer.expect("2.5/5", "BYE bye <rest>").map(drop)
}

fn attributes_are_accepted_in_any_order(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    // It keeps the room, and what was said there.
    let mut beside = stage.member("beside", &room)?;
    beside.send(&format!("SAY {room} a=1 id=i b=2 :one\nSAY {room} :two\nSAY {room} :three"));
    beside.until("4.7/2", &format!("MSG {room} 3 <rest>"))?;
    let mut peer = stage.connect("peer")?;
    let name = peer.name.clone();
    peer.send(&format!("HELLO 1 {name} a=1 token=x b=2"));
    peer.expect("2.5/6", &format!("WELCOME {name} <rest>"))?;
    let epoch = stage.join(&mut peer, &room)?.get("epoch").to_owned();
    for attributes in [
        format!("after={epoch}:1 last=1"),
        format!("last=1 after={epoch}:1"),
        format!("a=1 last=1 b=2 after={epoch}:1"),
    ] {
        peer.send(&format!("LEAVE {room}\nJOIN {room} {attributes}"));
        peer.expect("4.6/1", "OK")?;
        peer.expect("2.5/6", "OK epoch=<epoch> next=2 newest=3 members=2")?;
        peer.expect("2.5/6", &format!("GAP {room} 2 2 slow"))?;
        peer.expect("2.5/6", &format!("MSG {room} 3 <rest>"))?;
        peer.expect("5.5/2", &format!("JOINED {room} {name}"))?;
    }
    peer.send(&format!("HISTORY {room} 1 1 a=1 epoch={epoch} b=2"));
    peer.expect("2.5/6", &format!("PAST {room} 1 <at> {} id=i :one", beside.name))?;
    peer.expect("2.5/6", "OK <rest>").map(drop)
}
