//! Frames as SPEC.md, sections 2.1 to 2.4 and 2.7, words them: over the whole stream at once, one rule after the other,
//! with no thought of speed. What [`Framer`] finds must be this. The fields of a frame are in [`message`], plain mode in
//! `plain`.

pub mod message;
pub(crate) mod plain;

use fanfare_protocol::limits::{MAX_LINE, MAX_SKIP, MAX_TEXT, MAX_VERB};
use fanfare_protocol::{Frame, FrameError, FrameFault, Framed, Framer, StreamFault, Text};

/// What there is in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'s> {
    /// A frame: its header and its text.
    Frame(&'s str, Option<&'s str>),
    /// A fault that costs one frame.
    Fault(FrameFault),
    /// A fault that ends the stream.
    End(StreamFault),
}

/// A framer with this limit for counted texts finds what is in the stream, each part where it is, and leaves what is not
/// complete. Each frame is handed on.
#[track_caller]
pub fn check(mut framer: Framer, stream: &[u8], text_limit: usize, mut each: impl FnMut(&Frame<'_>)) {
    let mut input = stream;
    let mut expected = parts(stream, text_limit).into_iter();
    loop {
        let before = input.len();
        let found = match framer.next(&mut input) {
            Ok(Framed::Incomplete) => None,
            Ok(Framed::Frame(frame)) => {
                each(&frame);
                Some(Part::Frame(frame.header(), frame.text().map(Text::as_str)))
            }
            Err(FrameError::Frame(fault)) => Some(Part::Fault(fault)),
            Err(FrameError::Stream(fault)) => Some(Part::End(fault)),
        };
        let (wanted, behind) = expected.next().unzip();
        assert!(found == wanted, "{found:?} in place of {wanted:?}, {before} octets before the end");
        match found {
            None | Some(Part::End(_)) => break,
            Some(_) => assert_eq!(Some(input.len()), behind, "{before} octets before the end: it ends elsewhere"),
        }
    }
}

/// All that is complete in a stream whose texts have at most so many octets when they are counted, and how many octets
/// are behind each.
pub fn parts(mut stream: &[u8], text_limit: usize) -> Vec<(Part<'_>, usize)> {
    let mut parts = Vec::new();
    while let Some((part, rest)) = next(stream, text_limit) {
        parts.push((part, rest.len()));
        match part {
            Part::End(_) => break,
            _ => stream = rest,
        }
    }
    parts
}

/// The first that is complete in a stream, and what is behind it.
pub(crate) fn next(mut stream: &[u8], text_limit: usize) -> Option<(Part<'_>, &[u8])> {
    loop {
        match first(stream, text_limit)? {
            (Some(part), rest) => return Some((part, rest)),
            (None, rest) => stream = rest,
        }
    }
}

/// The characters that the table of section 2.4 forbids in every text.
pub fn is_forbidden(c: char) -> bool {
    let allowed_control = matches!(c, '\t' | '\n');
    let control = matches!(u32::from(c), 0..=0x1f | 0x7f | 0x80..=0x9f);
    let separator = matches!(c, '\u{2028}' | '\u{2029}');
    let bidirectional = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (control && !allowed_control) || separator || bidirectional
}

/// The characters of a text or a line, if it is one, however long.
pub fn text(octets: &[u8]) -> Option<&str> {
    std::str::from_utf8(octets).ok().filter(|text| !text.contains(is_forbidden))
}

/// Whether a first line is a greeting that names version 1, and its words, if it is one. SPEC.md, section 3.1.
pub(crate) fn greeting(line: &[u8]) -> Option<(bool, &str)> {
    let line = text(line).filter(|line| line.len() <= MAX_TEXT)?;
    let (versions, words) = line.strip_prefix("FANFARE/")?.split_once(' ')?;
    let versions: Vec<u64> = versions.split(',').map(message::number).collect::<Option<_>>()?;
    let rise = versions[0] > 0 && versions.is_sorted_by(|one, next| one < next);
    rise.then(|| (versions.contains(&1), words))
}

/// A part, or `None` for an empty line, and what is behind it.
type Found<'s> = Option<(Option<Part<'s>>, &'s [u8])>;

/// The length of the terminator at an octet: 0 if there is none, `None` if that depends on octets to come.
pub(crate) fn terminator(stream: &[u8], at: usize) -> Option<usize> {
    match stream.get(at..)? {
        [] | [b'\r'] => None,
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => Some(0),
    }
}

fn first(stream: &[u8], text_limit: usize) -> Found<'_> {
    let end_here = |fault| Some((Some(Part::End(fault)), stream));
    // Where the line ends, if it has an end within the limit; otherwise whether that is certain.
    let mut end = None;
    for at in 0..=MAX_LINE {
        match terminator(stream, at) {
            Some(0) => {}
            Some(length) => {
                end = Some((at, at + length));
                break;
            }
            None => break,
        }
    }
    let too_long = end.is_none() && terminator(stream, MAX_LINE) == Some(0);
    if let Some((0, next)) = end {
        return Some((None, &stream[next..]));
    }
    let within = end.map_or(stream.len().min(MAX_LINE), |(end, _)| end);
    let begins_field = |&at: &usize| at == 0 || stream[at - 1] == b' ';
    match (0..within).filter(begins_field).find(|&at| matches!(stream[at], b':' | b'{')) {
        None => match end {
            Some((end, next)) => Some((Some(frame(&stream[..end], None)), &stream[next..])),
            None if too_long => end_here(StreamFault::LineTooLong),
            None => None,
        },
        Some(colon) if stream[colon] == b':' => match end {
            Some((end, next)) => {
                Some((Some(frame(header(stream, colon), Some(&stream[colon + 1..end]))), &stream[next..]))
            }
            None if too_long => {
                let skipped = &stream[..stream.len().min(MAX_LINE + MAX_SKIP)];
                match skipped.iter().position(|&octet| octet == b'\n') {
                    Some(at) => Some((Some(Part::Fault(FrameFault::LineTooLong)), &stream[at + 1..])),
                    None if skipped.len() == MAX_LINE + MAX_SKIP => end_here(StreamFault::LineTooLong),
                    None => None,
                }
            }
            None => None,
        },
        Some(brace) => counted(stream, brace, text_limit),
    }
}

/// The frame whose count begins behind the brace.
fn counted(stream: &[u8], brace: usize, text_limit: usize) -> Found<'_> {
    let end_here = |fault| Some((Some(Part::End(fault)), stream));
    let digits = stream[brace + 1..].iter().take_while(|octet| octet.is_ascii_digit()).count();
    let digits = &stream[brace + 1..][..digits];
    // The first octet that does not belong into a count, or the first that has not come.
    let wrong = match digits {
        [b'0', _, ..] => brace + 2,
        [_, _, _, _, _, _, _, ..] => brace + 7,
        digits => brace + 1 + digits.len(),
    };
    let closed = !digits.is_empty() && wrong == brace + 1 + digits.len() && stream.get(wrong) == Some(&b'}');
    let at = if closed { wrong + 1 } else { wrong };
    if at > MAX_LINE {
        return end_here(StreamFault::LineTooLong);
    }
    let next = match terminator(stream, at)? {
        0 if at >= MAX_LINE => return end_here(StreamFault::LineTooLong),
        0 => return end_here(StreamFault::BadFrame),
        _ if !closed => return end_here(StreamFault::BadFrame),
        length => at + length,
    };
    let count = digits.iter().fold(0, |count, digit| count * 10 + usize::from(digit - b'0'));
    if count > text_limit {
        return end_here(StreamFault::TextTooLong);
    }
    match terminator(stream, next + count)? {
        0 => end_here(StreamFault::BadFrame),
        length => {
            let text = &stream[next..next + count];
            Some((Some(frame(header(stream, brace), Some(text))), &stream[next + count + length..]))
        }
    }
}

/// What is before a text, without the SP between them.
fn header(stream: &[u8], marker: usize) -> &[u8] {
    if marker == 0 { b"" } else { &stream[..marker - 1] }
}

fn frame<'s>(header: &'s [u8], text: Option<&'s [u8]>) -> Part<'s> {
    let mut fields = header.split(|&octet| octet == b' ');
    let verb = fields.next().unwrap_or_default();
    let verb_is_good = (1..=MAX_VERB).contains(&verb.len()) && verb.iter().all(u8::is_ascii_alphabetic);
    let fields_are_good = fields.all(|field| !field.is_empty() && field.iter().all(u8::is_ascii_graphic));
    let Some(header) = std::str::from_utf8(header).ok().filter(|_| verb_is_good && fields_are_good) else {
        return Part::Fault(FrameFault::BadFrame);
    };
    match text.map(self::text) {
        None => Part::Frame(header, None),
        Some(Some(text)) => Part::Frame(header, Some(text)),
        Some(None) => Part::Fault(FrameFault::BadText),
    }
}
