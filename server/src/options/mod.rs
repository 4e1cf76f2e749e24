//! What an operator can set: flags, environment variables and a TOML file, from one table.
//!
//! Each option stands once, in `table.rs`: its field and type, flag, group, help text, allowed range and default. The
//! command line, `--help`, the names of the environment variables, the keys of the file, `--check-config` and
//! [`Options::default`] all follow from that table.
//!
//! A flag goes before its environment variable, that before the file, and that before the default. Every value that is
//! given is checked, even one that another source overrides: a wrong file is wrong whatever the flags say.
//!
//! An unknown flag and an unknown key of the file are errors. An unknown environment variable is not: an orchestrator
//! sets its own (`FANFARE_SERVICE_HOST`, say, for a service called `fanfare`).

mod command;
mod environment;
mod error;
mod file;
mod kind;
mod load;
mod origin;
mod print;
mod setting;
mod spec;
mod table;

pub use error::OptionsError;
pub use kind::{LogFormat, Switch, UseIoUring};
pub use load::Loaded;
pub use origin::Origin;
pub use table::Options;
