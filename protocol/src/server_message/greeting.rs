//! The line that opens a conversation.

use bytes::BufMut;

use crate::{Frame, MessageError};

/// The server's first line: the major versions it speaks, and words for a person. SPEC.md, section 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting<'a> {
    versions: &'a str,
}

impl<'a> Greeting<'a> {
    /// What a server of this version greets with.
    pub const LINE: &'static str = "FANFARE/1 Choose a username...\n";

    /// The words of [`Greeting::LINE`]: how plain mode asks for a name.
    pub const PROMPT: &'static str = "Choose a username...";

    /// Appends the greeting.
    pub fn encode(out: &mut impl BufMut) {
        out.put_slice(Self::LINE.as_bytes());
    }

    /// Reads the first frame from a server.
    pub fn parse(frame: &Frame<'a>) -> Result<Self, MessageError> {
        let first = frame.header().split(' ').next().unwrap_or_default();
        let versions = first.strip_prefix("FANFARE/").ok_or(MessageError::BadFrame)?;
        let is_version = |version: &str| !version.is_empty() && version.bytes().all(|octet| octet.is_ascii_digit());
        if versions.split(',').all(is_version) { Ok(Self { versions }) } else { Err(MessageError::BadFrame) }
    }

    /// Whether the server speaks the version of this crate.
    pub fn speaks_version_1(self) -> bool {
        self.versions.split(',').any(|version| version == "1")
    }
}
