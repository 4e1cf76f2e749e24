//! What can go wrong, and whose fault it is.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use fanfare_protocol::session::ServerFault;
use fanfare_protocol::{Blame, ByeCode, ErrCode, Number, Retry, Text, TextError, ValueError};

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name, room or id that was given has not its form. Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] ValueError),
    /// A text that was given can't be sent. Nothing was sent.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A text that was given is longer than this server takes. Nothing was sent.
    #[error("the text has more than the {limit} octets that the server takes")]
    TextTooLong {
        /// The most octets that the server takes.
        limit: usize,
    },
    /// The server refused the request. The conversation goes on.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The conversation has ended. Whether the request was done is not known, if it had been sent.
    #[error(transparent)]
    Ended(#[from] Ending),
}

/// The server's words for what it does not do: an `ERR`, or a `BYE`. SPEC.md, section 7.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({code})")]
#[non_exhaustive]
pub struct Refusal {
    /// Which: the one part that a program decides by.
    pub code: String,
    /// Whose fault it is.
    pub blame: Blame,
    /// Whether the same can be tried again.
    pub retry: Retry,
    /// How long to wait before that, if the server says so.
    pub after: Option<Duration>,
    /// Words for a person; no control characters but TAB and LF.
    pub text: String,
}

/// How a connection was lost, or why it could not be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Loss {
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Unreachable(Arc<io::Error>),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Transport(Arc<io::Error>),
    /// The server closed the connection without a word.
    #[error("the server closed the connection without a word")]
    Closed,
    /// The server was silent for too long.
    #[error("the server is silent")]
    Silence,
    /// The server ended the connection.
    #[error("the server ended the connection: {0}")]
    Bye(Refusal),
    /// The server did not register the name.
    #[error("the server refused the name: {0}")]
    Refused(Refusal),
    /// The server broke the protocol.
    #[error("the server broke the protocol: {0}")]
    Fault(ServerFault),
}

impl Loss {
    /// Whether a new connection can help. SPEC.md, section 7.4.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Transport(_) | Self::Closed | Self::Silence => true,
            //= protocol/SPEC.md#7-4-reconnecting
            //# A client MUST NOT reconnect by itself after a `BYE` whose retry is not `later`.
            Self::Bye(refusal) | Self::Refused(refusal) => refusal.retry == Retry::Later,
            Self::Fault(_) => false,
        }
    }
}

/// How a conversation ended for good.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Ending {
    /// The program said goodbye.
    #[error("the conversation was ended by oneself")]
    Done,
    /// A connection was lost, and no other is tried: it would not help, or the program does not want it.
    #[error(transparent)]
    Lost(#[from] Loss),
    /// The runtime that carried the conversation is gone.
    #[error("the runtime of the conversation is gone")]
    Abandoned,
}

impl Refusal {
    pub(crate) fn err(code: ErrCode<'_>, retry: Option<Number>, text: Text<'_>) -> Self {
        Self::new(code.as_str(), code.blame(), code.retry(), retry, text)
    }

    pub(crate) fn bye(code: ByeCode<'_>, retry: Option<Number>, text: Text<'_>) -> Self {
        Self::new(code.as_str(), code.blame(), code.retry(), retry, text)
    }

    /// An unknown code with `retry=` is one for later. SPEC.md, section 7.1.
    fn new(code: &str, blame: Blame, advice: Retry, retry: Option<Number>, text: Text<'_>) -> Self {
        Self {
            code: code.to_owned(),
            blame,
            //= protocol/SPEC.md#7-1-rules
            //# A client MUST decide by the code and not by the text.
            //= protocol/SPEC.md#7-1-rules
            //# A client MUST treat an `ERR` with an unknown code as a refusal that is not to be retried, or if it has
            //# `retry` as one to be retried later.
            //= protocol/SPEC.md#7-1-rules
            //# A client MUST treat a `BYE` with an unknown code as an end after which it does not reconnect by itself,
            //# or if it has `retry` as one after which it reconnects later.
            retry: if retry.is_some() && advice == Retry::No { Retry::Later } else { advice },
            after: retry.map(|millis| Duration::from_millis(millis.get())),
            text: text.as_str().to_owned(),
        }
    }
}
