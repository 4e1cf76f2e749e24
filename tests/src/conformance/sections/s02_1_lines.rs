//! 2.1 Lines.

use std::time::Duration;

use super::answers::verb;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "2.1",
    checks: &[
        check!(the_server_ends_its_lines_with_lf_alone: "2.1/1", "2.1/2", "2.1/6"),
        check!(a_cr_before_the_lf_is_of_the_terminator: "2.1/3").peers(1),
        check!(a_cr_elsewhere_is_an_octet_of_the_line: "2.1/4").peers(1),
        check!(empty_lines_between_frames_are_ignored: "2.1/5").peers(1),
        check!(lines_of_the_greatest_length_are_accepted: "2.1/7").peers(1),
        check!(how_a_stream_is_divided_changes_nothing: "2.1/8").peers(1),
    ],
    unseen: &[],
};

/// The longest line, in octets, without its terminator.
const LONGEST: usize = 4_096;

/// Between the pieces of a stream, so that they come as pieces.
const PAUSE: Duration = Duration::from_millis(1);

/// What the suite reads is watched for these in every check; here each kind of line is read.
fn the_server_ends_its_lines_with_lf_alone(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut alice = stage.member("alice", &room)?;
    let mut bob = stage.member("bob", &room)?;
    alice.expect("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    // As line text it would not fit in a line.
    let long = "x".repeat(LONGEST);
    bob.send(&format!("SAY {room} {{3}}\na\nb\nSAY {room} :{long}\nTELL {} :psst\nLEAVE {room} :Supper", alice.name));
    alice.until("4.6/3", &format!("LEFT {room} {} <reason>", bob.name))?;
    alice.send(&format!("WHO {room}\nROOMS after={room}\nHISTORY {room} 1 2\nSING\nBYE"));
    alice.until("4.14/1", "BYE bye :<text>")?;
    alice.expect_end("9.1/2")?;
    let mut carol = stage.plain("carol")?;
    carol.send("/who\n/rooms\n/help\n/dance\n/quit");
    carol.until("10.2/13", "* Goodbye!")?;
    carol.expect_end("10.6/2")?;
    stage.watched(&["2.1/1", "2.1/2", "2.1/6"]);
    Ok(())
}

fn a_cr_before_the_lf_is_of_the_terminator(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    peer.send("PING one\r");
    peer.expect("2.1/3", "PONG one")?;
    peer.send(&format!("SAY {room} :two\r"));
    let said = format!("MSG {room} 1 <at> {} :two", peer.name);
    peer.expect_unordered("2.1/3", ["OK seq=1", &said])?;
    Ok(())
}

fn a_cr_elsewhere_is_an_octet_of_the_line(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    for (line, answer) in [
        ("PING a\rb".to_owned(), "ERR bad-frame :<text>"),
        // Only one belongs to the terminator.
        ("PING a\r\r".to_owned(), "ERR bad-frame :<text>"),
        ("\rPING a".to_owned(), "ERR bad-frame :<text>"),
        (format!("SAY {room} :a\rb"), "ERR bad-text :<text>"),
        (format!("SAY {room} :a\r\r"), "ERR bad-text :<text>"),
        (format!("SAY {room} {{3}}\na\rb"), "ERR bad-text :<text>"),
    ] {
        peer.send(&line);
        peer.expect("2.1/4", answer)?;
    }
    peer.expect_nothing("2.1/4")
}

fn empty_lines_between_frames_are_ignored(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.connect("peer")?;
    peer.send("\n\r\n\r\nPING one\n\n\nPING two\r\n\r\n\nPING three");
    peer.expect_all("2.1/5", &["PONG one", "PONG two", "PONG three"])?;
    peer.send(&format!("\nHELLO 1 {}\n\r\n", peer.name));
    peer.expect("2.1/5", &format!("WELCOME {} <limits>", peer.name))?;
    // Behind a counted text too, whose own terminator is none.
    peer.send(&format!("TELL {} {{2}}\nhi\n\n\r\n\nPING four", peer.name));
    let told = format!("TOLD <at> {} :hi", peer.name);
    peer.expect_unordered("2.1/5", ["OK", &told, "PONG four"])?;
    peer.expect_nothing("2.1/5")
}

fn lines_of_the_greatest_length_are_accepted(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    for (seq, terminator) in [(1, ""), (2, "\r")] {
        let header = format!("SAY {room} :");
        let text = "x".repeat(LONGEST - header.len());
        peer.send(&format!("{header}{text}{terminator}"));
        peer.expect_unordered("2.1/7", [&format!("OK seq={seq}"), &format!("MSG {room} {seq} <rest>")])?;
        // A line without text: as many attributes as there may be, and a token to fill it.
        let attributes: String = (0..15).map(|key| format!(" k{key:02}={}", "v".repeat(255))).collect();
        let token = "t".repeat(64);
        let last = LONGEST - "PING ".len() - token.len() - attributes.len() - " k15=".len();
        peer.send(&format!("PING {token}{attributes} k15={}{terminator}", "v".repeat(last)));
        peer.expect("2.1/7", &format!("PONG {token}"))?;
    }
    Ok(())
}

fn how_a_stream_is_divided_changes_nothing(stage: &mut Stage<'_>) -> Outcome {
    let whole = outcome(stage, usize::MAX)?;
    for size in [1, 2, 3, 7] {
        let divided = outcome(stage, size)?;
        stage.same("2.1/8", &whole, &divided)?;
    }
    Ok(())
}

/// What comes of a stream that is sent in pieces of a size, without what differs each time.
fn outcome(stage: &Stage<'_>, size: usize) -> Outcome<String> {
    let room = stage.room(&format!("pieces-of-{}", size.min(99)));
    let mut peer = stage.connect("peer")?;
    let name = peer.name.clone();
    let stream = format!(
        "\r\nPING one\r\nHELLO 1 {name}\nJOIN {room}\r\nPING\rtwo\nSAY {room} {{5}}\r\nJOIN \r\n\r\n\
         SAY  {room} {{4}}\nBYE\n\nSAY {room} :h\u{e9}llo\r\nSAY {room} :\u{fffd}\u{1}\n\
         HISTORY {room} 1 9\r\nLEAVE {room} :\u{20ac}\nBYE :end\r\nPING\n"
    );
    for piece in stream.as_bytes().chunks(size) {
        peer.send_octets(piece);
        std::thread::sleep(PAUSE);
    }
    let mut lines = peer.lines_to_the_end("2.1/8")?;
    // Events need not come before the LEAVE; what was said is in the HISTORY.
    lines.retain(|line| !["MSG", "JOINED", "MEMBERS"].contains(&verb(line)));
    // A PONG is outside the order of the answers.
    lines.sort();
    let is_time = |field: &&str| field.len() > 10 && field.bytes().all(|octet| octet.is_ascii_digit());
    let fields = lines.iter().flat_map(|line| line.split(' ')).filter(|field| !is_time(field));
    let varying = |field: &&str| field.starts_with("token=") || field.starts_with("epoch=");
    let fields: Vec<&str> = fields.filter(|field| !varying(field)).collect();
    Ok(fields.join(" ").replace(&room, "#room"))
}
