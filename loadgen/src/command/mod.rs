//! The commands of `loadgen` besides a run.

pub mod report;
