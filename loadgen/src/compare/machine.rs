//! On what machine figures came to be, as they mean nothing without it.

use std::fs;
use std::thread;
use std::time::SystemTime;

use serde::Serialize;

/// A machine, and when it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The model of its processor, where the system says.
    pub processor: Option<String>,
    /// How many cores this process may use.
    pub cores: usize,
    /// The release of its kernel, where the system says.
    pub kernel: Option<String>,
    /// When, in UTC, as RFC 3339 has it.
    pub date: String,
}

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let read = |path| fs::read_to_string(path).ok();
        let model = |information: String| {
            let line = information.lines().find_map(|line| line.strip_prefix("model name"))?;
            line.split_once(": ").map(|(_, model)| model.to_owned())
        };
        Self {
            processor: read("/proc/cpuinfo").and_then(model),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").map(|release| release.trim().to_owned()),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }

    /// In a line.
    pub fn line(&self) -> String {
        let processor = self.processor.as_ref().map_or_else(String::new, |model| format!(" of {model}"));
        let kernel = self.kernel.as_ref().map_or_else(String::new, |release| format!(", Linux {release}"));
        format!("{} cores{processor}{kernel}, {}", self.cores, self.date)
    }
}
