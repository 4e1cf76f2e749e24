//! 4.2 The message rate.

use std::time::Duration;

use super::answers::{answers, ask};
use crate::conformance::{Outcome, Peer, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.2",
    checks: &[
        check!(the_bucket_holds_twice_the_rate: "4.2/1", "4.2/2", "4.1/11", "4.2/5").peers(1),
        check!(who_waits_as_told_is_served: "4.2/3", "4.2/4").peers(1),
    ],
    unseen: &[],
};

/// Above this, a burst that empties the bucket is more than a suite sends.
const HIGHEST: u64 = 1_000;

/// The rate, if there is one that can be exceeded.
fn rate(stage: &Stage<'_>) -> Outcome<usize> {
    match stage.terms.announced.rate {
        None => stage.skip("WELCOME announces no rate"),
        Some(rate) if rate > HIGHEST => stage.skip("the announced rate is too high to be exceeded"),
        Some(rate) => Ok(usize::try_from(rate).unwrap_or(usize::MAX)),
    }
}

/// The `retry` of an answer, if it is `rate-limited`.
fn retry(stage: &Stage<'_>, answer: &[String]) -> Outcome<Option<u64>> {
    let line = answer.last().map(String::as_str).unwrap_or_default();
    let Some(rest) = line.strip_prefix("ERR rate-limited") else { return Ok(None) };
    let retry = rest.strip_prefix(" retry=").and_then(|rest| rest.split(' ').next()?.parse().ok());
    stage.hold("4.2/4", retry.is_some(), "ERR rate-limited retry=MS", line)?;
    Ok(retry)
}

fn the_bucket_holds_twice_the_rate(stage: &mut Stage<'_>) -> Outcome {
    let rate = rate(stage)?;
    let (name, nowhere) = (stage.name("peer"), stage.room("nowhere"));
    let mut peer = stage.connect("peer")?;
    // Of these none takes a unit: not those of another kind, and not those that do not reach check 7.
    let free = format!("PING\nAUTH PLAIN\nHELLO 1 {name}\nWHO tea\nSING\nWHO  {nowhere}\nPONG\n");
    // The first one fixes framed mode.
    peer.send_octets(format!("PING\nWHO {nowhere}\nHELLO 1 {name}\n").as_bytes());
    answers(&mut peer, "4.2/1", 2)?;
    let times = rate.div_ceil(2).min(40);
    peer.send_octets(free.repeat(times).as_bytes());
    for answer in answers(&mut peer, "4.2/1", 5 * times)? {
        let is_free = retry(stage, &answer)?.is_none();
        stage.hold("4.2/1", is_free, "no unit for any of these", answer.join(", "))?;
    }
    peer.send_octets(format!("WHO {nowhere}\n").repeat(6 * rate).as_bytes());
    let answers = answers(&mut peer, "4.2/2", 6 * rate)?;
    let mut refused = 0;
    for (index, answer) in answers.iter().enumerate() {
        let is_refused = retry(stage, answer)?.is_some();
        stage.hold(
            "4.2/1",
            index >= 2 * rate || !is_refused,
            "a full bucket",
            format!("request {index} was refused"),
        )?;
        refused += usize::from(is_refused);
    }
    let got = format!("{refused} of {} refused", answers.len());
    stage.hold("4.2/2", refused > 0, "refusals above the rate", &got)?;
    stage.hold("4.1/11", refused > 0, "refusals above the rate", &got)?;
    if stage.terms.address.ip().is_loopback() {
        stage.hold("4.2/5", refused > 0, "refusals above the rate", &got)?;
    } else {
        stage.leave_out("4.2/5", "the server is not asked from the loopback address");
    }
    Ok(())
}

fn who_waits_as_told_is_served(stage: &mut Stage<'_>) -> Outcome {
    let rate = rate(stage)?;
    let request = format!("WHO {}", stage.room("nowhere"));
    let mut peer = stage.framed("peer")?;
    peer.send_octets(format!("{request}\n").repeat(6 * rate).as_bytes());
    answers(&mut peer, "4.2/2", 6 * rate)?;
    // First after many that were refused and took nothing; then after one.
    for requirement in ["4.2/3", "4.2/4"] {
        let retry = refusal(stage, &mut peer, &request, rate)?;
        let longest = 1_000_u64.div_ceil(rate as u64);
        let is_possible = (1..=longest).contains(&retry);
        stage.hold("4.2/4", is_possible, format!("1 to {longest} ms until there is a unit"), retry)?;
        std::thread::sleep(Duration::from_millis(retry));
        let answer = ask(&mut peer, requirement, &request)?;
        let is_served = self::retry(stage, &answer)?.is_none();
        stage.hold(requirement, is_served, "service after the time of retry", answer.join(", "))?;
    }
    Ok(())
}

/// Asks until it is refused. The time to wait.
fn refusal(stage: &Stage<'_>, peer: &mut Peer, request: &str, rate: usize) -> Outcome<u64> {
    for _ in 0..6 * rate {
        let answer = ask(peer, "4.2/2", request)?;
        if let Some(retry) = retry(stage, &answer)? {
            return Ok(retry);
        }
    }
    stage.skip("the way to the server takes longer than a unit of its rate")
}
