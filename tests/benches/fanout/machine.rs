//! What machine it is.

use std::fs;

use super::processors::Processors;

/// What is to be said of the machine with any figure.
pub(crate) fn machine(processors: &Processors) -> Vec<(&'static str, String)> {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    vec![
        ("processor", model.map_or_else(|| "unknown".to_owned(), |(_, model)| model.to_owned())),
        ("processors", processors.count().to_string()),
        ("placed", processors.words()),
        ("kernel", kernel.trim().to_owned()),
    ]
}
