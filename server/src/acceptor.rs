//! Where connections come in.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream as StdTcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fanfare_protocol::{ByeCode, Greeting, ServerMessage};
use tokio::net::{TcpListener, TcpSocket, lookup_host};
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::ServerError;
use crate::admission::Admission;
use crate::worker::{Letter, Mailbox};

/// How many connections the kernel keeps for us until we accept them.
const BACKLOG: u32 = 4_096;

/// How many of those who were turned away are kept until they have read why.
const TURNED_AWAY: usize = 64;

/// How long we wait when the system has no resources for another connection.
const SHORT_OF_RESOURCES: Duration = Duration::from_millis(100);

/// Opens the listeners of an address.
pub(crate) async fn listen(address: &str) -> Result<Vec<TcpListener>, ServerError> {
    let error = |cause| ServerError::Listen { address: address.to_owned(), cause };
    let listeners: Vec<_> =
        lookup_host(address).await.map_err(error)?.map(bind).collect::<io::Result<_>>().map_err(error)?;
    if listeners.is_empty() {
        return Err(error(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
    }
    Ok(listeners)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets connections in and hands them to the workers, in turn.
pub(crate) struct Acceptor {
    admission: Admission,
    mailboxes: Vec<Mailbox>,
    next: Arc<AtomicUsize>,
    /// A descriptor that can be spared: with it a connection can still be accepted and turned away with a word when
    /// there are no others left.
    spare: Option<File>,
    /// The last ones that were turned away. If they were closed at once, what they have sent meanwhile would make the
    /// system discard the word that tells them why.
    turned_away: VecDeque<StdTcpStream>,
}

impl Acceptor {
    /// An acceptor that takes turns with all that have the same `next`.
    pub(crate) fn new(admission: Admission, mailboxes: Vec<Mailbox>, next: Arc<AtomicUsize>) -> Self {
        Self { admission, mailboxes, next, spare: spare_descriptor(), turned_away: VecDeque::new() }
    }

    /// Accepts for ever.
    pub(crate) async fn run(mut self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => match socket.into_std() {
                    Ok(socket) => self.admit(socket, peer),
                    Err(error) => debug!(%peer, %error, "connection lost while it was accepted"),
                },
                Err(error) if is_the_peers(&error) => debug!(%error, "connection lost while it was accepted"),
                Err(error) => {
                    warn!(%error, "no resources for another connection; raise the limit of open files or lower --max-connections");
                    self.turn_away_with_spare(&listener).await;
                    sleep(SHORT_OF_RESOURCES).await;
                }
            }
        }
    }

    fn admit(&mut self, socket: StdTcpStream, peer: SocketAddr) {
        match self.admission.admit(peer) {
            Some(ticket) => {
                let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.mailboxes.len();
                self.mailboxes[turn].send(Letter::Connection(socket, ticket));
            }
            None => {
                debug!(%peer, "turned away: too many connections");
                turn_away(&socket);
                if self.turned_away.len() == TURNED_AWAY {
                    self.turned_away.pop_front();
                }
                self.turned_away.push_back(socket);
            }
        }
    }

    /// Without a descriptor, the one who waits would wait in vain: the spare one is given up for a moment.
    async fn turn_away_with_spare(&mut self, listener: &TcpListener) {
        if self.spare.take().is_some()
            && let Ok(Ok((socket, _))) = tokio::time::timeout(SHORT_OF_RESOURCES, listener.accept()).await
            && let Ok(socket) = socket.into_std()
        {
            turn_away(&socket);
        }
        self.turned_away.clear();
        self.spare = spare_descriptor();
    }
}

/// Says why, as far as the socket takes it at once, which a new one does. SPEC.md, section 9.3.
fn turn_away(mut socket: &StdTcpStream) {
    //= protocol/SPEC.md#9-3-the-server-s-end
    //# A server that refuses a connection because there are too many MUST send the greeting and then `BYE
    //# too-many-connections`.
    let mut octets = Vec::from(Greeting::LINE);
    ServerMessage::bye(ByeCode::TooManyConnections).encode(&mut octets);
    // If the peer is gone already, so be it.
    let _ = io::Write::write(&mut socket, &octets);
    let _ = socket.shutdown(Shutdown::Write);
}

/// Whether an accept failed because of the one who connected, and the next may work at once.
fn is_the_peers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, PermissionDenied, WouldBlock};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | PermissionDenied | WouldBlock)
}

fn spare_descriptor() -> Option<File> {
    File::open("/dev/null").ok()
}
