//! `loadgen merge FILE…`: one run of several, and one HDR log of several.

use super::error::CommandError;
use super::options::MergeOptions;
use super::{output, say};
use crate::exit;
use crate::merge::{self, Merged};
use crate::report::table;

/// Merges what several loadgens measured at the same time, as if it had been one; returns what the program exits with: what the
/// merged run would have.
pub(super) fn merge(options: &MergeOptions) -> Result<u8, CommandError> {
    // What is read may be what is written.
    let merged = merge::files(&options.files)?;
    if let (Merged::Log(_), Some(option)) = (&merged, options.outputs.besides_hdr()) {
        let why = "an HDR log has only distributions; merge saved runs (--json)";
        return Err(CommandError::Together { one: option, other: "HDR logs", why });
    }
    let mut outputs = options.outputs.open()?;
    let (errors, text, code) = match &merged {
        Merged::Run(report) => (outputs.write(report), table(report), exit::code(report, false)),
        Merged::Log(log) => (outputs.write_log(log).into_iter().collect(), log.summary(), 0),
    };
    if !outputs.to_standard_output() {
        output::print(&text);
    }
    errors.iter().for_each(|error| say(&error.to_string()));
    Ok(if errors.is_empty() { code } else { exit::NO_RUN })
}
