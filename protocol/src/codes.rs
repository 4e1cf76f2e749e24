//! The one table of fault codes: code, blame, advice and words. SPEC.md, section 7.

use core::fmt;

use crate::Text;
use crate::value::CodeWord;

/// Whose fault a refusal or an ending is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The client broke a rule of the protocol: a bug in it, or a person's slip of the hand.
    Client,
    /// The server, or those who run it.
    Server,
    /// Nobody: the state of things forbids it, or things just end like this.
    Nobody,
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// The same thing will be refused again.
    No,
    /// What is sent must be changed first.
    AfterChange,
    /// The same thing may work later; `retry=` says when, if the server knows. For a `BYE`: a client may reconnect by
    /// itself.
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

            /// Whether asking again can help. For an unknown code, not; but later, if it came with `retry=`.
            pub fn retry(self) -> Retry {
                match self {
                    $( Self::$variant => Retry::$retry, )*
                    Self::Other(_) => Retry::No,
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
        BadFrame = "bad-frame", Client, AfterChange, "That is not a well-formed frame.";
        BadText = "bad-text", Client, AfterChange, "The text is not UTF-8 or holds a forbidden character.";
        BadName = "bad-name", Client, AfterChange, "This is not a name that can be used.";
        BadRoom = "bad-room", Client, AfterChange, "A room is # and then 1 to 64 of a-z 0-9 . _ -";
        BadArguments = "bad-arguments", Client, AfterChange, "The arguments do not fit the request.";
        BadVersion = "bad-version", Client, AfterChange, "This server speaks Fanfare/1.";
        LineTooLong = "line-too-long", Client, AfterChange, "The line is longer than 4096 octets.";
        UnknownVerb = "unknown-verb", Client, No, "There is no such command.";
        NotWelcome = "not-welcome", Client, AfterChange, "Say HELLO first.";
        NameTaken = "name-taken", Nobody, Later, "This name is taken.";
        NotJoined = "not-joined", Client, AfterChange, "You are not in this room.";
        AlreadyJoined = "already-joined", Client, No, "You are in this room already.";
        NoSuchName = "no-such-name", Nobody, Later, "Nobody here has this name.";
        NoSuchRoom = "no-such-room", Nobody, Later, "There is no such room.";
        WrongEpoch = "wrong-epoch", Nobody, AfterChange, "The room has another epoch.";
        IdReused = "id-reused", Client, AfterChange, "This id was used for another text.";
        TooManyRooms = "too-many-rooms", Nobody, AfterChange, "There are too many rooms.";
        RateLimited = "rate-limited", Client, Later, "You are sending too fast.";
        Busy = "busy", Nobody, Later, "Too much is waiting for this person.";
        AuthRequired = "auth-required", Client, AfterChange, "Authenticate first.";
        AuthFailed = "auth-failed", Client, AfterChange, "You were not authenticated.";
        NotAllowed = "not-allowed", Client, No, "This is not allowed.";
        Internal = "internal", Server, Later, "The server could not do this.";
    }
}

codes! {
    /// The code of a server's `BYE`: the connection ends.
    ByeCode {
        Bye = "bye", Nobody, No, "Goodbye!";
        Shutdown = "shutdown", Nobody, Later, "The server is shutting down.";
        Timeout = "timeout", Client, Later, "You were silent for too long.";
        Replaced = "replaced", Nobody, No, "Another connection took your place.";
        Kicked = "kicked", Client, No, "You were removed.";
        Banned = "banned", Client, No, "You are not admitted.";
        BadFrame = "bad-frame", Client, AfterChange, "That is not a well-formed frame.";
        BadHandshake = "bad-handshake", Client, AfterChange, "This is not how Fanfare begins.";
        LineTooLong = "line-too-long", Client, AfterChange, "The line is too long.";
        TextTooLong = "text-too-long", Client, AfterChange, "The text is too long.";
        TooManyErrors = "too-many-errors", Client, AfterChange, "There were too many errors.";
        TooManyConnections = "too-many-connections", Nobody, Later, "There are too many connections.";
        Internal = "internal", Server, Later, "The server could not go on.";
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

    /// The rows of a table of SPEC.md: code, fault, retry and text.
    fn rows(section: &str) -> impl Iterator<Item = [&'static str; 4]> {
        const SPEC: &str = include_str!("../SPEC.md");
        let begin = SPEC.find(section).expect("the section is there");
        let table = SPEC[begin..].split("\n### ").next().expect("the section has text");
        table.lines().filter(|line| line.starts_with("| `")).map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let mut cell = |skip| cells.nth(skip).expect("the row has all its cells");
            [cell(0).trim_matches('`'), cell(1), cell(0), cell(1)]
        })
    }

    fn words(blame: Blame, retry: Retry) -> [&'static str; 2] {
        let blame = match blame {
            Blame::Client => "client",
            Blame::Server => "server",
            Blame::Nobody => "nobody",
        };
        let retry = match retry {
            Retry::No => "no",
            Retry::AfterChange => "after a change",
            Retry::Later => "later",
        };
        [blame, retry]
    }

    //= protocol/SPEC.md#7-1-rules
    //= type=test
    //# A server MUST use for each cause the code that the tables of 7.2 and 7.3 name.
    #[test]
    fn the_table_is_that_of_the_specification() {
        let err = ErrCode::ALL.iter().map(|code| {
            let [blame, retry] = words(code.blame(), code.retry());
            [code.as_str(), blame, retry, code.text().as_str()]
        });
        assert!(err.eq(rows("### 7.2")), "{:?}", rows("### 7.2").next());
        let bye = ByeCode::ALL.iter().map(|code| {
            let [blame, retry] = words(code.blame(), code.retry());
            [code.as_str(), blame, retry, code.text().as_str()]
        });
        assert!(bye.eq(rows("### 7.3")));
    }

    #[test]
    fn an_unknown_code_is_kept_as_it_came() {
        let word = CodeWord::new("slow-down").expect("a code word");
        assert_eq!(ErrCode::from_word(word), ErrCode::Other(word));
        assert_eq!(ErrCode::from_word(word).as_str(), "slow-down");
    }
}
