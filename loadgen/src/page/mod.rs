//! A report as a page for a browser: one file that needs no network, and can be printed.
//!
//! Charts are drawn to SVG and stand in the page. Everything that comes from a report is text there, as names of rooms and
//! reasons come from servers.

mod chart;
mod charts;
mod flat;
mod ink;
mod names;
mod scale;
mod tables;
mod tail;
#[cfg(test)]
mod tests;
mod view;

use askama::Template as _;

use crate::report::Report;

/// The most runs of one page: so many lines can be told apart.
pub const MOST_RUNS: usize = ink::COLOURS * ink::DASHES;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There are no runs.
    #[error("a page is of at least one run, and there is none")]
    NoRuns,
    /// There are more runs than lines that can be told apart.
    #[error("{0} runs are too many for one page: {MOST_RUNS} lines can be told apart; give it fewer")]
    TooManyRuns(usize),
    /// A chart could not be drawn.
    #[error("the chart {chart:?} could not be drawn: {reason}")]
    Chart {
        /// Its title.
        chart: String,
        /// What the library says.
        reason: String,
    },
    /// The template could not be filled.
    #[error("the page could not be written: {0}")]
    Template(#[from] askama::Error),
    /// A report could not be listed figure by figure.
    #[error("the figures of a report could not be listed: {0}")]
    Figures(#[from] serde_json::Error),
}

/// One or several runs as a page; several are compared with the first.
///
/// # Errors
///
/// There is no run, or there are more than [`MOST_RUNS`]. That the library of charts or of templates fails is not known to
/// happen.
pub fn page(runs: &[Report]) -> Result<String, PageError> {
    match runs.len() {
        0 => Err(PageError::NoRuns),
        1..=MOST_RUNS => Ok(view::Page::of(runs)?.render()?),
        more => Err(PageError::TooManyRuns(more)),
    }
}
