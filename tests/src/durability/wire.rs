//! A connection in framed mode that hands out every frame, and judges none.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use fanfare_protocol::{Answer, ClientMessage, Framed, Framer, GapReason, Number, ServerMessage};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::record::Message;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(2);

/// The receive buffer of who is to be slow, in octets.
const NARROW: u32 = 8 * 1_024;

/// One connection. Who drops it ends it.
#[derive(Debug)]
pub(super) struct Wire {
    from: OwnedReadHalf,
    to: mpsc::UnboundedSender<Vec<u8>>,
    writing: JoinHandle<()>,
    was_greeted: bool,
    framer: Framer,
    /// What has come and was not yet understood.
    input: BytesMut,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// `WELCOME`, with its token.
    Welcome(Option<String>),
    /// `OK` to `JOIN`.
    Entered { epoch: String, next: u64, newest: u64, reset: bool },
    /// `OK` to `SAY`.
    Said { seq: u64, repeat: bool },
    /// `OK` to `HISTORY`.
    Paged { epoch: String, count: u64, next: u64 },
    /// `OK` to `SEARCH`.
    Found { epoch: String, count: u64, more: bool },
    /// `OK` without attributes.
    Done,
    /// `ERR`, with its code.
    Refused { code: String, retry: Option<u64> },
    /// `PAST` of a room.
    Past(String, Message),
    /// `MSG` of a room.
    Message(String, Message),
    /// `GAP` of a room.
    Gap { room: String, first: u64, last: u64, expired: bool },
    /// `JOINED` of a room.
    Joined { room: String, name: String },
    /// `LEFT` of a room.
    Left { room: String, name: String },
    /// `PING`.
    Ping(Option<String>),
    /// `BYE`, with its code.
    Bye(String),
    /// The greeting, `PONG`, `MEMBERS`.
    Other,
}

impl Wire {
    /// Connects; with a small receive buffer if it is to be slow.
    pub(super) async fn connect(address: SocketAddr, narrow: bool) -> Result<Self> {
        let stream = connect(address, narrow).await?;
        let (from, mut stream) = stream.into_split();
        let (to, mut out) = mpsc::unbounded_channel::<Vec<u8>>();
        // Writing waits for nobody's reading, so that nobody waits for each other.
        let writing = tokio::spawn(async move {
            while let Some(octets) = out.recv().await {
                // That the connection is broken shows where it is read.
                if stream.write_all(&octets).await.is_err() {
                    break;
                }
            }
        });
        Ok(Self { from, to, writing, was_greeted: false, framer: Framer::new(), input: BytesMut::new() })
    }

    /// Sends a request. Whether it arrives shows in its answer.
    pub(super) fn send(&self, message: &ClientMessage<'_>) {
        let mut octets = Vec::new();
        message.encode(&mut octets);
        // Who writes is gone only if the connection is broken.
        let _ = self.to.send(octets);
    }

    /// The next frame. It is cancel-safe.
    ///
    /// # Errors
    ///
    /// Of the kind `InvalidData` for what no server may send, `UnexpectedEof` for the end, and those of the transport.
    pub(super) async fn next(&mut self) -> Result<Heard> {
        loop {
            if let Some(heard) = self.parse()? {
                return Ok(heard);
            }
            if self.from.read_buf(&mut self.input).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn parse(&mut self) -> Result<Option<Heard>> {
        if !self.was_greeted {
            let Some(end) = self.input.iter().position(|&octet| octet == b'\n') else { return Ok(None) };
            let greeting = self.input.split_to(end + 1);
            self.was_greeted = true;
            return if greeting.starts_with(b"FANFARE/1 ") {
                Ok(Some(Heard::Other))
            } else {
                Err(invalid(&"no greeting"))
            };
        }
        let mut input = &self.input[..];
        let found = match self.framer.next(&mut input).map_err(|error| invalid(&error))? {
            Framed::Frame(frame) => Some(heard(&ServerMessage::parse(&frame).map_err(|error| invalid(&error))?)),
            Framed::Incomplete => None,
        };
        let taken = self.input.len() - input.len();
        self.input.advance(taken);
        Ok(found)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.writing.abort();
    }
}

/// Connects within a bounded time.
pub(super) async fn connect(address: SocketAddr, narrow: bool) -> Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    let socket = TcpSocket::from_std_stream(socket.into());
    if narrow {
        socket.set_recv_buffer_size(NARROW)?;
    }
    let stream = timeout(CONNECTING, socket.connect(address)).await.map_err(|_| Error::from(ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn invalid(error: &impl ToString) -> Error {
    Error::new(ErrorKind::InvalidData, error.to_string())
}

fn heard(message: &ServerMessage<'_>) -> Heard {
    match *message {
        ServerMessage::Welcome(welcome) => Heard::Welcome(welcome.token.map(|token| token.as_str().to_owned())),
        ServerMessage::Ok(Answer::Join { epoch, next, newest, reset, .. }) => {
            Heard::Entered { epoch: epoch.as_str().to_owned(), next: next.get(), newest: newest.get(), reset }
        }
        ServerMessage::Ok(Answer::Say { seq, repeat }) => Heard::Said { seq: seq.get(), repeat },
        ServerMessage::Ok(Answer::History { epoch, count, next }) => {
            Heard::Paged { epoch: epoch.as_str().to_owned(), count: count.get(), next: next.get() }
        }
        ServerMessage::Ok(Answer::Search { epoch, count, more }) => {
            Heard::Found { epoch: epoch.as_str().to_owned(), count: count.get(), more }
        }
        ServerMessage::Ok(_) => Heard::Done,
        ServerMessage::Err { code, retry, .. } => {
            Heard::Refused { code: code.as_str().to_owned(), retry: retry.map(Number::get) }
        }
        ServerMessage::Past(message) => Heard::Past(message.room.as_str().to_owned(), Message::from(&message)),
        ServerMessage::Msg(message) => Heard::Message(message.room.as_str().to_owned(), Message::from(&message)),
        ServerMessage::Gap { room, range, reason } => Heard::Gap {
            room: room.as_str().to_owned(),
            first: range.first().get(),
            last: range.last().get(),
            expired: reason == GapReason::Expired,
        },
        ServerMessage::Joined { room, name } => {
            Heard::Joined { room: room.as_str().to_owned(), name: name.as_str().to_owned() }
        }
        ServerMessage::Left { room, name, .. } => {
            Heard::Left { room: room.as_str().to_owned(), name: name.as_str().to_owned() }
        }
        ServerMessage::Ping { token } => Heard::Ping(token.map(|token| token.as_str().to_owned())),
        ServerMessage::Bye { code, .. } => Heard::Bye(code.as_str().to_owned()),
        _ => Heard::Other,
    }
}

impl From<&fanfare_protocol::Message<'_>> for Message {
    fn from(message: &fanfare_protocol::Message<'_>) -> Self {
        Self {
            seq: message.seq.get(),
            at: message.at.millis(),
            name: message.name.as_str().to_owned(),
            id: message.id.map(|id| id.as_str().to_owned()),
            text: message.text.as_str().to_owned(),
        }
    }
}
