//! 3.4 Names.

use std::time::{Duration, Instant};

use super::trial::filled;
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "3.4",
    checks: &[
        check!(reserved_names_are_refused_in_any_case: "3.4/1").peers(2),
        check!(of_many_who_ask_at_once_one_has_the_name: "3.4/2").peers(12),
        check!(a_name_is_free_when_its_bye_comes: "3.4/3").peers(3),
        check!(a_name_is_held_after_an_unclean_end: "3.4/4").peers(4),
        check!(a_held_name_is_free_when_its_time_is_over: "3.4/4").peers(3).waits(Terms::name_held),
        check!(a_name_is_held_after_a_timeout: "3.4/4").peers(2).waits(two_intervals),
        check!(the_name_of_who_has_no_token_is_not_held: "3.4/5").peers(4),
        check!(a_name_in_use_is_taken: "3.4/6").peers(4),
    ],
    unseen: &[],
};

const RESERVED: [&str; 31] = [
    "server",
    "system",
    "admin",
    "root",
    "hello",
    "welcome",
    "ok",
    "err",
    "join",
    "leave",
    "say",
    "tell",
    "who",
    "names",
    "rooms",
    "room",
    "history",
    "search",
    "past",
    "auth",
    "challenge",
    "ping",
    "pong",
    "bye",
    "msg",
    "note",
    "told",
    "joined",
    "left",
    "members",
    "gap",
];

const ACCEPTED: &str = "You are connected to the Server!";
const AGAIN: &str = "Choose a username...";

fn two_intervals(terms: &Terms) -> Duration {
    Duration::from_secs(2 * terms.announced.ping)
}

fn reserved_names_are_refused_in_any_case(stage: &mut Stage<'_>) -> Outcome {
    const REFUSED: &str = "3.4/1";
    for names in RESERVED.chunks(2) {
        let mut framed = stage.connect("framed")?;
        let mut plain = stage.connect_plain("plain")?;
        // It fixes plain mode, so that the next ones are name lines.
        plain.send("-");
        plain.expect_all("10.1/3", &["! <text>", AGAIN])?;
        for name in names {
            let mut capital = name.to_uppercase();
            capital.replace_range(1.., &name[1..]);
            for spelled in [name.to_uppercase(), capital] {
                framed.send(&format!("HELLO 1 {spelled}"));
                framed.expect(REFUSED, "ERR bad-name <rest>")?;
                plain.send(&spelled);
                plain.expect_all(REFUSED, &["! <text>", AGAIN])?;
            }
        }
        framed.send(&format!("HELLO 1 {}", names[0]));
        framed.expect(REFUSED, "ERR bad-name <rest>")?;
    }
    Ok(())
}

fn of_many_who_ask_at_once_one_has_the_name(stage: &mut Stage<'_>) -> Outcome {
    let name = stage.name("wanted");
    let mut framed = (0..6).map(|_| stage.connect("framed")).collect::<Outcome<Vec<_>>>()?;
    let mut plain = (0..6).map(|_| stage.connect_plain("plain")).collect::<Outcome<Vec<_>>>()?;
    for (framed, plain) in framed.iter_mut().zip(&mut plain) {
        framed.send(&format!("HELLO 1 {}", name.to_uppercase()));
        plain.send(&name);
    }
    let mut have = 0;
    for peer in &mut framed {
        let answer = peer.line("3.4/2", "WELCOME or ERR name-taken")?;
        have += usize::from(answer.starts_with("WELCOME "));
    }
    for peer in &mut plain {
        let answer = peer.line("3.4/2", "an accepted or a refused name")?;
        have += usize::from(answer == ACCEPTED);
    }
    stage.same("3.4/2", &1, &have)
}

fn a_name_is_free_when_its_bye_comes(stage: &mut Stage<'_>) -> Outcome {
    let free = |name: &str| {
        let mut next = stage.connect("next")?;
        next.send(&format!("HELLO 1 {name}\nBYE"));
        next.expect("3.4/3", &format!("WELCOME {name} <rest>"))?;
        next.expect("3.4/3", "BYE bye <rest>").map(drop)
    };
    for (input, code) in [
        ("BYE\n".to_owned(), "bye"),
        (String::new(), "bye"),
        ("PING {x".to_owned(), "bad-frame"),
        ("PING {999999}\n".to_owned(), "text-too-long"),
        (filled("PING ", "", 4_097), "line-too-long"),
        ("SING\n".repeat(16), "too-many-errors"),
    ] {
        let mut peer = stage.framed("peer")?;
        peer.send_octets(input.as_bytes());
        if input.is_empty() {
            peer.end_input();
        }
        peer.until("7.1/2", &format!("BYE {code} <rest>"))?;
        free(&peer.name)?;
    }
    for input in ["/quit\n", ""] {
        let mut peer = stage.plain("peer")?;
        peer.send_octets(input.as_bytes());
        if input.is_empty() {
            peer.end_input();
        }
        peer.expect("10.6/2", "* Goodbye!")?;
        free(&peer.name)?;
    }
    Ok(())
}

/// A member of a room and its token, and another who has seen it come.
fn two(stage: &Stage<'_>, room: &str) -> Outcome<(Peer, String, Peer)> {
    if !stage.terms.announced.token {
        return stage.skip("the server gives no tokens");
    }
    let mut beside = stage.member("beside", room)?;
    let mut peer = stage.connect("peer")?;
    peer.send(&format!("HELLO 1 {}", peer.name));
    let welcome = peer.expect("3.5/13", &format!("WELCOME {} token=<token> <rest>", peer.name))?;
    stage.join(&mut peer, room)?;
    beside.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    Ok((peer, welcome.get("token").to_owned(), beside))
}

fn a_name_is_held_after_an_unclean_end(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let (peer, token, mut beside) = two(stage, &room)?;
    let name = peer.name.clone();
    peer.reset();
    beside.expect("5.5/3", &format!("LEFT {room} {name}"))?;
    beside.send(&format!("TELL {name} :x"));
    beside.expect("4.8/1", "ERR no-such-name <rest>")?;
    let mut other = stage.connect("other")?;
    for hello in [format!("HELLO 1 {name}"), format!("HELLO 1 {} token=x", name.to_uppercase())] {
        other.send(&hello);
        other.expect("3.4/4", "ERR name-taken <rest>")?;
    }
    let mut plain = stage.connect_plain("plain")?;
    plain.send(&name);
    plain.expect_all("3.4/4", &["! <text>", AGAIN])?;
    other.send(&format!("HELLO 1 {name} token={token}"));
    other.expect("3.5/4", &format!("WELCOME {name} <rest>")).map(drop)
}

fn a_held_name_is_free_when_its_time_is_over(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let (peer, _, mut beside) = two(stage, &room)?;
    let (name, held) = (peer.name.clone(), stage.terms.name_held());
    let begin = Instant::now();
    peer.reset();
    beside.expect("5.5/3", &format!("LEFT {room} {name}"))?;
    let end = begin + held + stage.terms.patience;
    while !has(stage, &name)? {
        stage.hold("3.4/4", Instant::now() < end, "a name that is free after its time", "ERR name-taken")?;
        stage.wait(held / 20, &mut [&mut beside]);
    }
    // It was free at some moment since it was last asked for; clocks need not agree to the last of it.
    stage.hold("3.4/4", begin.elapsed() >= held * 9 / 10, "a name that is held for its time", "WELCOME before")
}

/// Whether one who asks for a name gets it.
fn has(stage: &Stage<'_>, name: &str) -> Outcome<bool> {
    let mut peer = stage.connect("asking")?;
    peer.send(&format!("HELLO 1 {name}\nBYE"));
    let answer = peer.line("4.1/1", "WELCOME or ERR name-taken")?;
    peer.expect("4.14/1", "BYE bye <rest>")?;
    Ok(answer.starts_with("WELCOME "))
}

fn a_name_is_held_after_a_timeout(stage: &mut Stage<'_>) -> Outcome {
    if !stage.terms.announced.token {
        return stage.skip("the server gives no tokens");
    }
    let mut peer = stage.framed("peer")?;
    peer.show_pings();
    let within = two_intervals(stage.terms) + stage.terms.patience;
    peer.expect_within("8/1", "PING", within)?;
    peer.expect_within("8/2", "BYE timeout <rest>", within)?;
    stage.hold("3.4/4", !has(stage, &peer.name)?, "ERR name-taken", "WELCOME")
}

fn the_name_of_who_has_no_token_is_not_held(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut beside = stage.member("beside", &room)?;
    let mut persons = vec![stage.plain_member("plain", &room)?];
    if !stage.terms.announced.token {
        persons.push(stage.member("framed", &room)?);
    }
    for person in persons {
        let name = person.name.clone();
        beside.until("5.5/1", &format!("JOINED {room} {name}"))?;
        let begin = Instant::now();
        person.reset();
        beside.until("5.5/3", &format!("LEFT {room} {name}"))?;
        // The end of a membership may be seen before the name is free, but who is held is not free for so long.
        let soon = stage.terms.patience.min(stage.terms.name_held() / 2);
        loop {
            let is_free = has(stage, &name)?;
            stage.hold("3.4/5", is_free || begin.elapsed() < soon, "a name that is free", "ERR name-taken")?;
            if is_free {
                break;
            }
        }
    }
    Ok(())
}

fn a_name_in_use_is_taken(stage: &mut Stage<'_>) -> Outcome {
    const TAKEN: &str = "3.4/6";
    let framed = stage.framed("framed")?;
    let plain = stage.plain("plain")?;
    for name in [&framed.name, &plain.name] {
        for spelled in [name.clone(), name.to_uppercase()] {
            let mut other = stage.connect("other")?;
            for token in ["", " token=x", " token=00112233445566778899aabbccddeeff"] {
                other.send(&format!("HELLO 1 {spelled}{token}"));
                other.expect(TAKEN, "ERR name-taken <rest>")?;
            }
            let mut other = stage.connect_plain("other")?;
            other.send(&spelled);
            other.expect_all(TAKEN, &["! <text>", AGAIN])?;
        }
    }
    Ok(())
}
