//! Workload files: TOML, whose keys are the flags without `--`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args as _, Command};
use toml::de::DeTable;

use super::Workload;

/// The largest file that is read, in octets: one that is larger is no workload.
const LARGEST: u64 = 1 << 20;

/// What is wrong with a workload file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error(
        "can't read {}: {source}; --workload takes the path of a TOML file (`loadgen show steady` prints one)",
        path.display()
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not TOML.
    #[error("{}:{line}: not valid TOML: {fault}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What the parser says.
        fault: String,
    },
    /// A key that there is not.
    #[error(
        "{}:{line}: unknown key {key:?}; the nearest known key is {nearest:?} (keys are the flags of `loadgen --help` \
         without `--`)",
        path.display()
    )]
    UnknownKey {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        key: String,
        /// What may be meant.
        nearest: String,
    },
    /// A value that its key does not take.
    #[error("{}:{line}: {key}: {fault}; `loadgen --help` says what --{key} takes", path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Its key.
        key: String,
        /// What is wrong.
        fault: String,
    },
}

/// Reads a workload file.
///
/// # Errors
///
/// It can't be read or is no workload: where, and what to do.
pub fn read(path: &Path) -> Result<Workload, FileError> {
    let content = content(path).map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &content)
}

fn content(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 MiB"));
    }
    fs::read_to_string(path)
}

/// Reads what stands in the file at `path`.
pub(super) fn parse(path: &Path, content: &str) -> Result<Workload, FileError> {
    let syntax = |error: &toml::de::Error| FileError::Syntax {
        path: path.to_owned(),
        line: line(content, error.span().map_or(0, |span| span.start)),
        fault: error.message().replace('\n', ", "),
    };
    let table = DeTable::parse(content).map_err(|error| syntax(&error))?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let known = keys();
    for (key, _) in &entries {
        let name = key.get_ref().as_ref();
        if !known.iter().any(|known| known == name) {
            return Err(FileError::UnknownKey {
                path: path.to_owned(),
                line: line(content, key.span().start),
                key: name.to_owned(),
                nearest: nearest(name, &known),
            });
        }
    }
    toml::from_str(content).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        // The entry whose value the fault is in is the last that begins before it.
        let entry = entries.iter().rev().find(|(key, _)| key.span().start <= at).map(|(key, _)| key.get_ref().as_ref());
        match entry {
            Some(key) => FileError::Value {
                path: path.to_owned(),
                line: line(content, at),
                key: key.to_owned(),
                fault: error.message().replace('\n', ", "),
            },
            None => syntax(&error),
        }
    })
}

/// The keys: those of the flags.
pub(crate) fn keys() -> Vec<String> {
    let command = Workload::augment_args(Command::new("workload"));
    command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)).collect()
}

/// The line, from 1, in which the octet at `offset` stands.
fn line(content: &str, offset: usize) -> usize {
    1 + content.bytes().take(offset).filter(|octet| *octet == b'\n').count()
}

/// The known key that looks most like `key`.
fn nearest(key: &str, known: &[String]) -> String {
    let key = key.to_lowercase().replace('_', "-");
    let likeness = |known: &&String| strsim::jaro_winkler(&key, known);
    known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other))).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(content: &str) -> String {
        parse(Path::new("w.toml"), content).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_file_says_what_flags_would() {
        let content = "clients = 5\nrate = 50\nduration = '2m'\nassert = ['p99<5ms', 'lost==0']\nroom = '#tea'\n";
        let workload = parse(Path::new("w.toml"), content).expect("it is one");
        assert_eq!((workload.clients, workload.rate), (Some(5), Some(50.0)));
        assert_eq!((workload.duration, workload.assert.len()), (Some(Duration::from_secs(120)), 2));
        assert_eq!(workload.room.as_deref(), Some("#tea"));
        assert_eq!(parse(Path::new("w.toml"), "# nothing\n").expect("it is one"), Workload::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_key() {
        assert_eq!(
            error("# first\n\nin_flihgt = 5\n"),
            "w.toml:3: unknown key \"in_flihgt\"; the nearest known key is \"in-flight\" (keys are the flags of \
             `loadgen --help` without `--`)"
        );
        assert!(error("clients = 1\n[client]\nx = 1\n").starts_with("w.toml:2: unknown key \"client\"; "));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_key() {
        for (content, parts) in [
            ("rate = 1\nclients = 'many'\n", ["w.toml:2: clients: ", "invalid type"]),
            ("\nduration = '5'\n", ["w.toml:2: duration: ", "such as 500ms"]),
            ("clients = -1\n", ["w.toml:1: clients: ", "-1"]),
            ("assert = [\n 'p99<5ms',\n 'los==0',\n]\n", ["assert: ", "did you mean lost?"]),
            ("ramp-step = 'x1'\n", ["w.toml:1: ramp-step: ", "such as x1.5"]),
            ("ramp-step = true\n", ["w.toml:1: ramp-step: ", "such as \"x1.5\""]),
        ] {
            let error = error(content);
            assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_line() {
        assert!(error("clients = 1\nrate 5\n").starts_with("w.toml:2: not valid TOML: "));
        assert!(error("clients = 1\nclients = 2\n").starts_with("w.toml:2: not valid TOML: "));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Path::new("/nowhere/w.toml")).expect_err("it is not there").to_string();
        assert!(error.starts_with("can't read /nowhere/w.toml: ") && error.contains("loadgen show"), "{error}");
    }
}
