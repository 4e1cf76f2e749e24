//! Values from the configuration file.

use std::fs;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::OptionsError;
use super::kind::Form;
use super::origin::Origin;
use super::setting::Setting;
use super::spec::Spec;
use super::table::TABLE;

/// The values in the file at `path`, in the order in which they stand there.
pub(super) fn read(path: &Path) -> Result<Vec<Setting>, OptionsError> {
    let content =
        fs::read_to_string(path).map_err(|cause| OptionsError::Unreadable { path: path.to_owned(), cause })?;
    settings(path, &content)
}

/// The values in `content`, the text of the file at `path`.
fn settings(path: &Path, content: &str) -> Result<Vec<Setting>, OptionsError> {
    let table = DeTable::parse(content).map_err(|error| OptionsError::Syntax {
        path: path.to_owned(),
        line: line(content, error.span().map_or(0, |span| span.start)),
        fault: error.message().replace('\n', ", "),
    })?;
    let mut entries: Vec<_> = table.into_inner().into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter().map(|(key, value)| setting(path, content, &key, &value)).collect()
}

/// One entry of the file.
fn setting(
    path: &Path,
    content: &str,
    key: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Setting, OptionsError> {
    let path = path.to_owned();
    let line = line(content, key.span().start);
    let key = key.get_ref().as_ref();
    let Some(spec) = Spec::find(key) else {
        return Err(OptionsError::UnknownKey { path, line, key: key.to_owned(), nearest: nearest(key) });
    };
    let origin = Origin::File { path, line, key: spec.flag };
    match text(value.get_ref(), (spec.form)()) {
        Some(text) => Ok(Setting { spec, text, origin }),
        None => Err(OptionsError::Refused {
            origin,
            value: source(content, value.span()).to_owned(),
            reason: format!("is of the TOML type {}", value.get_ref().type_str()),
            allowed: format!("{}: {}", types((spec.form)()), (spec.allowed)()),
        }),
    }
}

/// The value as it would stand after a flag, if it has one of the types of `form`.
fn text(value: &DeValue<'_>, form: Form) -> Option<String> {
    match (value, form) {
        (DeValue::String(text), _) => Some(text.clone().into_owned()),
        (DeValue::Integer(number), Form::Number) => {
            // A number that no i64 holds is out of every range, whatever its base: its digits are kept as they are.
            let decimal = i64::from_str_radix(number.as_str(), number.radix()).map(|number| number.to_string());
            Some(decimal.unwrap_or_else(|_| number.as_str().to_owned()))
        }
        (DeValue::Boolean(on), Form::Switch) => Some(if *on { "on" } else { "off" }.to_owned()),
        (DeValue::Array(values), Form::List) => {
            let texts: Option<Vec<&str>> = values.iter().map(|value| value.get_ref().as_str()).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// The TOML types of a form, for a person.
fn types(form: Form) -> &'static str {
    match form {
        Form::Text => "a string",
        Form::Number => "a whole number or a string",
        Form::List => "a string or an array of strings",
        Form::Switch => "a string or a boolean",
    }
}

/// The line, from 1, in which the octet at `offset` stands.
fn line(content: &str, offset: usize) -> usize {
    1 + content.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// What stands at `span`.
fn source(content: &str, span: Range<usize>) -> &str {
    content.get(span).unwrap_or_default()
}

/// The known key that looks most like `key`.
fn nearest(key: &str) -> &'static str {
    let key = key.to_lowercase().replace('_', "-");
    TABLE
        .iter()
        .map(|spec| spec.flag)
        .max_by(|a, b| strsim::jaro_winkler(&key, a).total_cmp(&strsim::jaro_winkler(&key, b)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Vec<(&'static str, String)>, String> {
        settings(Path::new("fanfare.toml"), content)
            .map(|settings| settings.into_iter().map(|setting| (setting.spec.flag, setting.text)).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn natural_types_become_what_one_types_after_a_flag() {
        assert_eq!(
            read(
                "listen = ['a:1', 'b:2']\nworkers = 0x10\nmax-rooms = 1_000\nrate-limit = 'off'\n\
                 room-log = '64KiB'\nwelcome = \"Hi\"\nname-hold = -1\nmax-text = 99999999999999999999\n"
            ),
            Ok(vec![
                ("listen", "a:1,b:2".to_owned()),
                ("workers", "16".to_owned()),
                ("max-rooms", "1000".to_owned()),
                ("rate-limit", "off".to_owned()),
                ("room-log", "64KiB".to_owned()),
                ("welcome", "Hi".to_owned()),
                ("name-hold", "-1".to_owned()),
                ("max-text", "99999999999999999999".to_owned()),
            ])
        );
        assert_eq!(read("listen = 'a:1'"), Ok(vec![("listen", "a:1".to_owned())]));
        assert_eq!(read("# nothing\n"), Ok(vec![]));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_key() {
        assert_eq!(
            read("# first\n\nmax_conections = 5\n"),
            Err("fanfare.toml:3: unknown key \"max_conections\"; the nearest known key is \"max-connections\" \
                 (--help lists them all)"
                .to_owned())
        );
        for (key, nearest) in
            [("LISTEN", "listen"), ("ratelimit", "rate-limit"), ("log-fromat", "log-format"), ("worker", "workers")]
        {
            let error = read(&format!("{key} = 1")).expect_err(key);
            assert!(error.contains(&format!("known key is \"{nearest}\"")), "{error}");
        }
    }

    #[test]
    fn a_section_is_an_unknown_key_too() {
        let error = read("workers = 1\n[limits]\nmax-rooms = 1\n").expect_err("a section");
        assert!(error.starts_with("fanfare.toml:2: unknown key \"limits\";"), "{error}");
    }

    #[test]
    fn the_first_fault_of_the_file_is_the_one_that_is_told() {
        let error = read("zzz = 1\naaa = 1\n").expect_err("two unknown keys");
        assert!(error.starts_with("fanfare.toml:1: unknown key \"zzz\";"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_named_with_what_is_allowed() {
        for (content, error) in [
            (
                "\nworkers = true",
                "fanfare.toml:2: workers: \"true\" is of the TOML type boolean; \
                 allowed: a whole number or a string: 1 to 64",
            ),
            (
                "ping-interval = 1.5",
                "fanfare.toml:1: ping-interval: \"1.5\" is of the TOML type float; \
                 allowed: a whole number or a string: 1s to 1h",
            ),
            (
                "welcome = 5",
                "fanfare.toml:1: welcome: \"5\" is of the TOML type integer; \
                 allowed: a string: one line of 1 to 256 octets, without control characters",
            ),
        ] {
            assert_eq!(read(content), Err(error.to_owned()));
        }
        for content in ["listen = [1]", "listen = 15151", "[workers]", "workers = [1]", "log-level = 1979-05-27"] {
            let error = read(content).expect_err(content);
            assert!(error.contains(" is of the TOML type "), "{error}");
        }
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line() {
        for (content, line) in [("workers 1", 1), ("\n\nworkers = ", 3), ("workers = 1\nworkers = 2", 2)] {
            let error = read(content).expect_err(content);
            assert!(error.starts_with(&format!("fanfare.toml:{line}: not valid TOML: ")), "{error}");
        }
    }
}
