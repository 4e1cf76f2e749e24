//! The program itself: what it reads and writes, and what it exits with.

mod commands;
mod exits;
mod input;
mod joining;
mod json;
mod pipe;
mod program;
mod readme;
mod scripted;
mod terminal;
