//! Saying so much that a room's log drops what came first.

use std::time::Duration;

use super::covered::Covered;
use crate::conformance::{Outcome, Peer, Stage, Terms};

/// Octets of a text. Its lines fit in lines of plain mode.
pub(super) const TEXT: u64 = 8 * 1_024;

/// Octets of a line of it.
const LINE: usize = 2 * 1_024;

/// What sockets on the way may hold of what a reader does not take, in octets.
const SOCKETS: u64 = 3 << 20;

/// Octets that are read from one connection in a second, where nobody says how many: the default of section 11.
const OCTET_RATE: u64 = 262_144;

/// How long it takes to say so many octets, by the limits of the server.
pub(super) fn time(terms: &Terms, octets: u64) -> Duration {
    let octet_rate = terms.profile.octet_rate.unwrap_or(OCTET_RATE);
    let by_octets = octets as f64 / octet_rate as f64;
    let by_messages = terms.announced.rate.map_or(0.0, |rate| (octets / TEXT) as f64 / rate as f64);
    Duration::from_secs_f64(by_octets.max(by_messages))
}

/// So many octets that the first are dropped; none if the size of the log is unknown.
pub(super) fn past_the_log(terms: &Terms) -> u64 {
    terms.profile.room_log.map_or(0, |log| 2 * log)
}

/// So many octets that a reader that takes none is passed; none if the size of the log is unknown.
pub(super) fn past_a_reader(terms: &Terms) -> u64 {
    terms.profile.room_log.map_or(0, |log| 2 * log + SOCKETS)
}

/// Says so many octets, and hears each message.
pub(super) fn say(stage: &Stage<'_>, speaker: &mut Peer, said: &mut Covered, octets: u64) -> Outcome {
    let room = said.room().to_owned();
    for _ in 0..octets.div_ceil(TEXT) {
        let seq = said.due;
        speaker.send_paced(&format!("SAY {room} {{{TEXT}}}\n{}", text(seq)));
        let (mut ok, mut heard) = (false, false);
        while !(ok && heard) {
            let line = speaker.line("4.7/2", "OK and the MSG")?;
            heard |= said.take(stage, "6.2/2", &line)?;
            ok |= line == format!("OK seq={seq}");
        }
    }
    Ok(())
}

/// The text of a number: lines that all begin with it.
pub(super) fn text(seq: u64) -> String {
    let line = format!("{seq:08} {}", "x".repeat(LINE - "00000000 ".len() - "\n".len()));
    // The last one has no LF behind it, and an octet more.
    format!("{}x", vec![line; TEXT as usize / LINE].join("\n"))
}

/// The lowest number of a room that is kept.
pub(super) fn oldest(stage: &Stage<'_>, peer: &mut Peer, room: &str, newest: u64) -> Outcome<u64> {
    let mut first = 1;
    loop {
        peer.send_paced(&format!("HISTORY {room} {first} {newest}"));
        let (before, ok) = peer.until("4.11/1", "OK epoch=<epoch> count=<count> next=<next>")?;
        let past = before.iter().find_map(|line| line.strip_prefix(&format!("PAST {room} ")));
        let oldest = past.and_then(|rest| rest.split(' ').next()).and_then(|seq| seq.parse().ok());
        if let Some(oldest) = oldest {
            return Ok(oldest);
        }
        let next = ok.number("next")?;
        stage.hold("4.11/6", next > first && next <= newest, "a page with messages", ok.line)?;
        first = next;
    }
}
