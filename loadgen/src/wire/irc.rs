//! IRC (RFC 2812). By hand, as `irc-proto` makes a message of new strings, and a run borrows what it reads; the tests hold
//! every line against `irc-proto`.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use super::adapter::{Adapter, Opener, Opening, by_frames};
use super::words::{Joined, Message, Next, Said, Turned, Word};
use crate::login::Login;
use crate::plan::Plan;

/// The most octets of a line, its CR LF included.
const MOST_LINE: usize = 512;

/// The longest nickname, user (with what a server puts before it) and host that a server of the standard has.
const MOST_NICK: usize = 9;
const MOST_USER: usize = 10;
const MOST_HOST: usize = 63;

/// The longest name of a channel, its `#` included.
const MOST_CHANNEL: usize = 50;

/// The user of who gives none.
const USER: &str = "loadgen";

/// How often a silent client is heard: servers ask after a minute or two.
const IDLE: Duration = Duration::from_secs(20);

/// The only answer from 400 to 599 that refuses nothing: there is no message of the day.
const NO_MOTD: &str = "422";

pub(super) struct Irc;

impl Adapter for Irc {
    fn server(&self) -> &'static str {
        "IRC server"
    }

    fn start(&self, _address: SocketAddr) -> String {
        "start an IRC server there, or let loadgen do it with --target spawn:irc".to_owned()
    }

    fn open(&self, opener: &Opener<'_>, out: &mut Vec<u8>) -> Box<dyn Opening> {
        // Writing to a vector does not fail.
        if let Some(password) = &opener.login.password {
            let _ = write!(out, "PASS :{password}\r\n");
        }
        let user = opener.login.user.as_deref().unwrap_or(USER);
        let _ = write!(out, "NICK {}\r\nUSER {user} 0 * :loadgen\r\n", opener.name);
        Box::new(Registering { channel: opener.place.map(str::to_owned) })
    }

    fn publish(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = write!(out, "PRIVMSG {} :{}\r\n", said.room, said.text);
    }

    fn next<'o>(&self, octets: &'o [u8]) -> Next<'o> {
        next(octets)
    }

    fn pong(&self, token: Option<&str>, out: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = write!(out, "PONG :{}\r\n", token.unwrap_or_default());
    }

    fn farewell(&self) -> &'static [u8] {
        b"QUIT\r\n"
    }

    fn idle(&self) -> Option<(&'static [u8], Duration)> {
        Some((b"\r\n", IDLE))
    }

    fn place<'r>(&self, room: &'r str) -> &'r str {
        room
    }

    /// Four characters, of which a number may have five digits behind.
    fn name_prefix(&self, run: u32) -> String {
        const DIGITS: [u8; 36] = *b"0123456789abcdefghijklmnopqrstuvwxyz";
        let digit = |place: u32| char::from(DIGITS[(run / 36_u32.pow(place)) as usize % DIGITS.len()]);
        ['l', digit(2), digit(1), digit(0)].into_iter().collect()
    }

    fn echoes(&self) -> bool {
        false
    }

    fn must_join_to_publish(&self) -> bool {
        true
    }

    /// `ngircd` lets ten connections wait to be accepted. The system forgets what is said on more of them, and says it again
    /// after seconds.
    fn most_opening(&self) -> u32 {
        8
    }

    /// What is left of a line when a server has put before it who says it.
    fn most_text(&self, channel: &str) -> usize {
        let source = ":!@ ".len() + MOST_NICK + MOST_USER + MOST_HOST;
        MOST_LINE.saturating_sub(source + "PRIVMSG  :\r\n".len() + channel.len())
    }

    fn most_names(&self) -> (usize, usize) {
        (MOST_CHANNEL - 1, MOST_NICK)
    }

    fn unfit(&self, login: &Login) -> Option<&'static str> {
        let is_word = |octet: u8| octet.is_ascii_graphic() && octet != b'@';
        if login.user.as_ref().is_some_and(|user| user.len() >= MOST_USER || !user.bytes().all(is_word)) {
            Some("an IRC user has at most 9 characters, without spaces")
        } else if login.password.as_ref().is_some_and(|password| password.bytes().any(|octet| octet.is_ascii_control()))
        {
            Some("the password has a line end or another control character in it")
        } else {
            None
        }
    }

    fn remedy(&self, reason: &str) -> &'static str {
        if reason.contains("433") {
            "; another run with the same names is going on, or the last one's clients have not gone yet"
        } else if reason.contains("464") || reason.contains("assword") {
            "; give the server's password in LOADGEN_PASSWORD"
        } else if reason.contains("onnection") {
            "; start the server with higher limits of connections (ngircd: MaxConnections and MaxConnectionsIP)"
        } else {
            ""
        }
    }
}

/// A connection that is not in its channel yet.
#[derive(Debug)]
struct Registering {
    channel: Option<String>,
}

impl Opening for Registering {
    fn receive(&mut self, octets: &[u8], _plan: &Plan, out: &mut Vec<u8>) -> Result<(usize, Option<Joined>), Turned> {
        by_frames(octets, |rest| {
            let taken = match next(rest) {
                Next::Incomplete => return Ok((0, false)),
                Next::Unreadable(_) | Next::Broken => return Err(Turned::broken()),
                Next::Frame(taken, Word::Ping(token)) => {
                    Irc.pong(token, out);
                    taken
                }
                Next::Frame(taken, Word::Refused(_) | Word::End(..)) => {
                    let said = String::from_utf8_lossy(&rest[..taken]);
                    return Err(Turned::Away(format!("the server said {}", said.trim_end())));
                }
                Next::Frame(taken, _) => taken,
            };
            let line = std::str::from_utf8(&rest[..taken]).ok().map(Line::of);
            match (line.map(|line| line.command), &self.channel) {
                (Some("001"), Some(channel)) => {
                    // Writing to a vector does not fail.
                    let _ = write!(out, "JOIN {channel}\r\n");
                    Ok((taken, false))
                }
                // The end of the list of who is there, which follows the joining.
                (Some("001"), None) | (Some("366"), Some(_)) => Ok((taken, true)),
                _ => Ok((taken, false)),
            }
        })
    }
}

/// A line without its source.
struct Line<'o> {
    command: &'o str,
    rest: &'o str,
}

impl<'o> Line<'o> {
    fn of(line: &'o str) -> Self {
        let line = line.trim_end_matches(['\r', '\n']);
        let line = match line.strip_prefix(':') {
            Some(sourced) => sourced.split_once(' ').map_or("", |(_, line)| line),
            None => line,
        };
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        Self { command, rest }
    }

    /// The last word, which can have spaces in it.
    fn last(&self) -> &'o str {
        match self.rest.strip_prefix(':') {
            Some(last) => last,
            None => self.rest.split_once(" :").map_or(self.rest, |(_, last)| last),
        }
    }
}

fn next(octets: &[u8]) -> Next<'_> {
    let Some(taken) = octets.iter().position(|octet| *octet == b'\n').map(|at| at + 1) else { return Next::Incomplete };
    let Ok(line) = std::str::from_utf8(&octets[..taken]) else { return Next::Unreadable(taken) };
    let line = Line::of(line);
    let word = match line.command {
        "PRIVMSG" => match line.rest.split_once(' ') {
            Some((room, text)) => {
                Word::Message(Message { room, signed: None, text: text.strip_prefix(':').unwrap_or(text) })
            }
            None => return Next::Unreadable(taken),
        },
        "PING" => Word::Ping(Some(line.last())),
        "ERROR" => Word::End("ERROR", line.last()),
        "JOIN" | "PART" | "QUIT" | "NICK" | "KICK" => Word::Presence,
        "" | "NOTICE" | "MODE" | "TOPIC" | "PONG" | "INVITE" | "WALLOPS" | "CAP" | NO_MOTD => Word::Other,
        code if code.len() == 3 && code.bytes().all(|digit| digit.is_ascii_digit()) => {
            if matches!(code.as_bytes()[0], b'4' | b'5') { Word::Refused(code) } else { Word::Other }
        }
        _ => return Next::Unreadable(taken),
    };
    Next::Frame(taken, word)
}
