//! What many rounds say together.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Below this is the probability that a median lies outside its interval.
const RISK: f64 = 0.05;

/// Figures of several rounds, in one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Where the median of all rounds that there could be lies with a probability of 95 %. `None` for fewer than 6
    /// rounds, of which no two bound it so well.
    pub(crate) interval: Option<(f64, f64)>,
}

impl Summary {
    /// That of at least one figure.
    pub(crate) fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = sorted.first().zip(sorted.last())?;
        let (upper, lower) = (sorted.len() / 2, (sorted.len() - 1) / 2);
        let median = (sorted[lower] + sorted[upper]) / 2.0;
        let interval = outer(sorted.len()).map(|at| (sorted[at], sorted[sorted.len() - 1 - at]));
        Some(Self { median, least, most, interval })
    }

    /// That of the ratio of two subjects, each measured once in each round: it cancels what changes from round to
    /// round.
    pub(crate) fn of_ratio(over: &[f64], under: &[f64]) -> Option<Self> {
        let ratios: Vec<_> = over.iter().zip(under).map(|(over, under)| over / under).collect();
        Self::of(&ratios)
    }
}

/// Which of so many figures in order (and its mirror image) bound the median with a probability of 95 %: each figure is
/// above it as a coin falls, whatever their distribution is.
fn outer(count: usize) -> Option<usize> {
    let mut term = 0.5_f64.powi(i32::try_from(count).ok()?);
    let mut below = term;
    let mut found = None;
    for at in 0..count / 2 {
        if 2.0 * below > RISK {
            break;
        }
        found = Some(at);
        term *= (count - at) as f64 / (at + 1) as f64;
        below += term;
    }
    found
}

/// One distribution of several: percentiles are taken of that, as a mean of percentiles is no percentile.
pub(crate) fn merged<'h>(histograms: impl IntoIterator<Item = &'h Histogram<u64>>) -> Histogram<u64> {
    let mut all = fanfare_loadgen::latency::distribution();
    for histogram in histograms {
        all += histogram;
    }
    all
}
