//! 9.3 The server's end.

use std::time::{Duration, Instant};

use super::crowd;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "9.3",
    checks: &[check!(one_connection_too_many_is_turned_away: "9.3/4", "11/3").peers(crowd::MOST).alone()],
    unseen: &[unseen!(
        "only its operator can shut a server down; the server's own tests do, in process" => "9.3/1", "9.3/2", "9.3/3"
    )],
};

fn one_connection_too_many_is_turned_away(stage: &mut Stage<'_>) -> Outcome {
    let limit = stage.need(stage.terms.profile.connections, "--connections")?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit >= crowd::MOST {
        return stage.skip(&format!("it takes more connections than the suite opens, which are {}", crowd::MOST));
    }
    let mut seated = Vec::new();
    loop {
        let mut peer = stage.connect("peer")?;
        // Who has a place gets an answer, and who has none is told so unasked.
        peer.send("PING place");
        let line = peer.line("9.3/4", "PONG, or BYE too-many-connections")?;
        if line == "PONG place" {
            seated.push(peer);
            stage.hold("11/3", seated.len() <= limit, format!("at most {limit} connections"), "one more")?;
            continue;
        }
        let is_told = line.starts_with("BYE too-many-connections ");
        stage.hold("9.3/4", is_told, "BYE too-many-connections", line)?;
        peer.expect_end("9.1/2")?;
        break;
    }
    stage.watched(&["11/3"]);
    // Those who have a place keep it.
    seated.iter_mut().try_for_each(|peer| peer.expect_nothing("9.3/4"))?;
    // They give their places back, and the checks that follow need them: whoever says BYE and closes is soon gone.
    for peer in &mut seated {
        peer.send("BYE");
        peer.expect("4.14/1", "BYE bye <rest>")?;
    }
    drop(seated);
    let deadline = Instant::now() + stage.terms.patience;
    loop {
        let mut peer = stage.connect("later")?;
        peer.send("PING place");
        let line = peer.line("9.3/4", "PONG, or BYE too-many-connections")?;
        if line == "PONG place" {
            return Ok(());
        }
        stage.hold("9.3/4", Instant::now() < deadline, "a place that was given back", line)?;
        std::thread::sleep(Duration::from_millis(10));
    }
}
