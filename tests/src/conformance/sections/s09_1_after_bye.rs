//! 9.1 After BYE.

use std::time::{Duration, Instant};

use super::CLIENT;
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "9.1",
    checks: &[
        check!(bye_is_the_last_of_all: "9.1/1", "9.1/2").peers(2),
        check!(the_other_direction_stays_open: "9.1/2", "9.1/3").peers(2),
        check!(after_so_many_octets_the_connection_is_closed: "9.1/3").peers(1),
        check!(after_its_time_the_connection_is_closed: "9.1/3").peers(1).waits(Terms::discarding),
        check!(what_was_said_comes_before_bye: "9.1/7").peers(2),
    ],
    unseen: &[unseen!(CLIENT => "9.1/4", "9.1/5", "9.1/6")],
};

/// Octets that are discarded after `BYE`.
const DISCARDED: usize = 65_536;

fn bye_is_the_last_of_all(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut speaker = stage.member("speaker", &room)?;
    // What ends a connection: the client's BYE, a fault, the end of input.
    for (label, last, code) in [("bye", "BYE :x\n", "bye"), ("fault", "SAY {x", "bad-frame"), ("end", "", "bye")] {
        let mut peer = stage.member(label, &room)?;
        speaker.send(&format!("SAY {room} :before"));
        peer.send_octets(format!("WHO {room}\n{last}").as_bytes());
        speaker.send(&format!("SAY {room} :after\nTELL {} :after", peer.name));
        if last.is_empty() {
            peer.end_input();
        }
        let lines = peer.lines_to_the_end("9.1/2")?;
        let byes = lines.iter().filter(|line| line.starts_with("BYE ")).count();
        let is_last = lines.last().is_some_and(|line| line.starts_with(&format!("BYE {code} ")));
        stage.hold("9.1/1", byes == 1 && is_last, format!("BYE {code} as the last line"), lines.join(", "))?;
    }
    Ok(())
}

/// Whether an octet can still be sent.
fn is_open(peer: &mut Peer) -> bool {
    peer.send_until_stopped(b"\n", Duration::from_millis(100)) == 1
}

fn the_other_direction_stays_open(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let begin = Instant::now();
    let mut peer = stage.member("peer", &room)?;
    peer.send("BYE :x");
    peer.until("4.14/1", "BYE bye <rest>")?;
    peer.expect_end("9.1/2")?;
    let mut is_still_open = true;
    for _ in 0..5 {
        is_still_open &= is_open(&mut peer);
        // A closed connection refuses an octet, and then the next cannot be sent.
        std::thread::sleep(Duration::from_millis(10));
    }
    if begin.elapsed() < stage.terms.discarding() {
        stage.hold("9.1/2", is_still_open, "the direction to the server to be open", "it is closed")?;
    } else {
        stage.leave_out("9.1/2", "it took longer than is discarded for");
    }
    peer.send(&format!("HELLO 1 {}\nJOIN {room}\nSAY {room} :after", peer.name));
    witness.expect("5.5/1", &format!("JOINED {room} {}", peer.name))?;
    witness.expect("4.14/3", &format!("LEFT {room} {} :x", peer.name))?;
    // All that follows is discarded, and not answered.
    peer.expect_end("9.1/3")?;
    witness.expect_nothing("9.1/3")
}

fn after_so_many_octets_the_connection_is_closed(stage: &mut Stage<'_>) -> Outcome {
    /// More than sockets hold of what nobody reads.
    const FLOOD: usize = 512 * DISCARDED;
    let mut peer = stage.framed("peer")?;
    peer.send("BYE");
    peer.expect("4.14/1", "BYE bye <rest>")?;
    peer.expect_end("9.1/2")?;
    let sent = peer.send_until_stopped(&vec![b'x'; FLOOD], stage.terms.patience);
    stage.hold(
        "9.1/3",
        sent < FLOOD,
        format!("no more than {DISCARDED} octets to be discarded"),
        format!("{sent} were"),
    )
}

fn after_its_time_the_connection_is_closed(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.send("BYE");
    peer.expect("4.14/1", "BYE bye <rest>")?;
    peer.expect_end("9.1/2")?;
    let deadline = Instant::now() + stage.terms.discarding() + stage.terms.patience;
    while is_open(&mut peer) {
        let in_time = Instant::now() < deadline;
        stage.hold("9.1/3", in_time, "the connection to be closed when its time is up", "it is open")?;
        std::thread::sleep(Duration::from_millis(50));
    }
    stage.watched(&["9.1/3"]);
    Ok(())
}

fn what_was_said_comes_before_bye(stage: &mut Stage<'_>) -> Outcome {
    const ALL: u64 = 30;
    let room = stage.room("room");
    let mut speaker = stage.member("speaker", &room)?;
    let mut peer = stage.member("peer", &room)?;
    let says: String = (1..=ALL).map(|seq| format!("SAY {room} :{seq}\n")).collect();
    speaker.send_octets(says.as_bytes());
    // All was said, and so the room holds it for the other.
    speaker.until("4.7/1", &format!("OK seq={ALL}"))?;
    peer.send("BYE");
    let (before, _) = peer.until("4.14/1", "BYE bye <rest>")?;
    let count = before.iter().filter(|line| line.starts_with(&format!("MSG {room} "))).count();
    stage.same("9.1/7", &ALL, &(count as u64))
}
