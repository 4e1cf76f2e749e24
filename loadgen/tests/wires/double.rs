//! Servers that deliver over each wire, and do to one member what they are told.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use fanfare_loadgen::Wire;

use crate::request::{publish_packet, request};

/// What is done with one delivery to the member that it happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Drops,
    /// Nobody gets it.
    DropsForAll,
    Repeats,
    /// It comes behind the next one.
    Reorders,
    /// One octet of its text is another.
    Corrupts,
    /// It is not the last octet of the text but the line end that goes.
    LosesAnOctet,
    /// Its connection ends before it.
    Closes,
    /// Everybody waits so long for it, and for all that is behind it.
    Stalls(Duration),
}

/// With which messages of a room, from 1, it happens.
pub(crate) type Which = fn(u64) -> bool;

/// The server. Its threads end with the test's process; its connections end with the run.
pub(crate) struct Double {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Who says something.
struct Speaker<'s> {
    stream: &'s TcpStream,
    member: u64,
    /// Whether it receives that too.
    echo: bool,
}

#[derive(Default)]
struct State {
    /// The member that the fault happens to, by the order of connecting, from 1.
    victim: u64,
    connections: u64,
    peers: Vec<SocketAddr>,
    rooms: BTreeMap<String, Room>,
}

#[derive(Default)]
struct Room {
    number: u64,
    members: Vec<(u64, TcpStream)>,
    later: Vec<u8>,
}

impl Double {
    /// The fault happens to the member that connected second.
    pub(crate) fn start(wire: Wire, fault: Fault, which: Which) -> Self {
        Self::against(2, wire, fault, which)
    }

    /// The fault happens to the member that connected as that one, counted from 1.
    pub(crate) fn against(victim: u64, wire: Wire, fault: Fault, which: Which) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Mutex::new(State { victim, ..State::default() }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                // A connection that breaks ends its thread.
                thread::spawn(move || serve(&stream, wire, &state, |number| which(number).then_some(fault)));
            }
        });
        Self { address, state }
    }

    /// Where the connections came from.
    pub(crate) fn peers(&self) -> Vec<SocketAddr> {
        lock(&self.state).peers.clone()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, wire: Wire, state: &Mutex<State>, fault: impl Fn(u64) -> Option<Fault>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let member = {
        let mut state = lock(state);
        state.connections += 1;
        state.peers.extend(stream.peer_addr());
        state.connections
    };
    let mut out = stream;
    let speaker = Speaker { stream, member, echo: wire != Wire::Irc };
    match wire {
        Wire::Fanfare => out.write_all(b"FANFARE/1 Hello\n").ok()?,
        // There is one room, and to connect is to join.
        Wire::Relay => join(stream, member, state, "", b"FLOOR\n")?,
        Wire::Nats => out.write_all(b"INFO {\"max_payload\":1048576}\r\n").ok()?,
        Wire::Redis | Wire::Mqtt | Wire::Irc => {}
    }
    let (mut input, mut name) = (BufReader::new(stream), String::new());
    loop {
        let words = request(&mut input, wire)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (wire, &words[..]) {
            (Wire::Fanfare, ["HELLO", _, who]) => {
                name = (*who).to_owned();
                writeln!(out, "WELCOME {who} ping=30 text=65536 presence=256 :Hi").ok()?;
            }
            (Wire::Fanfare, ["JOIN", room]) => {
                join(stream, member, state, room, b"OK epoch=e next=1 newest=0 members=1\n")?;
            }
            (Wire::Nats, ["SUB", room, _]) => join(stream, member, state, room, b"")?,
            (Wire::Nats, ["PING"]) => out.write_all(b"PONG\r\n").ok()?,
            (Wire::Redis, ["HELLO", "3"]) => out.write_all(b"%1\r\n$5\r\nproto\r\n:3\r\n").ok()?,
            (Wire::Redis, ["SUBSCRIBE", room]) => {
                let told = format!(">3\r\n$9\r\nsubscribe\r\n${}\r\n{room}\r\n:1\r\n", room.len());
                join(stream, member, state, room, told.as_bytes())?;
            }
            (Wire::Relay, [frame]) => {
                let text = frame.split_once(" :").map_or(*frame, |(_, text)| text);
                say(&mut lock(state), "", text, &fault, |_| (Vec::new(), frame.as_bytes().to_vec()), &speaker)?;
            }
            (Wire::Mqtt, ["CONNECT"]) => out.write_all(&[0x20, 2, 0, 0]).ok()?,
            (Wire::Mqtt, ["SUBSCRIBE", room]) => join(stream, member, state, room, &[0x90, 3, 0, 1, 0])?,
            (Wire::Irc, ["NICK", who]) => name = (*who).to_owned(),
            (Wire::Irc, ["USER", ..]) => write!(out, ":double 001 {name} :Hi\r\nPING :double\r\n").ok()?,
            (Wire::Irc, ["JOIN", room]) => {
                let told = format!(":{name}!u@h JOIN {room}\r\n:double 366 {name} {room} :End\r\n");
                join(stream, member, state, room, told.as_bytes())?;
            }
            (Wire::Fanfare, ["SAY", room, text]) => {
                let frame = |number: u64| {
                    let frame = format!("MSG {room} {number} 1700000000000 {name} {text}\n");
                    (format!("OK seq={number}\n").into(), frame.into())
                };
                say(&mut lock(state), room, text, &fault, frame, &speaker)?;
            }
            (Wire::Nats, ["PUB", room, size, text]) => {
                let frame = |_| (Vec::new(), format!("MSG {room} 1 {size}\r\n{text}\r\n").into());
                say(&mut lock(state), room, text, &fault, frame, &speaker)?;
            }
            (Wire::Redis, ["PUBLISH", room, text]) => {
                let (long, longer) = (room.len(), text.len());
                let frame = format!(">3\r\n$7\r\nmessage\r\n${long}\r\n{room}\r\n${longer}\r\n{text}\r\n");
                say(&mut lock(state), room, text, &fault, |_| (b":1\r\n".to_vec(), frame.into()), &speaker)?;
            }
            (Wire::Mqtt, ["PUBLISH", room, text]) => {
                say(&mut lock(state), room, text, &fault, |_| (Vec::new(), publish_packet(room, text)), &speaker)?;
            }
            (Wire::Irc, ["PRIVMSG", room, text]) => {
                let frame = format!(":{name}!u@h PRIVMSG {room} {text}\r\n");
                say(&mut lock(state), room, text, &fault, |_| (Vec::new(), frame.into()), &speaker)?;
            }
            _ => {}
        }
    }
}

fn join(mut stream: &TcpStream, member: u64, state: &Mutex<State>, room: &str, told: &[u8]) -> Option<()> {
    let mut state = lock(state);
    state.rooms.entry(room.to_owned()).or_default().members.push((member, stream.try_clone().ok()?));
    stream.write_all(told).ok()
}

/// Delivers a message to a room. Its number makes the answer to who says it and the frame to all.
fn say(
    state: &mut State,
    room: &str,
    text: &str,
    fault: impl Fn(u64) -> Option<Fault>,
    frame: impl FnOnce(u64) -> (Vec<u8>, Vec<u8>),
    speaker: &Speaker<'_>,
) -> Option<()> {
    let victim = state.victim;
    let room = state.rooms.get_mut(room)?;
    room.number += 1;
    let (answer, frame) = frame(room.number);
    let mut answers = speaker.stream;
    answers.write_all(&answer).ok()?;
    let fault = fault(room.number).unwrap_or(Fault::None);
    if let Fault::Stalls(time) = fault {
        thread::sleep(time);
    }
    for (member, stream) in &mut room.members {
        if *member == speaker.member && !speaker.echo {
            continue;
        }
        let mut octets = if fault == Fault::DropsForAll { Vec::new() } else { frame.clone() };
        if *member == victim {
            match fault {
                Fault::Drops => octets.clear(),
                Fault::Closes => {
                    octets.clear();
                    // It may have gone already.
                    let _ = stream.shutdown(Shutdown::Both);
                }
                Fault::Repeats => octets.extend_from_slice(&frame),
                Fault::Corrupts => {
                    let last =
                        octets.len() - frame.iter().rev().take_while(|octet| octet.is_ascii_whitespace()).count();
                    octets[last - 1] = b'~';
                }
                Fault::LosesAnOctet => {
                    octets.remove(octets.len() - 1 - text.trim_end().len());
                }
                _ => {}
            }
            octets.append(&mut room.later);
            if fault == Fault::Reorders {
                room.later = std::mem::take(&mut octets);
            }
        }
        // Who is gone gets nothing; the others do.
        let _ = stream.write_all(&octets);
    }
    Some(())
}
