//! People whose sockets hold little, so that they fall behind as soon as they stop reading.

use crate::{Client, TestServer};

/// A person in framed mode whose socket holds only some thousand octets unread, and who is in some rooms.
pub fn stopped_member(server: &TestServer, name: &str, rooms: &[&str]) -> Client {
    let mut client = Client::connect_narrow(server.address());
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
