//! What is kept of a text so that another can be compared with it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use fanfare_protocol::Text;
use siphasher::sip::SipHasher13;

/// Makes the digests of texts, with a key that nobody else knows: so nobody finds two texts of one digest.
///
/// It is `SipHash` 1-3, as in the standard library's maps, which may change it with any version: digests are stored,
/// and must be the same in the next process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digests(SipHasher13);

/// What is kept of a text. Those of one key can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digests {
    /// Those of a key.
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher13::new_with_key(key))
    }

    /// Those of a key of this process.
    pub(crate) fn random() -> Self {
        let random = RandomState::new();
        let bits = u128::from(random.hash_one(0)) << 64 | u128::from(random.hash_one(1));
        Self::new(&bits.to_le_bytes())
    }

    /// The digest of a text's octets.
    //= protocol/SPEC.md#4-7-say
    //# A server MUST compare texts for this by their octets, whichever of the two forms they came in.
    pub(crate) fn of(&self, text: Text<'_>) -> Digest {
        Digest(self.0.hash(text.as_str().as_bytes()))
    }
}

impl Digest {
    /// As a database keeps it.
    pub(crate) fn to_stored(self) -> i64 {
        self.0.cast_signed()
    }

    /// One that was kept.
    pub(crate) fn from_stored(stored: i64) -> Self {
        Self(stored.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text<'_> {
        Text::new(text).expect("a text")
    }

    /// What a history keeps must mean the same to every later server: the numbers are those of the reference.
    #[test]
    fn a_digest_is_the_same_in_every_process_and_version() {
        let key = std::array::from_fn(|index| u8::try_from(index).unwrap_or(0));
        let digests = Digests::new(&key);
        assert_eq!(digests.of(text("")), Digest(0xabac_0158_050f_c4dc));
        for stored in [digests.of(text("once")), digests.of(text("twice")), Digest(0), Digest(u64::MAX)] {
            assert_eq!(Digest::from_stored(stored.to_stored()), stored);
        }
    }

    #[test]
    fn a_digest_is_of_a_text_and_a_key() {
        let (ours, others) = (Digests::random(), Digests::random());
        assert_eq!(ours.of(text("once")), ours.of(text("once")));
        assert_ne!(ours.of(text("once")), ours.of(text("twice")));
        assert_ne!(ours.of(text("once")), others.of(text("once")));
    }
}
