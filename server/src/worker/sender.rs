//! Offers the same octets to many sockets.

use std::io::IoSlice;

use rustix::io::Errno;
use slab::Slab;
use smallvec::SmallVec;
use tracing::info;

use super::connection::Connection;
use super::socket::Written;
#[cfg(target_os = "linux")]
use super::uring::Uring;
use crate::options::UseIoUring;

/// A way to do so.
#[derive(Debug)]
pub(super) enum Sender {
    /// In one system call for all of them.
    #[cfg(target_os = "linux")]
    Together(Box<Uring>),
    /// In one system call for each.
    Each,
}

impl Sender {
    /// The best one that the system allows the thread that calls this.
    pub(super) fn new(wanted: UseIoUring) -> Self {
        #[cfg(target_os = "linux")]
        if wanted == UseIoUring::Auto {
            match Uring::new() {
                Ok(uring) => return Self::Together(Box::new(uring)),
                Err(error) => info!(%error, "the system gives no io_uring: each receiver takes a system call"),
            }
        }
        Self::Each
    }

    /// Offers the octets to the connections of these numbers. Returns what became of each, in their order.
    pub(super) fn send(
        &mut self,
        connections: &mut Slab<Connection>,
        numbers: &[usize],
        slices: &[IoSlice<'_>],
    ) -> Vec<Written> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Together(uring) if numbers.len() > 1 => {
                let offered = slices.iter().map(|slice| slice.len()).sum();
                let flags: SmallVec<[_; 64]> =
                    numbers.iter().map(|&number| connections[number].socket.flags(offered)).collect();
                let descriptors = numbers.iter().map(|&number| connections[number].socket.descriptor());
                let results = uring.send(descriptors.zip(flags), slices);
                let written = |(&number, result): (&usize, _)| {
                    let socket = &mut connections[number].socket;
                    match result {
                        Err(Errno::INTR) => socket.write(slices),
                        result => socket.wrote(offered, result),
                    }
                };
                numbers.iter().zip(results).map(written).collect()
            }
            _ => numbers.iter().map(|&number| connections[number].socket.write(slices)).collect(),
        }
    }
}
