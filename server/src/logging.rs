//! The log: structured lines on standard error.

use std::env;
use std::io::{self, IsTerminal};

use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::options::LogFormat;

/// Why there is no log.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoggingError {
    /// The filter is not one. Options that were loaded never have such a filter.
    #[error("log filter {filter:?}: {cause}; write a level such as info, or one for a module such as name=debug")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        cause: tracing_subscriber::filter::ParseError,
    },

    /// The process has a log already.
    #[error("the log can't be set up: {0}; set it up once, at the start of the program")]
    Set(tracing_subscriber::util::TryInitError),
}

/// Sends what the process logs from now on to standard error, in `format`, as far as the filter `level` lets it pass.
///
/// Colours are for a terminal only, and not if the environment variable `NO_COLOR` is set.
///
/// # Errors
///
/// The filter can't be parsed, or the process has a log already.
pub fn init(format: LogFormat, level: &str) -> Result<(), LoggingError> {
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    subscriber(format, level, colours, io::stderr)?.try_init().map_err(LoggingError::Set)
}

/// A log that writes to `writer`.
fn subscriber<W>(
    format: LogFormat,
    level: &str,
    colours: bool,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::builder().parse(level).map_err(|cause| LoggingError::Filter { filter: level.to_owned(), cause })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match format {
        LogFormat::Text => Box::new(builder.compact().with_ansi(colours).finish()),
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Arc;

    use super::*;

    /// What two events, one of them below the level, leave in the log.
    fn logged(format: LogFormat, colours: bool) -> String {
        let mut file = tempfile::tempfile().expect("a file");
        let writer = Arc::new(file.try_clone().expect("a second handle of it"));
        let subscriber = subscriber(format, "info", colours, writer).expect("a filter");
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(peer = 7, "hello");
            tracing::debug!("not this");
        });
        let mut log = String::new();
        file.rewind().expect("a file begins somewhere");
        file.read_to_string(&mut log).expect("UTF-8");
        log
    }

    #[test]
    fn text_is_one_line_and_coloured_only_when_asked() {
        let text = logged(LogFormat::Text, false);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(" INFO ") && text.ends_with("hello peer=7\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(logged(LogFormat::Text, true).contains('\u{1b}'));
    }

    #[test]
    fn json_is_one_flat_object_a_line() {
        let json = logged(LogFormat::Json, true);
        assert_eq!(json.lines().count(), 1, "{json}");
        assert!(json.starts_with("{\"timestamp\":\"") && json.ends_with("}\n"), "{json}");
        assert!(json.contains("\"message\":\"hello\",\"peer\":7"), "{json}");
        assert!(!json.contains("\"fields\"") && !json.contains('\u{1b}'), "{json}");
    }

    #[test]
    fn a_wrong_filter_is_an_error() {
        let error = init(LogFormat::Text, "a=b=c").expect_err("no filter").to_string();
        assert!(error.starts_with("log filter \"a=b=c\": "), "{error}");
    }
}
