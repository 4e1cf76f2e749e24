//! Where reports go.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::error::CommandError;

/// Writes a report: as JSON to a file, and as a table to standard output, unless the JSON goes there.
pub(super) fn report(json: Option<&Path>, value: &impl Serialize, table: &str) -> Result<(), CommandError> {
    if let Some(path) = json {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        file(path, &text)?;
    }
    if json != Some(Path::new("-")) {
        print(table);
    }
    Ok(())
}

/// Writes a file; `-` is standard output.
pub(super) fn file(path: &Path, text: &str) -> Result<(), CommandError> {
    if path == Path::new("-") {
        print(text);
        return Ok(());
    }
    fs::write(path, text).map_err(|source| CommandError::Write { path: path.to_owned(), source })
}

/// To standard output. Whoever has closed it does not want to know.
pub(super) fn print(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
