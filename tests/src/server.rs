//! A server of the test's own.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::Duration;

use fanfare_server::Server;
use fanfare_server::options::{Options, Switch, UseIoUring};
use tempfile::TempDir;

use crate::{Client, eventually};

/// Longer than any test lasts: who only listens for a while on a busy machine is as silent as one who is dead, and who is late
/// with a name there as one who has none. It is the longest interval that a server can announce.
const NEVER: Duration = Duration::from_secs(3_600);

/// A server on a free port of loopback. It ends with the test.
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    options: Options,
    /// What it keeps on disk goes with it.
    data: TempDir,
}

impl TestServer {
    /// One with so many workers, and the default options, but that nobody is too silent for it.
    pub fn start(workers: usize) -> Self {
        Self::with(workers, |_| {})
    }

    /// One with the default options, and the default times too.
    pub fn by_default(workers: usize) -> Self {
        Self::with(workers, Self::default_times)
    }

    /// Sets how long one may be silent as it is by default.
    pub fn default_times(options: &mut Options) {
        let Options { ping_interval, handshake_timeout, .. } = Options::default();
        (options.ping_interval, options.handshake_timeout) = (ping_interval, handshake_timeout);
    }

    /// One with other options. Unless they say otherwise, nobody is too silent for it.
    ///
    /// With a single worker it sends by io_uring where it can, so that several receivers make one batch, and it keeps its
    /// rooms in memory alone. With several it sends with a system call for each receiver, and keeps a durable history. So
    /// all these ways are tested.
    pub fn with(workers: usize, change: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().expect("a directory can be made");
        let mut options = Options {
            history: if workers == 1 { Switch::Off } else { Switch::On },
            data_dir: data.path().to_owned(),
            listen: vec!["127.0.0.1:0".to_owned()],
            workers: NonZeroUsize::new(workers).expect("a server has workers"),
            ping_interval: NEVER,
            handshake_timeout: NEVER,
            io_uring: if workers == 1 { UseIoUring::Auto } else { UseIoUring::Off },
            ..Options::default()
        };
        change(&mut options);
        Self::of(options, data)
    }

    /// One with a durable history, and other options.
    pub fn durable(workers: usize, change: impl FnOnce(&mut Options)) -> Self {
        Self::with(workers, |options| {
            options.history = Switch::On;
            change(options);
        })
    }

    fn of(options: Options, data: TempDir) -> Self {
        let server = outside(|| Server::start(options.clone())).expect("a server starts on a free port");
        Self { server, options, data }
    }

    /// Shuts it down and starts it again, at another port, with what it has on disk.
    pub fn restarted(self) -> Self {
        let Self { server, options, data } = self;
        outside(|| server.shut_down());
        Self::of(options, data)
    }

    /// Where it keeps what outlives it.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    /// A connection that has read the greeting.
    pub fn connect(&self) -> Client {
        let mut client = Client::connect(self.address());
        client.expect("FANFARE/1 Choose a username...");
        client
    }

    /// A connection that has read the greeting, as soon as there is a place for it.
    pub fn connect_patiently(&self) -> Client {
        eventually("there is a place", || {
            let mut client = self.connect();
            // Who has no place is told so at once; who has one gets an answer.
            client.send_if_possible("PING place");
            let line = client.line()?;
            (line == "PONG place").then_some(client)
        })
    }

    /// A person in framed mode, and the token that it was given.
    pub fn framed_with_token(&self, name: &str) -> (Client, String) {
        let mut client = self.connect();
        client.send(&format!("HELLO 1 {name}"));
        let welcome = client.expect(&format!("WELCOME {name} token=<token> <rest>"));
        (client, welcome.get("token").to_owned())
    }

    /// A person in framed mode, who has read `WELCOME`.
    pub fn framed(&self, name: &str) -> Client {
        let mut client = self.connect();
        client.send(&format!("HELLO 1 {name}"));
        client.expect(&format!("WELCOME {name} <rest>"));
        client
    }

    /// A person in framed mode who has joined a room, and has read its own `JOINED`.
    pub fn member(&self, name: &str, room: &str) -> Client {
        let mut client = self.framed(name);
        client.send(&format!("JOIN {room}"));
        client.expect("OK <attributes>");
        client.expect(&format!("JOINED {room} {name}"));
        client
    }

    /// A person in plain mode, who has read its own joining of the lobby.
    pub fn plain(&self, name: &str) -> Client {
        let mut client = self.connect();
        client.send(name);
        client.expect("You are connected to the Server!");
        client.expect(&format!("{name} joined the chat!"));
        client
    }

    /// Shuts the server down as a signal would, and waits until it has ended.
    pub fn shut_down(self) {
        outside(|| self.server.shut_down());
    }
}

/// Does something that blocks, also for a test that runs in a runtime.
fn outside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| resume_unwind(panic))
}
