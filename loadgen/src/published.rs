//! The messages that were published: who said each, and when it was meant to be sent.

/// How many messages are remembered. A power of two, and the largest window.
pub const REMEMBERED: u64 = 1 << 16;

/// The newest of the published messages.
#[derive(Debug)]
pub struct Published {
    /// What the names of this run's people begin with; a number follows.
    prefix: String,
    publishers: u64,
    /// The room's newest number before the first message.
    base: u64,
    count: u64,
    ring: Box<[Said]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Said {
    intended: u64,
    /// Its number in the room; 0 while that is unknown.
    number: u64,
}

impl Published {
    /// None yet. The messages are said in turn by so many publishers, whose names are the prefix and a number from 0.
    pub fn new(prefix: &str, publishers: u64) -> Self {
        let remembered = usize::try_from(REMEMBERED).expect("65,536 fits");
        Self {
            prefix: prefix.to_owned(),
            publishers,
            base: 0,
            count: 0,
            ring: vec![Said::default(); remembered].into_boxed_slice(),
        }
    }

    /// The name of one of this run's people.
    pub fn name(&self, number: u64) -> String {
        format!("{}{number}", self.prefix)
    }

    /// Everybody is there, and this is the room's newest number.
    pub fn begin(&mut self, base: u64) {
        self.base = base;
    }

    /// The room's newest number before the first message.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// How many messages there are. Their indexes begin at 0.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Who says a message.
    pub fn publisher_of(&self, index: u64) -> u64 {
        index % self.publishers
    }

    /// The next message is said. It returns its index.
    pub fn say(&mut self, intended: u64) -> u64 {
        let index = self.count;
        self.ring[slot(index)] = Said { intended, number: 0 };
        self.count += 1;
        index
    }

    /// Which of this run's people a name is of.
    pub fn publisher(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&*self.prefix)?.parse().ok()
    }

    /// Whether this message was said, and by this one.
    pub fn is_of(&self, index: u64, publisher: u64) -> bool {
        index < self.count && self.publisher_of(index) == publisher
    }

    /// When a message was meant to be sent, if it is remembered.
    pub fn intended(&self, index: u64) -> Option<u64> {
        self.is_remembered(index).then(|| self.ring[slot(index)].intended)
    }

    /// The number of a message in the room, if it is known.
    pub fn number(&self, index: u64) -> Option<u64> {
        let number = self.ring[slot(index)].number;
        (self.is_remembered(index) && number > 0).then_some(number)
    }

    /// The number of a message in the room became known.
    pub fn set_number(&mut self, index: u64, number: u64) {
        if self.is_remembered(index) {
            self.ring[slot(index)].number = number;
        }
    }

    fn is_remembered(&self, index: u64) -> bool {
        index < self.count && self.count - index <= REMEMBERED
    }
}

fn slot(index: u64) -> usize {
    usize::try_from(index % REMEMBERED).expect("it is below 65,536")
}
