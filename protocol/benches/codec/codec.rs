//! What is asked of each codec.

/// Who reads.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// A client, to which a server hands on what somebody said.
    Client,
    /// A server, to which a client says something.
    Server,
}

impl Side {
    /// Fanfare's verb for it.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Client => "MSG",
            Self::Server => "SAY",
        }
    }
}

/// The room, channel or topic.
pub(crate) const ROOM: &str = "#lobby";

/// Who speaks.
pub(crate) const NAME: &str = "alice";

/// A codec with a message, as its own documentation has it used where speed matters.
pub(crate) trait Codec {
    /// What it is called in the reports.
    fn name(&self) -> &'static str;

    /// Writes the message over what was written last; the octets of its frame.
    fn encode(&mut self) -> &[u8];

    /// Reads the first frame, makes everything in it a value that a program can use, and gives these to a black box.
    /// It returns what is behind the frame.
    fn decode<'i>(&mut self, input: &'i [u8]) -> &'i [u8];
}
