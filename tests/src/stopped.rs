//! People whose sockets hold little, so that they fall behind as soon as they stop reading.

use std::net::TcpStream;

use socket2::{Domain, Socket, Type};

use crate::{Client, TestServer};

/// A connection that holds only some thousand octets unread, and has read the greeting.
pub fn stopped_member(server: &TestServer, name: &str, rooms: &[&str]) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be had");
    socket.set_recv_buffer_size(4_096).expect("its size can be set");
    socket.connect(&server.address().into()).expect("the server listens");
    let mut client = Client::over(TcpStream::from(socket));
    client.expect("FANFARE/1 Choose a username...");
    client.send(&format!("HELLO 1 {name}"));
    client.expect(&format!("WELCOME {name} <rest>"));
    for room in rooms {
        client.send(&format!("JOIN {room}"));
        client.expect("OK <attributes>");
        client.expect(&format!("JOINED {room} {name}"));
    }
    client
}
