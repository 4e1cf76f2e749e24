//! Ids that make messages safe to send again. SPEC.md, section 4.7, items 12 and 14.

use fanfare_protocol::Id;

use crate::owned::OwnedId;

/// Ids that begin with 64 random bits and go on with a number.
#[derive(Debug)]
pub(crate) struct Ids {
    random: u64,
    given: u64,
}

impl Ids {
    /// Ids with these random bits, which must be new for each process.
    pub(crate) fn new(random: u64) -> Self {
        Self { random, given: 0 }
    }

    /// One that was never given before.
    pub(crate) fn next(&mut self) -> OwnedId {
        self.given += 1;
        //= protocol/SPEC.md#4-7-say
        //# A client MUST put at least 64 random bits, drawn anew for each process at least, into each id it makes.
        let id = format!("{:016x}-{}", self.random, self.given);
        Id::new(&id).expect("hexadecimal digits and a number are at most 37 of an id's characters").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    //= protocol/SPEC.md#4-7-say
    //= type=test
    //# A client MUST put at least 64 random bits, drawn anew for each process at least, into each id it makes.
    #[test]
    fn ids_have_64_random_bits_and_are_never_the_same() {
        let mut ids = Ids::new(0xab);
        assert_eq!(ids.next().get().as_str(), "00000000000000ab-1");
        assert_eq!(ids.next().get().as_str(), "00000000000000ab-2");
        assert_eq!(Ids { random: u64::MAX, given: u64::MAX - 1 }.next().get().as_str().len(), 37);
    }
}
