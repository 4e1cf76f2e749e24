//! Where one frame ends and the next begins. SPEC.md, section 2.

use crate::Text;
use crate::grammar::read;
use crate::limits::{MAX_LINE, MAX_TEXT};
use crate::line::{self, Line, LineEnd, Skip, Skipped};
use crate::octets;

/// Finds frames in a stream of octets, however it is cut.
///
/// The caller owns the octets; the framer only remembers how far it has looked at the frame that has begun, so that
/// no octet is scanned twice, and nothing is held or allocated for octets that have not come. The loop is always this:
///
/// ```
/// use fanfare_protocol::{Framed, Framer};
///
/// let mut framer = Framer::new();
/// let mut kept: Vec<u8> = Vec::new();
/// let mut texts = Vec::new();
/// for arrived in [&b"SAY #lobby :he"[..], b"llo\nSAY #lobby {3}\na", b"\nb\n"] {
///     kept.extend_from_slice(arrived);
///     let mut input = &kept[..];
///     while let Framed::Frame(frame) = framer.next(&mut input)? {
///         texts.push(frame.text().map(|text| text.as_str().to_owned()));
///     }
///     let unused = input.len();
///     kept.drain(..kept.len() - unused);
/// }
/// assert_eq!(texts, [Some("hello".to_owned()), Some("a\nb".to_owned())]);
/// # Ok::<(), fanfare_protocol::FrameError>(())
/// ```
///
/// What it leaves in `input` must stand at the beginning of the next call's input. That is never more than
/// [`MAX_FRAME`](crate::limits::MAX_FRAME) octets.
#[derive(Clone, Debug)]
pub struct Framer {
    state: State,
    /// How many octets of the frame that has begun were looked at.
    scanned: usize,
    text_limit: usize,
}

/// A frame: a header and perhaps a text, both well-formed. Its verb and fields mean nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    header: &'b str,
    verb: usize,
    text: Option<Text<'b>>,
}

impl<'b> Frame<'b> {
    /// The verb and the fields, a single SP between each two: printable ASCII, not empty.
    pub fn header(&self) -> &'b str {
        self.header
    }

    /// The verb: 1 to 16 letters, in the case in which it came.
    pub fn verb(&self) -> &'b str {
        &self.header[..self.verb]
    }

    /// The fields behind the verb, each with an SP before it.
    pub(crate) fn fields(&self) -> &'b str {
        &self.header[self.verb..]
    }

    /// The text, if there is one. It may be empty.
    pub fn text(&self) -> Option<Text<'b>> {
        self.text
    }
}

/// What [`Framer::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed<'b> {
    /// A whole frame.
    Frame(Frame<'b>),
    /// The input ends before the frame does.
    Incomplete,
}

/// What a peer did wrong in framing. SPEC.md, section 2.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame's end is known and it was consumed: go on with the next.
    #[error("{0}")]
    Frame(FrameFault),
    /// Where the next frame begins can't be known: the stream is at its end, and every later call says so again.
    #[error("{0}")]
    Stream(StreamFault),
}

/// A fault that costs one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// The header has an octet outside `%x21-7E`, an empty field, or no verb of 1 to 16 letters.
    #[error("the header is malformed")]
    BadFrame,
    /// The text is not UTF-8 or has a forbidden character.
    #[error("the text is not UTF-8 or has a forbidden character")]
    BadText,
    /// The line was longer than [`MAX_LINE`], and was skipped.
    #[error("the line is too long")]
    LineTooLong,
}

/// A fault after which nothing can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamFault {
    /// A malformed count, or no line end after a counted text.
    #[error("the count is malformed or its text has no line end")]
    BadFrame,
    /// A header longer than [`MAX_LINE`], or a line that did not end within [`MAX_SKIP`](crate::limits::MAX_SKIP) octets beyond it.
    #[error("the line is too long")]
    LineTooLong,
    /// A count over the receiver's limit.
    #[error("the text is too long")]
    TextTooLong,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In the header. `field` is where the field begins that is being read.
    Header {
        field: usize,
        malformed: bool,
    },
    /// In a line text that begins behind the colon at `colon`.
    LineText {
        colon: usize,
        malformed: bool,
    },
    /// In a count, behind the brace at `brace`.
    Count {
        brace: usize,
        digits: u8,
        count: usize,
        malformed: bool,
    },
    /// Behind a count's closing brace.
    CountEnd {
        brace: usize,
        count: usize,
        malformed: bool,
    },
    /// In a counted text that begins at `begin`.
    CountedText {
        brace: usize,
        begin: usize,
        count: usize,
        malformed: bool,
    },
    /// In the rest of an over-long line.
    Skip(Skip),
    Ended(StreamFault),
}

impl State {
    const START: Self = Self::Header { field: 0, malformed: false };
}

impl Default for Framer {
    fn default() -> Self {
        Self::new()
    }
}

impl Framer {
    /// A framer at the beginning of a stream.
    pub fn new() -> Self {
        Self::with_text_limit(MAX_TEXT)
    }

    /// One that takes counted texts of at most so many octets: what a server announces as `text=`, [`MAX_LINE`] to
    /// [`MAX_TEXT`]. A number outside of that is moved to its nearer end.
    pub fn with_text_limit(octets: usize) -> Self {
        Self { state: State::START, scanned: 0, text_limit: octets.clamp(MAX_LINE, MAX_TEXT) }
    }

    /// The next frame. It takes the octets of what it returns, and of empty and skipped lines, off the front of `input`.
    pub fn next<'b>(&mut self, input: &mut &'b [u8]) -> Result<Framed<'b>, FrameError> {
        loop {
            let octets = *input;
            let step = match self.state {
                State::Header { field, malformed } => self.header(octets, field, malformed),
                State::LineText { colon, malformed } => self.line_text(octets, colon, malformed),
                State::Count { brace, digits, count, malformed } => self.count(octets, brace, digits, count, malformed),
                State::CountEnd { brace, count, malformed } => self.count_end(octets, brace, count, malformed),
                State::CountedText { brace, begin, count, malformed } => {
                    self.counted_text(octets, brace, begin, count, malformed)
                }
                State::Skip(skip) => self.skip(octets, skip),
                State::Ended(fault) => Step::Fail(fault),
            };
            match step {
                Step::Again => {}
                Step::More => return Ok(Framed::Incomplete),
                Step::Drop { octets: count } => {
                    *input = &octets[count..];
                    self.scanned = 0;
                }
                //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
                //# A server MUST go on with the next frame after it answered `ERR`.
                Step::Whole { bounds, next } => {
                    *input = &octets[next..];
                    self.state = State::START;
                    self.scanned = 0;
                    return bounds.frame(octets).map(Framed::Frame).map_err(FrameError::Frame);
                }
                Step::Skipped { next } => {
                    *input = &octets[next..];
                    self.state = State::START;
                    self.scanned = 0;
                    return Err(FrameError::Frame(FrameFault::LineTooLong));
                }
                Step::Fail(fault) => {
                    self.state = State::Ended(fault);
                    return Err(FrameError::Stream(fault));
                }
            }
        }
    }

    //= protocol/SPEC.md#2-1-lines
    //# A receiver MUST ignore an empty line that stands where a frame can begin.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //# A receiver MUST take the first field that begins with `:` as the start of line text, which runs from
    //# after the `:` to the end of the line.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //# A receiver MUST take a field that begins with `{`, before any line text, as the head of counted
    //# text.
    fn header(&mut self, octets: &[u8], mut field: usize, mut malformed: bool) -> Step {
        if self.scanned == field
            && let Some(step) = self.text(octets, field, malformed)
        {
            return step;
        }
        let window = &octets[..octets.len().min(MAX_LINE)];
        for at in octets::not_graphic(window, self.scanned) {
            if octets[at] == b' ' {
                malformed |= at == field;
                field = at + 1;
                if let Some(step) = self.text(octets, field, malformed) {
                    return step;
                }
                //= protocol/SPEC.md#2-3-where-a-frame-ends
                //# A receiver MUST look for the text of a frame by the first octet of each field, from left to
                //# right.
            } else {
                match LineEnd::at(octets, at) {
                    LineEnd::At { next } => return self.header_end(at, next, malformed || field == at),
                    LineEnd::Unknown => return self.more_header(at, field, malformed),
                    LineEnd::No => malformed = true,
                }
            }
            //= protocol/SPEC.md#2-1-lines
            //# A receiver MUST accept lines of up to 4,096 octets, the terminator not counted.
        }
        if octets.len() <= MAX_LINE {
            return self.more_header(octets.len(), field, malformed);
        }
        match LineEnd::at(octets, MAX_LINE) {
            LineEnd::At { next } => self.header_end(MAX_LINE, next, malformed || field == MAX_LINE),
            LineEnd::Unknown => self.more_header(MAX_LINE, field, malformed),
            LineEnd::No => Step::Fail(StreamFault::LineTooLong),
        }
    }

    /// Goes on with the text, if the field is the beginning of one.
    fn text(&mut self, octets: &[u8], field: usize, malformed: bool) -> Option<Step> {
        match octets.get(field) {
            Some(b':') if field < MAX_LINE => {
                self.enter(State::LineText { colon: field, malformed }, field + 1);
                Some(self.line_text(octets, field, malformed))
            }
            Some(b'{') if field < MAX_LINE => {
                Some(self.enter(State::Count { brace: field, digits: 0, count: 0, malformed }, field + 1))
            }
            _ => None,
        }
    }

    /// The line of a header without a text ends, or an empty line.
    fn header_end(&mut self, end: usize, next: usize, malformed: bool) -> Step {
        if end == 0 {
            self.state = State::START;
            return Step::Drop { octets: next };
        }
        Step::Whole { bounds: Bounds { header: end, text: None, end, malformed }, next }
    }

    fn more_header(&mut self, scanned: usize, field: usize, malformed: bool) -> Step {
        self.scanned = scanned;
        self.state = State::Header { field, malformed };
        Step::More
    }

    fn line_text(&mut self, octets: &[u8], colon: usize, malformed: bool) -> Step {
        match line::find(octets, self.scanned, MAX_LINE) {
            Line::Whole { end, next } => {
                let malformed = malformed || colon == 0;
                Step::Whole { bounds: Bounds { header: before(colon), text: Some(colon + 1), end, malformed }, next }
            }
            Line::OverLong => {
                self.state = State::Skip(Skip::new());
                Step::Drop { octets: MAX_LINE }
            }
            Line::Incomplete { scanned } => {
                self.scanned = scanned;
                Step::More
            }
        }
    }

    fn count(&mut self, octets: &[u8], brace: usize, mut digits: u8, mut count: usize, malformed: bool) -> Step {
        for (at, &octet) in octets.iter().enumerate().skip(self.scanned) {
            match LineEnd::at(octets, at) {
                LineEnd::At { .. } => return Step::Fail(StreamFault::BadFrame),
                LineEnd::Unknown => {
                    self.scanned = at;
                    self.state = State::Count { brace, digits, count, malformed };
                    return Step::More;
                }
                //= protocol/SPEC.md#2-1-lines
                //# A receiver MUST accept lines of up to 4,096 octets, the terminator not counted.
                LineEnd::No if at >= MAX_LINE => return Step::Fail(StreamFault::LineTooLong),
                LineEnd::No => {}
            }
            match octet {
                //= protocol/SPEC.md#2-4-text
                //# A receiver MUST accept an empty text in both forms.
                b'0'..=b'9' if digits < 6 && !(digits == 1 && count == 0) => {
                    digits += 1;
                    count = count * 10 + usize::from(octet - b'0');
                }
                b'}' if digits > 0 => return self.enter(State::CountEnd { brace, count, malformed }, at + 1),
                _ => return Step::Fail(StreamFault::BadFrame),
            }
        }
        self.scanned = octets.len();
        self.state = State::Count { brace, digits, count, malformed };
        Step::More
    }

    fn count_end(&mut self, octets: &[u8], brace: usize, count: usize, malformed: bool) -> Step {
        let at = self.scanned;
        match LineEnd::at(octets, at) {
            LineEnd::At { .. } if count > self.text_limit => Step::Fail(StreamFault::TextTooLong),
            //= protocol/SPEC.md#2-3-where-a-frame-ends
            //# A receiver MUST take neither terminator of a counted text as part of the text.
            LineEnd::At { next } => self.enter(State::CountedText { brace, begin: next, count, malformed }, next),
            LineEnd::Unknown => Step::More,
            LineEnd::No if at >= MAX_LINE => Step::Fail(StreamFault::LineTooLong),
            LineEnd::No => Step::Fail(StreamFault::BadFrame),
        }
    }

    fn counted_text(&mut self, octets: &[u8], brace: usize, begin: usize, count: usize, malformed: bool) -> Step {
        let end = begin + count;
        //= protocol/SPEC.md#2-3-where-a-frame-ends
        //# A receiver MUST accept CRLF in place of LF after the octets of counted text.
        match LineEnd::at(octets, end) {
            LineEnd::At { next } => {
                //= protocol/SPEC.md#2-3-where-a-frame-ends
                //# A receiver MUST take neither terminator of a counted text as part of the text.
                //= protocol/SPEC.md#2-3-where-a-frame-ends
                //# A receiver MUST consume the announced octets and the terminator after them whatever the verb of the
                //# frame and whatever its answer, unless that is a `BYE`.
                let malformed = malformed || brace == 0;
                Step::Whole { bounds: Bounds { header: before(brace), text: Some(begin), end, malformed }, next }
            }
            LineEnd::Unknown => Step::More,
            LineEnd::No => Step::Fail(StreamFault::BadFrame),
        }
    }

    fn skip(&mut self, octets: &[u8], mut skip: Skip) -> Step {
        match skip.over(octets) {
            Skipped::Whole { next } => Step::Skipped { next },
            Skipped::Endless => Step::Fail(StreamFault::LineTooLong),
            Skipped::Incomplete { octets: 0 } => Step::More,
            Skipped::Incomplete { octets } => {
                self.state = State::Skip(skip);
                Step::Drop { octets }
            }
        }
    }

    fn enter(&mut self, state: State, scanned: usize) -> Step {
        self.state = state;
        self.scanned = scanned;
        Step::Again
    }
}

/// What one state made of the octets.
enum Step {
    /// Another state goes on with them.
    Again,
    /// There are too few.
    More,
    /// The first of them are spent, and no frame has begun.
    Drop { octets: usize },
    /// A frame ends before `next`.
    Whole { bounds: Bounds, next: usize },
    /// An over-long line ends before `next`.
    Skipped { next: usize },
    /// The stream is beyond repair.
    Fail(StreamFault),
}

/// Where the header before the text marker at `marker` ends: an SP is between them.
fn before(marker: usize) -> usize {
    marker.saturating_sub(1)
}

//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//# A server MUST answer a frame with several faults once, for the fault whose row comes first in the table below.
/// Where the parts of a frame are.
struct Bounds {
    /// The header is before it.
    header: usize,
    /// The text goes from here to the end.
    text: Option<usize>,
    /// The terminator is behind it.
    end: usize,
    malformed: bool,
}

impl Bounds {
    #[inline]
    fn frame<'b>(&self, octets: &'b [u8]) -> Result<Frame<'b>, FrameFault> {
        if self.malformed {
            return Err(FrameFault::BadFrame);
        }
        let verb = read::verb(&octets[..self.header]).ok_or(FrameFault::BadFrame)?;
        // A header that is not malformed is ASCII. So it is the text that is not UTF-8.
        let frame = core::str::from_utf8(&octets[..self.end]).map_err(|_| FrameFault::BadText)?;
        let text = match self.text {
            Some(begin) => Some(Text::new(&frame[begin..]).map_err(|_| FrameFault::BadText)?),
            None => None,
        };
        Ok(Frame { header: &frame[..self.header], verb, text })
    }
    //= protocol/SPEC.md#2-4-text
    //# A receiver MUST accept a text in either form.
    //= protocol/SPEC.md#13-security-considerations
    //# A client that shows text from a server MUST NOT pass on to a terminal a character that 2.4 forbids.
}

#[cfg(test)]
mod tests;
