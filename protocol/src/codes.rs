//! The one table of fault codes: code, blame, advice and words. SPEC.md, section 7.

use core::fmt;

use crate::Text;
use crate::value::CodeWord;

/// Whose fault a refusal or an ending is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The client broke a rule of the protocol: a bug in it, or a person's slip of the hand.
    Client,
    /// The client's request is well-formed, but the state of things forbids it.
    State,
    /// The server, or those who run it.
    Server,
    /// Nobody: things end like this.
    Nobody,
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same thing will be refused again.
    No,
    /// Something must be changed first: the request, or the state that it met.
    AfterChange,
    /// The same thing may work later; `retry=` says when, if the server knows.
    Later,
}

macro_rules! codes {
    (
        $(#[$doc:meta])*
        $type:ident {
            $( $variant:ident = $word:literal, $blame:ident, $retry:ident, $text:literal; )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type<'a> {
            $( #[doc = concat!("`", $word, "`: ", $text)] $variant, )*
            /// A code that this version does not know. Only a receiver meets one.
            Other(CodeWord<'a>),
        }

        impl<'a> $type<'a> {
            /// Every code that this version knows.
            pub const ALL: &'static [$type<'static>] = &[$( $type::$variant ),*];

            /// The code as it is sent.
            pub fn as_str(self) -> &'a str {
                match self {
                    $( Self::$variant => $word, )*
                    Self::Other(word) => word.as_str(),
                }
            }

            /// The code that a word stands for.
            pub fn from_word(word: CodeWord<'a>) -> Self {
                match word.as_str() {
                    $( $word => Self::$variant, )*
                    _ => Self::Other(word),
                }
            }

            /// Whose fault it is; of an unknown code, nobody's.
            pub fn blame(self) -> Blame {
                match self {
                    $( Self::$variant => Blame::$blame, )*
                    Self::Other(_) => Blame::Nobody,
                }
            }

            /// Whether asking again can help; for an unknown code, after a change.
            pub fn retry(self) -> Retry {
                match self {
                    $( Self::$variant => Retry::$retry, )*
                    Self::Other(_) => Retry::AfterChange,
                }
            }

            /// The words that a server sends with the code. They never repeat what the peer sent.
            pub fn text(self) -> Text<'static> {
                let words = match self {
                    $( Self::$variant => $text, )*
                    Self::Other(_) => "",
                };
                Text::new(words).expect("the table's words are printable ASCII, as a test shows")
            }
        }

        impl fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

codes! {
    /// The code of an `ERR`: the request failed, the connection goes on.
    ErrCode {
        BadFrame = "bad-frame", Client, AfterChange, "That line is not of the form VERB FIELDS :TEXT.";
        BadText = "bad-text", Client, AfterChange, "The text is not UTF-8 or has a control character.";
        BadName = "bad-name", Client, AfterChange, "A name is 1 to 32 of A-Z a-z 0-9 _ -, a letter or digit first, and not reserved.";
        BadRoom = "bad-room", Client, AfterChange, "A room is # and 1 to 64 of a-z 0-9 . _ -";
        BadArguments = "bad-arguments", Client, AfterChange, "The request has wrong, missing or too many arguments.";
        BadVersion = "bad-version", Client, AfterChange, "This server speaks version 1.";
        LineTooLong = "line-too-long", Client, AfterChange, "A line has at most 4096 octets.";
        UnknownVerb = "unknown-verb", Client, AfterChange, "There is no such request.";
        NotWelcome = "not-welcome", Client, AfterChange, "Say HELLO first.";
        NameTaken = "name-taken", State, AfterChange, "Somebody has that name.";
        NotJoined = "not-joined", State, AfterChange, "You are not in that room.";
        AlreadyJoined = "already-joined", State, No, "You are in that room.";
        NoSuchName = "no-such-name", State, AfterChange, "Nobody has that name.";
        NoSuchRoom = "no-such-room", State, AfterChange, "There is no such room.";
        WrongEpoch = "wrong-epoch", State, AfterChange, "The room's numbering has begun anew.";
        IdReused = "id-reused", Client, AfterChange, "Another message had that id.";
        TooManyRooms = "too-many-rooms", State, AfterChange, "There are too many rooms.";
        RateLimited = "rate-limited", Client, Later, "You are sending too fast.";
        Busy = "busy", State, Later, "Too much is waiting; try again in a moment.";
        AuthRequired = "auth-required", State, AfterChange, "Say who you are with AUTH first.";
        AuthFailed = "auth-failed", State, AfterChange, "That did not prove who you are.";
        NotAllowed = "not-allowed", State, No, "That is not allowed here.";
        Internal = "internal", Server, Later, "The server has a fault.";
    }
}

codes! {
    /// The code of a server's `BYE`: the connection ends.
    ByeCode {
        Bye = "bye", Nobody, Later, "Goodbye!";
        Shutdown = "shutdown", Server, Later, "The server is shutting down.";
        Timeout = "timeout", Client, Later, "Nothing was heard for too long.";
        Replaced = "replaced", Nobody, No, "Your name is used by a newer connection of yours.";
        Kicked = "kicked", State, AfterChange, "You were asked to leave.";
        Banned = "banned", State, No, "You may not be here.";
        BadFrame = "bad-frame", Client, AfterChange, "The end of that frame can't be known.";
        BadHandshake = "bad-handshake", Client, AfterChange, "That is not how a conversation begins here.";
        LineTooLong = "line-too-long", Client, AfterChange, "A line has at most 4096 octets.";
        TextTooLong = "text-too-long", Client, AfterChange, "That text is too long.";
        TooManyErrors = "too-many-errors", Client, AfterChange, "Too many errors in a row.";
        TooManyConnections = "too-many-connections", State, Later, "There are too many connections.";
        Internal = "internal", Server, Later, "The server has a fault.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_code_word_and_means_itself() {
        for &code in ErrCode::ALL {
            let word = CodeWord::new(code.as_str()).expect("a code word");
            assert_eq!(ErrCode::from_word(word), code);
            assert!(!code.text().as_str().is_empty() && code.text().as_str().is_ascii());
        }
        for &code in ByeCode::ALL {
            let word = CodeWord::new(code.as_str()).expect("a code word");
            assert_eq!(ByeCode::from_word(word), code);
            assert!(!code.text().as_str().is_empty() && code.text().as_str().is_ascii());
        }
    }

    #[test]
    fn an_unknown_code_is_kept_as_it_came() {
        let word = CodeWord::new("slow-down").expect("a code word");
        assert_eq!(ErrCode::from_word(word), ErrCode::Other(word));
        assert_eq!(ErrCode::from_word(word).as_str(), "slow-down");
    }
}
