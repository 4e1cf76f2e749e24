//! Percentiles on an axis that is logarithmic towards 100 %: each nine takes as much room as the one before.

use hdrhistogram::Histogram;

/// How many points there are between one nine and the next.
const POINTS: u32 = 50;

/// Where a quantile is: 0 at 0, 1 at 90 %, 2 at 99 % and so on. 1 is nowhere.
pub(super) fn position(quantile: f64) -> f64 {
    -(1.0 - quantile).log10()
}

/// The quantile at a position.
fn quantile(position: f64) -> f64 {
    1.0 - 10f64.powf(-position)
}

/// How a percentile with so many nines is written; 0 is none.
pub(super) fn label(nines: u32) -> String {
    match nines {
        0 => "0".to_owned(),
        1 => "90".to_owned(),
        2 => "99".to_owned(),
        more => format!("99.{}", "9".repeat(more as usize - 2)),
    }
}

/// The values of a distribution by position, as far as its count tells: it ends with the highest one, at the part of all
/// that one value is. Nothing where there are no values.
pub(super) fn points(times: &Histogram<u64>) -> Vec<(f64, f64)> {
    if times.is_empty() {
        return Vec::new();
    }
    let end = (times.len() as f64).log10();
    let steps = (end * f64::from(POINTS)).ceil() as u32;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for step in 0..steps {
        let at = f64::from(step) / f64::from(POINTS);
        let value = times.value_at_quantile(quantile(at)) as f64;
        // Of a level part only its ends are kept.
        if let [.., (_, before), (last, here)] = &mut points[..]
            && *before == value
            && *here == value
        {
            *last = at;
        } else {
            points.push((at, value));
        }
    }
    points.push((end, times.max() as f64));
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latency::distribution;

    #[test]
    fn each_nine_is_one_further() {
        for (quantile, expected) in [
            (0.0, 0.0),
            (0.5, std::f64::consts::LOG10_2),
            (0.9, 1.0),
            (0.99, 2.0),
            (0.999, 3.0),
            (0.9999, 4.0),
            (0.999_99, 5.0),
        ] {
            let found = position(quantile);
            assert!((found - expected).abs() < 1e-9, "{quantile}: {found}");
            assert!((super::quantile(found) - quantile).abs() < 1e-9, "{quantile}");
        }
        assert!(position(1.0).is_infinite());
    }

    #[test]
    fn percentiles_are_written_with_their_nines() {
        assert_eq!([0, 1, 2, 3, 5].map(label), ["0", "90", "99", "99.9", "99.999"]);
    }

    #[test]
    fn a_line_ends_with_the_maximum_where_the_count_ends() {
        let mut times = distribution();
        for value in 1..=1_000 {
            times.saturating_record(value);
        }
        let points = points(&times);
        let (end, highest) = *points.last().expect("there are values");
        assert!((end - 3.0).abs() < 1e-9, "{end}");
        assert_eq!(highest, 1_000.0);
        assert!(points.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{points:?}");
        let (_, at_90) = points.iter().find(|(at, _)| (at - 1.0).abs() < 1e-9).expect("90 % is one of the points");
        assert_eq!(*at_90, times.value_at_quantile(0.9) as f64);
    }

    #[test]
    fn of_nothing_there_is_no_line_and_of_one_value_a_point() {
        let mut times = distribution();
        assert!(points(&times).is_empty());
        times.saturating_record(7);
        assert_eq!(points(&times), [(0.0, 7.0)]);
    }

    #[test]
    fn a_level_part_is_two_points() {
        let mut times = distribution();
        times.saturating_record_n(7, 1_000_000);
        assert_eq!(points(&times).len(), 3);
    }
}
