//! The same octets to many sockets in one system call, by io_uring: the one place with `unsafe` code.
//!
//! What is unsafe about io_uring is that the system reads memory that a submitted entry points to until the entry has
//! completed, whatever becomes of the program's borrows meanwhile. Here nothing outlives a call: [`Uring::send`] borrows
//! the octets, submits its entries, and returns only when every one of them has completed. Each entry is told not to
//! wait for room in its socket, so it completes at once.

#![expect(unsafe_code, reason = "the argument stands above")]

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::process::abort;
use std::thread::yield_now;

use io_uring::squeue::Entry;
use io_uring::types::Fd;
use io_uring::{IoUring, opcode};
use rustix::io::Errno;
use rustix::net::SendFlags;

/// How many sends one system call takes.
const ENTRIES: u32 = 256;

/// A ring that is empty between two calls.
pub(super) struct Uring(IoUring);

impl Uring {
    /// A ring of the thread that calls this, or why the system does not give one: it may be older than Linux 6.1, or
    /// forbid it.
    pub(super) fn new() -> io::Result<Self> {
        let ring = IoUring::builder().setup_single_issuer().setup_defer_taskrun().build(ENTRIES)?;
        Ok(Self(ring))
    }

    /// Offers the same octets to all sockets, as `send` would to each with its flags. Returns what became of each, in their
    /// order.
    pub(super) fn send<'s>(
        &mut self,
        sockets: impl Iterator<Item = (BorrowedFd<'s>, SendFlags)>,
        slices: &[IoSlice<'_>],
    ) -> Vec<Result<usize, Errno>> {
        let message = message(slices);
        let entry = |(at, (socket, flags)): (u64, (BorrowedFd<'s>, _))| {
            entry(Fd(socket.as_raw_fd()), flags, slices, &message).user_data(at)
        };
        let entries: Vec<_> = (0..).zip(sockets).map(entry).collect();
        // What the system says of each: octets, or the negative of an error.
        let mut results = vec![-libc::EINTR; entries.len()];
        for entries in entries.chunks(ENTRIES as usize) {
            // SAFETY: the sockets, the octets and the message that the entries point to are borrowed or owned by this
            // call, which returns only when all of them have completed: `complete` neither returns earlier nor panics.
            if unsafe { self.0.submission().push_multiple(entries) }.is_err() {
                // The ring is empty between two calls.
                abort();
            }
            self.complete(entries.len(), &mut results);
        }
        let error = |result: i32| Errno::from_raw_os_error(result.wrapping_neg());
        results.into_iter().map(|result| usize::try_from(result).map_err(|_| error(result))).collect()
    }

    /// Submits so many entries, and waits until all have completed. Enters what became of each.
    fn complete(&mut self, count: usize, results: &mut [i32]) {
        let mut left = count;
        while left > 0 {
            match self.0.submit_and_wait(left) {
                Ok(_) => {}
                // A signal, or the system is short of something for a moment: nothing has changed, and it goes on.
                Err(error) if matches!(error.raw_os_error(), Some(libc::EINTR | libc::EAGAIN | libc::EBUSY)) => {
                    yield_now();
                }
                // The system may be reading what the entries point to: there is no way to return.
                Err(_) => abort(),
            }
            for entry in self.0.completion() {
                left = left.saturating_sub(1);
                let at = usize::try_from(entry.user_data()).unwrap_or(usize::MAX);
                if let Some(result) = results.get_mut(at) {
                    *result = entry.result();
                }
            }
        }
    }
}

impl fmt::Debug for Uring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uring")
    }
}

/// One send, for which a full socket is no reason to wait. A single slice needs no list of slices.
fn entry(socket: Fd, flags: SendFlags, slices: &[IoSlice<'_>], message: &libc::msghdr) -> Entry {
    let flags = flags | SendFlags::DONTWAIT;
    match slices {
        [slice] => {
            let length = u32::try_from(slice.len()).unwrap_or(u32::MAX);
            opcode::Send::new(socket, slice.as_ptr(), length).flags(flags.bits().cast_signed()).build()
        }
        _ => opcode::SendMsg::new(socket, message).flags(flags.bits()).build(),
    }
}

/// A message of these slices, to nobody in particular.
fn message(slices: &[IoSlice<'_>]) -> libc::msghdr {
    // SAFETY: it is a plain structure of numbers and pointers, of which zero and null are valid values.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    // An `IoSlice` is a `iovec` in memory, and a send does not write to it.
    message.msg_iov = slices.as_ptr().cast_mut().cast();
    message.msg_iovlen = slices.len() as _;
    message
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::Shutdown;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    /// What each socket answers that is offered these pieces; `None` where there is no io_uring.
    fn offer(sockets: &[UnixStream], pieces: &[&[u8]]) -> Option<Vec<Result<usize, Errno>>> {
        let mut uring = Uring::new().ok()?;
        let slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        Some(uring.send(sockets.iter().map(|socket| (socket.as_fd(), SendFlags::NOSIGNAL)), &slices))
    }

    #[test]
    fn everybody_gets_the_same_octets_however_many_there_are_and_in_how_many_pieces() {
        for pieces in [&[&b"hello"[..]][..], &[b"he", b"llo"]] {
            // More than one submission takes, and no multiple of it.
            let (ours, theirs): (Vec<_>, Vec<_>) =
                (0..2 * ENTRIES + 3).map(|_| UnixStream::pair().expect("two descriptors")).unzip();
            let Some(results) = offer(&ours, pieces) else { return };
            assert!(results.iter().all(|&result| result == Ok(5)), "{results:?}");
            drop(ours);
            for mut socket in theirs {
                let mut got = String::new();
                socket.read_to_string(&mut got).expect("the other end is closed");
                assert_eq!(got, "hello");
            }
        }
    }

    #[test]
    fn a_full_socket_a_closed_one_and_a_willing_one_each_answer_for_themselves() {
        let (willing, _a) = UnixStream::pair().expect("two descriptors");
        let (closed, _b) = UnixStream::pair().expect("two descriptors");
        closed.shutdown(Shutdown::Write).expect("it is connected");
        let (mut full, _c) = UnixStream::pair().expect("two descriptors");
        full.set_nonblocking(true).expect("it can be set");
        while full.write(&[0; 4_096]).is_ok() {}
        let Some(results) = offer(&[full, closed, willing], &[b"hello"]) else { return };
        assert_eq!(results, [Err(Errno::AGAIN), Err(Errno::PIPE), Ok(5)]);
    }
}
