//! The program itself: at a terminal and in scripts.

mod person;
mod scripted;
mod terminal;
