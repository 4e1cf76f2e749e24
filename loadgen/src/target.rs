//! Which server a run is against: one that listens somewhere, or one that is started for the run.

use std::fmt;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use fluent_uri::Uri;
use fluent_uri::pct_enc::EStr;

use crate::login::Login;
use crate::plan::default_address;
use crate::server::{Kind, UnknownKind};

/// How long one of several addresses of a name may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The server that a run is against.
///
/// It is written as a URL, `fanfare://HOST[:PORT]`, `nats://`, `redis://`, `mqtt://` or `irc://`, in which a user may stand
/// (`nats://USER@HOST`) and a password may not ([`Login`] says where it comes from); as `HOST:PORT`, which is
/// a Fanfare server; or as `spawn:KIND` or `spawn:KIND=PROGRAM`, where a kind can be `fanfare+history`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A server that listens somewhere.
    Server(Server),
    /// A server that is started for the run, and ends with it.
    Spawn(Spawn),
}

/// A server that listens somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What kind it is.
    pub kind: Kind,
    /// Its name or address; one of IPv6 without its brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who the clients are to the server, if they need to be somebody.
    pub user: Option<String>,
}

/// A server that is to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawn {
    /// What kind it is.
    pub kind: Kind,
    /// What it stores of the messages. Only a `chat-server` is started as one that does.
    pub history: History,
    /// The program, if it is not the one in PATH, or of a `chat-server`, the one beside this program.
    pub program: Option<PathBuf>,
}

/// What a server that is started stores of the messages, in a directory that goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// Nothing: delivery alone is measured.
    #[default]
    Off,
    /// Every message before anybody sees it, as the system writes it to the disk when it likes.
    On,
    /// Every message, and each commit is on the disk before anybody sees what is in it.
    Synced,
}

/// Why something is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It begins as no URL does that can be a target.
    #[error("nothing here speaks {0:?}: a URL begins with fanfare://, nats://, redis://, mqtt:// or irc://")]
    Scheme(String),
    /// There is no such server to be started.
    #[error("can't spawn it: {0}")]
    Kind(#[from] UnknownKind),
    /// There is no such way to start it.
    #[error("can't spawn it: there is no {kind}+{with}, but fanfare+history and fanfare+history-sync")]
    With {
        /// What kind it would be.
        kind: Kind,
        /// What it would be started with.
        with: String,
    },
    /// There is a password in the URL, where every user of this machine could read it.
    #[error(
        "a password in a URL is seen by everybody on this machine: leave it away, and have it in the environment variable LOADGEN_PASSWORD"
    )]
    Password,
    /// It is no URL, or has something in it that has no meaning here.
    #[error(
        "{target:?} is no target: {reason}; write a URL such as nats://127.0.0.1:4222, HOST:PORT of a Fanfare server, or spawn:KIND"
    )]
    Malformed {
        /// What stands there.
        target: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name has no address.
    #[error(
        "{host:?} has no address: {reason}; write an address such as 127.0.0.1, or a name that can be resolved here"
    )]
    Unresolved {
        /// The name.
        host: String,
        /// What the system says.
        reason: String,
    },
}

impl Default for Target {
    /// A Fanfare server of this machine that was told nothing else.
    fn default() -> Self {
        let address = default_address();
        let (host, port) = (address.ip().to_string(), address.port());
        Self::Server(Server { kind: Kind::Fanfare, host, port, user: None })
    }
}

impl Target {
    /// What kind of server it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Server(server) => server.kind,
            Self::Spawn(spawn) => spawn.kind,
        }
    }

    /// How the clients make themselves known: with the URL's user, and with the password of the environment. A server that
    /// is started asks nobody.
    pub fn login(&self) -> Login {
        match self {
            Self::Server(server) => Login::of(server.user.clone()),
            Self::Spawn(_) => Login::default(),
        }
    }
}

impl Server {
    /// The address of its host; of several, the first at which something listens, as `localhost` can be two.
    ///
    /// # Errors
    ///
    /// The name has none.
    pub fn resolve(&self) -> Result<SocketAddr, TargetError> {
        let wrong = |reason: String| TargetError::Unresolved { host: self.host.clone(), reason };
        let found = (&*self.host, self.port).to_socket_addrs().map_err(|error| wrong(error.to_string()))?;
        let found: Vec<_> = found.collect();
        match found[..] {
            [] => Err(wrong("the system knows none".to_owned())),
            [only] => Ok(only),
            [first, ..] => {
                let listens = |address: &&SocketAddr| TcpStream::connect_timeout(address, PATIENCE).is_ok();
                Ok(found.iter().find(listens).copied().unwrap_or(first))
            }
        }
    }

    fn parse(target: &str, kind: Kind, url: &str) -> Result<Self, TargetError> {
        let wrong = |reason: &str| TargetError::Malformed { target: target.to_owned(), reason: reason.to_owned() };
        let url = Uri::parse(url).map_err(|error| wrong(&error.to_string()))?;
        let authority = url.authority().ok_or_else(|| wrong("it has no host"))?;
        let user = authority.userinfo().map(EStr::as_str).filter(|user| !user.is_empty());
        if user.is_some_and(|user| user.contains(':')) {
            return Err(TargetError::Password);
        }
        if !matches!(url.path().as_str(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("behind the host and its port there can be nothing"));
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        let port = match authority.port().map(EStr::as_str).filter(|port| !port.is_empty()) {
            None => kind.port(),
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| wrong("a port is 1 to 65535"))?,
        };
        Ok(Self { kind, host: host.to_owned(), port, user: user.map(str::to_owned) })
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(target: &str) -> Result<Self, TargetError> {
        if let Some(spawn) = target.strip_prefix("spawn:") {
            let (kind, program) = match spawn.split_once('=') {
                None => (spawn, None),
                Some((kind, program)) => (kind, Some(PathBuf::from(program))),
            };
            let (kind, with) = kind.split_once('+').map_or((kind, None), |(kind, with)| (kind, Some(with)));
            let kind = kind.parse()?;
            let history = match (kind, with) {
                (_, None) => History::Off,
                (Kind::Fanfare, Some("history")) => History::On,
                (Kind::Fanfare, Some("history-sync")) => History::Synced,
                (_, Some(with)) => return Err(TargetError::With { kind, with: with.to_owned() }),
            };
            return Ok(Self::Spawn(Spawn { kind, history, program }));
        }
        let Some((scheme, _)) = target.split_once("://") else {
            // Without a port it would more likely be a slip of another kind.
            let port = target.rsplit_once(':').filter(|(_, port)| port.bytes().all(|octet| octet.is_ascii_digit()));
            if port.is_none_or(|(_, port)| port.is_empty()) {
                let reason = "it has neither a scheme nor a port".to_owned();
                return Err(TargetError::Malformed { target: target.to_owned(), reason });
            }
            return Server::parse(target, Kind::Fanfare, &format!("fanfare://{target}")).map(Self::Server);
        };
        let kind = scheme.parse().map_err(|UnknownKind(scheme)| TargetError::Scheme(scheme))?;
        Server::parse(target, kind, target).map(Self::Server)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(server) => server.fmt(f),
            Self::Spawn(spawn) => spawn.fmt(f),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.kind)?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Display for Spawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spawn:{}", self.kind)?;
        f.write_str(match self.history {
            History::Off => "",
            History::On => "+history",
            History::Synced => "+history-sync",
        })?;
        match &self.program {
            Some(program) => write!(f, "={}", program.display()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(target: &str) -> String {
        target.parse::<Target>().unwrap_or_else(|error| panic!("{target}: {error}")).to_string()
    }

    fn error(target: &str) -> TargetError {
        target.parse::<Target>().expect_err(target)
    }

    #[test]
    fn a_url_says_what_is_spoken_and_where() {
        for (written, shows) in [
            ("fanfare://localhost", "fanfare://localhost:15151"),
            ("nats://10.0.0.7", "nats://10.0.0.7:4222"),
            ("redis://[::1]", "redis://[::1]:6379"),
            ("mqtt://broker.example/", "mqtt://broker.example:1883"),
            ("irc://alice@[fe80::1]:7", "irc://alice@[fe80::1]:7"),
            ("127.0.0.1:15152", "fanfare://127.0.0.1:15152"),
            ("[::1]:7", "fanfare://[::1]:7"),
            ("localhost:7", "fanfare://localhost:7"),
        ] {
            assert_eq!(shown(written), shows);
            assert_eq!(shown(shows), shows, "what is shown is a target");
        }
    }

    #[test]
    fn a_server_can_be_started_with_a_program_of_ones_own() {
        for kind in Kind::ALL {
            let target: Target = format!("spawn:{kind}").parse().expect("a target");
            assert_eq!(target, Target::Spawn(Spawn { kind, history: History::Off, program: None }));
            assert_eq!(shown(&format!("spawn:{kind}=/opt/x=y")), format!("spawn:{kind}=/opt/x=y"));
        }
    }

    #[test]
    fn a_chat_server_can_be_started_with_a_history() {
        for (written, history) in [
            ("spawn:fanfare", History::Off),
            ("spawn:fanfare+history", History::On),
            ("spawn:fanfare+history-sync", History::Synced),
        ] {
            for (written, program) in [(written.to_owned(), None), (format!("{written}=/opt/a+b"), Some("/opt/a+b"))] {
                let target: Target = written.parse().expect("a target");
                assert_eq!(target.to_string(), written);
                let program = program.map(PathBuf::from);
                assert_eq!(target, Target::Spawn(Spawn { kind: Kind::Fanfare, history, program }));
            }
        }
        for (wrong, kind, with) in [
            ("spawn:redis+history", Kind::Redis, "history"),
            ("spawn:mqtt+", Kind::Mqtt, ""),
            ("spawn:fanfare+memory=x", Kind::Fanfare, "memory"),
        ] {
            assert_eq!(error(wrong), TargetError::With { kind, with: with.to_owned() });
            assert!(error(wrong).to_string().contains("fanfare+history-sync"), "{wrong}");
        }
        assert_eq!(error("spawn:http+history"), TargetError::Kind(UnknownKind("http".to_owned())));
    }

    #[test]
    fn what_is_no_target_is_told_with_what_to_do() {
        assert_eq!(error("http://x"), TargetError::Scheme("http".to_owned()));
        assert_eq!(error("spawn:http"), TargetError::Kind(UnknownKind("http".to_owned())));
        assert_eq!(error("nats://a:b@x"), TargetError::Password);
        assert!(error("redis://:b@x").to_string().contains("LOADGEN_PASSWORD"));
        for malformed in
            ["", "nowhere", "nats", "a:", "nats://", "nats://x:0", "nats://x:65536", "redis://x/0", "irc://x#y"]
        {
            assert!(matches!(error(malformed), TargetError::Malformed { .. }), "{malformed}");
            assert!(error(malformed).to_string().contains("HOST:PORT"), "{malformed}");
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_told() {
        let Target::Server(server) = "nats://nobody.invalid".parse().expect("a target") else { panic!("a server") };
        assert!(matches!(server.resolve(), Err(TargetError::Unresolved { host, .. }) if host == "nobody.invalid"));
        let Target::Server(server) = "redis://[::1]:7".parse().expect("a target") else { panic!("a server") };
        assert_eq!(server.resolve().map(|address| address.to_string()), Ok("[::1]:7".to_owned()));
    }
}
