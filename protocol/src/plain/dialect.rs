//! The two forms in which a server speaks.

use bytes::BufMut;

use crate::ServerMessage;

/// How a connection is spoken to. Its first line fixes that for good. SPEC.md, section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Frames, for programs.
    Framed,
    /// Lines, for people.
    Plain,
}

impl Dialect {
    /// Appends a message in this dialect.
    pub fn encode(self, message: &ServerMessage<'_>, out: &mut impl BufMut) {
        match self {
            Self::Framed => message.encode(out),
            Self::Plain => message.encode_plain(out),
        }
    }
}
