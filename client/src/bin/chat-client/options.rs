//! The command line.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use fanfare_protocol::{Name, RoomName};

use crate::exit::Failure;

/// Talk on a Fanfare server: at a terminal, or line by line in a script.
#[derive(Debug, Parser)]
#[command(name = "chat-client", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Options {
    /// The server, as HOST:PORT or HOST.
    #[arg(value_name = "ADDRESS", env = "FANFARE_ADDRESS", default_value = "127.0.0.1:15151")]
    pub(crate) address: String,

    /// Your name: 1 to 32 of A-Z a-z 0-9 _ -. Without it, the one you are logged in with.
    #[arg(short, long, value_name = "NAME", env = "FANFARE_NAME", value_parser = name)]
    pub(crate) name: Option<String>,

    /// A room to join; its # can be left out. May be given more than once; the first is the one you speak in.
    #[arg(short, long = "room", value_name = "ROOM", default_value = "lobby", value_parser = room)]
    pub(crate) rooms: Vec<String>,

    /// How many messages of the past to show at the beginning. [default: 20 at a terminal, 0 in a script]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000))]
    pub(crate) last: Option<u64>,

    /// Whose comings and goings to show: nobody's, those of who spoke lately, or everybody's.
    #[arg(long, value_name = "WHOSE", default_value = "smart", help_heading = "At a terminal")]
    pub(crate) presence: Presence,

    /// Whether to use colours; NO_COLOR turns them off as well.
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "At a terminal")]
    pub(crate) color: Color,

    /// Do not ring the bell when somebody says your name or tells you something.
    #[arg(long, help_heading = "At a terminal")]
    pub(crate) no_bell: bool,

    /// Append what is shown to a file that only you can read.
    #[arg(long, value_name = "FILE", help_heading = "At a terminal")]
    pub(crate) log: Option<PathBuf>,

    /// Say a text and leave; standard input is not read. May be given more than once.
    #[arg(long, value_name = "TEXT", help_heading = "In a script")]
    pub(crate) send: Vec<String>,

    /// Leave when so many messages of others have come.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "In a script")]
    pub(crate) wait: Option<u64>,

    /// Stay when the input ends, until a signal or --timeout.
    #[arg(long, conflicts_with = "wait", help_heading = "In a script")]
    pub(crate) follow: bool,

    /// Leave after so many seconds; that is a failure with --wait, or when something is not said yet.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, help_heading = "In a script")]
    pub(crate) timeout: Option<Duration>,

    /// Write every event as a line of JSON. Its schema is in the README of the client.
    #[arg(long, help_heading = "In a script")]
    pub(crate) json: bool,

    /// Obey lines that begin with / as commands; without it they are said like any other.
    #[arg(long, help_heading = "In a script")]
    pub(crate) commands: bool,
}

/// Whose comings and goings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Presence {
    /// Nobody's.
    Off,
    /// Those of people who spoke lately.
    Smart,
    /// Everybody's.
    All,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// At a terminal, unless NO_COLOR is set.
    Auto,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

const EXAMPLES: &str = "\
At a terminal, /help lists the commands. It is a script when standard input or output is no terminal, or a flag of
that group is given.

Exit codes: 0 done, 1 the system refused something, 2 wrong usage, 3 cannot connect, 4 refused by the server,
5 the server broke the protocol, 6 timed out, 7 some of the input can't be said, 130 SIGINT, 143 SIGTERM

Examples:
  chat-client                                         talk in #lobby on this machine
  chat-client chat.example.org --name bob --room tea  elsewhere
  chat-client --send 'The build is green.'            say one thing
  make 2>&1 | chat-client --name builder --room log   say each line
  chat-client --wait 1 --timeout 60 --json            wait for a message, and print it
  chat-client --commands --send '/search kettle'      print what was said with this word";

impl Options {
    /// The name that was given, or else the one of the login, if that has the form of a name.
    ///
    /// # Errors
    ///
    /// A wrong usage if there is neither.
    pub(crate) fn name(&self) -> Result<String, Failure> {
        let login = || ["USER", "LOGNAME"].into_iter().find_map(|variable| name(&env::var(variable).ok()?).ok());
        self.name.clone().or_else(login).ok_or_else(|| {
            Failure::Usage("say what you are called with --name NAME; your login is no name here".into())
        })
    }

    /// Whether a flag says that no person is typing.
    pub(crate) fn is_for_a_script(&self) -> bool {
        !self.send.is_empty()
            || self.wait.is_some()
            || self.follow
            || self.timeout.is_some()
            || self.json
            || self.commands
    }
}

fn name(name: &str) -> Result<String, String> {
    match Name::new(name) {
        Ok(name) if name.is_reserved() => Err("this name is reserved".to_owned()),
        Ok(name) => Ok(name.as_str().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A room with its `#`, which a shell would take for a comment.
pub(crate) fn room(room: &str) -> Result<String, String> {
    let room = if room.starts_with('#') { room.to_owned() } else { format!("#{room}") };
    RoomName::new(&room).map(|room| room.as_str().to_owned()).map_err(|error| error.to_string())
}

fn seconds(seconds: &str) -> Result<Duration, String> {
    let parsed =
        seconds.trim_end_matches('s').parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    parsed.ok_or_else(|| "a number of seconds from 0 on, such as 0.5 or 60".to_owned())
}
