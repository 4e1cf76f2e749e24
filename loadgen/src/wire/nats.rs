//! The client protocol of NATS.

use std::io::Write;

use fanfare_protocol::limits::MAX_TEXT;

use super::{Message, Next, Said, Turned, Word, decimal, line};

/// What a client says once it was greeted, before it subscribes.
const CONNECT: &[u8] =
    br#"CONNECT {"verbose":false,"pedantic":false,"echo":true,"lang":"rust","version":"1","protocol":0}"#;

pub(super) const PONG: &[u8] = b"PONG\r\n";

/// How many octets the next frame took, and whether it says that the client has joined.
pub(super) fn opened(octets: &[u8], subject: Option<&str>, out: &mut Vec<u8>) -> Result<(usize, bool), Turned> {
    match next(octets) {
        Next::Incomplete => Ok((0, false)),
        Next::Frame(taken, Word::Ping(_)) => {
            out.extend_from_slice(PONG);
            Ok((taken, false))
        }
        Next::Frame(_, Word::Refused(reason)) => Err(Turned::Away(format!("the server said -ERR {reason}"))),
        Next::Frame(taken, _) if octets.starts_with(b"INFO") => {
            out.extend_from_slice(CONNECT);
            if let Some(subject) = subject {
                // Writing to a vector does not fail.
                let _ = write!(out, "\r\nSUB {subject} 1");
            }
            out.extend_from_slice(b"\r\nPING\r\n");
            Ok((taken, false))
        }
        Next::Frame(taken, _) => Ok((taken, octets.starts_with(b"PONG"))),
        Next::Unreadable(_) | Next::Broken => Err(Turned::Otherwise("it breaks the protocol".to_owned())),
    }
}

pub(super) fn publish(said: &Said<'_>, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = write!(out, "PUB {} {}\r\n{}\r\n", said.room, said.text.len(), said.text);
}

pub(super) fn next(octets: &[u8]) -> Next<'_> {
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
