//! What the program does besides a run.

pub mod merge;
