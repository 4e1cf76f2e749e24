//! What a server announces in `WELCOME`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::journal::Journal;
use super::watch;
use crate::wire::Wire;

/// How many characters are shown of what a server sent that is none.
const SHOWN: usize = 120;

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

/// There is no server to play against.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// Nobody listens.
    #[error("can't connect to {address}: {cause}")]
    NotConnected {
        /// Where.
        address: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// Neither a greeting came nor a `WELCOME`.
    #[error(
        "what listens at {address} does not speak Fanfare: it sent {got}, where the greeting FANFARE/1 was expected"
    )]
    NotFanfare {
        /// Where.
        address: SocketAddr,
        /// What came first.
        got: String,
    },
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
    ) -> Result<Self, NoServer> {
        let mut wire = Wire::connect(address, patience).map_err(|cause| NoServer::NotConnected { address, cause })?;
        let greeting = heard(&mut wire, patience);
        // A server that waits to be greeted is Fanfare too, and breaks 3.1. Who takes nothing shows it by saying nothing.
        let _ = wire.send(format!("HELLO 1 {name}\nBYE\n").as_bytes());
        let welcome = heard(&mut wire, patience);
        let is_of_fanfare = |octets: &Vec<u8>| octets.starts_with(b"FANFARE/") || octets.starts_with(b"WELCOME ");
        if !greeting.iter().chain(&welcome).any(is_of_fanfare) {
            let shown = |octets: Vec<u8>| {
                let line = String::from_utf8_lossy(&octets);
                format!("{:?}", line.chars().take(SHOWN).collect::<String>())
            };
            let got = greeting.or(welcome).map_or_else(|silence| silence, shown);
            return Err(NoServer::NotFanfare { address, got });
        }
        let welcome = welcome.unwrap_or_default();
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

/// The next line, or what came in its place.
fn heard(wire: &mut Wire, patience: Duration) -> Result<Vec<u8>, String> {
    match wire.line(Instant::now() + patience) {
        Ok(line) if line.octets.is_empty() && !line.complete => Err("the end of the connection".to_owned()),
        Ok(line) => Ok(line.octets),
        Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
            Err(format!("nothing in {}", humantime::format_duration(patience)))
        }
        Err(error) => Err(format!("what broke the connection ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::thread;

    use super::*;

    /// Longer than anything takes that comes at all; and so long it is waited for what does not come.
    const LONG: Duration = Duration::from_secs(2);
    const SHORT: Duration = Duration::from_millis(300);

    /// What is said of something that does this with a connection.
    fn said_of(patience: Duration, does: impl FnOnce(TcpStream) + Send) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are ports");
        let address = listener.local_addr().expect("it is bound");
        thread::scope(|scope| {
            scope.spawn(|| does(listener.accept().expect("somebody connects").0));
            match Announced::ask(address, "probe", patience, &Journal::new("probe", patience)) {
                Err(NoServer::NotFanfare { got, .. }) => got,
                other => format!("{other:?}"),
            }
        })
    }

    /// Reads until the other end is gone.
    fn read_all(mut stream: TcpStream) {
        let _ = stream.read_to_end(&mut Vec::new());
    }

    #[test]
    fn what_is_not_fanfare_is_found_at_once() {
        let http = said_of(LONG, |mut stream| {
            // It answers a request, as far as it takes this for one.
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            read_all(stream);
        });
        assert_eq!(http, r#""HTTP/1.1 400 Bad Request\r""#);
        assert_eq!(said_of(SHORT, read_all), "nothing in 300ms");
        let flood = said_of(LONG, |mut stream| while stream.write_all(&[b'x'; 65_536]).is_ok() {});
        assert!(flood.contains("a line of more than"), "{flood}");
        let closed = said_of(LONG, drop);
        assert!(closed.contains("connection"), "{closed}");
    }

    #[test]
    fn a_server_that_does_not_greet_first_is_one_all_the_same() {
        let of_late = said_of(LONG, |mut stream| {
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"FANFARE/1 Late\n");
            read_all(stream);
        });
        assert!(of_late.starts_with("Ok("), "{of_late}");
    }

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
