//! The dialogues of a document, played against a server as SPEC.md, section 1.4, reads them.

mod play;
mod read;
mod terminals;

pub use play::play;
pub use read::{Dialogue, dialogues};
