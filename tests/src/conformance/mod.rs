//! A conformance suite for any server of Fanfare/1: a black box over TCP.
//!
//! [`requirements`] reads the numbered requirements out of SPEC.md. Each has a [`Check`] that plays it, or a reason why
//! nobody outside can see it, beside the checks of its section in [`sections`]. A check talks through [`Peer`]s that its
//! [`Stage`] opens, and each of its assertions names the requirement that it is about, so a failure has a number.
//! [`run()`] plays the checks that a [`Selection`] names, several at a time, and returns a [`Report`].

mod announced;
mod bucket;
mod check;
#[cfg(test)]
mod coverage;
mod excuse;
mod journal;
mod judge;
mod peer;
mod permits;
mod profile;
mod report;
mod requirement;
mod run;
pub mod sections;
mod selection;
mod stage;
mod trouble;
mod watch;

pub use announced::{Announced, NoServer};
pub use check::{Check, Section, Terms, Unseen};
pub use peer::{Found, Peer};
pub use profile::{Profile, ProfileError, Span};
pub use report::{Broken, Finding, Report, Status, Summary};
pub use requirement::{Keyword, Requirement, Side, requirements};
pub use run::{Settings, run};
pub use selection::Selection;
pub use stage::Stage;
pub use trouble::{Failure, Outcome, Trouble};
