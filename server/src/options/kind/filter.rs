//! What is logged.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Kind, Refusal};

/// A filter as the crate tracing-subscriber has it: `info`, `warn,fanfare_server=debug`.
///
/// One thing is stricter. There a single word that is no level names a module, so that a misspelt level would silence
/// everything else; here it is refused.
pub(in crate::options) struct Filter;

impl Kind for Filter {
    type Value = String;

    fn parse(&self, text: &str) -> Result<String, Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::new(text, "is empty"));
        }
        EnvFilter::builder().parse(text).map_err(|error| Refusal::new(text, format!("is not a filter ({error})")))?;
        match text.split(',').find(|part| is_lone_word(part)) {
            Some(part) => Err(Refusal::new(part, "is not a level")),
            None => Ok(text.to_owned()),
        }
    }

    fn show(&self, value: &String) -> toml::Value {
        toml::Value::from(value.as_str())
    }

    fn allowed(&self) -> String {
        "off, error, warn, info, debug or trace, and such as fanfare_server=debug after a comma".to_owned()
    }
}

/// Whether it is a name without a level, and no level itself.
fn is_lone_word(part: &str) -> bool {
    let name = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-'));
    name && part.parse::<LevelFilter>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_alone_and_for_modules() {
        for text in ["info", "off", "warn,fanfare_server=debug", "WARN", "[span{field=1}]=trace"] {
            assert_eq!(Filter.parse(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_misspelt_level_is_not_taken_for_a_module() {
        assert_eq!(Filter.parse("inf"), Err(Refusal::new("inf", "is not a level")));
        assert_eq!(Filter.parse("info,tokio"), Err(Refusal::new("tokio", "is not a level")));
        for text in ["", " ", "a=b=c", "tokio=loud"] {
            assert!(Filter.parse(text).is_err(), "{text:?}");
        }
    }
}
