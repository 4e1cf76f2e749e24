//! How far a run is, on a terminal.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, until it is dropped. Nothing where there is no terminal.
pub(crate) struct Display(Option<ProgressBar>);

impl Display {
    /// One for so many rounds.
    pub(crate) fn new(quiet: bool, rounds: usize) -> Self {
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} rounds{msg}");
        let bar = || ProgressBar::new(rounds as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self((!quiet && stderr().is_terminal()).then(bar))
    }

    /// So many are done, of which so many had violations.
    pub(crate) fn show(&self, done: u64, violated: usize) {
        if let Some(bar) = &self.0 {
            if violated > 0 {
                bar.set_message(format!(", {violated} with violations"));
            }
            bar.set_position(done);
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
