//! What a server announces in `WELCOME`.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::journal::Journal;
use super::watch;
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

/// The largest number. SPEC.md, section 2.6.
pub(super) const LARGEST: u64 = 9_007_199_254_740_991;

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
    /// Asks a server. If it does not say all as it should, that is noted, and the defaults stand for what it says: no
    /// check has to cope with limits that no server can have.
    pub(super) fn ask(
        address: SocketAddr,
        name: &str,
        patience: Duration,
        journal: &Journal,
    ) -> Result<Self, NotConnected> {
        let mut wire = Wire::connect(address, patience).map_err(|cause| NotConnected { address, cause })?;
        let deadline = Instant::now() + patience;
        // Without a greeting, or an answer, there is no WELCOME to read.
        let _ = wire.line(deadline);
        let _ = wire.send(format!("HELLO 1 {name}\nBYE\n").as_bytes());
        let welcome = wire.line(deadline).map(|line| line.octets).unwrap_or_default();
        let octets = watch::without_cr(&welcome);
        let line = String::from_utf8_lossy(octets);
        journal.log("probe", '<', octets);
        let read = Self::read(&line);
        if read.is_none() && line.starts_with("WELCOME ") {
            let breaches = watch::frame(octets, None);
            for breach in &breaches {
                journal.note(breach.requirement, breach.expected, &line);
            }
            if breaches.is_empty() {
                journal.note("4.4/2", "ping, text and presence", &line);
            }
        }
        Ok(read.unwrap_or_default())
    }

    /// Those of a `WELCOME`, if it is one and each is in its range.
    pub(super) fn read(line: &str) -> Option<Self> {
        let header = line.split(" :").next()?;
        let mut fields = header.strip_prefix("WELCOME ")?.split(' ').skip(1);
        let attribute = |key: &str| {
            let value = |field: &str| field.strip_prefix(key)?.strip_prefix('=').map(str::to_owned);
            fields.clone().find_map(value)
        };
        let number = |key: &str, range: RangeInclusive<u64>| {
            let number = attribute(key)?.parse().ok()?;
            range.contains(&number).then_some(number)
        };
        let welcome = Self {
            token: attribute("token").is_some(),
            ping: number("ping", 1..=3_600)?,
            text: number("text", 4_096..=65_536)?,
            rate: match attribute("rate") {
                Some(_) => Some(number("rate", 1..=LARGEST)?),
                None => None,
            },
            presence: number("presence", 0..=LARGEST)?,
        };
        fields.next().map(|_| welcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_no_server_can_have_are_not_taken() {
        for wrong in [
            "ping=0 text=65536 rate=50 presence=256",
            "ping=3601 text=65536 rate=50 presence=256",
            "ping=18446744073709551615 text=65536 rate=50 presence=256",
            "ping=30 text=4095 rate=50 presence=256",
            "ping=30 text=99999999999999 rate=50 presence=256",
            "ping=30 text=65536 rate=0 presence=256",
            "ping=30 text=65536 rate=x presence=256",
            "ping=30 text=65536 rate=9007199254740992 presence=256",
            "ping=30 text=65536 rate=50 presence=9007199254740992",
        ] {
            assert_eq!(Announced::read(&format!("WELCOME a {wrong} :x")), None, "{wrong}");
        }
    }

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
