//! The client protocol of NATS. By hand, as its crates are clients with sockets of their own: none is a parser alone.

use std::io::Write;
use std::net::SocketAddr;

use fanfare_protocol::limits::MAX_TEXT;
use serde_json::json;

use super::adapter::{Adapter, Opener, Opening, by_frames};
use super::octets::{decimal, line};
use super::words::{Joined, Message, Next, Said, Turned, Word};
use crate::login::Login;
use crate::plan::Plan;

const PONG: &[u8] = b"PONG\r\n";

pub(super) struct Nats;

impl Adapter for Nats {
    fn server(&self) -> &'static str {
        "NATS server"
    }

    fn start(&self, _address: SocketAddr) -> String {
        "start a nats-server there, or let loadgen do it with --target spawn:nats".to_owned()
    }

    fn open(&self, opener: &Opener<'_>, _out: &mut Vec<u8>) -> Box<dyn Opening> {
        Box::new(Greeting { subject: opener.place.map(str::to_owned), connect: connect(opener.login) })
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = write!(out, "PUB {} {}\r\n{}\r\n", said.room, said.text.len(), said.text);
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        next(octets)
    }

    fn pong(&self, _token: Option<&str>, out: &mut Vec<u8>) {
        out.extend_from_slice(PONG);
    }

    /// A server reads each publisher by itself, and what it hands on meets in each receiver's queue.
    fn has_one_order(&self) -> bool {
        false
    }

    fn remedy(&self, reason: &str) -> &'static str {
        if reason.contains("Authorization") {
            "; give the user in the URL (nats://USER@HOST), and the password or token in LOADGEN_PASSWORD"
        } else if reason.contains("maximum connections") {
            "; start the server with a higher max_connections"
        } else {
            ""
        }
    }
}

/// What a client says once it was greeted.
fn connect(login: &Login) -> String {
    let mut options = json!({
        "verbose": false, "pedantic": false, "echo": true, "lang": "rust", "version": env!("CARGO_PKG_VERSION"), "protocol": 0,
    });
    match (&login.user, &login.password) {
        (Some(user), password) => (options["user"], options["pass"]) = (json!(user), json!(password)),
        (None, Some(token)) => options["auth_token"] = json!(token),
        (None, None) => {}
    }
    format!("CONNECT {options}\r\n")
}

/// A connection that was not greeted yet, or has not subscribed.
#[derive(Debug)]
struct Greeting {
    subject: Option<String>,
    connect: String,
}

impl Opening for Greeting {
    fn receive(&mut self, octets: &[u8], _plan: &Plan, out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        by_frames(octets, |rest| match next(rest) {
            Next::Incomplete => Ok((0, false)),
            Next::Frame(taken, Word::Ping(_)) => {
                out.extend_from_slice(PONG);
                Ok((taken, false))
            }
            Next::Frame(_, Word::Refused(reason)) => Err(Turned::Away(format!("the server said -ERR {reason}"))),
            Next::Frame(taken, _) if rest.starts_with(b"INFO") => {
                out.extend_from_slice(self.connect.as_bytes());
                if let Some(subject) = &self.subject {
                    // Writing to a vector does not fail.
                    let _ = write!(out, "SUB {subject} 1\r\n");
                }
                // Its answer comes behind everything that is refused.
                out.extend_from_slice(b"PING\r\n");
                Ok((taken, false))
            }
            Next::Frame(taken, _) => Ok((taken, rest.starts_with(b"PONG"))),
            Next::Unreadable(_) | Next::Broken => Err(Turned::broken()),
        })
    }
}

fn next(octets: &[u8]) -> Next<'_> {
    let Some(line) = line(octets) else { return Next::Incomplete };
    let taken = line.len() + 2;
    let Ok(header) = std::str::from_utf8(line) else { return Next::Unreadable(taken) };
    let (verb, rest) = header.split_once(' ').unwrap_or((header, ""));
    match verb {
        "MSG" => message(octets, taken, rest),
        "PING" => Next::Frame(taken, Word::Ping(None)),
        "-ERR" => Next::Frame(taken, Word::Refused(rest.trim_matches('\''))),
        "INFO" | "PONG" | "+OK" => Next::Frame(taken, Word::Other),
        _ => Next::Unreadable(taken),
    }
}

/// A message whose header takes so many octets.
fn message<'o>(octets: &'o [u8], header: usize, fields: &'o str) -> Next<'o> {
    let mut fields = fields.split(' ');
    // A reply subject would stand between the subscription and the size: nobody here has one.
    let (Some(room), Some(_), Some(size), None) = (fields.next(), fields.next(), fields.next(), fields.next()) else {
        return Next::Broken;
    };
    let Some(size) = decimal(size.as_bytes()).filter(|size| *size <= MAX_TEXT) else { return Next::Broken };
    let Some(payload) = octets.get(header..header + size + 2) else { return Next::Incomplete };
    let Some(text) = payload.strip_suffix(b"\r\n") else { return Next::Broken };
    let taken = header + size + 2;
    match std::str::from_utf8(text) {
        Ok(text) => Next::Frame(taken, Word::Message(Message { room, signed: None, text })),
        Err(_) => Next::Unreadable(taken),
    }
}
