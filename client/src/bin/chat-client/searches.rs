//! What was searched for, and where it goes on.

use std::collections::BTreeMap;

use fanfare_client::Found;

/// How many messages are found at once.
pub(crate) const PAGE: u64 = 20;

/// The last search of each room that was answered and not gone on with.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    rooms: BTreeMap<String, Search>,
}

#[derive(Debug)]
struct Search {
    /// The numbering that it was in.
    epoch: String,
    words: String,
    /// Before which number it goes on.
    before: Option<u64>,
}

/// What is to be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where.
    pub(crate) room: String,
    /// What.
    pub(crate) words: String,
    /// Only messages with lower numbers.
    pub(crate) before: Option<u64>,
}

/// There is nothing of which older messages could be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no search here to go on with; write: /search WORDS")]
pub(crate) struct NoSearch;

impl Searches {
    /// What `/search` asks for in a room with this numbering; without words, what it goes on with.
    pub(crate) fn begin(&mut self, room: &str, epoch: &str, words: Option<&str>) -> Result<Wanted, NoSearch> {
        let last = self.rooms.remove(room).filter(|last| last.epoch == epoch);
        let (words, before) = match (words, last) {
            (Some(words), _) => (words.to_owned(), None),
            (None, Some(last)) => (last.words, last.before),
            (None, None) => return Err(NoSearch),
        };
        Ok(Wanted { room: room.to_owned(), words, before })
    }

    /// What was asked for is answered.
    pub(crate) fn answered(&mut self, wanted: Wanted, found: &Found) {
        let before = found.messages.first().map(|message| message.seq).or(wanted.before);
        self.rooms.insert(wanted.room, Search { epoch: found.epoch.clone(), words: wanted.words, before });
    }

    /// One is not in a room any more.
    pub(crate) fn forget(&mut self, room: &str) {
        self.rooms.remove(room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer in which nothing was found.
    fn nothing(epoch: &str) -> Found {
        Found { epoch: epoch.to_owned(), messages: Vec::new(), more: false }
    }

    fn wanted(before: Option<u64>) -> Wanted {
        Wanted { room: "#tea".to_owned(), words: "kettle".to_owned(), before }
    }

    #[test]
    fn a_search_goes_on_in_its_room_and_numbering_only() {
        let mut searches = Searches::default();
        assert_eq!(searches.begin("#tea", "e", None), Err(NoSearch));
        assert_eq!(searches.begin("#tea", "e", Some("kettle")), Ok(wanted(None)));
        searches.answered(wanted(Some(7)), &nothing("e"));
        assert_eq!(searches.begin("#lobby", "e", None), Err(NoSearch));
        assert_eq!(searches.begin("#tea", "e", None), Ok(wanted(Some(7))));
        // It is under way.
        assert_eq!(searches.begin("#tea", "e", None), Err(NoSearch));
        for is_left in [false, true] {
            searches.answered(wanted(Some(7)), &nothing("e"));
            if is_left {
                searches.forget("#tea");
            }
            assert_eq!(searches.begin("#tea", if is_left { "e" } else { "f" }, None), Err(NoSearch));
        }
    }

    #[test]
    fn new_words_begin_with_the_newest_messages() {
        let mut searches = Searches::default();
        searches.answered(Wanted { words: "pot".to_owned(), ..wanted(Some(7)) }, &nothing("e"));
        assert_eq!(searches.begin("#tea", "e", Some("kettle")), Ok(wanted(None)));
    }
}
