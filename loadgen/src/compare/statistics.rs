//! What several rounds say together.

use serde::Serialize;

/// A figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The one in the middle; of an even number, the mean of the two in the middle.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Summary {
    /// Of at least one; what is no number does not count.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = sorted.first().zip(sorted.last())?;
        let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self { median, least, most })
    }

    /// Of the quotients of two targets' figures, round by round: it cancels what changes from round to round. A round in
    /// which one of them is not known, or the second is 0, does not count.
    pub fn of_ratio(over: &[Option<f64>], under: &[Option<f64>]) -> Option<Self> {
        let rounds = over.iter().zip(under).filter_map(|(over, under)| over.zip(*under));
        Self::of(rounds.filter(|(_, under)| *under > 0.0).map(|(over, under)| over / under))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_range_around_it() {
        let summary = |figures: &[f64]| Summary::of(figures.iter().copied());
        assert_eq!(summary(&[3.0, 1.0, 2.0]), Some(Summary { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(summary(&[4.0, 1.0]), Some(Summary { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!(summary(&[f64::NAN]), None);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        // The machine was twice as slow in the second round, for both.
        let (over, under) = ([Some(20.0), Some(40.0), None], [Some(10.0), Some(20.0), Some(10.0)]);
        assert_eq!(Summary::of_ratio(&over, &under), Some(Summary { median: 2.0, least: 2.0, most: 2.0 }));
        assert_eq!(Summary::of_ratio(&[Some(1.0)], &[Some(0.0)]), None);
    }
}
