//! The validated values that fields and attributes hold. Each can only be built valid, so a message made of them
//! can always be encoded, and nothing that a peer sent can smuggle a field or a line into it.

mod name;
mod number;
mod word;

pub use name::{Name, NameKey};
pub use number::{Number, PageSize, Seq, SeqRange, Timestamp};
pub use word::{CodeWord, Epoch, Id, Kind, Mechanism, RoomName, Token};

/// A field or an attribute's value is not of the form its rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: {rule}")]
pub struct ValueError {
    /// What it should have been.
    pub what: &'static str,
    /// The rule it breaks, in words.
    pub rule: &'static str,
}

/// A value whose octets tell where it ends, so that a header need not be cut into fields first.
pub(crate) trait Prefix<'a>: Sized {
    /// The value at the beginning of a string, as long as it can be, and what is behind it; `None` if there is none.
    fn prefix(input: &'a str) -> Option<(Self, &'a str)>;
}
