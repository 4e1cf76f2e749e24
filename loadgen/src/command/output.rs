//! Where reports go.

use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::Serialize;

use super::error::CommandError;
use crate::saved::{Output, OutputError};

/// Opens a file that an option asks for, if it does, before there is something to be written.
pub(super) fn open(option: &'static str, path: &Option<PathBuf>) -> Result<Option<Output>, OutputError> {
    path.as_deref().map(|path| Output::open(option, path)).transpose()
}

/// Writes a report: as a table to standard output, unless something else goes there, and as JSON if that is asked for.
pub(super) fn report(json: Option<Output>, value: &impl Serialize, table: &str) -> Result<(), CommandError> {
    if !json.as_ref().is_some_and(Output::is_standard) {
        print(table);
    }
    if let Some(output) = json {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        write(output, &text)?;
    }
    Ok(())
}

/// Writes what is open.
pub(super) fn write(mut output: Output, text: &str) -> Result<(), CommandError> {
    output.write(text.as_bytes()).map_err(CommandError::Write)
}

/// To standard output. Whoever has closed it does not want to know.
pub(super) fn print(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
