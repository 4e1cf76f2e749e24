//! A man in the middle who searches himself: he reads the whole history of the room, and looks at each message as
//! SPEC.md, section 4.15, says, or with one defect. What the server knows of searching does not matter.

use fanfare_protocol::plain::Command;
use fanfare_protocol::words::stands_alone;
use fanfare_protocol::{ClientMessage, Framed, Framer, PageSize, Seq, Text};

use super::middle::{Change, Passed, Sender};

/// What he does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    None,
    /// The words of a term can stand anywhere.
    LooseWords,
    /// One term is enough.
    AnyTerm,
    /// A word can begin another one.
    Prefixes,
    /// Upper and lower case differ.
    Case,
    /// They differ beyond ASCII.
    CaseBeyondAscii,
    /// A sentence in a script without spaces is one word.
    Sentences,
    /// Its marks are no words.
    NoMarks,
    /// Of these scripts only the ideographs are words.
    Ideographs,
    /// Each letter beyond ASCII is a word.
    Letters,
    IgnoresBefore,
    IgnoresLast,
    /// The oldest come in place of the newest.
    Oldest,
    Falling,
    WrongCount,
    AlwaysMore,
    NeverMore,
    /// A page of any number of octets.
    NoOctets,
    /// What was said last is not found yet.
    Late,
    /// In plain mode nothing is said where nothing was found.
    Silent,
}

/// The most octets of the frames of a page.
const LARGEST: usize = 1_048_576;

/// What he searches in, and for what.
#[derive(Default)]
struct Search {
    room: String,
    before: Option<u64>,
    last: usize,
    text: String,
    /// The messages that the server has sent so far: frames, or lines of plain mode.
    past: Vec<Vec<u8>>,
    /// Octets that are due of the counted text of the last one.
    due: usize,
}

/// One connection's.
#[derive(Default)]
struct Searching {
    framed: Option<Search>,
    plain: Option<Search>,
    /// A frame of the client of which there is not all.
    unfinished: Vec<u8>,
}

/// Answers each search that the server's parser takes.
pub(super) fn change(defect: Defect) -> Change {
    let mut searching = Searching::default();
    Change::lines(move |from, line, passed| match from {
        Sender::Client => searching.asked(line, passed),
        Sender::Server => searching.answered(defect, line, passed),
    })
}

impl Searching {
    fn asked(&mut self, line: &[u8], passed: &mut Passed) {
        if !self.unfinished.is_empty() || line.starts_with(b"SEARCH ") {
            self.unfinished.extend_from_slice(line);
            let mut input = &self.unfinished[..];
            match Framer::new().next(&mut input) {
                Ok(Framed::Incomplete) => return,
                Ok(Framed::Frame(frame)) => {
                    if let Ok(ClientMessage::Search { room, before, last, text }) = ClientMessage::parse(&frame) {
                        passed.give_server(format!("HISTORY {room} 1 9007199254740991\n").as_bytes());
                        self.framed = Some(Search {
                            room: room.to_string(),
                            before: before.map(Seq::get),
                            last: last.unwrap_or(PageSize::DEFAULT).get(),
                            text: text.as_str().to_owned(),
                            ..Search::default()
                        });
                        self.unfinished.clear();
                        return;
                    }
                }
                Err(_) => {}
            }
            passed.give_server(&std::mem::take(&mut self.unfinished));
            return;
        }
        let text = std::str::from_utf8(line).ok().and_then(|line| Text::new(line.strip_suffix('\n')?).ok());
        if let Some(Ok(Command::Search { text })) = text.map(Command::parse) {
            // The fault line of the second is the end of the answer to the first.
            passed.give_server(b"/history 1000\n/the-end\n");
            let text = text.as_str().to_owned();
            self.plain = Some(Search { last: PageSize::DEFAULT.get(), text, ..Search::default() });
            return;
        }
        passed.give_server(line);
    }

    fn answered(&mut self, defect: Defect, line: &[u8], passed: &mut Passed) {
        if let Some(search) = &mut self.framed {
            if search.takes(line) {
                return;
            }
            if line.starts_with(b"OK epoch=") {
                if let Some(next) = search.next_page(line) {
                    return passed.give_server(next.as_bytes());
                }
                passed.give_client(&search.answer(defect, line));
                self.framed = None;
                return;
            }
            if line.starts_with(b"ERR ") {
                self.framed = None;
            }
        } else if let Some(search) = &mut self.plain {
            if line.starts_with(b"* 0 ") {
                return;
            }
            if line.starts_with(b"* ") {
                return search.past.push(line.to_vec());
            }
            if line.starts_with(b"! ") {
                passed.give_client(&search.reply(defect));
                self.plain = None;
                return;
            }
        }
        passed.give_client(line);
    }
}

impl Search {
    /// Whether a line is of the history, and was kept.
    fn takes(&mut self, line: &[u8]) -> bool {
        if self.due > 0 {
            self.due -= line.len();
            self.past.last_mut().expect("a text is due of it").extend_from_slice(line);
            return true;
        }
        let is_past = line.starts_with(b"PAST ");
        if is_past {
            self.past.push(line.to_vec());
            let count = line.strip_suffix(b"}\n").and_then(|line| line.rsplit(|&octet| octet == b'{').next());
            let count = count.and_then(|count| std::str::from_utf8(count).ok()?.parse().ok());
            self.due = count.map_or(0, |count: usize| count + 1);
        }
        is_past
    }

    /// What asks for the next page of the history, if this one was full.
    fn next_page(&self, ok: &[u8]) -> Option<String> {
        let ok = String::from_utf8_lossy(ok);
        let next: u64 = ok.trim_end().rsplit_once("next=")?.1.parse().ok()?;
        (!ok.contains(" count=0 ")).then(|| format!("HISTORY {} {next} 9007199254740991\n", self.room))
    }

    fn answer(&self, defect: Defect, ok: &[u8]) -> Vec<u8> {
        let (mut page, mut more) = (Vec::new(), false);
        let mut octets = 0;
        let newest = self.past.len().saturating_sub(usize::from(defect == Defect::Late));
        for frame in self.newest_first(defect, newest) {
            let (seq, text) = parts(frame);
            let is_before = defect == Defect::IgnoresBefore || self.before.is_none_or(|before| seq < before);
            if !is_before || !self.matches(defect, &text) {
                continue;
            }
            octets += frame.len();
            let is_full = page.len() == self.last && defect != Defect::IgnoresLast
                || octets > LARGEST && defect != Defect::NoOctets;
            if is_full && !page.is_empty() {
                more = true;
                break;
            }
            page.push(frame);
        }
        page.sort_by_key(|frame| parts(frame).0);
        if defect == Defect::Falling {
            page.reverse();
        }
        let epoch = String::from_utf8_lossy(ok).split(' ').nth(1).unwrap_or_default().to_owned();
        let count = page.len() + usize::from(defect == Defect::WrongCount);
        more = match defect {
            Defect::AlwaysMore => true,
            Defect::NeverMore => false,
            _ => more,
        };
        let ok = format!("OK {epoch} count={count}{}\n", if more { " more=yes" } else { "" });
        [page.into_iter().flatten().copied().collect(), ok.into_bytes()].concat()
    }

    /// The same in plain mode, where a message of one line is a line.
    fn reply(&self, defect: Defect) -> Vec<u8> {
        let matching: Vec<_> = self
            .newest_first(defect, self.past.len())
            .filter(|line| {
                let line = String::from_utf8_lossy(line);
                self.matches(defect, line.splitn(5, ' ').nth(4).unwrap_or_default())
            })
            .collect();
        let mut lines: Vec<u8> = matching.iter().take(self.last).rev().flat_map(|line| line.iter().copied()).collect();
        let words: &[u8] = match matching.len() {
            0 if defect != Defect::Silent => b"* 0 messages found\n",
            count if count > self.last && defect != Defect::NeverMore => b"* and more\n",
            _ => b"",
        };
        lines.extend_from_slice(words);
        lines
    }

    fn newest_first(&self, defect: Defect, newest: usize) -> impl Iterator<Item = &Vec<u8>> {
        let all = &self.past[..newest];
        (0..all.len()).map(move |at| if defect == Defect::Oldest { &all[at] } else { &all[all.len() - 1 - at] })
    }

    fn matches(&self, defect: Defect, text: &str) -> bool {
        let fold = |text: &str| match defect {
            Defect::Case => text.to_owned(),
            Defect::CaseBeyondAscii => text.to_ascii_lowercase(),
            _ => text.to_lowercase(),
        };
        let text = fold(text);
        let there = words(defect, &text);
        let is_word = |word: &str, sought: &str| match defect {
            Defect::Prefixes => word.starts_with(sought),
            _ => word == sought,
        };
        let query = fold(&self.text);
        let terms = query.split([' ', '\t', '\n']).map(|term| words(defect, term)).filter(|term| !term.is_empty());
        let mut found = terms.map(|term| match defect {
            Defect::LooseWords => term.iter().all(|sought| there.iter().any(|word| is_word(word, sought))),
            _ => {
                there.windows(term.len()).any(|part| part.iter().zip(&term).all(|(word, sought)| is_word(word, sought)))
            }
        });
        if defect == Defect::AnyTerm { found.any(|found| found) } else { found.all(|found| found) }
    }
}

/// The words of a text.
fn words(defect: Defect, text: &str) -> Vec<&str> {
    let is_mark = |c: char| defect == Defect::NoMarks && matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}');
    let is_alone = |c: char| match defect {
        Defect::Sentences => false,
        Defect::Ideographs => matches!(c, '\u{3400}'..='\u{9fff}'),
        Defect::Letters => !c.is_ascii() && c.is_alphanumeric(),
        _ => stands_alone(c) && !is_mark(c),
    };
    let (mut words, mut run) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() && !is_alone(c) && !is_mark(c) {
            run.get_or_insert(at);
            continue;
        }
        words.extend(run.take().map(|begin| &text[begin..at]));
        words.extend(is_alone(c).then(|| &text[at..at + c.len_utf8()]));
    }
    words.extend(run.map(|begin| &text[begin..]));
    words
}

/// The number of a `PAST`, and its text.
fn parts(frame: &[u8]) -> (u64, String) {
    let frame = String::from_utf8_lossy(frame);
    let mut fields = frame.splitn(6, ' ');
    let seq = fields.nth(2).and_then(|seq| seq.parse().ok()).unwrap_or_default();
    let text = fields.nth(2).unwrap_or_default();
    let text = text.strip_prefix(':').or_else(|| text.split_once('\n').map(|(_, text)| text)).unwrap_or_default();
    (seq, text.strip_suffix('\n').unwrap_or(text).to_owned())
}
