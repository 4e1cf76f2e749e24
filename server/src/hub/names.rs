//! Who has which name. SPEC.md, sections 3.4 and 3.5.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fanfare_protocol::NameKey;
use fanfare_protocol::plain::Dialect;
use fanfare_protocol::session::Millis;
use subtle::ConstantTimeEq;

use super::person::Person;

/// Every name that is in use or held.
#[derive(Debug)]
pub(crate) struct Names {
    table: Mutex<Table>,
    most: usize,
}

#[derive(Debug, Default)]
struct Table {
    names: HashMap<NameKey, Registration>,
    /// How many of these nobody has. As long as none is, there is nothing to forget.
    held: usize,
}

#[derive(Debug)]
struct Registration {
    holder: Holder,
    /// Without one, nobody can take the name over.
    token: Option<ResumeToken>,
}

#[derive(Debug)]
enum Holder {
    Person(Arc<Person>),
    /// Nobody, but the one who had it may come back until then.
    Held(Millis),
}

/// 128 random bits, which clients have as 32 hexadecimal digits. They are in no log: `Debug` does not show them.
#[derive(Clone, Copy)]
pub(crate) struct ResumeToken([u8; 16]);

/// A name could be had.
#[derive(Debug)]
pub(crate) struct Registered {
    /// What takes the name over later. People in plain mode have none.
    pub(crate) token: Option<ResumeToken>,
    /// The connection that had the name until now.
    pub(crate) replaced: Option<Arc<Person>>,
}

/// Why a name could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unregistered {
    /// Somebody has it.
    Taken,
    /// The system has no random numbers.
    NoEntropy,
}

impl Names {
    /// No names. As long as there are `most` in use or held, none is held beyond its connection.
    pub(crate) fn holding(most: usize) -> Self {
        Self { table: Mutex::default(), most }
    }

    /// Registers a person, if the name is free or the token is the one that takes it over.
    pub(crate) fn register(
        &self,
        person: &Arc<Person>,
        offered: Option<&str>,
        now: Millis,
    ) -> Result<Registered, Unregistered> {
        let token = match person.dialect() {
            //= protocol/SPEC.md#3-5-tokens
            //# A server MUST give a new token with each `WELCOME` that bears one.
            Dialect::Framed => Some(ResumeToken::random().ok_or(Unregistered::NoEntropy)?),
            //= protocol/SPEC.md#3-4-names
            //# A server MUST NOT hold the name of a person who has no token, in plain mode or in framed mode.
            Dialect::Plain => None,
        };
        let registration = Registration { holder: Holder::Person(Arc::clone(person)), token };
        let mut table = self.lock();
        let Table { names, held } = &mut *table;
        //= protocol/SPEC.md#3-4-names
        //# A server MUST give a name to at most one connection at a time.
        let replaced = match names.entry(person.key()) {
            //= protocol/SPEC.md#3-5-tokens
            //# A server MUST ignore the token of a `HELLO` for a free name.
            Entry::Vacant(entry) => {
                entry.insert(registration);
                None
            }
            Entry::Occupied(mut entry) => {
                let expired = matches!(entry.get().holder, Holder::Held(until) if until <= now);
                //= protocol/SPEC.md#3-4-names
                //# A server MUST answer `name-taken` to a `HELLO` or name line for a name that is in use or held,
                //# unless its token is the one that 3.5 accepts.
                if !expired && !entry.get().is_taken_over_by(offered) {
                    return Err(Unregistered::Taken);
                }
                //= protocol/SPEC.md#3-5-tokens
                //# A server MUST NOT accept a token a second time.
                match entry.insert(registration).holder {
                    Holder::Person(person) => Some(person),
                    Holder::Held(_) => {
                        *held -= 1;
                        None
                    }
                }
            }
        };
        Ok(Registered { token, replaced })
    }

    /// The person with a name.
    pub(crate) fn find(&self, name: NameKey) -> Option<Arc<Person>> {
        match &self.lock().names.get(&name)?.holder {
            Holder::Person(person) => Some(Arc::clone(person)),
            Holder::Held(_) => None,
        }
    }

    /// A connection has ended: its name is free, or held for its token until a time. If it has been taken over, it
    /// stays with who has it now.
    pub(crate) fn release(&self, person: &Arc<Person>, hold_until: Option<Millis>) {
        let mut table = self.lock();
        let Table { names, held } = &mut *table;
        let may_hold = names.len() <= self.most;
        let Entry::Occupied(mut entry) = names.entry(person.key()) else { return };
        if !matches!(&entry.get().holder, Holder::Person(holder) if Arc::ptr_eq(holder, person)) {
            return;
        }
        match hold_until {
            //= protocol/SPEC.md#3-4-names
            //# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more
            //# names would then be in use or held than it takes connections.
            Some(until) if may_hold && entry.get().token.is_some() => {
                entry.get_mut().holder = Holder::Held(until);
                *held += 1;
            }
            //= protocol/SPEC.md#3-4-names
            //# A server MUST make a name free before it sends the `BYE` of a clean end.
            _ => drop(entry.remove()),
        }
    }

    /// Forgets the names that were held long enough.
    pub(crate) fn expire(&self, now: Millis) {
        let mut table = self.lock();
        let Table { names, held } = &mut *table;
        if *held == 0 {
            return;
        }
        names.retain(|_, registration| {
            let expired = matches!(registration.holder, Holder::Held(until) if until <= now);
            *held -= usize::from(expired);
            !expired
        });
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registration {
    fn is_taken_over_by(&self, offered: Option<&str>) -> bool {
        match (&self.token, offered) {
            //= protocol/SPEC.md#3-5-tokens
            //# A server MUST accept for a name that is in use or held the token of the person who has it or for whom it
            //# is held, and no other.
            //= protocol/SPEC.md#3-5-tokens
            //# A server MUST compare tokens in a time that does not depend on their octets.
            (Some(token), Some(offered)) => bool::from(token.digits().ct_eq(offered.as_bytes())),
            _ => false,
        }
    }
}

impl ResumeToken {
    fn random() -> Option<Self> {
        let mut bits = [0; 16];
        //= protocol/SPEC.md#3-5-tokens
        //# A server MUST make a token of at least 128 random bits from a source fit for secrets.
        getrandom::fill(&mut bits).ok()?;
        Some(Self(bits))
    }

    /// The digits.
    pub(crate) fn digits(self) -> [u8; 32] {
        //= protocol/SPEC.md#3-5-tokens
        //# A server SHOULD write a token as 32 hexadecimal digits in lower case.
        let mut digits = [0; 32];
        for (pair, octet) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(octet >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(octet & 0xf)];
        }
        digits
    }

    /// The digits, for tests.
    #[cfg(test)]
    pub(crate) fn to_text(self) -> String {
        self.digits().map(char::from).iter().collect()
    }
}

impl std::fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        //= protocol/SPEC.md#13-security-considerations
        //# A server MUST NOT write texts or tokens to a log.
        f.write_str("ResumeToken")
    }
}

#[cfg(test)]
mod tests {
    use fanfare_protocol::Name;

    use super::*;
    use crate::hub::{Home, WorkerId};

    fn person(name: &str, dialect: Dialect) -> Arc<Person> {
        let home = Home { worker: WorkerId(0), connection: 0, generation: 0 };
        Arc::new(Person::new(Name::new(name).expect("a name"), dialect, home))
    }

    fn alice() -> Arc<Person> {
        person("alice", Dialect::Framed)
    }

    //= protocol/SPEC.md#3-4-names
    //= type=test
    //# A server MUST give a name to at most one connection at a time.
    #[test]
    fn a_name_is_one_persons_and_free_after_a_clean_end() {
        let (names, first) = (Names::holding(10), alice());
        assert!(names.register(&first, None, Millis(0)).is_ok());
        let second = person("ALICE", Dialect::Plain);
        assert_eq!(names.register(&second, None, Millis(0)).err(), Some(Unregistered::Taken));
        assert!(names.find(second.key()).is_some_and(|found| Arc::ptr_eq(&found, &first)));
        names.release(&first, None);
        assert!(names.find(first.key()).is_none());
        assert!(names.register(&second, Some("anything"), Millis(0)).is_ok());
    }

    //= protocol/SPEC.md#3-5-tokens
    //= type=test
    //# A server MUST NOT accept a token a second time.
    #[test]
    fn a_token_takes_a_name_over_once() {
        let names = Names::holding(10);
        let (first, second, third) = (alice(), alice(), alice());
        let token = names.register(&first, None, Millis(0)).expect("free").token.expect("a token");
        let wrong = "0".repeat(32);
        assert!(names.register(&second, Some(&wrong), Millis(0)).is_err());
        assert!(names.register(&second, Some(&token.to_text()[..31]), Millis(0)).is_err());
        let taken = names.register(&second, Some(&token.to_text()), Millis(0)).expect("the token is right");
        assert!(taken.replaced.is_some_and(|replaced| Arc::ptr_eq(&replaced, &first)));
        assert!(names.register(&third, Some(&token.to_text()), Millis(0)).is_err());
        // The one that was replaced ends later, and takes nothing with it.
        names.release(&first, None);
        assert!(names.find(second.key()).is_some_and(|found| Arc::ptr_eq(&found, &second)));
    }

    //= protocol/SPEC.md#3-4-names
    //= type=test
    //# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names
    //# would then be in use or held than it takes connections.
    #[test]
    fn after_an_unclean_end_a_name_is_held_for_its_token() {
        let names = Names::holding(10);
        let (first, second) = (alice(), alice());
        let token = names.register(&first, None, Millis(0)).expect("free").token.expect("a token");
        names.release(&first, Some(Millis(60)));
        assert!(names.find(first.key()).is_none());
        assert!(names.register(&second, None, Millis(59)).is_err());
        let back = names.register(&second, Some(&token.to_text()), Millis(59)).expect("the token is right");
        assert!(back.replaced.is_none());
        names.release(&second, Some(Millis(60)));
        assert!(names.register(&first, None, Millis(60)).is_ok());
        names.release(&first, Some(Millis(70)));
        names.expire(Millis(70));
        assert!(names.lock().names.is_empty());
    }

    //= protocol/SPEC.md#3-4-names
    //= type=test
    //# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names
    //# would then be in use or held than it takes connections.
    #[test]
    fn no_more_names_are_held_than_there_may_be_connections() {
        let names = Names::holding(2);
        for name in ["a", "b", "c"] {
            let person = person(name, Dialect::Framed);
            names.register(&person, None, Millis(0)).expect("free");
            names.release(&person, Some(Millis(60)));
        }
        assert_eq!(names.lock().names.len(), 2);
    }

    //= protocol/SPEC.md#3-4-names
    //= type=test
    //# A server MUST NOT hold the name of a person who has no token, in plain mode or in framed mode.
    #[test]
    fn a_plain_persons_name_is_never_held() {
        let (names, bob) = (Names::holding(10), person("bob", Dialect::Plain));
        assert!(names.register(&bob, None, Millis(0)).expect("free").token.is_none());
        names.release(&bob, Some(Millis(60)));
        assert!(names.lock().names.is_empty());
    }

    //= protocol/SPEC.md#13-security-considerations
    //= type=test
    //# A server MUST NOT write texts or tokens to a log.
    #[test]
    fn a_token_is_32_digits_that_debug_does_not_show() {
        let token = ResumeToken::random().expect("entropy");
        assert!(token.to_text().len() == 32 && token.to_text().bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert_ne!(token.to_text(), ResumeToken::random().expect("entropy").to_text());
        assert!(!format!("{token:?}").contains(&token.to_text()));
    }

    //= protocol/SPEC.md#3-5-tokens
    //= type=test
    //# A server MUST make a token of at least 128 random bits from a source fit for secrets.
    #[test]
    fn each_of_the_128_bits_of_a_token_changes_from_token_to_token() {
        let (mut ones, mut zeros) = (0, 0);
        // That one of 128 random bits is the same in 256 tokens happens once in 10^74 runs.
        for _ in 0..256 {
            let bits = u128::from_str_radix(&ResumeToken::random().expect("entropy").to_text(), 16).expect("32 digits");
            ones |= bits;
            zeros |= !bits;
        }
        assert_eq!((ones, zeros), (u128::MAX, u128::MAX));
    }
}
