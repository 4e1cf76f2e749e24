use proptest::prelude::*;

use super::*;
use crate::series::Brief;

const SECOND: u64 = 1_000_000_000;

/// When the runs of these tests begin.
const START: u64 = 7;

/// What a run has counted, to be counted up.
#[derive(Default)]
struct Counted {
    published: u64,
    errors: u64,
    latencies: Times,
}

impl Counted {
    fn deliver(&mut self, nanos: u64) {
        self.latencies.all.saturating_record(nanos);
        if nanos.is_multiple_of(3) {
            self.latencies.last.saturating_record(nanos);
        }
    }

    fn totals(&self) -> Totals<'_> {
        Totals {
            published: self.published,
            deliveries: self.latencies.all.len(),
            errors: self.errors,
            connected: 4,
            latencies: &self.latencies,
        }
    }
}

/// What all the parts have together.
fn sum(spreads: &[Spread]) -> Spread {
    spreads.iter().fold(Spread::default(), |sum, spread| sum.plus(spread))
}

#[test]
fn a_part_has_what_was_in_it_and_nothing_else() {
    let (mut recorder, mut counted) = (Recorder::new(START, Duration::from_secs(1)), Counted::default());
    counted.published = 2;
    counted.deliver(3_000_000);
    assert_eq!(recorder.next(), START + SHORTEST);
    assert_eq!(recorder.record(START + SHORTEST - 1, &counted.totals()), None);
    let first = recorder.record(START + SHORTEST, &counted.totals()).expect("it is over");
    counted.errors = 1;
    counted.deliver(90_000_000);
    counted.deliver(6_000_000);
    let (series, spreads) = recorder.finish(START + SHORTEST + 5, &counted.totals());
    let [one, two] = series.moments[..] else { panic!("{series:?}") };
    assert_eq!((one, one.at_ns, one.published, one.deliveries, one.errors), (first, SHORTEST, 2, 1, 0));
    assert_eq!((two.at_ns, two.published, two.deliveries, two.errors), (SHORTEST + 5, 0, 2, 1));
    // Exact to three digits.
    assert_eq!((one.all.count, one.all.max_ns / 10_000, one.last.count), (1, 300, 1));
    assert_eq!((two.all.p50_ns / 10_000, two.all.p99_ns / 100_000, two.connected), (600, 900, 4));
    assert_eq!(spreads[1].all.unpack().len(), 2);
}

#[test]
fn time_in_which_nothing_happens_has_its_parts_too() {
    let (mut recorder, mut counted) = (Recorder::new(START, Duration::from_secs(1)), Counted::default());
    counted.deliver(1);
    recorder.record(START + 5 * SHORTEST + 1, &counted.totals());
    counted.deliver(1);
    let (series, spreads) = recorder.finish(START + 6 * SHORTEST, &counted.totals());
    let deliveries: Vec<u64> = series.moments.iter().map(|moment| moment.deliveries).collect();
    assert_eq!(deliveries, [1, 0, 0, 0, 0, 1]);
    assert_eq!((series.moments[2].all, spreads[2].all.size()), (Brief::default(), 0));
}

#[test]
fn a_run_that_goes_on_has_longer_parts_and_not_more() {
    let (mut recorder, mut counted) = (Recorder::new(START, Duration::from_secs(20)), Counted::default());
    // Something happens in one part of eight.
    for part in (1..=1_600).step_by(8) {
        recorder.record(START + part * SHORTEST, &counted.totals());
        counted.published += 1;
        counted.deliver(part * 1_000);
        assert!(recorder.series.moments.len() < MOST_MOMENTS);
    }
    let (series, spreads) = recorder.finish(START + 1_600 * SHORTEST, &counted.totals());
    assert_eq!((series.interval_ns, series.moments.len()), (8 * SHORTEST, 200));
    for (at, (moment, spread)) in series.moments.iter().zip(&spreads).enumerate() {
        assert_eq!(moment.at_ns, (at as u64 + 1) * series.interval_ns);
        assert_eq!((moment.published, moment.deliveries, moment.all.count), (1, 1, 1));
        assert_eq!(moment.all, (&spread.all.unpack()).into());
    }
    assert_eq!(sum(&spreads).all.unpack(), counted.latencies.all);
}

#[test]
fn whoever_looks_on_hears_of_each_second_also_where_parts_are_longer() {
    let (mut recorder, mut counted) = (Recorder::new(START, Duration::from_secs(1_000)), Counted::default());
    let mut told = Vec::new();
    for tenth in 1..=70 {
        counted.deliver(1);
        told.extend(recorder.record(START + tenth * SECOND / 10, &counted.totals()));
    }
    assert_eq!(
        told.iter().map(|moment| moment.at_ns).collect::<Vec<_>>(),
        (1..=7).map(|at| at * SECOND).collect::<Vec<_>>()
    );
    assert!(told.iter().all(|moment| moment.deliveries == 10 && moment.all.count == 10), "{told:?}");
    let (series, _) = recorder.finish(START + 7 * SECOND, &counted.totals());
    assert_eq!(series.moments.iter().map(|moment| moment.deliveries).collect::<Vec<_>>(), [50, 20]);
}

#[test]
fn a_run_that_counted_nothing_has_no_percentiles() {
    let (series, spreads) = Recorder::new(START, Duration::from_secs(1)).finish(START, &Counted::default().totals());
    assert_eq!((series.moments.len(), spreads.len()), (0, 0));
    let late = Counted { errors: 1, ..Counted::default() };
    let (series, _) = Recorder::new(START, Duration::from_secs(1)).finish(START, &late.totals());
    assert_eq!((series.moments.len(), series.moments[0].errors), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn all_parts_together_are_the_whole(
        events in prop::collection::vec((0..3 * SHORTEST, 1..10 * SECOND, 0..3_u64), 0..60),
        seconds in 1..400_u64,
    ) {
        let (mut recorder, mut counted) = (Recorder::new(START, Duration::from_secs(seconds)), Counted::default());
        let mut now = START;
        for (wait, nanos, faults) in events {
            now += wait;
            if now >= recorder.next() {
                recorder.record(now, &counted.totals());
                prop_assert!(now < recorder.next());
            }
            counted.deliver(nanos);
            (counted.published, counted.errors) = (counted.published + faults, counted.errors + faults);
        }
        let (series, spreads) = recorder.finish(now, &counted.totals());
        let total = |of: fn(&Moment) -> u64| series.moments.iter().map(of).sum::<u64>();
        prop_assert_eq!(total(|moment| moment.deliveries), counted.latencies.all.len());
        prop_assert_eq!(total(|moment| moment.published), counted.published);
        prop_assert_eq!(total(|moment| moment.errors), counted.errors);
        prop_assert_eq!(sum(&spreads).all.unpack(), counted.latencies.all);
        prop_assert_eq!(sum(&spreads).last.unpack(), counted.latencies.last);
    }
}
