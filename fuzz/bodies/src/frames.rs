//! Frames from structured input: of a known verb and with values that fit together, right or a little wrong.

use arbitrary::Arbitrary;
use fanfare_protocol::limits::{MAX_LINE, MAX_REASON};

use crate::naive::message::{Form, Tail, Verb, Words};

/// A frame to be written. Each octet picks a value from a short list, so that two frames speak of the same things.
#[derive(Debug, Arbitrary)]
pub(crate) struct Frame<'a> {
    verb: u8,
    picks: [u8; 4],
    /// Which of the verb's keys there are; those that must be are there unless the top bit is set.
    keys: u8,
    text: Text<'a>,
    slip: Option<Slip>,
}

/// A text to be written.
#[derive(Debug, Arbitrary)]
enum Text<'a> {
    Short,
    Empty,
    Lines,
    /// So many octets around a limit.
    Limit(u8, i8),
    /// Of these octets.
    Of(&'a [u8]),
    Absent,
}

/// What is not canonical, allowed or not.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum Slip {
    LowerCase,
    /// A CR before the LF.
    Cr,
    /// Counted, whatever the text.
    Counted,
    /// A count that differs by so much.
    Count(i8),
    /// A zero before the count.
    Zero,
    NoLineFeed,
    DoubleSpace,
    SpaceFirst,
    SpaceLast,
    /// A field that an octet picks.
    Dropped(u8),
    Added,
    Attribute,
    Twice,
    Seventeen,
    BadOctet(u8, u8),
}

impl Frame<'_> {
    /// Its octets, with the verbs of one side.
    pub(crate) fn octets(&self, verbs: &[Verb]) -> Vec<u8> {
        self.written(verbs, self.slip)
    }

    /// The same, canonical.
    pub(crate) fn right(&self, verbs: &[Verb]) -> Vec<u8> {
        self.written(verbs, None)
    }

    fn written(&self, verbs: &[Verb], slip: Option<Slip>) -> Vec<u8> {
        let verb = &verbs[usize::from(self.verb) % verbs.len()];
        let mut picks = self.picks.iter().cycle().copied();
        let mut pick = || picks.next().unwrap_or_default();
        let mut fields = vec![verb.verb.to_owned()];
        fields.extend(verb.fixed.iter().map(|&form| value(form, pick())));
        match verb.tail {
            Tail::Token if self.keys & 1 == 1 => fields.push(value(Form::Id, pick())),
            Tail::Names => fields.extend((0..=self.keys % 4).map(|_| value(Form::Name, pick()))),
            Tail::Token | Tail::Nothing => {}
        }
        for (at, &(key, form, needed)) in verb.attributes.iter().enumerate() {
            let asked_for = self.keys >> (at % 7) & 1 == 1;
            if asked_for || (needed && self.keys < 0x80) {
                fields.push(format!("{key}={}", value(form, pick())));
            }
        }
        let text = match (verb.words, &self.text) {
            (Words::Never, Text::Of(octets)) if slip.is_some() => Some(octets.to_vec()),
            (Words::Never, _) | (Words::Maybe | Words::Reason, Text::Absent) => None,
            (Words::Always | Words::Query, Text::Absent) if slip.is_some() => None,
            (_, text) => Some(text.octets()),
        };
        let mut counted = text.as_ref().is_some_and(|text| {
            text.contains(&b'\n')
                || fields.iter().map(|field| field.len() + 1).sum::<usize>() + 1 + text.len() > MAX_LINE
        });
        let (mut count, mut zero, mut end) = (0, "", &b"\n"[..]);
        match slip {
            Some(Slip::LowerCase) => fields[0].make_ascii_lowercase(),
            Some(Slip::Cr) => end = b"\r\n",
            Some(Slip::Counted) => counted = true,
            Some(Slip::Count(by)) => (counted, count) = (true, isize::from(by)),
            Some(Slip::Zero) => (counted, zero) = (true, "0"),
            Some(Slip::NoLineFeed) => end = b"",
            Some(Slip::DoubleSpace) => fields.push(String::new()),
            Some(Slip::SpaceFirst) => fields.insert(0, String::new()),
            Some(Slip::SpaceLast) => fields.push(String::new()),
            Some(Slip::Dropped(at)) => drop(fields.remove(usize::from(at) % fields.len())),
            Some(Slip::Added) => fields.insert(1, "x".to_owned()),
            Some(Slip::Attribute) => fields.push("x-1=a".to_owned()),
            Some(Slip::Twice) => fields.extend([fields[fields.len() - 1].clone()]),
            Some(Slip::Seventeen) => fields.extend((0..17).map(|at| format!("x{at}=a"))),
            Some(Slip::BadOctet(..)) | None => {}
        }
        let mut octets = fields.join(" ").into_bytes();
        if let Some(Slip::BadOctet(at, octet)) = slip {
            let at = usize::from(at) % octets.len();
            octets[at] = octet;
        }
        match text {
            None => {}
            Some(text) if counted => {
                let count = text.len().saturating_add_signed(count);
                octets.extend_from_slice(format!(" {{{zero}{count}}}").as_bytes());
                octets.extend_from_slice(if end.is_empty() { b"\n" } else { end });
                octets.extend(text);
            }
            Some(text) => {
                octets.extend_from_slice(b" :");
                octets.extend(text);
            }
        }
        octets.extend_from_slice(end);
        octets
    }
}

impl Text<'_> {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Short => b"x".to_vec(),
            Self::Empty | Self::Absent => Vec::new(),
            Self::Lines => b"one\ntwo".to_vec(),
            Self::Limit(which, by) => {
                // A reason, a line with and without its header, the text limits of both hosts, and the greatest.
                let limits = [MAX_REASON, MAX_LINE - 40, MAX_LINE, 8_192, 65_536];
                vec![b'x'; limits[usize::from(*which) % limits.len()].saturating_add_signed(isize::from(*by))]
            }
            Self::Of(octets) => octets.to_vec(),
        }
    }
}

/// One of the values of a form. Most fit; the last few of a list are at its limits or beyond.
fn value(form: Form, pick: u8) -> String {
    let values: &[&str] = match form {
        Form::Version => &["1", "1", "1", "2"],
        Form::Name => &["alice", "bob", "ALICE", "root", "b-_", "-b"],
        Form::Room => &["#a", "#a", "#a", "#tea", "tea"],
        Form::Number => &["0", "1", "2", "1000", "9007199254740991", "01"],
        Form::Between(1, _) => &["30", "1", "1000", "3600", "0"],
        Form::Between(..) => &["4096", "8192", "65536", "65537"],
        Form::Seq => &["1", "2", "3", "9007199254740991", "0"],
        Form::Last => &["9", "3", "2", "9007199254740991", "1"],
        Form::Epoch => &["e", "e1", "E"],
        Form::Point => &["e:0", "e1:2", "e1:9007199254740991", "e1"],
        Form::Id => &["7", "t", "a_-", "+"],
        Form::Mechanism => &["PLAIN", "p", "."],
        Form::Word => &["slow", "expired", "bye", "busy", "name-taken", "new-word", "Slow"],
        Form::Yes => &["yes", "yes", "no"],
    };
    let longest = ["x".repeat(32), format!("#{}", "x".repeat(64))];
    match (form, usize::from(pick)) {
        (Form::Name, 0xff) => longest[0].clone(),
        (Form::Room, 0xff) => longest[1].clone(),
        (_, pick) => values[pick % values.len()].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::{ClientMessage, ServerMessage};

    use super::*;
    use crate::codec;
    use crate::naive::message::{CLIENT, SERVER};

    #[test]
    fn the_first_value_of_each_list_makes_a_message_of_every_verb() {
        let frame = |verb| Frame { verb, picks: [0; 4], keys: 0, text: Text::Lines, slip: None };
        for verb in 0..13 {
            codec::framed(&frame(verb).right(CLIENT), |frame| {
                assert!(ClientMessage::parse(frame).is_ok(), "{}", frame.header());
            });
        }
        for verb in 0..17 {
            codec::framed(&frame(verb).right(SERVER), |frame| {
                assert!(ServerMessage::parse(frame).is_ok(), "{}", frame.header());
            });
        }
        assert_eq!((CLIENT.len(), SERVER.len()), (13, 17));
    }
}
