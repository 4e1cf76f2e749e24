//! A fuzzer's octets as the values of messages: one value a line, in the order below, and each made valid.
//!
//! So any octets are values, a seed is readable, and each limit is one run away (see [`script`](crate::script)).
//! In a text, the mark of a cut (`F5`) stands for LF. What is optional is absent if its line is empty.

use fanfare_protocol::limits::{MAX_EPOCH, MAX_ID, MAX_NAME, MAX_NUMBER, MAX_QUERY, MAX_REASON, MAX_ROOM, MAX_TEXT};
use fanfare_protocol::{Names, words};

use crate::naive::is_forbidden;
use crate::parts::{Optional, Parts};
use crate::script::{CUT, run};

const MAX_MECHANISM: usize = 20;
const MAX_WORD: usize = 32;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const LOWER_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const LOWER_WORD: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-";
const ROOM: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789._-";
const LETTERS_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const NAME: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/// Reads the lines.
pub(crate) fn parts(data: &[u8]) -> Parts {
    let mut lines = data.split(|&octet| octet == b'\n').map(written_out);
    let mut line = || lines.next().unwrap_or_default();
    let (name, room, epoch) = (line(), line(), line());
    let (mechanism, kind, code, known) = (line(), line(), line(), line());
    let (names, words, flag) = (line(), line(), line());
    let numbers = [line(), line(), line()].map(|digits| number(&digits));
    let mut seqs = [line(), line()].map(|digits| number(&digits).max(1));
    seqs.sort_unstable();
    let optional = Optional {
        id: given(&line(), |line| word(line, NAME, NAME, MAX_ID)),
        token: given(&line(), |line| word(line, NAME, NAME, MAX_ID)),
        epoch: given(&line(), |line| word(line, LOWER_DIGITS, LOWER_DIGITS, MAX_EPOCH)),
        room: given(&line(), self::room),
        name: given(&line(), self::name),
        text: given(&line(), |line| text(line, MAX_TEXT)),
        reason: given(&line(), |line| text(line, MAX_REASON)),
        numbers: [line(), line()].map(|digits| given(&digits, number)),
    };
    Parts {
        name: self::name(&name),
        room: self::room(&room),
        epoch: word(&epoch, LOWER_DIGITS, LOWER_DIGITS, MAX_EPOCH),
        mechanism: word(&mechanism, NAME, NAME, MAX_MECHANISM),
        kind: word(&kind, LOWER, LOWER_WORD, MAX_WORD),
        code: word(&code, LOWER, LOWER_WORD, MAX_WORD),
        known: usize::try_from(number(&known)).unwrap_or_default(),
        names: list(&names),
        text: text(&words, MAX_TEXT),
        flag: flag.len() % 2 == 1,
        numbers,
        seqs,
        optional,
        query: query(&line()),
    }
}

/// The line with its runs written out.
fn written_out(line: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    for &octet in line {
        match run(octet) {
            Some(run) if octets.len() <= MAX_TEXT => octets.resize(octets.len() + run, b'x'),
            _ => octets.push(octet),
        }
    }
    octets
}

fn given<T>(line: &[u8], value: impl FnOnce(&[u8]) -> T) -> Option<T> {
    (!line.is_empty()).then(|| value(line))
}

/// 1 to `max` octets: the first of one alphabet, the others of another. An octet of neither stands for one that is.
fn word(line: &[u8], first: &[u8], others: &[u8], max: usize) -> String {
    let octets = if line.is_empty() { b"x" } else { &line[..line.len().min(max)] };
    let alphabets = std::iter::once(first).chain(std::iter::repeat(others));
    octets
        .iter()
        .zip(alphabets)
        .map(|(octet, alphabet)| {
            let octet = if alphabet.contains(octet) { *octet } else { alphabet[usize::from(*octet) % alphabet.len()] };
            char::from(octet)
        })
        .collect()
}

fn name(line: &[u8]) -> String {
    word(line, LETTERS_DIGITS, NAME, MAX_NAME)
}

fn room(line: &[u8]) -> String {
    let line = line.strip_prefix(b"#").unwrap_or(line);
    format!("#{}", word(line, ROOM, ROOM, MAX_ROOM))
}

/// As many names as fit, at least one.
fn list(line: &[u8]) -> String {
    let mut list = String::new();
    for part in line.split(|&octet| octet == b' ') {
        let name = name(part);
        if list.len() + 1 + name.len() > Names::MAX_OCTETS {
            break;
        }
        if !list.is_empty() {
            list.push(' ');
        }
        list.push_str(&name);
    }
    list
}

/// A text of at most so many octets.
fn text(line: &[u8], max: usize) -> String {
    let mut text = String::new();
    for chunk in line.split_inclusive(|&octet| octet == CUT) {
        let (words, line_feed) = match chunk {
            [words @ .., CUT] => (words, "\n"),
            words => (words, ""),
        };
        text.extend(String::from_utf8_lossy(words).chars().map(|c| if is_forbidden(c) { '.' } else { c }));
        text.push_str(line_feed);
    }
    while text.len() > max {
        text.pop();
    }
    text
}

/// A text that can be searched for: an `x` is the word of one that has none.
fn query(line: &[u8]) -> String {
    let mut query = text(line, MAX_QUERY);
    if words::of(&query).next().is_none() {
        while query.len() >= MAX_QUERY {
            query.pop();
        }
        query.push('x');
    }
    query
}

/// The number that the digits are, or, if they are none, the one that their octets make.
fn number(line: &[u8]) -> u64 {
    let digits = std::str::from_utf8(line).ok().and_then(|digits| digits.parse().ok());
    let number = digits.unwrap_or_else(|| {
        line.iter().fold(0_u64, |number, &octet| number.wrapping_mul(256).wrapping_add(octet.into()))
    });
    if number > MAX_NUMBER { number % (MAX_NUMBER + 1) } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_octets_are_valid_values() {
        for octet in 0..=u8::MAX {
            for len in [0, 1, 2, 40, 300] {
                let line = [&vec![octet; len][..], b"\n"].concat();
                let parts = parts(&line.repeat(25));
                assert_eq!((parts.client().len(), parts.server().len()), (13, 26), "{octet:#x}");
            }
        }
    }

    #[test]
    fn what_is_valid_stays_as_it_is() {
        let parts = parts(b"Alice_1\n#tea\n5f\nPLAIN\ntopic\nslow\n3\na b-c\none\xf5two\nx\n7\n");
        assert_eq!((parts.name.as_str(), parts.room.as_str(), parts.epoch.as_str()), ("Alice_1", "#tea", "5f"));
        assert_eq!((parts.names.as_str(), parts.text.as_str(), parts.flag), ("a b-c", "one\ntwo", true));
        assert_eq!((parts.known, parts.numbers, parts.seqs, parts.optional.id), (3, [7, 0, 0], [1, 1], None));
    }

    #[test]
    fn the_limits_are_reached() {
        let parts = parts(b"\xfa\n\xfa\xfa\n\n\n\n\n\n\xfa \xfa\n\xfe\xfa\n");
        assert_eq!((parts.name.len(), parts.room.len(), parts.text.len()), (MAX_NAME, 1 + MAX_ROOM, MAX_TEXT));
        assert_eq!([query(&[b'a'; 300]).len(), query(&[b'-'; 300]).len()], [MAX_QUERY; 2]);
    }
}
