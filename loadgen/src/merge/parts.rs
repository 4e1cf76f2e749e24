//! The parts of several runs' time, by the clocks of their machines.

use crate::report::Report;
use crate::series::{MOST_MOMENTS, Moment, Series, Spread};

/// The parts of all runs, from when the first of them began. A part of a run that began later is counted to the one in which
/// it began: it can be that much too early, less than a part.
pub(super) fn parts<'r>(reports: impl Iterator<Item = &'r Report> + Clone) -> (Series, Vec<Spread>) {
    let first = reports.clone().map(|report| report.run.started_ms).min().unwrap_or_default();
    let mut runs: Vec<(u64, Series, Vec<Spread>)> = reports
        .map(|report| {
            let later = (report.run.started_ms - first).saturating_mul(1_000_000);
            (later, report.series.clone(), report.histograms.parts.clone())
        })
        .collect();
    let mut interval_ns = runs.iter().map(|(_, series, _)| series.interval_ns).max().unwrap_or_default();
    loop {
        for (_, series, spreads) in &mut runs {
            // They were planned to be equally long, and become so by doubling.
            while series.interval_ns < interval_ns && series.interval_ns > 0 {
                series.halve(spreads);
            }
        }
        let slots =
            runs.iter().map(|(later, series, _)| slot(*later, interval_ns).saturating_add(series.moments.len())).max();
        if slots.unwrap_or_default() <= MOST_MOMENTS {
            return add(&runs, interval_ns);
        }
        interval_ns = interval_ns.saturating_mul(2).max(1);
    }
}

/// In which part a run began.
fn slot(later: u64, interval_ns: u64) -> usize {
    usize::try_from(later / interval_ns.max(1)).unwrap_or(usize::MAX)
}

fn add(runs: &[(u64, Series, Vec<Spread>)], interval_ns: u64) -> (Series, Vec<Spread>) {
    let (mut moments, mut spreads) = (Vec::<Moment>::new(), Vec::<Spread>::new());
    for (later, series, own) in runs {
        let begin = slot(*later, interval_ns);
        let end = begin + series.moments.len();
        if moments.len() < end {
            moments.resize(end, Moment::default());
            spreads.resize(end, Spread::default());
        }
        for (at, (moment, spread)) in series.moments.iter().zip(own).enumerate() {
            let (sum, all) = (&mut moments[begin + at], &mut spreads[begin + at]);
            *all = all.plus(spread);
            sum.published += moment.published;
            sum.deliveries += moment.deliveries;
            sum.errors += moment.errors;
            sum.at_ns = sum.at_ns.max(moment.at_ns.saturating_add((begin as u64).saturating_mul(interval_ns)));
        }
        // Those of a run that has not begun yet, or has ended, are connected.
        for (at, sum) in moments.iter_mut().enumerate() {
            let known = series.moments.get(at.saturating_sub(begin)).or(series.moments.last());
            sum.connected += known.map_or(0, |moment| moment.connected);
        }
    }
    for (at, (sum, spread)) in moments.iter_mut().zip(&spreads).enumerate() {
        sum.at_ns = sum.at_ns.max(at as u64 * interval_ns);
        (sum.all, sum.last) = ((&spread.all.unpack()).into(), (&spread.last.unpack()).into());
    }
    (Series { interval_ns, moments }, spreads)
}
