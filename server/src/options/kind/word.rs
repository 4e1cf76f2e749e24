//! One word out of a few.

use std::marker::PhantomData;

use super::{Form, Kind, Refusal};

/// Values that have a word each.
pub(in crate::options) trait Words: Copy + 'static {
    /// Each value with its word.
    const ALL: &'static [(Self, &'static str)];

    /// What a word is not that is none of them: a clause that follows the word.
    const NOT: &'static str;

    /// Which TOML types a file may use for it.
    const FORM: Form = Form::Text;
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: time, level, module, message, fields.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Words for LogFormat {
    const ALL: &'static [(Self, &'static str)] = &[(Self::Text, "text"), (Self::Json, "json")];
    const NOT: &'static str = "is not a format of the log";
}

/// Whether messages are sent by io_uring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseIoUring {
    /// Where the system allows it.
    Auto,
    /// Never.
    Off,
}

impl Words for UseIoUring {
    const ALL: &'static [(Self, &'static str)] = &[(Self::Auto, "auto"), (Self::Off, "off")];
    const NOT: &'static str = "does not say whether to use io_uring";
}

/// Whether something that the operator may want is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is done.
    On,
    /// It is not.
    Off,
}

impl Words for Switch {
    const ALL: &'static [(Self, &'static str)] = &[(Self::On, "on"), (Self::Off, "off")];
    const NOT: &'static str = "is neither on nor off";
    const FORM: Form = Form::Switch;
}

/// One word out of those of a type.
pub(in crate::options) struct Word<T>(PhantomData<T>);

impl<T> Word<T> {
    pub(in crate::options) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Words + PartialEq> Kind for Word<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, Refusal> {
        let known = T::ALL.iter().find(|(_, word)| *word == text);
        known.map(|&(value, _)| value).ok_or_else(|| Refusal::new(text, T::NOT))
    }

    fn show(&self, value: &T) -> toml::Value {
        let word = T::ALL.iter().find(|(known, _)| known == value).map(|&(_, word)| word);
        toml::Value::from(word.expect("each value has its word"))
    }

    fn allowed(&self) -> String {
        T::ALL.iter().map(|&(_, word)| word).collect::<Vec<_>>().join(" or ")
    }

    fn form(&self) -> Form {
        T::FORM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_word() {
        let format = Word::<LogFormat>::new();
        assert_eq!(format.parse("text"), Ok(LogFormat::Text));
        assert_eq!(format.parse("json"), Ok(LogFormat::Json));
        assert_eq!(format.parse("JSON"), Err(Refusal::new("JSON", "is not a format of the log")));
        assert_eq!(format.show(&LogFormat::Json), toml::Value::from("json"));
        assert_eq!(format.allowed(), "text or json");
        assert_eq!(Word::<UseIoUring>::new().parse("off"), Ok(UseIoUring::Off));
        assert_eq!(Word::<Switch>::new().parse("on"), Ok(Switch::On));
    }
}
