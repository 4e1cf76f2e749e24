//! What kinds of values options have: how each is parsed, shown and described.

mod addresses;
mod count;
mod directory;
mod filter;
mod off;
mod phrase;
mod size;
mod span;
mod word;
mod workers;

pub(super) use addresses::Addresses;
pub(super) use count::Count;
pub(super) use directory::Directory;
pub(super) use filter::Filter;
pub(super) use off::{NonZero, OrOff};
pub(super) use phrase::Phrase;
pub(super) use size::{Size, octets};
pub(super) use span::Span;
pub(super) use word::Word;
pub use word::{LogFormat, Switch, UseIoUring};
pub(super) use workers::Workers;

/// A kind of values: a parser with its range.
pub(super) trait Kind {
    /// The type of the field in `Options`.
    type Value;

    /// The value that `text` names, if it is allowed.
    fn parse(&self, text: &str) -> Result<Self::Value, Refusal>;

    /// The value as it stands in a file; `parse` of its [`plain`] text gives it back.
    fn show(&self, value: &Self::Value) -> toml::Value;

    /// The allowed values, for a person.
    fn allowed(&self) -> String;

    /// Which TOML types a file may use for it.
    fn form(&self) -> Form {
        Form::Text
    }
}

/// The TOML types that a file may use for an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A string.
    Text,
    /// A string or an integer.
    Number,
    /// A string or an array of strings.
    List,
    /// A string or a boolean; a flag of it may stand without a value, and then turns it on.
    Switch,
}

/// Why a value is not allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The value, or the one in a list that is at fault.
    pub(super) value: String,
    /// What is wrong with it: a clause that follows the value.
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(value: &str, reason: impl Into<String>) -> Self {
        Self { value: value.to_owned(), reason: reason.into() }
    }

    /// It is of the right kind, but too small or too large.
    fn out_of_range(value: &str) -> Self {
        Self::new(value, "is out of range")
    }
}

/// A shown value as one types it after a flag: without quotes, a list with commas.
pub(super) fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
