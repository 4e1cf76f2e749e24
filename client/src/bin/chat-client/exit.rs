//! How the program can end, and what it exits with. The README and `--help` list the same codes.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use fanfare_client::{Ending, Error, Loss, Refusal};

/// Why the program did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The system refused something: a file, standard output, a thread.
    #[error("{0}")]
    System(io::Error),
    /// A flag does not fit another, or has no value that can be used.
    #[error("{0}")]
    Usage(String),
    /// No connection could be made, or it was lost for good.
    #[error("{address}: {loss}; is a server running there? `chat-server` starts one on 127.0.0.1:15151")]
    CannotConnect { address: String, loss: Loss },
    /// The server refused the name, a room or a message, or ended the connection for good.
    #[error("the server refused: {0}")]
    Refused(Refusal),
    /// The server broke the protocol.
    #[error("{address}: {loss}; is that a Fanfare/1 server?")]
    Fault { address: String, loss: Loss },
    /// What was waited for did not come in time.
    #[error("timed out after {}", seconds(*.0))]
    TimedOut(Duration),
    /// Some lines of the input were not said.
    #[error("{0} of the input can't be said; the rest was said")]
    Input(String),
    /// A signal called it off.
    #[error("ended by {name}")]
    Interrupted { name: &'static str, number: u8 },
}

impl Failure {
    /// What the program exits with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::System(_) => 1,
            Self::Usage(_) => 2,
            Self::CannotConnect { .. } => 3,
            Self::Refused(_) => 4,
            Self::Fault { .. } => 5,
            Self::TimedOut(_) => 6,
            Self::Input(_) => 7,
            // As a shell says it of a program that a signal ended.
            Self::Interrupted { number, .. } => 128 + number,
        })
    }

    /// The failure that a request came to. `None` for a text or a value that could not be sent.
    pub(crate) fn of(error: Error, address: &str) -> Option<Self> {
        Some(match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Ended(ending) => Self::of_ending(ending, address)?,
            _ => return None,
        })
    }

    /// The failure that a conversation ended with, if it did not end as it should.
    pub(crate) fn of_ending(ending: Ending, address: &str) -> Option<Self> {
        let address = address.to_owned();
        Some(match ending {
            Ending::Lost(Loss::Bye(refusal) | Loss::Refused(refusal)) => Self::Refused(refusal),
            Ending::Lost(loss @ Loss::Fault(_)) => Self::Fault { address, loss },
            Ending::Lost(loss) => Self::CannotConnect { address, loss },
            _ => return None,
        })
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
