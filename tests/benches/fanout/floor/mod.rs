//! Two servers that do nothing but deliver: what they cost is the floor under every server that delivers.
//!
//! The contract of both: who connects is sent the line `FLOOR`, and from then on every octet that is read from anyone,
//! in the order of reading. Nothing is parsed, numbered or counted, and nothing is lost.
//!
//! - [`write`] sends each chunk to everybody as soon as it is read: the least that one message can cost.
//! - [`ring`] reads what there is, and then sends each socket everything that it has not got: the least that many
//!   messages can cost.
//!
//! One thread, plain epoll, and no allocation on the way of a message. Sockets are watched edge-triggered, for reading
//! and writing at once, so that there is one `epoll_ctl` for a connection in all its life: the kernel tells that there
//! is room only after a `send` that found none.

pub(crate) mod ring;
pub(crate) mod write;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, accept_with, recv, send, sockopt};
use slab::Slab;

/// What a socket is sent when it is among the receivers.
pub(crate) const GREETING: &[u8] = b"FLOOR\n";

/// How many sockets one wait returns at most.
const EVENTS: usize = 1_024;

/// Connections that the kernel keeps until they are accepted.
const BACKLOG: i32 = 4_096;

const LISTENER: u64 = u64::MAX;
const END: u64 = u64::MAX - 1;

const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// How a floor delivers. What it has to know about each socket is its `Place`.
pub(crate) trait Floor {
    type Place;

    /// The place of a socket that begins to receive now.
    fn place(&self) -> Self::Place;

    /// Whether anything more may be read at the moment.
    fn has_room(&self) -> bool {
        true
    }

    /// Reads from one of the sockets.
    fn read(&mut self, seats: &mut Slab<Seat<Self::Place>>, at: usize) -> Heard;

    /// A socket has room for more.
    fn writable(&mut self, seat: &mut Seat<Self::Place>);

    /// Everything that was there has been looked at.
    fn turn(&mut self, seats: &mut Slab<Seat<Self::Place>>);
}

/// A socket.
pub(crate) struct Seat<P> {
    socket: OwnedFd,
    /// Whether the other side has ended it: what is left must be read up to the end.
    ending: bool,
    /// Whether it will be read without being told of.
    listed: bool,
    pub(crate) place: P,
}

impl<P> Seat<P> {
    pub(crate) fn new(socket: OwnedFd, place: P) -> Self {
        Self { socket, ending: false, listed: false, place }
    }
}

/// What reading has come to.
pub(crate) enum Heard {
    /// There is no more; the kernel tells when there is.
    Emptied,
    /// There may be more.
    More,
    /// The connection has ended.
    Ended,
}

/// Says on standard output where it listens, and delivers until standard input ends.
///
/// # Errors
///
/// There is no port, or the system refuses the poll.
pub(crate) fn run(floor: impl Floor) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut output = io::stdout();
    writeln!(output, "listening on {}", listener.local_addr()?)?;
    output.flush()?;
    serve(floor, &listener, io::stdin())
}

/// Delivers until the other end of a pipe is closed.
pub(crate) fn serve<F: Floor>(mut floor: F, listener: &TcpListener, until: impl AsFd) -> io::Result<()> {
    // The standard library's backlog is too short for a ramp.
    rustix::net::listen(listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
    epoll::add(&epoll, &until, epoll::EventData::new_u64(END), epoll::EventFlags::IN)?;
    let mut seats = Slab::new();
    let mut events = Vec::with_capacity(EVENTS);
    let (mut listed, mut next) = (Vec::<usize>::new(), Vec::new());
    loop {
        let timeout = (!listed.is_empty() && floor.has_room()).then_some(&AT_ONCE);
        match epoll::wait(&epoll, spare_capacity(&mut events), timeout) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        std::mem::swap(&mut listed, &mut next);
        for at in next.drain(..) {
            read(&mut floor, &mut seats, at, &mut listed);
        }
        for epoll::Event { flags, data, .. } in events.drain(..) {
            let at = match data.u64() {
                END => return Ok(()),
                LISTENER => {
                    accept(&floor, listener, &epoll, &mut seats)?;
                    continue;
                }
                at => usize::try_from(at).expect("it was an index"),
            };
            let Some(seat) = seats.get_mut(at) else { continue };
            let ended = epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR;
            seat.ending |= flags.intersects(ended);
            if flags.contains(epoll::EventFlags::OUT) {
                floor.writable(seat);
            }
            if !seat.listed && flags.intersects(ended | epoll::EventFlags::IN) {
                read(&mut floor, &mut seats, at, &mut listed);
            }
        }
        floor.turn(&mut seats);
    }
}

/// Reads from a socket that has something, and notes if there may be more.
fn read<F: Floor>(floor: &mut F, seats: &mut Slab<Seat<F::Place>>, at: usize, listed: &mut Vec<usize>) {
    let heard = if floor.has_room() { floor.read(seats, at) } else { Heard::More };
    if let Heard::Ended = heard {
        seats.remove(at);
        return;
    }
    let seat = &mut seats[at];
    seat.listed = seat.ending || matches!(heard, Heard::More);
    if seat.listed {
        listed.push(at);
    }
}

/// Lets everybody in who waits.
fn accept<F: Floor>(
    floor: &F,
    listener: &TcpListener,
    epoll: &OwnedFd,
    seats: &mut Slab<Seat<F::Place>>,
) -> io::Result<()> {
    loop {
        let socket = match accept_with(listener, SocketFlags::CLOEXEC) {
            Ok(socket) => socket,
            Err(Errno::AGAIN) => return Ok(()),
            Err(Errno::INTR | Errno::CONNABORTED) => continue,
            Err(error) => return Err(error.into()),
        };
        sockopt::set_tcp_nodelay(&socket, true)?;
        let entry = seats.vacant_entry();
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        epoll::add(epoll, &socket, epoll::EventData::new_u64(entry.key() as u64), flags)?;
        // A new socket takes some octets.
        give(&socket, GREETING);
        entry.insert(Seat::new(socket, floor.place()));
    }
}

/// Reads once. Without octets it is known what that means.
fn take(socket: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Heard> {
    match recv(socket, buffer, RecvFlags::DONTWAIT) {
        Ok((_, 0)) => Err(Heard::Ended),
        Ok((_, octets)) => Ok(octets),
        Err(Errno::AGAIN) => Err(Heard::Emptied),
        Err(Errno::INTR) => Err(Heard::More),
        Err(_) => Err(Heard::Ended),
    }
}

/// Sends once, and returns how much was taken. A connection that is broken swallows everything: it needs no more, and
/// reading tells of its end.
fn give(socket: &OwnedFd, octets: &[u8]) -> usize {
    match send(socket, octets, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
        Ok(taken) => taken,
        Err(Errno::AGAIN | Errno::INTR) => 0,
        Err(_) => octets.len(),
    }
}
