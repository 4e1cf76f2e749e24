//! 3.2 The first line of a client.

use super::trial::filled;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "3.2",
    checks: &[
        check!(the_first_row_that_fits_decides_the_mode: "3.2/1").peers(1),
        check!(nothing_is_interpreted_behind_a_refused_line: "3.2/2").peers(2),
        check!(the_line_that_fixes_framed_mode_is_its_first: "3.2/3").peers(1),
        check!(the_line_that_fixes_plain_mode_is_a_name_line: "3.2/4").peers(1),
        check!(a_first_line_that_is_too_long_ends_the_connection: "3.2/5").peers(1),
        check!(nothing_is_sent_before_the_mode_is_fixed: "3.2/6").peers(1),
        check!(a_bye_before_the_mode_is_fixed_is_a_frame: "3.2/7").peers(1),
    ],
    unseen: &[],
};

const ACCEPTED: &str = "You are connected to the Server!";
const REFUSED: &str = "BYE bad-handshake <rest>";

fn the_first_row_that_fits_decides_the_mode(stage: &mut Stage<'_>) -> Outcome {
    const MODE: &str = "3.2/1";
    // Rule 1 is decided before the line ends, by an octet, and goes before what the rest would be.
    let controls = (0..0x20_u8).filter(|octet| !b"\n\r".contains(octet)).map(|octet| vec![octet]);
    let early = ["\rx", "\r\r", "\n\r\n\t", "SSH-", "\nSSH-"].map(Vec::from);
    let lines = [
        "GET / HTTP/1.1\n",
        "POST /x HTTP/1.0\r\n",
        "HTTP/1.1\n",
        "HTTP/\n",
        "x  HTTP/2  \n",
        "HELLO 1 HTTP/2\n",
        "PING HTTP/1\n",
        "BYE HTTP/\n",
        "AUTH HTTP/x\n",
        "\tHELLO 1 a\n",
        "SSH-2.0-x HTTP/1.1\n",
    ];
    for input in controls.chain(early).chain(lines.map(Vec::from)) {
        let mut peer = stage.connect("peer")?;
        peer.send_octets(&input);
        peer.expect(MODE, REFUSED)?;
        peer.expect_end("9.1/2")?;
    }
    let (name, other) = (stage.name("a"), stage.name("b"));
    for (line, answer) in [
        ("PING", "PONG"),
        ("ping x", "PONG x"),
        ("\n\r\nPiNg x\r", "PONG x"),
        ("PING  x", "ERR bad-frame <rest>"),
        ("PING :x", "ERR bad-arguments <rest>"),
        ("AUTH PLAIN", "ERR not-allowed <rest>"),
        ("auth PLAIN :AA==", "ERR not-allowed <rest>"),
        ("AUTH  x", "ERR bad-frame <rest>"),
        (&format!("HELLO 1 {name}"), "WELCOME <rest>"),
        (&format!("hElLo 1 {other}"), "WELCOME <rest>"),
        ("HELLO x y z", "ERR bad-version <rest>"),
        ("HELLO 1 y z", "ERR bad-arguments <rest>"),
        ("HELLO 1 -", "ERR bad-name <rest>"),
        ("HELLO  1 a", "ERR bad-frame <rest>"),
        ("HELLO 1 \u{e9}", "ERR bad-frame <rest>"),
        ("BYE", "BYE bye <rest>"),
        ("bye :x", "BYE bye <rest>"),
    ] {
        let mut peer = stage.connect("peer")?;
        peer.send(line);
        peer.expect(MODE, answer)?;
        if !answer.starts_with("BYE") {
            peer.end_input();
            peer.expect(MODE, "BYE bye <rest>")?;
        }
    }
    for line in [
        "HELLO",
        "HELLO 1",
        "hello you",
        "HELLO  1",
        "HELLO 1 ",
        "AUTH",
        "AUTH ",
        "PONG",
        "JOIN #a",
        "ROOMS",
        "SAY #a :x",
        "MSG #a 1 2 b :c",
        "SING!",
        " PING",
        " HELLO 1 a",
        "PING\t",
        "PING:x",
        "HTTP/1.1 x",
        "GET / http/1.1",
        "x xHTTP/1.1",
        ":",
        "/quit",
        "{x",
        "SSH 2",
        "ssh-!",
        "\u{e9}",
        "\u{7f}",
    ] {
        let mut peer = stage.connect_plain("peer")?;
        peer.send(line);
        peer.expect(MODE, "! <text>")?;
        peer.expect(MODE, "Choose a username...")?;
    }
    Ok(())
}

/// What comes behind would give a name, and make a room.
fn nothing_is_interpreted_behind_a_refused_line(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut beside = stage.framed("beside")?;
    for first in ["GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\n", "\x16\x03\x01", "\x16\x03\x01\n", "\t\n"] {
        let mut peer = stage.connect("peer")?;
        let name = peer.name.clone();
        peer.send(&format!("{first}HELLO 1 {name}\nJOIN {room}\nTELL {} :x\n{name}", beside.name));
        peer.expect("3.2/2", REFUSED)?;
        peer.expect_end("3.2/2")?;
        beside.send(&format!("TELL {name} :Are you there?\nWHO {room}"));
        beside.expect("3.2/2", "ERR no-such-name <rest>")?;
        beside.expect("3.2/2", "ERR no-such-room <rest>")?;
    }
    Ok(())
}

fn the_line_that_fixes_framed_mode_is_its_first(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect("peer")?;
    let name = peer.name.clone();
    peer.send(&format!("HELLO 1 {name}\nPING x"));
    peer.expect("3.2/3", &format!("WELCOME {name} <rest>"))?;
    peer.expect("3.2/3", "PONG x")?;
    // Its counted text too.
    drop(peer);
    let mut peer = stage.connect("counted")?;
    peer.send("AUTH X {6}\nPING x\nPING y");
    peer.expect("3.2/3", "ERR not-allowed <rest>")?;
    peer.expect("3.2/3", "PONG y")?;
    peer.expect_nothing("3.2/3")
}

fn the_line_that_fixes_plain_mode_is_a_name_line(stage: &mut Stage<'_>) -> Outcome {
    for before in ["", "\n\r\n"] {
        let mut peer = stage.connect_plain("peer")?;
        let name = peer.name.clone();
        peer.send(&format!("{before}{name}\n/quit"));
        peer.expect("3.2/4", ACCEPTED)?;
        peer.expect("3.2/4", &format!("{name} joined the chat!"))?;
        peer.expect("10.6/2", "* Goodbye!")?;
    }
    Ok(())
}

fn a_first_line_that_is_too_long_ends_the_connection(stage: &mut Stage<'_>) -> Outcome {
    // At the octet that shows it, and in the form of framed mode whatever the line looks like.
    for line in [
        filled("PING :", "", 4_097),
        filled("PING :", "\n", 4_098),
        filled("PING ", "\rx", 4_098),
        filled("HELLO 1 a :", "", 4_097),
        filled("", "", 4_097),
        filled("", "\n", 4_098),
        filled("\n", "", 4_098),
        filled("GET /", " HTTP/1.1\n", 5_000),
    ] {
        let mut peer = stage.connect("peer")?;
        peer.send_octets(line.as_bytes());
        peer.expect("3.2/5", "BYE line-too-long <rest>")?;
        peer.expect_end("9.1/2")?;
    }
    for line in [filled("PING :", "\n", 4_097), filled("PING :", "\r\n", 4_098)] {
        let mut peer = stage.connect("peer")?;
        peer.send_octets(line.as_bytes());
        peer.expect("3.2/5", "ERR bad-arguments <rest>")?;
    }
    let mut peer = stage.connect_plain("peer")?;
    peer.send_octets(filled("", "\n", 4_097).as_bytes());
    peer.expect("3.2/5", "! <text>").map(drop)
}

/// Whatever came too early would stand before the first answer.
fn nothing_is_sent_before_the_mode_is_fixed(stage: &mut Stage<'_>) -> Outcome {
    let mut framed = stage.connect("framed")?;
    for octets in ["\n", "\r\n", "\r", "\n", "P", "I", "NG", " x", "\r", "\n"] {
        framed.send_octets(octets.as_bytes());
    }
    framed.expect("3.2/6", "PONG x")?;
    drop(framed);
    let mut plain = stage.connect_plain("plain")?;
    plain.send("\n\r\n");
    plain.send_octets(&plain.name.clone().into_bytes());
    plain.send("");
    plain.expect("3.2/6", ACCEPTED)?;
    drop(plain);
    let mut nobody = stage.connect("nobody")?;
    nobody.send_octets(b"\n\r\nHELLO 1 somebody");
    nobody.end_input();
    nobody.expect_end("3.2/6")
}

fn a_bye_before_the_mode_is_fixed_is_a_frame(stage: &mut Stage<'_>) -> Outcome {
    for (input, code) in [
        (b"\0".to_vec(), "bad-handshake"),
        (b"SSH-".to_vec(), "bad-handshake"),
        (b"Is this HTTP/1.1\n".to_vec(), "bad-handshake"),
        (vec![b'x'; 4_097], "line-too-long"),
        // Empty lines fix no mode.
        (vec![b'\n'; 8_193], "bad-handshake"),
    ] {
        let mut peer = stage.connect("peer")?;
        peer.send_octets(&input);
        peer.expect("3.2/7", &format!("BYE {code} :<text>"))?;
    }
    Ok(())
}
