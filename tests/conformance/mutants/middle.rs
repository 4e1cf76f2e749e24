//! A man in the middle of each connection, who changes lines.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

/// The buffers on the way from the server to a client, in octets.
const NARROW: usize = 64 * 1_024;

/// Listens on a free port of loopback, and passes on to a server what a change makes of it. It ends with the test.
pub(super) struct Middle {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

/// Which side something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Server,
}

/// What is changed of one connection.
pub(super) struct Change(Box<Changing>);

/// After it, what has come of a line is passed on: the rest may wait for an answer to it.
const PAUSE: Duration = Duration::from_millis(50);

type Changing = dyn FnMut(Sender, &[u8], &mut Passed) + Send;

/// What is passed on in place of a line.
#[derive(Default)]
pub(super) struct Passed {
    client: Vec<u8>,
    server: Vec<u8>,
}

impl Change {
    /// By what is made of each line, LF included; without one if the end or a pause came before. The lines of a counted
    /// text come one by one too. What is not passed on is dropped.
    pub(super) fn lines(change: impl FnMut(Sender, &[u8], &mut Passed) + Send + 'static) -> Self {
        Self(Box::new(change))
    }
}

impl Passed {
    /// As it came, to the other side.
    pub(super) fn on(&mut self, from: Sender, line: &[u8]) {
        match from {
            Sender::Client => self.give_server(line),
            Sender::Server => self.give_client(line),
        }
    }

    /// To the client, whoever it came from.
    pub(super) fn give_client(&mut self, octets: &[u8]) {
        self.client.extend_from_slice(octets);
    }

    /// To the server, whoever it came from.
    pub(super) fn give_server(&mut self, octets: &[u8]) {
        self.server.extend_from_slice(octets);
    }
}

impl Middle {
    /// One that leads to a server, with a change for each connection.
    pub(super) fn to(server: SocketAddr, change: impl Fn() -> Change + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        thread::spawn(move || {
            for client in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let client = client.expect("a connection can be accepted");
                connect(&client, server, change());
            }
        });
        Self { address, over }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The one that is accepting must see it.
        let _ = TcpStream::connect(self.address);
    }
}

fn connect(client: &TcpStream, server: SocketAddr, change: Change) {
    let server = TcpStream::connect(server).expect("the server listens");
    // It holds little, so that a client that reads slowly is slow for the server too.
    SockRef::from(&server).set_recv_buffer_size(NARROW).expect("a buffer can be small");
    SockRef::from(client).set_send_buffer_size(NARROW).expect("a buffer can be small");
    let change = Arc::new(Mutex::new(change));
    let twin = |stream: &TcpStream| {
        stream.set_nodelay(true).expect("nodelay can be set");
        stream.try_clone().expect("there are descriptors")
    };
    for from in [Sender::Client, Sender::Server] {
        let (client, server, change) = (twin(client), twin(&server), Arc::clone(&change));
        thread::spawn(move || pump(from, client, server, &change));
    }
}

/// Passes on what comes from one side, up to its end.
fn pump(from: Sender, mut client: TcpStream, mut server: TcpStream, change: &Mutex<Change>) {
    let (source, target) = match from {
        Sender::Client => (&client, &server),
        Sender::Server => (&server, &client),
    };
    let mut source = BufReader::new(source.try_clone().expect("there are descriptors"));
    source.get_ref().set_read_timeout(Some(PAUSE)).expect("a time can be set");
    let target = target.try_clone().expect("there are descriptors");
    loop {
        let mut line = Vec::new();
        match source.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if line.is_empty() {
                    continue;
                }
            }
            Err(error) => {
                if error.kind() == ErrorKind::ConnectionReset {
                    // So the other side hears of it as this one did, when both are dropped.
                    let _ = SockRef::from(&target).set_linger(Some(Duration::ZERO));
                }
                let _ = target.shutdown(Shutdown::Read);
                return;
            }
        }
        let mut passed = Passed::default();
        // One change is made at a time, and what it passes on goes before what the next one does.
        let mut change = change.lock().expect("no change panics");
        (change.0)(from, &line, &mut passed);
        let ways = [(&mut client, &passed.client), (&mut server, &passed.server)];
        if ways.into_iter().any(|(way, octets)| way.write_all(octets).is_err()) {
            break;
        }
    }
    let _ = target.shutdown(Shutdown::Write);
}
