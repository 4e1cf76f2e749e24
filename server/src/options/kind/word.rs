//! The formats of a log.

use super::{Kind, Refusal};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: time, level, module, message, fields.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl LogFormat {
    const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The word for it.
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// One word out of a few.
pub(in crate::options) struct Word;

impl Kind for Word {
    type Value = LogFormat;

    fn parse(&self, text: &str) -> Result<LogFormat, Refusal> {
        LogFormat::ALL
            .into_iter()
            .find(|format| format.word() == text)
            .ok_or_else(|| Refusal::new(text, "is not a format of the log"))
    }

    fn show(&self, value: &LogFormat) -> toml::Value {
        toml::Value::from(value.word())
    }

    fn allowed(&self) -> String {
        LogFormat::ALL.map(LogFormat::word).join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_word() {
        assert_eq!(Word.parse("text"), Ok(LogFormat::Text));
        assert_eq!(Word.parse("json"), Ok(LogFormat::Json));
        assert!(Word.parse("JSON").is_err());
        assert_eq!(Word.allowed(), "text or json");
    }
}
