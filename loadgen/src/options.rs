//! The command line of `loadgen`.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::assertion::Assertion;
use crate::live;
use crate::plan::{Load, Plan, PlanError, default_address};

const AFTER: &str = "\
A TIME is such as 500ms, 10s or 2m.
An ASSERTION is FIGURE, one of < <= > >= == !=, and a value, such as 'p99<5ms',
'last.p99.9<=20ms', 'lost==0', 'deliveries.rate>1M', 'server.memory<16KiB' or
'generator.cpu<50%'. An unknown figure is answered with all there are.

Exit codes:
  0    all is well
  1    not clean: something was lost, repeated, reordered, corrupt, refused,
       unanswered or never sent, or a client was cut off
  2    the command line is wrong
  3    no server answers, or not every client could join
  4    an assertion does not hold
  5    the run is invalid: the generator was the bottleneck
  130  interrupted before the first message
Where several fit: 1 goes before 5, and 5 before 4. Interrupted later, a run ends
with the report of what was until then.

Examples:
  loadgen --spawn                                 1,000 clients, 20 messages/s, 10 s
  loadgen 10.0.0.7:15151 --clients 5000           against a server elsewhere
  loadgen --spawn --in-flight 1024                as fast as the slowest receiver
  loadgen --spawn --assert 'p99<20ms' --json FILE in a pipeline
  loadgen --spawn -- --workers 1                  options for the server";

/// How long one of several addresses of a name may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Measures how fast a Fanfare server broadcasts, and checks every octet that it delivers.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version, after_help = AFTER, disable_help_flag = true, disable_version_flag = true)]
pub struct Options {
    /// Where the server listens, HOST:PORT. With --spawn: where the new one is to listen.
    /// [default: 127.0.0.1:15151; with --spawn a free port]
    #[arg(value_name = "ADDRESS", help_heading = "Server")]
    address: Option<String>,

    /// Starts the chat-server that is beside this program, without its rate limits, and ends it after the run.
    #[arg(long, help_heading = "Server")]
    pub spawn: bool,

    /// Options for the server that --spawn starts, behind `--`.
    #[arg(last = true, value_name = "OPTION", requires = "spawn", help_heading = "Server")]
    pub server_options: Vec<String>,

    /// How many clients join the room. Each of them receives every message.
    #[arg(long, value_name = "N", default_value_t = 1_000, help_heading = "Load")]
    clients: u32,

    /// How many of the clients publish, in turn.
    #[arg(long, value_name = "P", default_value_t = 1, help_heading = "Load")]
    publishers: u32,

    /// Messages a second, of all publishers together, at fixed times whatever becomes of those before.
    #[arg(long, value_name = "R", default_value_t = 20.0, help_heading = "Load")]
    rate: f64,

    /// Instead of a rate: as fast as the slowest receiver, with at most so many messages that somebody has still to
    /// receive.
    #[arg(long, value_name = "W", conflicts_with = "rate", help_heading = "Load")]
    in_flight: Option<u32>,

    /// How long messages are sent.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time, help_heading = "Load")]
    duration: Duration,

    /// Octets of each text, 16 to 65,536.
    #[arg(long, value_name = "OCTETS", default_value_t = 64, help_heading = "Load")]
    size: usize,

    /// The room. [default: a new one, #load- and a random number]
    #[arg(long, value_name = "ROOM", help_heading = "Load")]
    room: Option<String>,

    /// How many connections may be opening at a time.
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Timing")]
    ramp: u32,

    /// How long to wait for the server to come to rest after the last client has joined.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = time, help_heading = "Timing")]
    settle: Duration,

    /// How long to wait for deliveries after the last message. What has not come then is lost.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time, help_heading = "Timing")]
    drain: Duration,

    /// Writes the report as JSON to a file; `-` is standard output, in place of the table.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,

    /// What a figure must be, such as 'p99<5ms'. May be given more than once.
    #[arg(long = "assert", value_name = "ASSERTION", help_heading = "Output")]
    pub assertions: Vec<Assertion>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "it would be the help of the program")]
    pub live: live::Args,

    /// Prints this help.
    #[arg(short, long, action = clap::ArgAction::Help, help_heading = "Output")]
    help: Option<bool>,

    /// Prints the version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = "Output")]
    version: Option<bool>,
}

/// What is wrong with the command line, apart from its form.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// A value is out of its range.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The address is none.
    #[error("{address:?} is no address: {reason}; write HOST:PORT, such as 127.0.0.1:15151")]
    Address {
        /// What stands there.
        address: String,
        /// Why it is none.
        reason: String,
    },
}

impl Options {
    /// The run that they describe. The server's process is not known yet; nor, with [`spawn`](Self::spawn), where it
    /// listens.
    ///
    /// # Errors
    ///
    /// A value is out of its range, or the address can't be resolved.
    pub fn plan(&self) -> Result<Plan, OptionsError> {
        let address = match &self.address {
            Some(address) => resolve(address)?,
            None if self.spawn => ([127, 0, 0, 1], 0).into(),
            None => default_address(),
        };
        let mut plan = Plan {
            clients: self.clients,
            publishers: self.publishers,
            size: self.size,
            load: self.in_flight.map_or(Load::Rate(self.rate), Load::InFlight),
            duration: self.duration,
            ramp: self.ramp,
            settle: self.settle,
            drain: self.drain,
            ..Plan::new(address)
        };
        if let Some(room) = &self.room {
            plan.room.clone_from(room);
        }
        plan.check()?;
        Ok(plan)
    }
}

/// The address of a name; of several, the first at which something listens, as `localhost` can be two.
fn resolve(address: &str) -> Result<SocketAddr, OptionsError> {
    let wrong = |reason: String| OptionsError::Address { address: address.to_owned(), reason };
    let found: Vec<_> = address.to_socket_addrs().map_err(|error| wrong(error.to_string()))?.collect();
    match found[..] {
        [] => Err(wrong("it has no addresses".to_owned())),
        [only] => Ok(only),
        [first, ..] => {
            let listens = |address: &&SocketAddr| TcpStream::connect_timeout(address, PATIENCE).is_ok();
            Ok(found.iter().find(listens).copied().unwrap_or(first))
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; a time is such as 500ms, 10s or 2m"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn plan(arguments: &[&str]) -> Result<Plan, OptionsError> {
        Options::try_parse_from([&["loadgen"], arguments].concat()).expect("well-formed").plan()
    }

    #[test]
    fn clap_finds_no_fault_in_the_command() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_defaults_are_those_of_a_plan() {
        let (plan, default) = (plan(&[]).expect("a plan"), Plan::new(default_address()));
        let same = Plan { run: default.run, room: default.room.clone(), ..plan };
        assert_eq!(format!("{same:?}"), format!("{default:?}"));
    }

    #[test]
    fn the_options_make_the_plan() {
        let plan = plan(&[
            "[::1]:7",
            "--clients=5",
            "--publishers=2",
            "--in-flight=9",
            "--duration=2s",
            "--size=99",
            "--room=#tea",
        ]);
        let plan = plan.expect("a plan");
        assert_eq!(plan.address.to_string(), "[::1]:7");
        assert_eq!((plan.clients, plan.publishers, plan.size), (5, 2, 99));
        assert_eq!((plan.load, plan.duration, &*plan.room), (Load::InFlight(9), Duration::from_secs(2), "#tea"));
    }

    #[test]
    fn wrong_values_are_errors() {
        assert!(matches!(plan(&["nowhere"]), Err(OptionsError::Address { .. })));
        assert!(matches!(plan(&["--clients=0"]), Err(OptionsError::Plan(PlanError::Clients(0)))));
        for wrong in [&["--rate=1", "--in-flight=1"][..], &["--duration=5"], &["--assert=x<1"], &["--", "--workers=1"]]
        {
            assert!(Options::try_parse_from([&["loadgen"], wrong].concat()).is_err(), "{wrong:?}");
        }
    }
}
