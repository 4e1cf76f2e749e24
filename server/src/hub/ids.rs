//! The ids of a room's messages, so that a message that is sent twice is said once. SPEC.md, section 4.7.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Id, NameKey, Seq, Text};

use super::digest::{Digest, Digests};

/// How many of a name's ids in a room are remembered.
//= protocol/SPEC.md#11-limits
//# A server MUST keep each limit of the table below that is fixed by the protocol.
pub(crate) const MOST: usize = 1_024;

/// How long an id is remembered, in milliseconds.
pub(crate) const LIFE: u64 = 5 * 60 * 1_000;

/// What an id costs in memory besides its own octets: its entry, its place in the order, its allocation.
const COST: usize = size_of::<Said>() + 4 * size_of::<Arc<str>>() + 2 * size_of::<usize>();

/// What a speaker costs besides the ids: the tables' first allocations.
const SPEAKER_COST: usize = size_of::<(NameKey, Speaker)>() + 4 * (size_of::<Said>() + 4 * size_of::<Arc<str>>());

/// The ids of one room and epoch.
#[derive(Debug)]
pub(crate) struct Ids {
    speakers: HashMap<NameKey, Speaker>,
    /// Texts are compared by their digests, so that they need not be kept.
    digests: Digests,
    octets: usize,
}

#[derive(Debug, Default)]
struct Speaker {
    order: VecDeque<(Arc<str>, Millis)>,
    said: HashMap<Arc<str>, Said>,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    seq: Seq,
    text: Digest,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: the message is new.
    New,
    /// The same message was said with this number.
    Repeat(Seq),
    /// Another message had it.
    Reused,
}

impl Ids {
    /// None yet.
    pub(crate) fn new(digests: Digests) -> Self {
        Self { speakers: HashMap::new(), digests, octets: 0 }
    }

    /// What is known of a name's id.
    pub(crate) fn look(&self, name: NameKey, id: Id<'_>, text: Text<'_>) -> Known {
        match self.speakers.get(&name).and_then(|speaker| speaker.said.get(id.as_str())) {
            None => Known::New,
            Some(said) if said.text == self.digests.of(text) => Known::Repeat(said.seq),
            Some(_) => Known::Reused,
        }
    }

    /// Remembers the id of a message that was said.
    pub(crate) fn remember(&mut self, name: NameKey, id: Id<'_>, text: Text<'_>, seq: Seq, now: Millis) {
        self.restore(name, id, self.digests.of(text), seq, now);
    }

    /// Remembers an id of which the text is not known any more.
    pub(crate) fn restore(&mut self, name: NameKey, id: Id<'_>, text: Digest, seq: Seq, now: Millis) {
        let speaker = self.speakers.entry(name).or_insert_with(|| {
            self.octets += SPEAKER_COST;
            Speaker::default()
        });
        let id: Arc<str> = id.as_str().into();
        self.octets += COST + id.len();
        speaker.order.push_back((Arc::clone(&id), now));
        speaker.said.insert(id, Said { seq, text });
        //= protocol/SPEC.md#4-7-say
        //# A server MUST remember an id while it is younger than 5 minutes and among the last 1,024 of its name in its
        //# room, except as item 7 says.
        self.octets -= speaker.forget(|length, _| length > MOST);
    }

    /// Forgets the ids that have lived long enough.
    pub(crate) fn expire(&mut self, now: Millis) {
        let Self { speakers, octets, .. } = self;
        speakers.retain(|_, speaker| {
            //= protocol/SPEC.md#4-7-say
            //# A server MUST remember an id while it is younger than 5 minutes and among the last 1,024 of its name in
            //# its room, except as item 7 says.
            *octets -= speaker.forget(|_, at| at + LIFE <= now);
            speaker.stays(octets)
        });
    }

    /// Forgets the older half of every name's ids, because memory is short.
    pub(crate) fn halve(&mut self) {
        let Self { speakers, octets, .. } = self;
        speakers.retain(|_, speaker| {
            let half = speaker.order.len() / 2;
            *octets -= speaker.forget(|length, _| length > half);
            speaker.order.shrink_to_fit();
            speaker.said.shrink_to_fit();
            speaker.stays(octets)
        });
    }

    /// What the ids keep in memory, in octets.
    pub(crate) fn octets(&self) -> usize {
        self.octets
    }
}

impl Speaker {
    /// Whether there is still an id to remember; if not, the speaker costs nothing any more.
    fn stays(&self, octets: &mut usize) -> bool {
        let stays = !self.order.is_empty();
        *octets -= if stays { 0 } else { SPEAKER_COST };
        stays
    }

    /// Forgets ids from the oldest on, while `that` says so of how many there are and when the oldest came. Returns
    /// the octets that this frees.
    fn forget(&mut self, that: impl Fn(usize, Millis) -> bool) -> usize {
        let mut freed = 0;
        while let Some((id, at)) = self.order.front() {
            if !that(self.order.len(), *at) {
                break;
            }
            freed += COST + id.len();
            self.said.remove(id);
            self.order.pop_front();
        }
        freed
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::Name;

    use super::*;

    fn key(name: &str) -> NameKey {
        Name::new(name).expect("a name").key()
    }

    fn id(id: &str) -> Id<'_> {
        Id::new(id).expect("an id")
    }

    fn text(text: &str) -> Text<'_> {
        Text::new(text).expect("a text")
    }

    fn seq(seq: u64) -> Seq {
        Seq::new(seq).expect("a number")
    }

    #[test]
    fn an_id_means_one_message_of_one_name() {
        let mut ids = Ids::new(Digests::random());
        ids.remember(key("alice"), id("a"), text("x"), seq(7), Millis(0));
        assert_eq!(ids.look(key("ALICE"), id("a"), text("x")), Known::Repeat(seq(7)));
        assert_eq!(ids.look(key("alice"), id("a"), text("y")), Known::Reused);
        assert_eq!(ids.look(key("bob"), id("a"), text("y")), Known::New);
    }

    //= protocol/SPEC.md#4-7-say
    //= type=test
    //# A server MUST remember an id while it is younger than 5 minutes and among the last 1,024 of its name in its
    //# room, except as item 7 says.
    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST keep each limit of the table below that is fixed by the protocol.
    #[test]
    fn the_last_1024_are_remembered_for_five_minutes_and_nothing_stays_behind() {
        let mut ids = Ids::new(Digests::random());
        let names: Vec<_> = (0..=MOST).map(|n| n.to_string()).collect();
        for (n, name) in names.iter().enumerate() {
            ids.remember(key("alice"), id(name), text(name), seq(n as u64 + 1), Millis(0));
        }
        assert_eq!(ids.look(key("alice"), id("0"), text("0")), Known::New);
        assert_eq!(ids.look(key("alice"), id("1"), text("1")), Known::Repeat(seq(2)));
        ids.expire(Millis(LIFE - 1));
        assert_eq!(ids.look(key("alice"), id("1"), text("1")), Known::Repeat(seq(2)));
        ids.halve();
        assert_eq!(ids.look(key("alice"), id("512"), text("512")), Known::New);
        assert_eq!(ids.look(key("alice"), id("513"), text("513")), Known::Repeat(seq(514)));
        ids.expire(Millis(LIFE));
        assert_eq!((ids.octets(), ids.speakers.len()), (0, 0));
    }
}
