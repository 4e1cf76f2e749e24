//! A server that does wrong on purpose: enough of the protocol, and one fault.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What the server does wrong with the message of number [`NUMBER`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// Not sent to one member.
    Drops,
    /// Sent to nobody.
    DropsForAll,
    /// Sent twice to one member.
    Repeats,
    /// Sent to one member behind the next one.
    Reorders,
    /// One octet of the text is another for one member.
    CorruptsText,
    /// One octet of the time is another for one member.
    CorruptsTime,
    /// Sent to one member as something that is no frame.
    CorruptsFrame,
    /// The stream of one member can't be framed any more.
    CorruptsStream,
    /// Everything stands still before it is sent.
    Stalls(Duration),
    /// Every message takes so long, one after the other.
    Slow(Duration),
    /// One member's connection ends before it.
    Disconnects,
    /// One member's connection ends right behind it.
    Ends,
    /// One member is told `BYE`.
    SaysBye,
    /// One member is sent a `GAP` in place of it.
    SendsGap,
    /// It is refused.
    Refuses,
    /// It is sent to everybody and never answered.
    AnswersNot,
    /// From it on nothing is read any more.
    Freezes,
    /// Only so many connections are ever answered.
    Welcomes(u64),
    /// The first line is no greeting.
    SpeaksOtherwise,
    /// The third connection is turned away.
    TurnsAway,
    /// So many requests a second are allowed.
    Announces(&'static str),
}

/// The number of the message that it happens to.
pub(crate) const NUMBER: u64 = 5;

/// The member that it happens to: not the publisher, which is the first.
const MEMBER: u64 = 1;

/// The server. Its threads end with the test's process; its connections end with the run.
pub(crate) struct Double {
    address: SocketAddr,
}

#[derive(Default)]
struct Rooms {
    connections: u64,
    /// Each run has its own.
    by_name: BTreeMap<String, Room>,
}

#[derive(Default)]
struct Room {
    number: u64,
    members: BTreeMap<u64, TcpStream>,
    /// Whether the one message was refused; the next one has its number.
    refused: bool,
    /// What is sent to a member behind its next message.
    later: Option<String>,
}

impl Double {
    pub(crate) fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let rooms = Arc::new(Mutex::new(Rooms::default()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let rooms = rooms.clone();
                // A connection that breaks ends its thread.
                thread::spawn(move || serve(&stream, fault, &rooms));
            }
        });
        Self { address }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

fn serve(stream: &TcpStream, fault: Fault, rooms: &Mutex<Rooms>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream;
    let connection = {
        let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.connections += 1;
        rooms.connections
    };
    let greeting = if let Fault::SpeaksOtherwise = fault { "220 mail.example ESMTP" } else { "FANFARE/1 Hello" };
    writeln!(out, "{greeting}").ok()?;
    if let (Fault::TurnsAway, 3) = (fault, connection) {
        writeln!(out, "BYE too-many-connections :Full").ok()?;
        return stream.shutdown(Shutdown::Both).ok();
    }
    let (mut name, mut member) = (String::new(), 0);
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        let fields: Vec<&str> = line.splitn(3, ' ').collect();
        match fields[..] {
            _ if matches!(fault, Fault::Welcomes(most) if connection > most) => {}
            ["HELLO", _, who] => {
                name = who.to_owned();
                member = who.rsplit('-').next()?.parse().ok()?;
                let announced = if let Fault::Announces(attributes) = fault { attributes } else { "text=65536" };
                writeln!(out, "WELCOME {who} ping=30 {announced} presence=256 :Hi").ok()?;
            }
            ["JOIN", where_to] => {
                let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
                let room = rooms.by_name.entry(where_to.to_owned()).or_default();
                room.members.insert(member, stream.try_clone().ok()?);
                let members = room.members.len();
                write!(out, "OK epoch=e next=1 newest=0 members={members}\nJOINED {where_to} {name}\n").ok()?;
            }
            ["SAY", where_to, text] => {
                let mut rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
                let room = rooms.by_name.entry(where_to.to_owned()).or_default();
                say(room, fault, &format!("{name} {text}"), where_to, out)?;
            }
            _ => {}
        }
    }
    Some(())
}

fn say(room: &mut Room, fault: Fault, said: &str, to: &str, mut publisher: &TcpStream) -> Option<()> {
    let is_it = room.number + 1 == NUMBER;
    match fault {
        Fault::Refuses if is_it && !std::mem::replace(&mut room.refused, true) => {
            return writeln!(publisher, "ERR rate-limited retry=7 :Slower").ok();
        }
        Fault::Stalls(time) if is_it => thread::sleep(time),
        Fault::Slow(time) => thread::sleep(time),
        Fault::Freezes if is_it => thread::sleep(Duration::from_secs(60)),
        _ => {}
    }
    room.number += 1;
    let number = room.number;
    if !(is_it && matches!(fault, Fault::AnswersNot)) {
        writeln!(publisher, "OK seq={number}").ok()?;
    }
    let frame = format!("MSG {to} {number} 1700000000000 {said}\n");
    let later = room.later.take();
    for (&member, mut stream) in &room.members {
        let sent = match fault {
            Fault::DropsForAll if is_it => String::new(),
            _ if member != MEMBER => frame.clone(),
            _ if !is_it => format!("{frame}{}", later.as_deref().unwrap_or_default()),
            Fault::Drops => String::new(),
            Fault::Repeats => frame.repeat(2),
            Fault::Reorders => {
                room.later = Some(frame.clone());
                String::new()
            }
            Fault::CorruptsText => frame.replace(&frame[frame.len() - 3..], "~~\n"),
            Fault::CorruptsTime => frame.replace("1700000000000", "1700000000001"),
            Fault::CorruptsFrame => "M\x01G\n".to_owned(),
            Fault::CorruptsStream => "MSG {x\n".to_owned(),
            Fault::Disconnects => {
                // Whether it was still there does not matter.
                let _ = stream.shutdown(Shutdown::Both);
                String::new()
            }
            Fault::SaysBye => "BYE shutdown :So long\n".to_owned(),
            Fault::SendsGap => format!("GAP {to} {number} {number} slow\n"),
            _ => frame.clone(),
        };
        // Who is gone gets nothing; the others do.
        let _ = stream.write_all(sent.as_bytes());
        if let (Fault::Ends, MEMBER, true) = (fault, member, is_it) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
    Some(())
}
