//! Which process listens at an address.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::FDTarget;

/// The process that listens at an address; `None` if the address is another machine's, or the system does not tell
/// (the processes of others are seen by root only).
pub fn process_that_listens(address: SocketAddr) -> Option<u32> {
    if !is_here(address.ip()) {
        return None;
    }
    let entries = procfs::net::tcp().into_iter().chain(procfs::net::tcp6()).flatten();
    let socket = entries.filter(|entry| is_listener(entry, address)).map(|entry| entry.inode).next()?;
    let owner = procfs::process::all_processes().ok()?.flatten().find(|process| {
        let files = process.fd().into_iter().flatten().flatten();
        files.into_iter().any(|file| matches!(file.target, FDTarget::Socket(inode) if inode == socket))
    })?;
    u32::try_from(owner.pid).ok()
}

fn is_listener(entry: &TcpNetEntry, address: SocketAddr) -> bool {
    let local = entry.local_address;
    let same = local.ip().to_canonical() == address.ip().to_canonical() || local.ip().is_unspecified();
    entry.state == TcpState::Listen && local.port() == address.port() && same
}

/// Whether an address is one of this machine's.
fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_process_that_listens_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        assert_eq!(process_that_listens(address), Some(std::process::id()));
        drop(listener);
        assert_eq!(process_that_listens(address), None);
    }

    #[test]
    fn another_machine_has_no_process_here() {
        // An address for documentation: nobody has it.
        assert_eq!(process_that_listens(([192, 0, 2, 1], 15_151).into()), None);
    }
}
