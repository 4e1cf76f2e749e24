//! What several checks of requests have in common.

use std::mem;

use crate::Captures;
use crate::conformance::{Outcome, Peer, Stage};

/// The lines of one answer: its `NAMES`, `ROOM` or `PAST` lines, and then its final line.
pub(super) type Answer = Vec<String>;

/// Reads until so many requests are answered with `OK`, `ERR` or `WELCOME`. Events and `PONG` between are passed over.
pub(super) fn answers(peer: &mut Peer, requirement: &'static str, count: usize) -> Outcome<Vec<Answer>> {
    let (mut answers, mut lines) = (Vec::new(), Vec::new());
    while answers.len() < count {
        let line = peer.line(requirement, "OK, ERR, or what belongs to an answer")?;
        match verb(&line) {
            "NAMES" | "ROOM" | "PAST" => lines.push(line),
            "OK" | "ERR" | "WELCOME" => {
                lines.push(line);
                answers.push(mem::take(&mut lines));
            }
            _ => {}
        }
    }
    Ok(answers)
}

/// Asks once, and reads the answer.
pub(super) fn ask(peer: &mut Peer, requirement: &'static str, request: &str) -> Outcome<Answer> {
    peer.send(request);
    answers(peer, requirement, 1).map(|answers| answers.into_iter().flatten().collect())
}

/// An answer must be of these patterns, one for each of its lines.
pub(super) fn is_answer(stage: &Stage<'_>, requirement: &'static str, patterns: &[&str], answer: &Answer) -> Outcome {
    let fits = patterns.len() == answer.len()
        && patterns.iter().zip(answer).all(|(pattern, line)| Captures::default().fit(pattern, line));
    stage.hold(requirement, fits, patterns.join(", "), answer.join(", "))
}

/// A request must be refused with a code.
pub(super) fn is_refused(
    stage: &Stage<'_>,
    peer: &mut Peer,
    requirement: &'static str,
    request: &str,
    code: &str,
) -> Outcome {
    let answer = ask(peer, requirement, request)?;
    is_answer(stage, requirement, &[&format!("ERR {code} <rest>")], &answer)
}

/// Says so many texts of an octet length in a room.
pub(super) fn fill(stage: &Stage<'_>, room: &str, count: usize, octets: usize) -> Outcome {
    fill_with(stage, room, count, &"x".repeat(octets))
}

/// Says a text so many times in a room, by speakers who are in it only for that: none says more at once than the usual
/// limits let through.
pub(super) fn fill_with(stage: &Stage<'_>, room: &str, count: usize, text: &str) -> Outcome {
    const AT_ONCE: usize = 90;
    const OCTETS_AT_ONCE: usize = 196_608;
    let each = (OCTETS_AT_ONCE / text.len()).clamp(1, AT_ONCE);
    let say = format!("SAY {room} {{{}}}\n{text}\n", text.len());
    let mut left = count;
    while left > 0 {
        let now = left.min(each);
        let mut speaker = stage.framed(&format!("speaker-{left}"))?;
        speaker.send(&format!("JOIN {room}"));
        answers(&mut speaker, "4.5/3", 1)?;
        speaker.send_octets(say.repeat(now).as_bytes());
        for answer in answers(&mut speaker, "4.7/1", now)? {
            is_answer(stage, "4.7/1", &["OK seq=<seq>"], &answer)?;
        }
        left -= now;
    }
    Ok(())
}

/// The first word of a line.
pub(super) fn verb(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}
