//! What the kernel keeps for the sockets of a server, as `ss -m` shows it.

use std::io;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{ExtensionFlags, InetRequest, SocketId, StateFlags};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

/// The memory of some sockets' buffers, in octets. What a socket itself takes is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SocketMemory {
    /// How many sockets.
    pub(crate) sockets: u64,
    /// What is to be sent or is not acknowledged.
    pub(crate) sending: u64,
    /// What the process has not read.
    pub(crate) receiving: u64,
    /// What is reserved for these sockets and holds nothing at the moment.
    pub(crate) reserved: u64,
}

impl SocketMemory {
    /// Of all connections (IPv4) that stand and whose own port is this one.
    ///
    /// # Errors
    ///
    /// The kernel does not tell (it needs `CONFIG_INET_DIAG`).
    pub(crate) fn of_port(port: u16) -> io::Result<Self> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        socket.send(&request(port), 0)?;
        let mut sum = Self::default();
        loop {
            let (octets, _) = socket.recv_from_full()?;
            let mut rest = &octets[..];
            while !rest.is_empty() {
                let message = NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(io::Error::other)?;
                // Messages stand at multiples of 4.
                let length = (message.header.length as usize).next_multiple_of(4);
                rest = rest.get(length..).unwrap_or_default();
                match message.payload {
                    NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) => {
                        sum.sockets += 1;
                        for nla in &response.nlas {
                            if let Nla::MemInfo(memory) = nla {
                                sum.sending += u64::from(memory.send_queue);
                                sum.receiving += u64::from(memory.receive_queue);
                                sum.reserved += u64::from(memory.cache);
                            }
                        }
                    }
                    NetlinkPayload::Done(_) => return Ok(sum),
                    NetlinkPayload::Error(error) => return Err(error.to_io()),
                    _ => {}
                }
            }
        }
    }
}

/// Asks for the established connections of a port, with the memory of each.
fn request(port: u16) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let request = InetRequest {
        family: AF_INET,
        protocol: IPPROTO_TCP,
        extensions: ExtensionFlags::SKMEMINFO,
        states: StateFlags::ESTABLISHED,
        socket_id: SocketId { source_port: port, ..SocketId::new_v4() },
    };
    let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
    message.finalize();
    let mut octets = vec![0; message.buffer_len()];
    message.serialize(&mut octets);
    octets
}
