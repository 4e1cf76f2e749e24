//! Flags, environment and file together.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;

use super::command::{self, command};
use super::error::OptionsError;
use super::origin::Origin;
use super::print::as_toml;
use super::setting::Setting;
use super::table::Options;
use super::{environment, file};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded {
    /// To run a server with these options.
    Run(Box<Options>),
    /// To print this text on standard output and exit with 0: the help, the version, or the checked configuration.
    /// It ends with a line end.
    Print(String),
}

impl Options {
    /// Reads flags from `args`, whose first is the name of the program, then the environment of this process and the
    /// file that either of them names.
    ///
    /// # Errors
    ///
    /// An [`OptionsError`] belongs on standard error, and the program then exits with [`OptionsError::EXIT_CODE`].
    pub fn load(args: impl IntoIterator<Item = OsString>) -> Result<Loaded, OptionsError> {
        load(args, |variable| env::var_os(variable))
    }
}

/// [`Options::load`] with any environment.
fn load(
    args: impl IntoIterator<Item = OsString>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Loaded, OptionsError> {
    let mut matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return unmatched(&error),
    };
    let path = matches
        .remove_one::<PathBuf>(command::CONFIG)
        .or_else(|| lookup(&command::config_variable()).map(PathBuf::from));

    let mut draft = Draft::default();
    if let Some(path) = path {
        draft.apply(file::read(&path)?)?;
    }
    draft.apply(environment::read(lookup)?)?;
    draft.apply(command::settings(&matches))?;
    let options = draft.finish()?;

    Ok(if matches.get_flag(command::CHECK) { Loaded::Print(as_toml(&options)) } else { Loaded::Run(Box::new(options)) })
}

/// What clap has to say when it gives no flags: help and version are no errors.
fn unmatched(error: &clap::Error) -> Result<Loaded, OptionsError> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Loaded::Print(text)),
        _ => Err(OptionsError::Usage(text.trim_start_matches("error: ").trim_end().to_owned())),
    }
}

/// Options in the making, and where each has come from so far.
#[derive(Default)]
struct Draft {
    options: Options,
    /// Where the options came from that somebody gave, by flag.
    origins: HashMap<&'static str, Origin>,
}

impl Draft {
    /// Sets what one source gives, over what was there.
    fn apply(&mut self, settings: Vec<Setting>) -> Result<(), OptionsError> {
        for Setting { spec, text, origin } in settings {
            if let Err(refusal) = (spec.set)(&mut self.options, &text) {
                let (value, reason, allowed) = (refusal.value, refusal.reason, (spec.allowed)());
                return Err(OptionsError::Refused { origin, value, reason, allowed });
            }
            self.origins.insert(spec.flag, origin);
        }
        Ok(())
    }

    /// The options, if they fit together.
    fn finish(mut self) -> Result<Options, OptionsError> {
        let (log_memory, room_log) = (self.options.log_memory, self.options.room_log);
        if log_memory >= room_log {
            return Ok(self.options);
        }
        Err(OptionsError::LogMemory {
            origin: self.origin("log-memory"),
            log_memory,
            room_log_origin: self.origin("room-log"),
            room_log,
        })
    }

    /// Where the option of this flag came from.
    fn origin(&mut self, flag: &'static str) -> Origin {
        self.origins.remove(flag).unwrap_or(Origin::Default { flag })
    }
}

#[cfg(test)]
mod tests;
