//! What happened, as paragraphs to show and as lines for a log. Pure: the time comes with what happened.

use jiff::Timestamp;
use unicode_width::UnicodeWidthChar;

use super::clock::Clock;
use super::marks::Marks;
use super::style::{Style, of_name};

/// Something to show.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The room that it is of.
    pub(crate) room: Option<String>,
    /// Whose words they are.
    pub(crate) kind: Kind,
    /// The words: no control characters but TAB and LF.
    pub(crate) text: String,
}

/// Whose words something is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody said it in a room.
    Said(String),
    /// Somebody said it in a room, and it was found by these words.
    Found(String, Marks),
    /// Somebody told it in private.
    Told(String),
    /// It was told to somebody in private.
    Telling(String),
    /// The program tells what is.
    Notice,
    /// The program tells what can't be.
    Fault,
}

/// A piece of text that is wrapped as one. Rows behind the first are indented, so that no text can look as if a line
/// of somebody else began in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paragraph {
    /// What stands in front, never wrapped.
    pub(crate) head: Vec<(Style, String)>,
    /// How the text looks.
    pub(crate) style: Style,
    /// What is marked in the text.
    pub(crate) marks: Marks,
    /// The text: no control characters.
    pub(crate) text: String,
}

/// How far apart tab stops are.
const TAB: usize = 8;

impl Entry {
    /// What the terminal shows: the new day if there is one, and a paragraph for each line. The room is named if it is
    /// not the `current` one; `me` is one's own name.
    pub(crate) fn paragraphs(&self, clock: &mut Clock, current: Option<&str>, me: &str) -> Vec<Paragraph> {
        let day = clock.new_day(self.at).map(|day| Paragraph {
            head: Vec::new(),
            style: Style::Dim,
            marks: Marks::default(),
            text: format!("— {day} —"),
        });
        let time = clock.time(self.at);
        let room = self.room.as_deref().filter(|&room| Some(room) != current);
        let style = match &self.kind {
            Kind::Said(name) | Kind::Found(name, _) if !is(name, me) && mentions(&self.text, me) => Style::Bold,
            Kind::Told(_) => Style::Bold,
            Kind::Said(_) | Kind::Found(..) | Kind::Telling(_) => Style::Plain,
            Kind::Notice => Style::Dim,
            Kind::Fault => Style::Fault,
        };
        let marks = if let Kind::Found(_, marks) = &self.kind { marks.clone() } else { Marks::default() };
        let lines = self.text.split('\n').enumerate().map(|(number, line)| {
            let time = if number == 0 { format!("{time} ") } else { " ".repeat(time.len() + 1) };
            let mut head = vec![(Style::Dim, time)];
            head.extend(room.map(|room| (Style::Dim, format!("{room} "))));
            head.extend(self.kind.head());
            Paragraph { head, style, marks: marks.clone(), text: expand_tabs(line) }
        });
        day.into_iter().chain(lines).collect()
    }

    /// What a log keeps: each line by itself with its date and room.
    pub(crate) fn log_lines(&self, clock: &Clock) -> String {
        let mut head = clock.date_and_time(self.at);
        if let Some(room) = &self.room {
            head.extend([" ", room]);
        }
        head.push(' ');
        head.extend(self.kind.head().into_iter().map(|(_, text)| text));
        self.text.split('\n').map(|line| format!("{head}{line}\n")).collect()
    }
}

impl Kind {
    fn head(&self) -> Vec<(Style, String)> {
        match self {
            Self::Said(name) | Self::Found(name, _) => {
                vec![(of_name(name), name.clone()), (Style::Plain, ": ".to_owned())]
            }
            Self::Told(name) => {
                vec![(Style::Plain, "[".to_owned()), (of_name(name), name.clone()), (Style::Plain, "] ".to_owned())]
            }
            Self::Telling(name) => {
                vec![(Style::Plain, "[to ".to_owned()), (of_name(name), name.clone()), (Style::Plain, "] ".to_owned())]
            }
            Self::Notice => vec![(Style::Dim, "* ".to_owned())],
            Self::Fault => vec![(Style::Fault, "! ".to_owned())],
        }
    }
}

/// Whether a text has a name in it as a word.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .any(|word| is(word, name) || is(word.trim_end_matches('-'), name))
}

/// Whether two names are the same. SPEC.md, section 2.6.
pub(crate) fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// With spaces up to the next tab stop in place of each TAB.
fn expand_tabs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let spaces = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        } else {
            out.push(c);
            column += c.width().unwrap_or(0);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn entry(kind: Kind, room: Option<&str>, text: &str) -> Entry {
        let at = "2026-11-22T20:14:00Z".parse().expect("a time");
        Entry { at, room: room.map(str::to_owned), kind, text: text.to_owned() }
    }

    /// What is shown, without its looks.
    fn plain(entry: &Entry, current: Option<&str>) -> Vec<String> {
        let mut clock = Clock::new(TimeZone::UTC, entry.at);
        let plain = |paragraph: Paragraph| {
            let head: String = paragraph.head.into_iter().map(|(_, text)| text).collect();
            head + &paragraph.text
        };
        entry.paragraphs(&mut clock, current, "alice").into_iter().map(plain).collect()
    }

    fn bob(text: &str) -> Entry {
        entry(Kind::Said("bob".to_owned()), Some("#tea"), text)
    }

    #[test]
    fn each_kind_shows_in_its_first_characters() {
        assert_eq!(plain(&bob("hi"), Some("#tea")), ["20:14 bob: hi"]);
        for (kind, line) in [
            (Kind::Told("bob".to_owned()), "20:14 [bob] hi"),
            (Kind::Telling("bob".to_owned()), "20:14 [to bob] hi"),
            (Kind::Notice, "20:14 * hi"),
            (Kind::Fault, "20:14 ! hi"),
        ] {
            assert_eq!(plain(&entry(kind, None, "hi"), Some("#tea")), [line]);
        }
    }

    #[test]
    fn a_room_that_is_not_the_current_one_is_named() {
        assert_eq!(plain(&bob("hi"), Some("#lobby")), ["20:14 #tea bob: hi"]);
        assert_eq!(plain(&bob("hi"), None), ["20:14 #tea bob: hi"]);
    }

    #[test]
    fn each_line_of_a_text_has_the_name_in_front_and_no_time_of_its_own() {
        assert_eq!(plain(&bob("one\n20:14 eve: two"), Some("#tea")), ["20:14 bob: one", "      bob: 20:14 eve: two"]);
    }

    #[test]
    fn a_new_day_comes_before_what_is_of_it() {
        let mut clock = Clock::new(TimeZone::UTC, "2026-11-21T23:59:00Z".parse().expect("a time"));
        let shown = bob("hi").paragraphs(&mut clock, Some("#tea"), "alice");
        assert_eq!(shown[0].text, "— Sunday, 22 November 2026 —");
        assert_eq!((shown.len(), shown[1].text.as_str()), (2, "hi"));
    }

    #[test]
    fn what_speaks_to_oneself_has_more_weight() {
        let style = |entry: Entry| {
            let mut clock = Clock::new(TimeZone::UTC, entry.at);
            entry.paragraphs(&mut clock, None, "alice")[0].style
        };
        assert_eq!(style(bob("hi, Alice!")), Style::Bold);
        assert_eq!(style(bob("hi, all")), Style::Plain);
        assert_eq!(style(entry(Kind::Said("alice".to_owned()), None, "alice here")), Style::Plain);
        assert_eq!(style(entry(Kind::Told("bob".to_owned()), None, "psst")), Style::Bold);
    }

    #[test]
    fn a_name_is_mentioned_as_a_word_only() {
        for text in ["alice", "ALICE: hi", "hi,alice", "(alice)", "for alice- and bob", "ask alice."] {
            assert!(mentions(text, "alice"), "{text}");
        }
        for text in ["malice", "alice2", "alice_b", "", "al ice", "the alice-cult"] {
            assert!(!mentions(text, "alice"), "{text}");
        }
    }

    #[test]
    fn tabs_reach_to_the_next_stop_also_behind_wide_characters() {
        assert_eq!(expand_tabs("a\tb"), "a       b");
        assert_eq!(expand_tabs("1234567\tb\t"), "1234567 b       ");
        assert_eq!(expand_tabs("日本\tb"), "日本    b");
    }

    #[test]
    fn a_log_has_the_date_and_the_room_on_each_line() {
        let clock = Clock::new(TimeZone::UTC, Timestamp::UNIX_EPOCH);
        assert_eq!(
            bob("one\ntwo").log_lines(&clock),
            "2026-11-22 20:14 #tea bob: one\n2026-11-22 20:14 #tea bob: two\n"
        );
        assert_eq!(entry(Kind::Notice, None, "hi").log_lines(&clock), "2026-11-22 20:14 * hi\n");
    }
}
