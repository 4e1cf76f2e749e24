//! Which mode a connection's first line asks for. SPEC.md, section 3.2.

use crate::limits::MAX_LINE;
use crate::line::{self, Line, LineEnd};
use crate::plain::Dialect;

/// How far the first line was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    scanned: usize,
}

/// What the first octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// The first line is one of this mode. It is still in the input.
    Mode(Dialect),
    /// It is another protocol's.
    Foreign,
    /// It has no end within the limit.
    LineTooLong,
    /// Its end has not come.
    Incomplete,
}

impl Opening {
    /// Looks at the first line. It takes empty lines off the front of `input`, and nothing else.
    pub(super) fn look(&mut self, input: &mut &[u8]) -> Opened {
        //= protocol/SPEC.md#2-1-lines
        //# A receiver MUST ignore an empty line that stands where a frame can begin.
        while let LineEnd::At { next } = LineEnd::at(input, 0) {
            *input = &input[next..];
        }
        //= protocol/SPEC.md#3-2-the-first-line-of-a-client
        //# A server MUST apply the first row of the table above that fits.
        match **input {
            [] | [b'\r'] => return Opened::Incomplete,
            [0x00..=0x1f, ..] => return Opened::Foreign,
            _ if input.starts_with(b"SSH-") => return Opened::Foreign,
            _ => {}
        }
        match line::find(input, self.scanned, MAX_LINE) {
            Line::Whole { end, .. } => mode(&input[..end]).map_or(Opened::Foreign, Opened::Mode),
            Line::OverLong => Opened::LineTooLong,
            Line::Incomplete { scanned } => {
                self.scanned = scanned;
                Opened::Incomplete
            }
        }
    }
}

/// The mode of a whole first line; `None` for a request of HTTP.
fn mode(line: &[u8]) -> Option<Dialect> {
    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
    //# A server MUST apply the first row of the table above that fits.
    let mut fields = line.split(|&octet| octet == b' ');
    let first = fields.next().unwrap_or_default();
    let mut rest = fields.filter(|field| !field.is_empty());
    let more = rest.clone().count();
    if rest.next_back().unwrap_or(first).starts_with(b"HTTP/") {
        return None;
    }
    //= protocol/SPEC.md#2-2-fields
    //# A receiver MUST accept a verb in any case.
    let is = |verb: &[u8]| first.eq_ignore_ascii_case(verb);
    let framed = is(b"PING") || is(b"BYE") || (is(b"AUTH") && more >= 1) || (is(b"HELLO") && more >= 2);
    Some(if framed { Dialect::Framed } else { Dialect::Plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn look(octets: &[u8]) -> Opened {
        // Octet by octet, as they might come; the answer must be the one for the whole.
        let mut opening = Opening::default();
        let mut rest = octets;
        let whole = Opening::default().look(&mut &octets[..]);
        for end in 1..=octets.len() {
            let begin = octets.len() - rest.len();
            let mut input = &octets[begin..end];
            let opened = opening.look(&mut input);
            rest = &octets[end - input.len()..];
            if opened != Opened::Incomplete {
                assert_eq!(opened, whole);
                return opened;
            }
        }
        assert_eq!(whole, Opened::Incomplete);
        whole
    }

    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A receiver MUST accept a verb in any case.
    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
    //= type=test
    //# A server MUST apply the first row of the table above that fits.
    #[test]
    fn the_first_line_fixes_the_mode() {
        for framed in [
            "HELLO 1 alice\n",
            "hello 1 alice\r\n",
            "\n\r\nPING\n",
            "ping x\n",
            "BYE\n",
            "AUTH PLAIN\n",
            "HELLO x y z\n",
        ] {
            assert_eq!(look(framed.as_bytes()), Opened::Mode(Dialect::Framed), "{framed}");
        }
        for plain in [
            "alice\n",
            "HELLO\n",
            "hello there\n",
            "AUTH\n",
            "PINGU\n",
            "JOIN #a\n",
            " PING\n",
            "HELLO  1\n",
            "HELLO 1 \n",
            "AUTH \n",
            "\u{e9}\n",
        ] {
            assert_eq!(look(plain.as_bytes()), Opened::Mode(Dialect::Plain), "{plain}");
        }
    }

    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
    //= type=test
    //# A server MUST apply the first row of the table above that fits.
    #[test]
    fn other_protocols_are_known_by_their_first_octets() {
        for foreign in [
            &b"\x16\x03\x01\x02\x00"[..],
            b"\x00",
            b"\r\n\nSSH-2.0-OpenSSH_9.9",
            b"GET / HTTP/1.1\r\n",
            b"POST /x HTTP/1.0\n",
            b"HTTP/1.1\n",
            b"GET / HTTP/1.1 \n",
            b"\rx",
            b"\tx",
        ] {
            assert_eq!(look(foreign), Opened::Foreign, "{}", foreign.escape_ascii());
        }
        assert_eq!(look(b"GET / HTTP/1.1"), Opened::Incomplete);
    }

    //= protocol/SPEC.md#3-2-the-first-line-of-a-client
    //= type=test
    //# A server MUST send `BYE line-too-long` when the first line is certainly too long, whether a text began in it or
    //# not.
    #[test]
    fn a_first_line_has_the_limit_of_any_line() {
        let mut line = [b'x'; MAX_LINE + 3];
        line[MAX_LINE] = b'\r';
        line[MAX_LINE + 1] = b'\n';
        assert_eq!(look(&line[..MAX_LINE + 2]), Opened::Mode(Dialect::Plain));
        line[MAX_LINE] = b'x';
        assert_eq!(look(&line), Opened::LineTooLong);
    }
}
