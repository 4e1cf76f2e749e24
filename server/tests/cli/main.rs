//! The program itself: its flags, its signals, and what the system does to it.

mod configuration;
mod descriptors;
mod garbage;
mod history;
mod program;
mod resumes;
mod running;
