//! How far a run is, on a terminal.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, until it is dropped. Nothing where there is no terminal.
pub(crate) struct Display(Option<ProgressBar>);

impl Display {
    /// One that shows nothing yet.
    pub(crate) fn new(quiet: bool) -> Self {
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} checks");
        let bar = || ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self((!quiet && stderr().is_terminal()).then(bar))
    }

    /// So many of all checks are done.
    pub(crate) fn show(&self, done: usize, all: usize) {
        if let Some(bar) = &self.0 {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
