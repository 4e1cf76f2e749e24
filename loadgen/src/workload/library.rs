//! Profiles (kinds of load) and scenarios (loads that others have published figures of): workload files that the program
//! brings along.

use std::path::Path;

use super::layers::WorkloadError;
use super::{Workload, file};

/// A workload file that the program brings along.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The file itself. Its first line is a comment that says what it is.
    pub content: &'static str,
}

/// The profiles.
pub const PROFILES: [Entry; 10] = [
    Entry { name: "steady", content: include_str!("../../profiles/steady.toml") },
    Entry { name: "burst", content: include_str!("../../profiles/burst.toml") },
    Entry { name: "ramp", content: include_str!("../../profiles/ramp.toml") },
    Entry { name: "saturate", content: include_str!("../../profiles/saturate.toml") },
    Entry { name: "slow-readers", content: include_str!("../../profiles/slow-readers.toml") },
    Entry { name: "stalled-readers", content: include_str!("../../profiles/stalled-readers.toml") },
    Entry { name: "churn", content: include_str!("../../profiles/churn.toml") },
    Entry { name: "garbage", content: include_str!("../../profiles/garbage.toml") },
    Entry { name: "chat", content: include_str!("../../profiles/chat.toml") },
    Entry { name: "idle", content: include_str!("../../profiles/idle.toml") },
];

/// The scenarios.
pub const SCENARIOS: [Entry; 2] = [
    Entry { name: "broadcast-1-1000", content: include_str!("../../scenarios/broadcast-1-1000.toml") },
    Entry { name: "fanout-5-1000-5-250K", content: include_str!("../../scenarios/fanout-5-1000-5-250K.toml") },
];

impl Entry {
    /// What it is, in a line.
    pub fn summary(&self) -> &'static str {
        self.content.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default()
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// None: a test reads them all.
    pub fn workload(&self) -> Result<Workload, WorkloadError> {
        Ok(file::parse(Path::new(&format!("{}.toml", self.name)), self.content)?)
    }
}

/// The profile of a name.
///
/// # Errors
///
/// There is none.
pub fn profile(name: &str) -> Result<Entry, WorkloadError> {
    find("profile", name, &PROFILES)
}

/// The scenario of a name.
///
/// # Errors
///
/// There is none.
pub fn scenario(name: &str) -> Result<Entry, WorkloadError> {
    find("scenario", name, &SCENARIOS)
}

/// The profile or scenario of a name.
///
/// # Errors
///
/// There is none.
pub fn any(name: &str) -> Result<Entry, WorkloadError> {
    find("profile or scenario", name, &[&PROFILES[..], &SCENARIOS[..]].concat())
}

fn find(what: &'static str, name: &str, entries: &[Entry]) -> Result<Entry, WorkloadError> {
    let likeness = |entry: &&Entry| strsim::jaro_winkler(name, entry.name);
    entries.iter().find(|entry| entry.name == name).copied().ok_or_else(|| {
        let nearest = entries.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let nearest = nearest.filter(|entry| likeness(entry) > 0.7);
        WorkloadError::Unknown {
            what,
            name: name.to_owned(),
            nearest: nearest.map_or_else(String::new, |entry| format!(" (did you mean {}?)", entry.name)),
        }
    })
}
