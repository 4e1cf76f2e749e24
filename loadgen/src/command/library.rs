//! `loadgen list` and `loadgen show NAME`: the profiles and scenarios that the program brings along.

use super::error::CommandError;
use super::output::print;
use crate::workload::library::{Entry, PROFILES, SCENARIOS, any};

/// Shows them all, each in a line.
pub(super) fn list() -> Result<u8, CommandError> {
    let wide = PROFILES.iter().chain(&SCENARIOS).map(|entry| entry.name.len()).max().unwrap_or_default();
    let lines = |entries: &[Entry]| -> String {
        entries.iter().map(|entry| format!("  {:<wide$}  {}\n", entry.name, entry.summary())).collect()
    };
    print(&format!(
        "Profiles (--profile NAME):\n{}\nScenarios (--scenario NAME):\n{}\n`loadgen show NAME` prints one, to begin a \
         --workload file with.\n",
        lines(&PROFILES),
        lines(&SCENARIOS)
    ));
    Ok(0)
}

/// Prints one, as it is.
pub(super) fn show(name: &str) -> Result<u8, CommandError> {
    print(any(name)?.content);
    Ok(0)
}
