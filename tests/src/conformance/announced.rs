//! What a server announces in `WELCOME`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::wire::Wire;

/// The limits of `WELCOME`. SPEC.md, section 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// Whether it gives tokens.
    pub token: bool,
    /// The keep-alive interval in seconds.
    pub ping: u64,
    /// The largest text in octets.
    pub text: u64,
    /// Requests a second; `None`: no limit.
    pub rate: Option<u64>,
    /// The presence limit in members.
    pub presence: u64,
}

/// Nobody listens.
#[derive(Debug, thiserror::Error)]
#[error("can't connect to {address}: {cause}")]
pub struct NotConnected {
    address: SocketAddr,
    cause: std::io::Error,
}

impl Default for Announced {
    /// The defaults of SPEC.md, section 11.
    fn default() -> Self {
        Self { token: true, ping: 30, text: 65_536, rate: Some(50), presence: 256 }
    }
}

impl Announced {
    /// Asks a server. What it does not say as it should is taken from the defaults: the checks will find it.
    pub(super) fn ask(address: SocketAddr, name: &str, patience: Duration) -> Result<Self, NotConnected> {
        let mut wire = Wire::connect(address, patience).map_err(|cause| NotConnected { address, cause })?;
        let deadline = Instant::now() + patience;
        // Without a greeting, or an answer, there is no WELCOME to read.
        let _ = wire.line(deadline);
        let _ = wire.send(format!("HELLO 1 {name}\nBYE\n").as_bytes());
        let welcome = wire.line(deadline).map(|line| line.octets).unwrap_or_default();
        Ok(Self::read(&String::from_utf8_lossy(&welcome)).unwrap_or_default())
    }

    /// Those of a `WELCOME`, if it is one.
    pub(super) fn read(line: &str) -> Option<Self> {
        let header = line.split(" :").next()?;
        let mut fields = header.strip_prefix("WELCOME ")?.split(' ').skip(1);
        let attribute = |key: &str| {
            let value = |field: &str| field.strip_prefix(key)?.strip_prefix('=').map(str::to_owned);
            fields.clone().find_map(value)
        };
        let number = |key: &str| attribute(key)?.parse().ok();
        let welcome = Self {
            token: attribute("token").is_some(),
            ping: number("ping")?,
            text: number("text")?,
            rate: number("rate"),
            presence: number("presence")?,
        };
        fields.next().map(|_| welcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welcome_is_read_by_its_keys() {
        let read = |line| Announced::read(line);
        let all = "WELCOME a token=x ping=30 text=65536 rate=50 presence=256 :rate=3";
        assert_eq!(read(all), Some(Announced::default()));
        let few = Announced { token: false, ping: 1, text: 4_096, rate: None, presence: 0 };
        assert_eq!(read("WELCOME a presence=0 text=4096 ping=1 more=x :y"), Some(few));
        assert_eq!(read("WELCOME a ping=1 :y"), None);
        assert_eq!(read("ERR name-taken :y"), None);
    }
}
