//! Private messages that came before. SPEC.md, section 4.8.

use std::collections::{HashSet, VecDeque};

use fanfare_protocol::{Id, Name};

/// How many are remembered.
const MOST: usize = 1_024;

/// The names and ids of the last private messages: who does not know whether one arrived tells it again with its id.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    known: HashSet<(Box<str>, Box<str>)>,
    order: VecDeque<(Box<str>, Box<str>)>,
}

impl Repeats {
    /// Whether this one came before. From now on it did.
    pub(super) fn came_before(&mut self, name: Name<'_>, id: Id<'_>) -> bool {
        let key = (name.as_str().to_ascii_lowercase().into_boxed_str(), Box::from(id.as_str()));
        if !self.known.insert(key.clone()) {
            return true;
        }
        self.order.push_back(key);
        if self.order.len() > MOST {
            let oldest = self.order.pop_front().expect("there are more than a few");
            self.known.remove(&oldest);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_id_is_new_once_and_forgotten_after_many_others() {
        let (alice, bob) = (Name::new("Alice").expect("a name"), Name::new("bob").expect("a name"));
        let id = Id::new("x").expect("an id");
        let mut repeats = Repeats::default();
        assert!(!repeats.came_before(alice, id));
        assert!(repeats.came_before(Name::new("aLICE").expect("a name"), id));
        assert!(!repeats.came_before(bob, id));
        for number in 0..MOST {
            let id = number.to_string();
            assert!(!repeats.came_before(bob, Id::new(&id).expect("an id")));
        }
        assert!(!repeats.came_before(alice, id));
        assert_eq!((repeats.known.len(), repeats.order.len()), (MOST, MOST));
    }
}
