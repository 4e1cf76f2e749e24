//! 3.3 Before WELCOME.

use std::time::{Duration, Instant};

use super::PERMISSION;
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "3.3",
    checks: &[
        check!(requests_before_welcome_are_not_welcome: "3.3/1").peers(2),
        check!(who_was_refused_can_try_again: "3.3/2").peers(3),
        check!(the_sixth_refusal_ends_the_connection: "3.3/3").peers(2),
        check!(who_is_silent_before_welcome_is_cut: "3.3/4").peers(3).waits(Terms::without_welcome),
        check!(octets_before_welcome_are_bounded: "3.3/5").peers(1),
    ],
    unseen: &[unseen!(PERMISSION => "3.3/6")],
};

const ACCEPTED: &str = "You are connected to the Server!";
const AGAIN: &str = "Choose a username...";

fn requests_before_welcome_are_not_welcome(stage: &mut Stage<'_>) -> Outcome {
    let (beside, room) = (stage.framed("beside")?, stage.room("room"));
    for request in [
        format!("JOIN {room}"),
        format!("LEAVE {room}"),
        format!("SAY {room} {{6}}\nPING x"),
        format!("TELL {} :x", beside.name),
        format!("WHO {room}"),
        "ROOMS".to_owned(),
        format!("HISTORY {room} 1 2"),
        format!("SEARCH {room} :x"),
    ] {
        let mut peer = stage.connect("peer")?;
        let name = peer.name.clone();
        // What needs no name works before and after it.
        peer.send(&format!("PING 1\n{request}\nPING 2\nPONG\nAUTH X\nHELLO 1 {name}\nWHO {room}\nBYE"));
        peer.expect("3.3/1", "PONG 1")?;
        // A PONG is outside the order of the answers.
        peer.expect_unordered("3.3/1", ["ERR not-welcome <rest>", "PONG 2"])?;
        peer.expect("4.12/1", "ERR not-allowed <rest>")?;
        peer.expect("3.3/1", &format!("WELCOME {name} <rest>"))?;
        peer.expect("3.3/1", "ERR no-such-room <rest>")?;
        peer.expect("4.14/1", "BYE bye <rest>")?;
    }
    Ok(())
}

fn who_was_refused_can_try_again(stage: &mut Stage<'_>) -> Outcome {
    let taken = stage.framed("taken")?;
    let mut peer = stage.connect("framed")?;
    let name = peer.name.clone();
    for (hello, code) in [
        (format!("HELLO 2 {name}"), "bad-version"),
        (format!("HELLO 1 -{name}"), "bad-name"),
        (format!("HELLO 1 {}", taken.name), "name-taken"),
        ("HELLO 1 Admin".to_owned(), "bad-name"),
        (format!("HELLO 1 {name} token="), "bad-arguments"),
    ] {
        peer.send(&hello);
        peer.expect("3.3/2", &format!("ERR {code} <rest>"))?;
    }
    peer.send(&format!("HELLO 1 {name}"));
    peer.expect("3.3/2", &format!("WELCOME {name} <rest>"))?;
    let mut plain = stage.connect_plain("plain")?;
    for refused in ["not a name", "admin", &taken.name, "a\u{7f}", "HELLO 1 x"] {
        plain.send(refused);
        plain.expect("3.3/2", "! <text>")?;
        plain.expect("3.3/2", AGAIN)?;
    }
    plain.send(&plain.name.clone());
    plain.expect("3.3/2", ACCEPTED).map(drop)
}

fn the_sixth_refusal_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    const END: &str = "3.3/3";
    let refusals = [
        ("HELLO 2 a", "bad-version"),
        ("JOIN #a", "not-welcome"),
        ("AUTH X", "not-allowed"),
        ("SING", "unknown-verb"),
        ("HELLO 1 root", "bad-name"),
        ("SAY #a :\x01", "bad-text"),
        ("WHO  #a", "bad-frame"),
    ];
    for last in 0..refusals.len() {
        let mut peer = stage.connect("framed")?;
        // Only refusals count.
        peer.send("PING x\nPONG\n\n");
        peer.expect(END, "PONG x")?;
        let mut refusals = refusals.iter().cycle().skip(last + 1);
        for (line, code) in refusals.by_ref().take(5) {
            peer.send(&format!("{line}\nPING y"));
            peer.expect_unordered(END, [&format!("ERR {code} <rest>"), "PONG y"])?;
        }
        let line = refusals.next().map_or("SING", |(line, _)| *line);
        peer.send(&format!("{line}\nHELLO 1 {}", peer.name));
        peer.expect(END, "BYE too-many-errors <rest>")?;
        peer.expect_end("9.1/2")?;
    }
    let mut plain = stage.connect_plain("plain")?;
    plain.send(&"-\n\n".repeat(6));
    for _ in 0..5 {
        plain.expect(END, "! <text>")?;
        plain.expect(END, AGAIN)?;
    }
    plain.expect(END, "! <text>")?;
    plain.expect_end("10.6/2")
}

fn who_is_silent_before_welcome_is_cut(stage: &mut Stage<'_>) -> Outcome {
    let begin = Instant::now();
    let mut unfixed = stage.connect("unfixed")?;
    unfixed.send_octets(b"\nHELLO 1");
    let mut framed = stage.connect("framed")?;
    // Being heard does not lengthen it.
    framed.send("PING\nPING x");
    framed.expect_all("4.13/1", &["PONG", "PONG x"])?;
    let mut plain = stage.connect_plain("plain")?;
    plain.send("-");
    plain.expect_all("10.1/3", &["! <text>", AGAIN])?;
    let time = stage.terms.without_welcome();
    let cut = |peer: &mut Peer, pattern: &str| {
        let left = time.saturating_sub(begin.elapsed()) + stage.terms.patience;
        peer.expect_within("3.3/4", pattern, left)?;
        // Clocks need not agree to the last of it.
        let early = begin.elapsed() < time * 9 / 10;
        let got = format!(
            "it after {}",
            humantime::format_duration(Duration::from_millis(begin.elapsed().as_millis() as u64))
        );
        stage.hold("3.3/4", !early, format!("no end before {}", humantime::format_duration(time)), got)?;
        peer.expect_end("9.1/2")
    };
    cut(&mut unfixed, "BYE timeout <rest>")?;
    cut(&mut framed, "BYE timeout <rest>")?;
    cut(&mut plain, "! <text>")
}

fn octets_before_welcome_are_bounded(stage: &mut Stage<'_>) -> Outcome {
    const BOUND: &str = "3.3/5";
    const MOST: usize = 8_192;
    for framed in [true, false] {
        for too_many in [0, 1] {
            let mut peer = if framed { stage.connect("framed")? } else { stage.connect_plain("plain")? };
            let name = peer.name.clone();
            let (begin, last) =
                if framed { ("PING\n", format!("HELLO 1 {name}\n")) } else { ("-\n", format!("{name}\n")) };
            // In plain mode empty lines, as they are no refusals.
            let filling = "\n".repeat(MOST + too_many - begin.len() - last.len());
            peer.send_octets(format!("{begin}{filling}{last}").as_bytes());
            if framed {
                peer.expect("4.13/1", "PONG")?;
            } else {
                peer.expect_all("10.1/3", &["! <text>", AGAIN])?;
            }
            let answer = match (framed, too_many) {
                (true, 0) => format!("WELCOME {name} <rest>"),
                (true, _) => "BYE bad-handshake <rest>".to_owned(),
                (false, 0) => ACCEPTED.to_owned(),
                (false, _) => "! <text>".to_owned(),
            };
            peer.expect(BOUND, &answer)?;
            if too_many > 0 {
                peer.expect_end("9.1/2")?;
            }
        }
    }
    let mut unfixed = stage.connect("unfixed")?;
    unfixed.send_octets(&[b'\n'; MOST]);
    // It is the octet that is one too many.
    unfixed.send_octets(b"P");
    unfixed.expect(BOUND, "BYE bad-handshake <rest>")?;
    unfixed.expect_end("9.1/2")
}
