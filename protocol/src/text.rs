//! What people write: [`Text`], the shorter [`Reason`], and [`Query`]. SPEC.md, section 2.4.

use core::fmt;

use crate::limits::{MAX_QUERY, MAX_REASON, MAX_TEXT};
use crate::words;

/// A text that is safe to show: UTF-8, at most [`MAX_TEXT`] octets, and without any character that could move a
/// cursor, colour a terminal or reorder a line.
///
/// TAB and LF are the only control characters in it. With LF it has several lines and travels in counted form.
///
/// ```
/// use fanfare_protocol::{Text, TextError};
///
/// assert_eq!(Text::new("two\nlines")?.lines().count(), 2);
/// assert_eq!(Text::new("\u{1b}[31mred"), Err(TextError::Forbidden));
/// # Ok::<(), TextError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
//= protocol/SPEC.md#2-4-text
//= type=implication
//= reason=A `str` of Rust is UTF-8, and every text that is sent is a `Text`.
//# A sender MUST encode text as UTF-8 as RFC 3629 defines it.
pub struct Text<'a>(&'a str);

/// Why something is no [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The octets are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A control or bidirectional control character is in it.
    #[error("the text has a control character or a bidirectional control")]
    Forbidden,
    /// It has more than [`MAX_TEXT`] octets (a [`Reason`] more than [`MAX_REASON`], a [`Query`] more than [`MAX_QUERY`]).
    #[error("the text is too long")]
    TooLong,
    /// There is nothing in it that a [`Query`] could ask for.
    #[error("the text has neither a letter nor a digit")]
    NoWord,
}

impl<'a> Text<'a> {
    /// Checks a string.
    pub fn new(text: &'a str) -> Result<Self, TextError> {
        //= protocol/SPEC.md#2-4-text
        //# A sender MUST NOT send a text of more than 65,536 octets.
        if text.len() > MAX_TEXT {
            Err(TextError::TooLong)
        } else if is_clean(text.as_bytes()) {
            Ok(Self(text))
        } else {
            Err(TextError::Forbidden)
        }
    }

    /// Checks octets from the wire.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, TextError> {
        Self::new(core::str::from_utf8(octets).map_err(|_| TextError::NotUtf8)?)
    }

    /// The text as a string.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The lines of the text: at least one, possibly empty.
    pub fn lines(self) -> impl Iterator<Item = &'a str> {
        self.0.split('\n')
    }

    /// Whether the text needs counted form whatever its length.
    pub fn has_line_feed(self) -> bool {
        memchr::memchr(b'\n', self.0.as_bytes()).is_some()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The words of one who goes: a [`Text`] of at most [`MAX_REASON`] octets. SPEC.md, sections 4.6 and 4.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Reason<'a>(Text<'a>);

impl<'a> Reason<'a> {
    /// Checks a string.
    pub fn new(text: &'a str) -> Result<Self, TextError> {
        Self::try_from(Text::new(text)?)
    }

    /// The reason as a text.
    pub fn text(self) -> Text<'a> {
        self.0
    }

    /// The reason as a string.
    pub fn as_str(self) -> &'a str {
        self.0.as_str()
    }
}

impl<'a> TryFrom<Text<'a>> for Reason<'a> {
    type Error = TextError;

    fn try_from(text: Text<'a>) -> Result<Self, TextError> {
        if text.as_str().len() > MAX_REASON { Err(TextError::TooLong) } else { Ok(Self(text)) }
    }
}

/// What is searched for: a [`Text`] of at most [`MAX_QUERY`] octets with at least one [word](words). SPEC.md, section
/// 4.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query<'a>(Text<'a>);

impl<'a> Query<'a> {
    /// Checks a string.
    pub fn new(text: &'a str) -> Result<Self, TextError> {
        Self::try_from(Text::new(text)?)
    }

    /// The query as a text.
    pub fn text(self) -> Text<'a> {
        self.0
    }

    /// The query as a string.
    pub fn as_str(self) -> &'a str {
        self.0.as_str()
    }
}

impl<'a> TryFrom<Text<'a>> for Query<'a> {
    type Error = TextError;

    fn try_from(text: Text<'a>) -> Result<Self, TextError> {
        if text.as_str().len() > MAX_QUERY {
            Err(TextError::TooLong)
        } else if words::of(text.as_str()).next().is_some() {
            Ok(Self(text))
        } else {
            Err(TextError::NoWord)
        }
    }
}

/// A line of plain mode, which can have more octets than a text because of what stands before the text: `None` if it is
/// not UTF-8 or has a forbidden character.
pub(crate) fn line(octets: &[u8]) -> Option<&str> {
    core::str::from_utf8(octets).ok().filter(|_| is_clean(octets))
}

/// Whether octets that are known to be UTF-8 hold no forbidden character.
///
/// Printable ASCII is decided first and alone, because nearly every text is just that. No loop here but the last has a
/// branch per octet, so that the compiler makes many octets one step of it.
fn is_clean(utf8: &[u8]) -> bool {
    is_printable(utf8) || (has_no_ascii_control(utf8) && has_no_other_control(utf8))
}

//= protocol/SPEC.md#2-4-text
//# A sender MUST NOT send in a text a character that the table below forbids.
//= protocol/SPEC.md#2-1-lines
//# A sender MUST NOT send a CR.
/// Whether all octets are printable ASCII: counted from SP on, none is behind `~`.
fn is_printable(octets: &[u8]) -> bool {
    octets.iter().fold(0, |last, octet| octet.wrapping_sub(b' ').max(last)) <= b'~' - b' '
}

/// Whether there is none of C0 but TAB and LF, and no DEL.
fn has_no_ascii_control(octets: &[u8]) -> bool {
    octets
        .iter()
        .fold(true, |none, octet| none & (matches!(octet, b'\t' | b'\n') | (*octet >= b' ') & (*octet != 0x7f)))
}

/// Whether there is none of C1 and no separator or bidirectional control. Each of them begins with one of two octets,
/// which in UTF-8 only ever begin a character.
fn has_no_other_control(utf8: &[u8]) -> bool {
    memchr::memchr2_iter(0xc2, 0xe2, utf8).all(|at| {
        !matches!(
            utf8[at..],
            // U+0080 to U+009F.
            [0xc2, 0x80..=0x9f, ..]
            // U+2028, U+2029, U+202A to U+202E.
            | [0xe2, 0x80, 0xa8..=0xae, ..]
            // U+2066 to U+2069.
            | [0xe2, 0x81, 0xa6..=0xa9, ..]
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST NOT send a CR.
    //= protocol/SPEC.md#2-4-text
    //= type=test
    //# A sender MUST NOT send in a text a character that the table below forbids.
    #[test]
    fn exactly_the_forbidden_characters_are_refused() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let forbidden = matches!(c,
                '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f' | '\u{80}'..='\u{9f}'
                | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let mut buffer = [0; 8];
            buffer[0] = b'a';
            let len = 1 + c.encode_utf8(&mut buffer[1..]).len();
            buffer[len] = b'z';
            assert_eq!(Text::from_octets(&buffer[..=len]).is_err(), forbidden, "{c:?}");
        }
    }

    //= protocol/SPEC.md#2-4-text
    //= type=test
    //# A sender MUST NOT send a text of more than 65,536 octets.
    #[test]
    fn the_limits_are_inclusive() {
        extern crate alloc;
        let longest = alloc::vec![b'x'; MAX_TEXT + 1];
        assert!(Text::from_octets(&longest[..MAX_TEXT]).is_ok());
        assert_eq!(Text::from_octets(&longest), Err(TextError::TooLong));
        let words = core::str::from_utf8(&longest[..=MAX_REASON]).expect("ASCII");
        assert!(Reason::new(&words[..MAX_REASON]).is_ok());
        assert_eq!(Reason::new(words), Err(TextError::TooLong));
    }

    #[test]
    fn a_query_is_a_short_text_with_a_word() {
        for words in ["a", "7", "?! Zürich", "\t\nдом", "中文", "٣", "Ⅻ", "\u{e48}"] {
            assert!(Query::new(words).is_ok(), "{words}");
        }
        for none in ["", " \t\n", "?!", "🙂", "\u{301}", "—", "_"] {
            assert_eq!(Query::new(none), Err(TextError::NoWord), "{none}");
        }
        let words = &"x".repeat(MAX_QUERY + 1);
        assert!(Query::new(&words[..MAX_QUERY]).is_ok());
        assert_eq!(Query::new(words), Err(TextError::TooLong));
        assert_eq!(Query::new("a\u{1b}"), Err(TextError::Forbidden));
    }

    #[test]
    fn broken_utf8_is_told_from_forbidden_characters() {
        assert_eq!(Text::from_octets(b"a\xff"), Err(TextError::NotUtf8));
        assert_eq!(Text::from_octets(b"a\xed\xa0\x80"), Err(TextError::NotUtf8));
        assert_eq!(Text::from_octets(b"a\r"), Err(TextError::Forbidden));
    }
}
