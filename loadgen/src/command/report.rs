//! `loadgen report`: saved runs are shown again, as tables and as a page.

use std::path::Path;

use super::error::CommandError;
use super::options::ReportOptions;
use super::output;
use crate::page::page;
use crate::report::{Report, table};
use crate::saved::{self, Output};

/// Shows what the options ask for; returns what the program exits with. If a file is no saved run, nothing is printed.
pub(super) fn report(options: &ReportOptions) -> Result<u8, CommandError> {
    let runs = options.files.iter().map(|file| named(file)).collect::<Result<Vec<_>, _>>()?;
    let html = output::open("--html", &options.html)?;
    let shown = html.as_ref().is_some_and(Output::is_standard);
    if let Some(html) = html {
        output::write(html, &page(&runs)?)?;
    }
    if !shown {
        let tables: Vec<_> = runs.iter().map(table).collect();
        output::print(&tables.join("\n"));
    }
    Ok(0)
}

/// A saved run. Without a label it is called as its file.
fn named(file: &Path) -> Result<Report, CommandError> {
    let mut report = saved::read(file)?;
    if report.run.label.is_none() {
        report.run.label = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    }
    Ok(report)
}
