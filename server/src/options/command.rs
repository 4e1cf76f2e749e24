//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::kind::{Form, plain};
use super::origin::Origin;
use super::setting::Setting;
use super::spec::{ENVIRONMENT_PREFIX, Spec};
use super::table::{Options, TABLE};

/// The flag that names the file.
pub(super) const CONFIG: &str = "config";

/// The flag that asks for a check only.
pub(super) const CHECK: &str = "check-config";

/// The heading of the flags that are no options of the server.
const OTHER: &str = "Other";

const EXAMPLES: &str = "\
A TIME is such as 500ms, 10s or 2m; a plain number counts seconds.
A SIZE is such as 64KiB or 1MiB; a plain number counts octets.
A flag goes before its environment variable, that before the file, and that before the default.
The keys of the file are the flags without their dashes: max-connections = 20000

Examples:
  chat-server                                                 talk on this machine
  chat-server --listen 0.0.0.0:15151 --max-connections 20000  let others in
  chat-server --check-config > fanfare.toml                   begin a file
  chat-server --config fanfare.toml                           use it
  nc 127.0.0.1 15151                                          join in";

/// The environment variable that names the file.
pub(super) fn config_variable() -> String {
    format!("{ENVIRONMENT_PREFIX}{}", CONFIG.to_uppercase())
}

/// The command line that the table describes.
pub(super) fn command() -> Command {
    let defaults = Options::default();
    Command::new("chat-server")
        .bin_name("chat-server")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The server of Fanfare: people and programs talk in rooms, over TCP, in plain text.")
        .after_help(EXAMPLES)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(TABLE.iter().map(|spec| option(spec, &defaults)))
        .args(others())
}

/// The values that the flags gave.
pub(super) fn settings(matches: &ArgMatches) -> Vec<Setting> {
    TABLE
        .iter()
        .filter_map(|spec| {
            let texts: Vec<&str> = matches.get_many::<String>(spec.flag)?.map(String::as_str).collect();
            Some(Setting { spec, text: texts.join(","), origin: Origin::Flag { flag: spec.flag } })
        })
        .collect()
}

/// The flag of one option.
fn option(spec: &'static Spec, defaults: &Options) -> Arg {
    let action = if (spec.form)() == Form::List { ArgAction::Append } else { ArgAction::Set };
    let flag = Arg::new(spec.flag);
    let flag = if (spec.form)() == Form::Switch { flag.num_args(0..=1).default_missing_value("on") } else { flag };
    flag.long(spec.flag)
        .value_name(spec.value_name)
        .action(action)
        .allow_negative_numbers(true)
        .help_heading(spec.group)
        .help(format!(
            "{}\n[allowed: {}]\n[default: {}] [env: {}]",
            spec.help.trim(),
            (spec.allowed)(),
            plain(&(spec.show)(defaults)),
            spec.variable()
        ))
}

/// The flags that are no options of the server.
fn others() -> [Arg; 4] {
    [
        Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(format!("Reads options from a TOML file.\n[env: {}]", config_variable())),
        Arg::new(CHECK)
            .long(CHECK)
            .action(ArgAction::SetTrue)
            .help("Checks flags, environment and file, prints the options that result as a TOML file, and exits."),
        Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Prints this help."),
        Arg::new("version").short('V').long("version").action(ArgAction::Version).help("Prints the version."),
    ]
    .map(|arg| arg.help_heading(OTHER))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The help on one line for each paragraph, so that no name is cut.
    fn help() -> String {
        command().term_width(0).render_help().to_string()
    }

    #[test]
    fn clap_finds_no_fault_in_the_command() {
        command().debug_assert();
    }

    #[test]
    fn the_help_has_every_option_with_its_variable_range_and_default() {
        let help = help();
        for spec in TABLE {
            let shown = plain(&(spec.show)(&Options::default()));
            for part in [
                if (spec.form)() == Form::Switch {
                    format!("--{} [<{}>]", spec.flag, spec.value_name)
                } else {
                    format!("--{} <{}>", spec.flag, spec.value_name)
                },
                format!("[env: FANFARE_{}]", spec.flag.to_uppercase().replace('-', "_")),
                format!("[allowed: {}]", (spec.allowed)()),
                format!("[default: {shown}]"),
            ] {
                assert!(help.contains(&part), "no {part:?} in the help:\n{help}");
            }
        }
        for part in ["--config <FILE>", "[env: FANFARE_CONFIG]", "--check-config", "-h, --help", "-V, --version"] {
            assert!(help.contains(part), "no {part:?} in the help:\n{help}");
        }
    }

    #[test]
    fn the_help_has_the_groups_in_order_and_nothing_outside_them() {
        let help = help();
        let headings: Vec<&str> =
            help.lines().filter_map(|line| line.strip_suffix(':')).filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(
            headings,
            [
                "Listening",
                "Limits per connection",
                "Limits of the server",
                "Timing",
                "Rooms and memory",
                "History",
                "Logging",
                "Other",
                "Examples"
            ]
        );
    }
}
