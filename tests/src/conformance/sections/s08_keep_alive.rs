//! 8 Keep-alive.

use std::time::Duration;

use super::CLIENT;
use crate::conformance::{Outcome, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "8",
    checks: &[
        check!(who_is_silent_is_asked_once_and_then_left: "8/1", "8/2", "8/3")
            .peers(1)
            .waits(|terms| 2 * interval(terms)),
        check!(any_octet_breaks_the_silence: "8/2").peers(1).waits(|terms| 3 * interval(terms)),
        check!(whoever_answers_stays_and_is_asked_again: "8/1", "8/2").peers(1).waits(|terms| 3 * interval(terms)),
    ],
    unseen: &[
        unseen!(CLIENT => "8/5", "8/6", "8/7"),
        unseen!(
            "whether a server has stopped reading does not show while its transport takes octets; its own tests play it"
            => "8/4"
        ),
    ],
};

fn interval(terms: &Terms) -> Duration {
    Duration::from_secs(terms.announced.ping)
}

/// The interval, and what a busy machine adds.
fn patience(stage: &Stage<'_>) -> Duration {
    interval(stage.terms) + stage.terms.patience
}

fn is_ping(line: &str) -> bool {
    line == "PING" || line.starts_with("PING ")
}

fn who_is_silent_is_asked_once_and_then_left(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.show_pings();
    let (ping, _) = peer.expect_within("8/1", "<line>", patience(stage))?;
    stage.hold("8/1", is_ping(&ping.line), "PING after one interval", ping.line)?;
    let (next, _) = peer.expect_within("8/2", "<line>", patience(stage))?;
    stage.hold("8/3", !is_ping(&next.line), "no second PING", &next.line)?;
    stage.hold("8/2", next.line.starts_with("BYE timeout "), "BYE timeout after one more interval", next.line)?;
    peer.expect_end("9.1/2")
}

fn any_octet_breaks_the_silence(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.show_pings();
    let (ping, _) = peer.expect_within("8/1", "<line>", patience(stage))?;
    stage.hold("8/1", is_ping(&ping.line), "PING after one interval", ping.line)?;
    // Two intervals more, and no line is completed before their end.
    for octet in "PING here".as_bytes().chunks(1) {
        peer.send_octets(octet);
        std::thread::sleep(interval(stage.terms) / 4);
    }
    peer.send("");
    peer.until("8/2", "PONG here").map(drop)
}

fn whoever_answers_stays_and_is_asked_again(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.show_pings();
    for _ in 0..3 {
        let (ping, _) = peer.expect_within("8/1", "<line>", patience(stage))?;
        stage.hold("8/1", is_ping(&ping.line), "PING after each interval", &ping.line)?;
        peer.send(&ping.line.replacen("PING", "PONG", 1));
    }
    peer.expect_nothing("8/2")
}
