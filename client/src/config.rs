//! Where to connect, and as whom.

use std::ops::RangeInclusive;
use std::time::Duration;

use fanfare_protocol::Name;
use fanfare_protocol::limits::PORT;

use crate::error::Error;
use crate::owned::OwnedName;

/// What a conversation is begun with.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) address: String,
    pub(crate) name: OwnedName,
    pub(crate) reconnect: bool,
    pub(crate) backoff: RangeInclusive<Duration>,
    pub(crate) timeout: Duration,
    pub(crate) event_memory: usize,
}

impl Config {
    /// A conversation with the server at an address (`HOST:PORT`, or `HOST` for the default port), under a name.
    pub fn new(address: impl Into<String>, name: &str) -> Result<Self, Error> {
        Ok(Self {
            address: with_port(address.into()),
            name: Name::new(name)?.into(),
            reconnect: true,
            //= protocol/SPEC.md#7-4-reconnecting
            //# A client that reconnects by itself SHOULD wait a random time up to 1 second before the first attempt,
            //# and double that bound with each failed attempt up to 60 seconds.
            backoff: Duration::from_secs(1)..=Duration::from_secs(60),
            timeout: Duration::from_secs(10),
            event_memory: 1 << 20,
        })
    }

    /// Whether to connect again when a connection is lost, where that can help. The default is yes.
    #[must_use]
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// The bound of the random time that is waited before a connection is tried again: at first, and after it was
    /// doubled by each failed attempt. The default is 1 to 60 seconds (SPEC.md, section 7.4).
    #[must_use]
    pub fn backoff(mut self, bounds: RangeInclusive<Duration>) -> Self {
        self.backoff = bounds;
        self
    }

    /// How long one attempt to connect may take, up to `WELCOME`. The default is 10 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// About how many octets of events wait for the program before nothing more is read from the server. The default is
    /// 1 MiB; up to 1 MiB more is used while a request waits for its answer.
    #[must_use]
    pub fn event_memory(mut self, octets: usize) -> Self {
        self.event_memory = octets;
        self
    }

    /// Where it connects to.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// The address with the default port, if it has none.
fn with_port(address: String) -> String {
    match address.rsplit_once(':') {
        // An IPv6 address needs brackets where a port follows.
        Some((host, _)) if host.contains(':') && !host.contains('[') => format!("[{address}]:{PORT}"),
        Some((host, _)) if !host.contains(':') || host.ends_with(']') => address,
        _ => format!("{address}:{PORT}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_can_be_left_out() {
        for (given, meant) in [
            ("localhost", "localhost:15151"),
            ("localhost:7", "localhost:7"),
            ("[::1]", "[::1]:15151"),
            ("[::1]:7", "[::1]:7"),
            ("::1", "[::1]:15151"),
        ] {
            assert_eq!(Config::new(given, "a").expect("a name").address(), meant);
        }
    }
}
