//! One connection of a check.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::announced::LARGEST;
use super::bucket::Bucket;
use super::journal::Journal;
use super::watch::{self, without_cr};
use super::{Announced, Outcome, Trouble};
use crate::wire::Wire;
use crate::{Captures, counted_octets};

/// Speaks octets, listens to lines, and never panics: whatever else comes than an assertion expects is a failure of the
/// requirement that the assertion names.
///
/// In framed mode a frame with a counted text is one string: its line, LF, its text. A `PING` of the server is answered
/// and not shown, unless [`Peer::show_pings`] says so. In plain mode what strangers do in the lobby is not shown.
#[derive(Debug)]
pub struct Peer {
    /// Which one of the check's it is.
    pub label: String,
    /// The name that it has, or would have.
    pub name: String,
    wire: Wire,
    journal: Journal,
    patience: Duration,
    language: Language,
    shows_pings: bool,
    /// Whether the greeting came, which is no frame.
    is_greeted: bool,
    bucket: Option<Bucket>,
    open: Arc<AtomicUsize>,
}

/// How what comes is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Language {
    /// Frames, and what comes before the mode is fixed.
    Framed,
    /// Lines; the names of the check's own persons end like this.
    Plain { suffix: String },
}

/// What came in the place of a frame or a line.
enum Silence {
    End,
    Broken(io::Error),
    Nothing,
    /// The time of the check is up, whatever comes.
    Endless,
}

/// A line that was of a pattern.
#[derive(Debug)]
pub struct Found {
    /// The line, and its counted text.
    pub line: String,
    captures: Captures,
    journal: Journal,
}

impl Peer {
    pub(super) fn new(
        label: &str,
        name: String,
        wire: Wire,
        journal: Journal,
        patience: Duration,
        open: Arc<AtomicUsize>,
    ) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        journal.log(label, '*', b"connected");
        // A server that takes nothing for so long has stopped reading.
        let _ = wire.socket().set_write_timeout(Some(patience));
        Self {
            label: label.to_owned(),
            name,
            wire,
            journal,
            patience,
            language: Language::Framed,
            shows_pings: false,
            is_greeted: false,
            bucket: None,
            open,
        }
    }

    /// From now on, what comes is lines of plain mode, and a person whose name does not end like this is a stranger.
    pub(super) fn read_plain(&mut self, suffix: &str) {
        self.language = Language::Plain { suffix: suffix.to_owned() };
    }

    /// From now on, a `PING` of the server is a line like any other.
    pub fn show_pings(&mut self) {
        self.shows_pings = true;
    }

    /// Sends a line, or several with LF between them. If the server takes none any more, the next assertion shows it.
    pub fn send(&mut self, line: &str) {
        self.send_octets(format!("{line}\n").as_bytes());
    }

    /// Sends octets as they are.
    pub fn send_octets(&mut self, octets: &[u8]) {
        self.journal.log(&self.label, '>', octets);
        if let Err(error) = self.wire.send(octets) {
            self.journal.log(&self.label, '*', format!("not sent: {error}").as_bytes());
        }
    }

    /// Sends a request that counts against the announced rate, as soon as the rate allows it.
    pub fn send_paced(&mut self, line: &str) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take();
        }
        self.send(line);
    }

    /// Sends octets until the server has taken none for a time. How many went.
    pub fn send_until_stopped(&mut self, octets: &[u8], quiet: Duration) -> usize {
        let mut sent = 0;
        // A timeout of nothing cannot be set, and is not asked for.
        let _ = self.wire.socket().set_write_timeout(Some(quiet));
        while sent < octets.len() {
            match self.wire.socket().write(&octets[sent..]) {
                Ok(taken @ 1..) => sent += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        let _ = self.wire.socket().set_write_timeout(Some(self.patience));
        self.journal.log(&self.label, '>', format!("({sent} of {} octets were taken)", octets.len()).as_bytes());
        sent
    }

    /// Ends what is sent; what comes can still be read.
    pub fn end_input(&mut self) {
        self.journal.log(&self.label, '*', b"ends its input");
        // A connection that is gone has no input either.
        let _ = self.wire.end_input();
    }

    /// Breaks the connection, so that the server's transport fails: an unclean end.
    pub fn reset(self) {
        self.journal.log(&self.label, '*', b"breaks the connection");
        // It is dropped here; one that is gone cannot be broken.
        let _ = self.wire.set_to_reset();
    }

    /// The next frame or line must be of a pattern: `<word>` stands for one or more octets without SP, the same word for
    /// the same; at the end, after SP or a colon, for the whole rest, a counted text included.
    pub fn expect(&mut self, requirement: &'static str, pattern: &str) -> Outcome<Found> {
        let mut captures = Captures::default();
        let line = self.line(requirement, pattern)?;
        if captures.fit(pattern, &line) {
            Ok(self.found(line, captures))
        } else {
            self.other(requirement, pattern, &line)
        }
    }

    /// Several, one after another.
    pub fn expect_all(&mut self, requirement: &'static str, patterns: &[&str]) -> Outcome {
        patterns.iter().try_for_each(|pattern| self.expect(requirement, pattern).map(drop))
    }

    /// As many as there are patterns, in any order. They are returned in the order of the patterns.
    pub fn expect_unordered<const N: usize>(
        &mut self,
        requirement: &'static str,
        patterns: [&str; N],
    ) -> Outcome<[Found; N]> {
        let mut founds = patterns.map(|_| None);
        for _ in 0..N {
            let open = patterns.iter().zip(&founds).filter(|(_, found)| found.is_none());
            let open = open.map(|(pattern, _)| *pattern).collect::<Vec<_>>().join(", or ");
            let line = self.line(requirement, &open)?;
            let mut captures = Captures::default();
            let fits = (0..N).find(|&at| founds[at].is_none() && captures.fit(patterns[at], &line));
            match fits {
                Some(at) => founds[at] = Some(self.found(line, captures)),
                None => return self.other(requirement, &open, &line),
            }
        }
        Ok(founds.map(|found| found.expect("each line that came fits one")))
    }

    /// Reads up to one of a pattern, whatever comes before. Those before it, and it.
    pub fn until(&mut self, requirement: &'static str, pattern: &str) -> Outcome<(Vec<String>, Found)> {
        let mut before = Vec::new();
        loop {
            let line = self.line(requirement, pattern)?;
            let mut captures = Captures::default();
            if captures.fit(pattern, &line) {
                return Ok((before, self.found(line, captures)));
            }
            before.push(line);
        }
    }

    /// The next frame or line, whatever it is, where something was expected, said in words.
    pub fn line(&mut self, requirement: &'static str, expected: &str) -> Outcome<String> {
        self.journal.assert(requirement);
        match self.next(Instant::now() + self.patience) {
            Ok(line) => Ok(line),
            Err(silence) => Err(self.journal.fail(requirement, expected, &self.words(&silence, self.patience))),
        }
    }

    /// All up to the end of the connection, which must come.
    pub fn lines_to_the_end(&mut self, requirement: &'static str) -> Outcome<Vec<String>> {
        self.journal.assert(requirement);
        let mut lines = Vec::new();
        loop {
            match self.next(Instant::now() + self.patience) {
                Ok(line) => lines.push(line),
                Err(Silence::End) => return Ok(lines),
                Err(silence) => {
                    let got = self.words(&silence, self.patience);
                    return Err(self.journal.fail(requirement, "the end of the connection", &got));
                }
            }
        }
    }

    /// The server must end its direction here.
    pub fn expect_end(&mut self, requirement: &'static str) -> Outcome {
        self.expect_end_within(requirement, self.patience)
    }

    /// The server must end its direction here, in a time of the check's own.
    pub fn expect_end_within(&mut self, requirement: &'static str, within: Duration) -> Outcome {
        self.journal.assert(requirement);
        let got = match self.next(Instant::now() + within) {
            Err(Silence::End) => return Ok(()),
            Ok(line) => line,
            Err(silence) => self.words(&silence, within),
        };
        Err(self.journal.fail(requirement, "the end of the connection", &got))
    }

    /// The next line must be of a pattern, and come within a time of the check's own. How long it took.
    pub fn expect_within(
        &mut self,
        requirement: &'static str,
        pattern: &str,
        within: Duration,
    ) -> Outcome<(Found, Duration)> {
        let (begin, usual) = (Instant::now(), self.patience);
        self.patience = within;
        let found = self.expect(requirement, pattern);
        self.patience = usual;
        found.map(|found| (found, begin.elapsed()))
    }

    /// Nothing may have come that was not expected. A person in framed mode asks by `PING`, one in plain mode by a command
    /// that does not exist; nothing is read for longer than the answer takes.
    pub fn expect_nothing(&mut self, requirement: &'static str) -> Outcome {
        let (ask, answer) = match self.language {
            Language::Framed => ("PING nothing-else", "PONG nothing-else"),
            Language::Plain { .. } => ("/nothing-else", "! <text>"),
        };
        self.send(ask);
        self.expect(requirement, answer).map(drop)
    }

    /// Nothing may come for a time, and the connection may not end.
    pub fn expect_silence(&mut self, requirement: &'static str, time: Duration) -> Outcome {
        self.journal.assert(requirement);
        let got = match self.next(Instant::now() + time) {
            Err(Silence::Nothing) => return Ok(()),
            Ok(line) => line,
            Err(silence) => self.words(&silence, time),
        };
        Err(self.journal.fail(requirement, "nothing", &got))
    }

    fn found(&mut self, line: String, captures: Captures) -> Found {
        if let Some(rate) = Announced::read(&line).map(|announced| announced.rate) {
            self.bucket = rate.map(Bucket::full);
        }
        Found { line, captures, journal: self.journal.clone() }
    }

    fn other<T>(&self, requirement: &'static str, expected: &str, line: &str) -> Outcome<T> {
        if line.starts_with("BYE too-many-connections ") {
            return Err(Trouble::NoPlace);
        }
        Err(self.journal.fail(requirement, expected, &shortened(line)))
    }

    fn words(&self, silence: &Silence, time: Duration) -> String {
        match silence {
            Silence::End => "the end of the connection".to_owned(),
            Silence::Broken(error) => format!("a broken connection: {error}"),
            Silence::Nothing => format!("nothing in {}", humantime::format_duration(time)),
            Silence::Endless => {
                let within = humantime::format_duration(self.journal.within());
                format!("something else again and again, until the check had lasted {within}")
            }
        }
    }

    /// The next frame or line that is to be shown. Neither it nor a check that asks for many lasts longer than the check
    /// may.
    fn next(&mut self, deadline: Instant) -> Result<String, Silence> {
        let end = Instant::now() + self.journal.left();
        let is_over = |time: Instant| Instant::now() >= time;
        loop {
            if is_over(end) {
                return Err(Silence::Endless);
            }
            let line = self.next_of_all(deadline.min(end)).map_err(|silence| match silence {
                Silence::Nothing if is_over(end) => Silence::Endless,
                silence => silence,
            })?;
            match &self.language {
                Language::Framed if !self.shows_pings && (line == "PING" || line.starts_with("PING ")) => {
                    self.send(&line.replacen("PING", "PONG", 1));
                }
                Language::Plain { suffix } if is_of_a_stranger(&line, suffix) => {}
                _ => return Ok(line),
            }
            // More of the same may have come already, and it is not what is waited for.
            if is_over(deadline) {
                return Err(Silence::Nothing);
            }
        }
    }

    /// The next frame or line. A text that has begun may take a while longer.
    fn next_of_all(&mut self, deadline: Instant) -> Result<String, Silence> {
        let line = self.wire.line(deadline).map_err(|error| {
            if error.kind() == ErrorKind::InvalidData {
                self.journal.note("2.1/6", "at most 4,096 octets", &error.to_string());
            }
            silence(error)
        })?;
        if line.octets.is_empty() && !line.complete {
            self.journal.log(&self.label, '*', b"the end");
            return Err(Silence::End);
        }
        self.journal.log(&self.label, '<', &line.octets);
        self.watch(&line.octets, watch::line(&line.octets, line.complete));
        let octets = without_cr(&line.octets);
        let mut frame = String::from_utf8_lossy(octets).into_owned();
        let counted = counted_octets(&frame).filter(|_| self.language == Language::Framed);
        let is_greeting = !std::mem::replace(&mut self.is_greeted, true);
        if self.language != Language::Framed {
            self.watch(octets, watch::plain(octets));
        } else if !is_greeting && !octets.is_empty() && counted.is_none() {
            self.watch(octets, watch::frame(octets, None));
        }
        if let Some(count) = counted {
            let deadline = Instant::now() + self.patience;
            let text = self.wire.octets(count, deadline).map_err(silence)?;
            self.journal.log(&self.label, '<', &text);
            let end = self.wire.line(deadline).map_err(silence)?;
            if text.len() < count || !without_cr(&end.octets).is_empty() {
                self.journal.note("2.3/5", "exactly the announced octets, and LF", &shortened(&frame));
            }
            self.watch(&end.octets, watch::line(&end.octets, end.complete));
            self.watch(octets, watch::frame(octets, Some(&text)));
            frame.push('\n');
            frame.push_str(&String::from_utf8_lossy(&text));
        }
        Ok(frame)
    }

    /// Notes what the octets of a line break.
    fn watch(&self, octets: &[u8], breaches: impl IntoIterator<Item = watch::Breach>) {
        for breach in breaches {
            // In plain mode the lines of a message may be longer (10.3, item 6).
            if breach.requirement == "2.1/6" && self.language != Language::Framed {
                continue;
            }
            let got = shortened(&octets.escape_ascii().to_string());
            self.journal.note(breach.requirement, breach.expected, &got);
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Found {
    /// What `<word>` stood for.
    ///
    /// # Panics
    ///
    /// Without such a word in the pattern: a defect of the check.
    pub fn get(&self, word: &str) -> &str {
        self.captures.get(word)
    }

    /// The number that `<word>` stood for. Anything else breaks 2.6, item 1.
    pub fn number(&self, word: &str) -> Outcome<u64> {
        let value = self.get(word);
        let number = value.parse().ok().filter(|number| *number <= LARGEST);
        number.ok_or_else(|| self.journal.fail("2.6/1", &format!("a number as <{word}>"), &shortened(value)))
    }
}

fn silence(error: io::Error) -> Silence {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Silence::Nothing,
        _ => Silence::Broken(error),
    }
}

/// Whether a line of plain mode is about what somebody outside of the check did in the same room.
fn is_of_a_stranger(line: &str, suffix: &str) -> bool {
    let said = line.split_once(": ").map(|(name, _)| name);
    let name = said.or(line.strip_suffix(" joined the chat!")).or(line.strip_suffix(" has left the chat!"));
    let is_name = |name: &str| name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_-".contains(&octet));
    name.is_some_and(|name| is_name(name) && !name.ends_with(suffix))
}

/// Of a long line its beginning, and how long it is.
fn shortened(line: &str) -> String {
    const SHOWN: usize = 240;
    let length = line.len();
    if length <= SHOWN {
        return line.to_owned();
    }
    let begin: String = line.chars().take(SHOWN).collect();
    format!("{begin}... ({length} octets)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_those_without_the_suffix() {
        for (line, stranger) in [
            ("bob-k2: hi", false),
            ("bob-k3: hi", true),
            ("bob joined the chat!", true),
            ("bob-k2 has left the chat!", false),
            ("* 1 member in #a: bob", false),
            ("[bob] hi", false),
            ("! What: no", false),
            ("You are connected to the Server!", false),
        ] {
            assert_eq!(is_of_a_stranger(line, "-k2"), stranger, "{line:?}");
        }
    }
}
