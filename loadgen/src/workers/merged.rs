//! One report of all processes'.

use std::path::PathBuf;

use super::{Conducted, Part, WorkersError};
use crate::completions::{Completions, MOST};
use crate::latency::distribution;
use crate::layout::Layout;
use crate::merge;
use crate::report::histograms::Stored;
use crate::report::{Report, Server, ratio};
use crate::workload::Workload;

/// Makes one report of what all processes of a run have measured, as if it had been one process.
///
/// Messages are those of the coordinator, which alone publishes; of each, the last receiver is the last of all processes.
/// The first and the median receiver are those of each process by itself, and what is counted from when messages were sent
/// has the coordinator's receivers only.
///
/// # Errors
///
/// A worker's report is not one of this run.
pub fn merge(conducted: Conducted) -> Result<Report, WorkersError> {
    let own = Report::from(&conducted.own);
    let mut completions = conducted.own.completions.unwrap_or_default();
    let (mut workers, mut runs) = (Vec::new(), vec![(PathBuf::from("coordinator"), own.clone())]);
    let (plan, leading) = (&conducted.own.plan, conducted.own.plan.layout());
    for Part { worker, report, completions: theirs } in conducted.parts {
        completions.both(&theirs);
        // Who is in which room does not depend on what they are called.
        let layout =
            Layout::new(worker.clients, plan.rooms, plan.publishers, true, plan.run.into()).following(&leading);
        runs.push((PathBuf::from(&worker.name), followed(report, &own, &layout)));
        workers.push(worker);
    }
    let mut merged = merge::runs(&runs)?;
    let received = merged.deliveries.tally.received;
    let connections = u64::from(merged.connects.count) + conducted.own.beside.standing();
    merged.run.workers = workers;
    (merged.run.publishers, merged.run.load) = (own.run.publishers, own.run.load);
    merged.run.label = None;
    merged.workload = Workload { clients: Some(merged.run.clients), ..own.workload };
    // The coordinator has looked at the server before the first connection of all, and when all had joined.
    merged.server = own.server.map(|server| Server {
        cpu_per_delivery_ns: ratio(server.cpu_ns, received),
        memory_per_connection: ratio(server.memory_joined.saturating_sub(server.memory_before), connections),
        ..server
    });
    let most = runs.iter().map(|(_, report)| report.messages.incomplete).max().unwrap_or_default();
    let (last, incomplete) = last(&completions, own.messages.accepted);
    merged.messages = crate::report::Messages { incomplete: incomplete.max(most), ..own.messages };
    merged.latency.last = (&last.0).into();
    merged.histograms.corrected.last = last;
    Ok(merged)
}

/// A worker's report as a part of the coordinator's. They began at the same moment, each by its own clock, and what the worker
/// has counted as said is what the coordinator has. What it was still waiting for, and the coordinator never said, is not owed.
fn followed(mut report: Report, own: &Report, layout: &Layout) -> Report {
    let members = |room| (0..layout.connections()).filter(|&client| layout.room_of(client) == room).count() as u64;
    let sizes: Vec<u64> = (0..layout.rooms()).map(members).collect();
    let unsaid = own.messages.published..report.messages.accepted;
    let awaited: u64 = unsaid.map(|index| sizes[layout.room_of_message(index)]).sum();
    let deliveries = &mut report.deliveries;
    deliveries.tally.lost = deliveries.tally.lost.saturating_sub(awaited);
    deliveries.owed = deliveries.owed.saturating_sub(awaited);
    report.clean = report.deliveries.tally.is_clean() && report.disconnected.is_empty();
    report.run.started_ms = own.run.started_ms;
    report.messages.incomplete =
        report.messages.incomplete.saturating_sub(report.messages.accepted.saturating_sub(own.messages.published));
    report.series.moments.iter_mut().for_each(|moment| moment.published = 0);
    report
}

/// The last receivers of all, and how many of so many messages have none. Those beyond what is kept are not known.
fn last(completions: &Completions, accepted: u64) -> (Stored, u64) {
    let mut times = distribution();
    completions.iter().flatten().for_each(|nanos| times.saturating_record(nanos));
    let incomplete = accepted.min(MOST as u64).saturating_sub(times.len());
    (Stored(times), incomplete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Tally;

    #[test]
    fn a_message_that_did_not_reach_everybody_everywhere_has_no_last_receiver() {
        let mut completions: Completions = serde_json::from_str("[5,null,7,9]").expect("they are some");
        completions.both(&serde_json::from_str("[6,8,7]").expect("they are some"));
        let (last, incomplete) = last(&completions, 4);
        assert_eq!((last.0.len(), last.0.max(), incomplete), (2, 7, 2));
    }

    #[test]
    fn what_the_coordinator_never_said_is_not_lost() {
        let (mut own, mut report) = (Report::default(), Report::default());
        own.messages.published = 10;
        own.run.started_ms = 77;
        (report.messages.accepted, report.messages.incomplete) = (13, 4);
        // Four clients in two rooms, in which the two who speak take turns: 0 and 2 are in the one, 1 and 3 in the other.
        (report.deliveries.owed, report.deliveries.tally) = (26, Tally { received: 20, lost: 6, ..Tally::default() });
        let layout = Layout::even(4, 2, 2);
        let part = followed(report.clone(), &own, &layout);
        assert_eq!((part.deliveries.owed, part.deliveries.tally.lost, part.clean), (20, 0, true));
        assert_eq!((part.messages.incomplete, part.run.started_ms), (1, 77));
        // What is lost besides is lost.
        report.deliveries.tally.lost = 7;
        let part = followed(report, &own, &layout);
        assert_eq!((part.deliveries.tally.lost, part.clean), (1, false));
    }
}
