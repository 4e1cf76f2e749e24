//! The axes of the charts: where a value is, and which round numbers are written.

use super::tail;
use crate::report::Unit;

/// From this ratio of the highest to the lowest value on an axis of times is logarithmic.
const WIDE: f64 = 30.0;

/// How far an axis from 0 goes beyond its highest value.
const BEYOND: f64 = 1.05;

/// The steps of elapsed time, in seconds, that are not powers of ten.
const CLOCK_STEPS: [f64; 11] = [5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0];

/// What an axis shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// Percentiles, by [`tail::position`], up to one.
    Tail(f64),
    /// Nanoseconds since the run began, up to so many.
    Elapsed(f64),
    /// Nanoseconds that something took, from 0 up to so many.
    Times(f64),
    /// The same where they are far apart: from the lowest to the highest.
    WideTimes(f64, f64),
    /// How many a second, from 0 up to so many.
    Rate(f64),
}

/// A number on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where it is.
    pub(super) at: f64,
    /// How it is written.
    pub(super) label: String,
}

impl Scale {
    /// An axis for all of these times.
    pub(super) fn times(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, 0.0), |(low, high), value| (value.min(low), value.max(high)));
        let low = low.max(1.0);
        if high > WIDE * low { Self::WideTimes(round_down(low), round_up(high)) } else { Self::Times(high.max(1.0)) }
    }

    /// Where a value is.
    pub(super) fn position(self, value: f64) -> f64 {
        if let Self::WideTimes(low, _) = self { value.max(low).log10() } else { value }
    }

    /// From where to where it goes.
    pub(super) fn range(self) -> (f64, f64) {
        match self {
            Self::Tail(end) => (0.0, end),
            Self::Elapsed(end) => (0.0, end.max(1.0)),
            Self::Times(high) => (0.0, high * BEYOND),
            Self::WideTimes(low, high) => (low.log10(), high.log10()),
            Self::Rate(high) => (0.0, high.max(1.0) * BEYOND),
        }
    }

    /// What its values are.
    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Tail(_) => Unit::Count,
            Self::Elapsed(_) | Self::Times(_) | Self::WideTimes(..) => Unit::Time,
            Self::Rate(_) => Unit::Rate,
        }
    }

    /// Round numbers on it, about so many at most.
    pub(super) fn ticks(self, most: usize) -> Vec<Tick> {
        let (_, end) = self.range();
        match self {
            Self::Tail(end) => tail_ticks(end, most),
            Self::Elapsed(_) => {
                let rough = end / 1e9 / most as f64;
                let step = match CLOCK_STEPS.iter().find(|step| **step >= rough) {
                    Some(step) if rough > 2.0 => *step,
                    _ => round_up(rough),
                };
                even(step * 1e9, end, |at| elapsed(at, step))
            }
            Self::Times(_) => {
                let step = round_up(end / most as f64);
                even(step, end, |at| time_in(unit_of(end), at))
            }
            Self::WideTimes(low, high) => wide_ticks(low, high, most),
            Self::Rate(_) => even(round_up(end / most as f64), end, rate),
        }
    }
}

/// From 0 to an end in equal steps.
fn even(step: f64, end: f64, label: impl Fn(f64) -> String) -> Vec<Tick> {
    let last = (end / step).floor() as u32;
    let at = |number| f64::from(number) * step;
    (0..=last).map(|number| Tick { at: at(number), label: label(at(number)) }).collect()
}

fn tail_ticks(end: f64, most: usize) -> Vec<Tick> {
    let nine = |nines: u32| Tick { at: f64::from(nines), label: tail::label(nines) };
    let half = Tick { at: tail::position(0.5), label: "50".to_owned() };
    // Between 0 and 50 % there are three tenths of a nine: where those are many, only one of both has room.
    let both = end <= most as f64 * 0.5;
    let mut ticks: Vec<_> = both.then(|| nine(0)).into_iter().chain([half]).collect();
    ticks.extend((1..=end.floor() as u32).map(nine));
    ticks
}

fn wide_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    // Where 1, 2 and 5 of each power of ten are too many, only the powers are written, and of those perhaps not all.
    let of = |factors: &[f64], every: usize| -> Vec<Tick> {
        (first..=last)
            .step_by(every)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)))
            // A power of ten is not always exact.
            .filter(|value| (low * 0.999..=high * 1.001).contains(value))
            .map(|value| Tick { at: value.log10().clamp(low.log10(), high.log10()), label: time(value) })
            .collect()
    };
    let mut ticks = of(&[1.0, 2.0, 5.0], 1);
    let mut every = 1;
    while ticks.len() > most && every <= 8 {
        ticks = of(&[1.0], every);
        every += 1;
    }
    ticks
}

/// 1, 2 or 5 times a power of ten, not below a value.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let factor = value / power;
    // What is a round number but for the last bits is one.
    power * [1.0, 2.0, 5.0].into_iter().find(|round| factor <= round * (1.0 + 1e-9)).unwrap_or(10.0)
}

/// The same, not above.
fn round_down(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let factor = value / power;
    power * [5.0, 2.0].into_iter().find(|round| factor >= round * (1.0 - 1e-9)).unwrap_or(1.0)
}

/// A unit of time for a value, with its nanoseconds.
fn unit_of(nanos: f64) -> (&'static str, f64) {
    // A power of ten that is not exact is none below.
    match nanos * (1.0 + 1e-9) {
        ..1e3 => ("ns", 1.0),
        ..1e6 => ("µs", 1e3),
        ..1e9 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// A round time.
fn time(nanos: f64) -> String {
    time_in(unit_of(nanos), nanos)
}

fn time_in((unit, factor): (&str, f64), nanos: f64) -> String {
    if nanos == 0.0 { "0".to_owned() } else { format!("{} {unit}", thousandths(nanos / factor)) }
}

/// How far the run is; in minutes where the steps are whole ones.
fn elapsed(nanos: f64, step: f64) -> String {
    let seconds = nanos / 1e9;
    if step >= 60.0 {
        format!("{} min", thousandths(seconds / 60.0))
    } else if step >= 1.0 || nanos == 0.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{} s", thousandths(seconds))
    }
}

fn rate(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        ..1e3 => format!("{}/s", thousandths(value)),
        ..1e6 => format!("{}k/s", thousandths(value / 1e3)),
        _ => format!("{}M/s", thousandths(value / 1e6)),
    }
}

/// Without zeros at its end.
fn thousandths(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, most: usize) -> Vec<String> {
        let (start, end) = scale.range();
        let ticks = scale.ticks(most);
        assert!(ticks.iter().all(|tick| (start..=end).contains(&tick.at)), "{scale:?}: {ticks:?}");
        assert!(ticks.is_sorted_by(|one, next| one.at < next.at), "{scale:?}: {ticks:?}");
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_numbers_with_units() {
        assert_eq!(
            labels(Scale::Elapsed(10e9), 12),
            ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s", "9 s", "10 s"]
        );
        assert_eq!(labels(Scale::Elapsed(10e9), 5), ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]);
        assert_eq!(labels(Scale::Elapsed(1e9), 5), ["0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1 s"]);
        assert_eq!(labels(Scale::Elapsed(120e9), 5), ["0 s", "30 s", "60 s", "90 s", "120 s"]);
        assert_eq!(labels(Scale::Elapsed(600e9), 5), ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]);
        assert_eq!(labels(Scale::Times(2.2e6), 5), ["0", "0.5 ms", "1 ms", "1.5 ms", "2 ms"]);
        assert_eq!(labels(Scale::Rate(250_000.0), 6), ["0", "50k/s", "100k/s", "150k/s", "200k/s", "250k/s"]);
        assert_eq!(labels(Scale::Rate(0.0), 3), ["0", "0.5/s", "1/s"]);
    }

    #[test]
    fn percentiles_have_a_tick_at_each_nine() {
        assert_eq!(labels(Scale::Tail(3.4), 8), ["0", "50", "90", "99", "99.9"]);
        assert_eq!(labels(Scale::Tail(6.0), 5), ["50", "90", "99", "99.9", "99.99", "99.999", "99.9999"]);
    }

    #[test]
    fn times_that_are_far_apart_are_on_a_logarithmic_axis() {
        assert_eq!(Scale::times([1e6, 29e6].into_iter()), Scale::Times(29e6));
        let wide = Scale::times([110e3, 9e6].into_iter());
        assert_eq!(labels(wide, 8), ["100 µs", "200 µs", "500 µs", "1 ms", "2 ms", "5 ms", "10 ms"]);
        assert_eq!(labels(Scale::times([1e3, 1e9].into_iter()), 8).len(), 7);
        assert_eq!(wide.position(1e6), 6.0);
        assert_eq!(wide.position(0.0), wide.range().0, "nothing is below the axis");
    }

    #[test]
    fn no_values_have_an_axis_too() {
        assert_eq!(labels(Scale::times(std::iter::empty()), 2), ["0", "1 ns"]);
    }
}
