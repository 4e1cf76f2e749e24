//! Every number that Fanfare/1 fixes. SPEC.md, section 11.

/// The most octets of a line before its terminator (LF or CRLF).
pub const MAX_LINE: usize = 4_096;

/// The most octets of a text, in line form or counted.
pub const MAX_TEXT: usize = 65_536;

/// How far beyond the first [`MAX_LINE`] octets of an over-long line its LF is looked for
/// before the connection is given up.
pub const MAX_SKIP: usize = 65_536;

/// The most octets that one unfinished frame can keep a receiver holding: a longest line with
/// CRLF, a longest counted text, and CRLF.
pub const MAX_FRAME: usize = MAX_LINE + 2 + MAX_TEXT + 2;

/// The most letters of a verb.
pub const MAX_VERB: usize = 16;

/// The most characters of a person's name.
pub const MAX_NAME: usize = 32;

/// The most characters of a room's name after its `#`.
pub const MAX_ROOM: usize = 64;

/// The most characters of an epoch.
pub const MAX_EPOCH: usize = 16;

/// The most characters of an `id`, of a resume token and of a PING's token.
pub const MAX_ID: usize = 64;

/// The most attributes of one frame.
pub const MAX_ATTRIBUTES: usize = 16;

/// The most characters of an attribute's key.
pub const MAX_KEY: usize = 16;

/// The most octets of an attribute's value.
pub const MAX_VALUE: usize = 255;

/// The largest number: the largest integer that every double-precision float below it can hold.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The most octets of the text of a `LEAVE` or of a client's `BYE`.
pub const MAX_REASON: usize = 256;

/// How many refusals a client may collect before `WELCOME`; one more ends the connection.
pub const MAX_REFUSALS: u8 = 5;

/// How many octets a client may send before `WELCOME`.
pub const MAX_OPENING: usize = 8_192;

/// The fault in a row that ends the connection.
pub const MAX_FAULTS: u8 = 16;

/// The most requests of one connection that a server leaves unanswered while it reads on.
pub const MAX_PIPELINE: usize = 256;

/// The most `NAMES` entries, `ROOM` lines or `PAST` lines that answer one request.
pub const MAX_PAGE: usize = 1_000;

/// The most octets of `PAST` lines that answer one `HISTORY`.
pub const MAX_PAGE_OCTETS: usize = 1 << 20;

/// The default TCP port.
pub const PORT: u16 = 15_151;
