//! Values from environment variables.

use std::ffi::OsString;

use super::error::OptionsError;
use super::origin::Origin;
use super::setting::Setting;
use super::table::TABLE;

/// The values that `lookup`, a view of the environment, has for options.
pub(super) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Vec<Setting>, OptionsError> {
    let mut settings = Vec::new();
    for spec in TABLE {
        let variable = spec.variable();
        let Some(value) = lookup(&variable) else {
            continue;
        };
        match value.into_string() {
            Ok(text) => settings.push(Setting { spec, text, origin: Origin::Environment { variable } }),
            Err(_) => return Err(OptionsError::NotUnicode { variable }),
        }
    }
    Ok(settings)
}
