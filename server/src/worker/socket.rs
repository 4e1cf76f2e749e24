//! One socket, and what is known of it without asking the system.

use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};

use mio::net::TcpStream;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::sockets::Noted;

/// A closed socket is no reason for a signal. Where there is no flag to say so, Rust programs ignore the signal.
#[cfg(not(target_vendor = "apple"))]
const QUIETLY: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const QUIETLY: SendFlags = SendFlags::empty();

/// A segment of what waits unsent is told to end when it has so many octets. The system limits what a socket may hold
/// unsent only where a segment begins, and would let the last one of a reader that has stopped grow to some 50 KiB.
const SEGMENT: u16 = 16 * 1_024;

/// What is longer fills segments by itself, and is so fast that cutting them short costs more than it saves.
const LONG: usize = 32 * 1_024;

/// The socket of a connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// The octets of the segment that has not ended.
    segment: u16,
    /// It takes nothing more for now.
    blocked: bool,
    /// It was blocked and has room now.
    has_room: bool,
    /// It may have octets.
    readable: bool,
    /// It has an end behind the octets that are there.
    hung_up: bool,
    /// It has taken octets since that was last asked.
    took: bool,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// So many octets; if they are fewer than were offered, the socket is blocked.
    Octets(usize),
    /// The connection is broken.
    Broken,
}

/// What became of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    Octets(usize),
    Nothing,
    End,
    Broken,
}

impl Socket {
    /// A socket that has just been added to those that the worker sleeps on.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, segment: 0, blocked: false, has_room: false, readable: false, hung_up: false, took: false }
    }

    /// What was noted of it.
    pub(super) fn note(&mut self, noted: Noted) {
        self.readable |= noted.readable;
        self.hung_up |= noted.hung_up;
        self.has_room |= self.blocked && noted.writable;
    }

    /// Whether it may have octets.
    pub(super) fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether it takes nothing more for now.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether it was blocked and has got room. From now on it is not blocked.
    pub(super) fn unblock(&mut self) -> bool {
        let has_room = std::mem::take(&mut self.has_room);
        self.blocked &= !has_room;
        has_room
    }

    /// Whether it has taken octets since this was last asked.
    pub(super) fn took(&mut self) -> bool {
        std::mem::take(&mut self.took)
    }

    /// Offers octets to it. When it does not take them all, it is noted as soon as it takes more.
    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> Written {
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        let flags = self.flags(offered);
        let written = retry_on_intr(|| match slices {
            [slice] => send(&self.stream, slice, flags),
            slices => sendmsg(&self.stream, slices, &mut SendAncillaryBuffer::default(), flags),
        });
        self.wrote(offered, written)
    }

    /// What became of offering it so many octets.
    pub(super) fn wrote(&mut self, offered: usize, result: Result<usize, Errno>) -> Written {
        let count = match result {
            Ok(count) => count,
            Err(Errno::AGAIN) => 0,
            Err(_) => return Written::Broken,
        };
        self.took |= count > 0;
        self.blocked = count < offered;
        Written::Octets(count)
    }

    /// Its descriptor, for whoever writes to several sockets at once.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// How to offer it so many octets.
    pub(super) fn flags(&mut self, offered: usize) -> SendFlags {
        self.segment = self.segment.saturating_add(u16::try_from(offered).unwrap_or(u16::MAX));
        if cfg!(target_os = "linux") && self.segment >= SEGMENT {
            self.segment = 0;
            if offered <= LONG {
                return QUIETLY | SendFlags::EOR;
            }
        }
        QUIETLY
    }

    /// Reads what is there. When nothing is, it is noted as soon as something comes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Arrived {
        while self.readable {
            match self.stream.read(into) {
                Ok(0) => return Arrived::End,
                Ok(count) => {
                    // A shorter read has emptied it: this saves one that finds nothing.
                    self.readable = count == into.len() || self.hung_up;
                    return Arrived::Octets(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Arrived::Broken,
            }
        }
        Arrived::Nothing
    }

    /// Ends our direction.
    pub(super) fn end(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}
