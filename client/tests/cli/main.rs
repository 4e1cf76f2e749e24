//! The program itself: what it reads and writes, and what it exits with.

mod scripted;
mod terminal;
