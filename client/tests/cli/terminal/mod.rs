//! A person at a real pseudo-terminal. What is asserted is what the screen shows.

mod hostile;
mod joining;
mod person;
mod rarely;
mod searching;
mod talking;
