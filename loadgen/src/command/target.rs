//! The server that a run is against.

use std::fmt;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

/// How long one of several addresses of a name may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// A server that listens somewhere, or one that is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `HOST:PORT`.
    Server(String),
    /// A `chat-server` of one's own.
    Spawn,
}

/// What is wrong with an address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{address:?} is no address: {reason}; write HOST:PORT, such as 127.0.0.1:15151")]
pub struct TargetError {
    address: String,
    reason: String,
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        Ok(if text == "spawn:fanfare" { Self::Spawn } else { Self::Server(text.to_owned()) })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(address) => address,
            Self::Spawn => "spawn:fanfare",
        })
    }
}

/// The address of a name; of several, the first at which something listens, as `localhost` can be two.
pub(super) fn resolve(address: &str) -> Result<SocketAddr, TargetError> {
    let wrong = |reason: String| TargetError { address: address.to_owned(), reason };
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
