//! What is seen of a run, in words.

use std::time::Duration;

use super::Facts;
use super::seen::Seen;
use crate::engine::{Count, Phase};
use crate::plan::Load;
use crate::report::Unit;
use crate::series::Brief;

/// What a terminal shows of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// How far the phase is: so much of so much.
    pub(super) done: (u64, u64),
    /// What the run does.
    pub(super) doing: String,
    /// The figures, of which each has a line. None is longer than 80 columns, but for enormous numbers.
    pub(super) lines: Vec<String>,
    /// What went wrong so far, if anything did.
    pub(super) faults: Option<String>,
}

/// What went wrong, by its name in the report.
pub(super) const FAULTS: [(Count, &str); 8] = [
    (Count::Lost, "lost"),
    (Count::Cut, "cut"),
    (Count::Repeated, "repeated"),
    (Count::Reordered, "reordered"),
    (Count::Corrupt, "corrupt"),
    (Count::Refused, "refused"),
    (Count::Unsent, "unsent"),
    (Count::Disconnected, "disconnected"),
];

/// A moment for a terminal.
pub(super) fn picture(facts: &Facts, seen: &Seen) -> Picture {
    let done = match seen.phase {
        Phase::Ramp => (seen.counts.get(Count::Joined), facts.connections.into()),
        Phase::Settle | Phase::Ready => (0, 1),
        Phase::Load => (millis(seen.sending.min(facts.duration)), millis(facts.duration)),
        Phase::Drain | Phase::Over => (1, 1),
    };
    let lines = match seen.phase {
        Phase::Ramp | Phase::Settle | Phase::Ready => Vec::new(),
        Phase::Load => {
            let sent = format!("{}, {}", connected(facts, seen), sent(facts, seen));
            [Some(sent), Some(received(seen)), times(seen), Some(generator(seen))].into_iter().flatten().collect()
        }
        Phase::Drain | Phase::Over => {
            [Some(connected(facts, seen)), Some(received(seen)), times(seen)].into_iter().flatten().collect()
        }
    };
    Picture { done, doing: doing(facts, seen), lines, faults: faults(seen) }
}

/// A moment in one line. Its words stay as they are; a figure that is not known is left out.
pub(super) fn line(facts: &Facts, seen: &Seen) -> String {
    let Picture { doing, lines, faults, .. } = picture(facts, seen);
    let parts: Vec<_> = [doing].into_iter().chain(lines).chain(faults).collect();
    let heading = facts.heading.as_ref().map_or(String::new(), |heading| format!("{heading}: "));
    format!("{heading}{}", parts.join(", "))
}

fn doing(facts: &Facts, seen: &Seen) -> String {
    let counts = &seen.counts;
    match seen.phase {
        Phase::Ramp => {
            format!("{} of {} have joined", count(counts.get(Count::Joined)), count(facts.connections.into()))
        }
        Phase::Settle => format!("all {} have joined", count(facts.connections.into())),
        Phase::Ready => format!("all {} have joined, and wait for the start", count(facts.connections.into())),
        Phase::Load => {
            let left = facts.duration.saturating_sub(seen.sending);
            // It is not over before it is over.
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            let doing = if facts.load == Load::Idle { "idle" } else { "sending" };
            format!("{doing}, {} s left", count(seconds))
        }
        Phase::Drain => {
            let (open, unanswered) = (counts.get(Count::Unsettled), counts.get(Count::Unanswered));
            format!("waiting for the last: {} not with everybody, {} unanswered", messages(open), count(unanswered))
        }
        Phase::Over => "over".to_owned(),
    }
}

fn connected(facts: &Facts, seen: &Seen) -> String {
    format!("{} of {} connected", count(seen.counts.get(Count::Connected)), count(facts.clients.into()))
}

fn sent(facts: &Facts, seen: &Seen) -> String {
    let all = count(seen.counts.get(Count::Published));
    match facts.load {
        Load::Rate(wanted) => format!("{all} sent, {} of {}", rate(seen.sent_rate), rate(wanted)),
        Load::Burst { messages, every } => {
            let (burst, pause) = (count(messages.into()), humantime::format_duration(every));
            format!("{all} sent, {} of {burst} every {pause}", rate(seen.sent_rate))
        }
        Load::Idle => "no messages".to_owned(),
        Load::InFlight(most) => format!("{all} sent, {} with {} in flight", rate(seen.sent_rate), count(most.into())),
    }
}

fn received(seen: &Seen) -> String {
    format!("{} deliveries, {}", count(seen.counts.get(Count::Received)), rate(seen.received_rate))
}

/// How long deliveries take now.
fn times(seen: &Seen) -> Option<String> {
    let moment = seen.moment?;
    let show = |name: &str, brief: Brief| {
        let [p50, p99] = [brief.p50_ns, brief.p99_ns].map(|nanos| Unit::Time.show(nanos as f64));
        (brief.count > 0).then(|| format!("{name} p50 {p50} p99 {p99}"))
    };
    let both: Vec<_> =
        [show("each delivery", moment.all), show("last receiver", moment.last)].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join(", "))
}

/// How the generator itself is doing.
fn generator(seen: &Seen) -> String {
    let late = format!("at most {} late", Unit::Time.show(seen.counts.get(Count::Late) as f64));
    match seen.cpu {
        Some(cpu) => format!("generator {late}, {} of a core", Unit::Share.show(cpu)),
        None => format!("generator {late}"),
    }
}

fn faults(seen: &Seen) -> Option<String> {
    // What a GAP named is no fault of the server, but nobody has it.
    let named: Vec<_> = FAULTS
        .into_iter()
        .chain([(Count::Missed, "missed")])
        .map(|(fault, name)| (seen.counts.get(fault), name))
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{} {name}", count(number)))
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

fn messages(number: u64) -> String {
    if number == 1 { "1 message".to_owned() } else { format!("{} messages", count(number)) }
}

fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}

/// Of few a second, a tenth matters.
fn rate(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}/s") } else { Unit::Rate.show(rate) }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
