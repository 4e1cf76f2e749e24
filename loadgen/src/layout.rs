//! Who is in which room, and who speaks when.

use serde::Serialize;

/// The largest exponent of a law of sizes. With more, all are in one room.
pub const MOST_EXPONENT: f64 = 10.0;

/// How many rooms there are, and how large they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rooms {
    /// How many. At least 1.
    pub count: u32,
    /// How the clients are spread over them.
    pub sizes: Sizes,
}

/// How clients are spread over rooms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sizes {
    /// All rooms are as large, but for one client.
    Even,
    /// By Zipf's law: the room of rank *k* has a part of the clients in proportion to 1/*k* to the power of this, which is 0 to
    /// [`MOST_EXPONENT`]. None has fewer than two, or than one if there are not so many clients.
    Zipf(f64),
}

impl Rooms {
    /// So many rooms that are as large.
    pub fn even(count: u32) -> Self {
        Self { count, sizes: Sizes::Even }
    }

    /// So many rooms whose sizes follow Zipf's law.
    pub fn zipf(count: u32, exponent: f64) -> Self {
        Self { count, sizes: Sizes::Zipf(exponent) }
    }
}

/// Who is in which room, and who speaks when. The same arguments always make the same one.
///
/// Those who speak do so in turn: message *i* is said by the one whose turn is *i* modulo their number. A *connection* is a
/// client or, behind them all, one that only speaks; both count from 0. A *person* is the number in its name, which differs
/// between the processes of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    rooms: u32,
    /// The room of each client.
    clients: Seats,
    /// The room of each who speaks, by turn.
    speakers: Seats,
    voices: Voices,
    first_person: u64,
    /// The person whose turn is the first; the others follow.
    first_speaker: u64,
}

/// The rooms of some people.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seats {
    /// They are in the rooms in turn.
    InTurn(u32),
    /// Each is where it says.
    Listed(Box<[u32]>),
}

/// Which connections speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voices {
    /// The first clients.
    Clients,
    /// Further ones.
    Apart,
    /// None: those who speak are another process's.
    Elsewhere,
}

impl Layout {
    /// So many clients, in rooms of which none is empty, and so many who speak: the first clients or, `apart`, others. Each room
    /// has somebody who speaks, so there are as many at least.
    ///
    /// By Zipf's law a room has a part of those who speak as large as its part of the clients, and their turns are mixed as
    /// `seed` says, so that the rooms are.
    pub fn new(clients: u32, rooms: Rooms, publishers: u32, apart: bool, seed: u64) -> Self {
        let (voices, first_speaker) = if apart { (Voices::Apart, clients.into()) } else { (Voices::Clients, 0) };
        let (clients, speakers) = match rooms.sizes {
            Sizes::Even => (Seats::InTurn(clients), Seats::InTurn(publishers)),
            Sizes::Zipf(exponent) => {
                let sizes = zipf(clients, rooms.count, exponent);
                let speaking = speaking(publishers, &sizes, apart);
                let mut random = fastrand::Rng::with_seed(seed);
                let mut speakers = listed(&speaking);
                random.shuffle(&mut speakers);
                let silent = |(size, speaking): (&u32, &u32)| if apart { *size } else { size - speaking };
                let mut others = listed(&sizes.iter().zip(&speaking).map(silent).collect::<Vec<_>>());
                random.shuffle(&mut others);
                let first = if apart { &[][..] } else { &speakers };
                let clients = [first, &others].concat();
                (Seats::Listed(clients.into()), Seats::Listed(speakers.into()))
            }
        };
        Self { rooms: rooms.count.max(1), clients, speakers, voices, first_person: 0, first_speaker }
    }

    /// So many clients in so many rooms, client *i* in room *i* modulo their number, of whom the first speak.
    pub fn even(clients: u32, rooms: u32, publishers: u32) -> Self {
        Self::new(clients, Rooms::even(rooms), publishers, false, 0)
    }

    /// The same with persons that count from a number.
    pub fn numbered_from(self, first: u32) -> Self {
        let (first_person, first_speaker) =
            (self.first_person + u64::from(first), self.first_speaker + u64::from(first));
        Self { first_person, first_speaker, ..self }
    }

    /// The same with nobody who speaks: only another process's people do.
    pub fn following(self, leader: &Self) -> Self {
        let speakers = leader.speakers.clone();
        Self { speakers, voices: Voices::Elsewhere, first_speaker: leader.first_speaker, ..self }
    }

    /// How many rooms there are.
    pub fn rooms(&self) -> usize {
        self.rooms as usize
    }

    /// How many connections there are: clients, and those that only speak.
    pub fn connections(&self) -> usize {
        let apart = if self.voices == Voices::Apart { self.publishers() } else { 0 };
        self.clients.count() as usize + apart
    }

    /// How many speak, in turn. At least 1.
    pub fn publishers(&self) -> usize {
        self.speakers.count().max(1) as usize
    }

    /// Whether a connection is a client, and not one that only speaks.
    pub fn is_client(&self, connection: usize) -> bool {
        connection < self.clients.count() as usize
    }

    /// The room of a connection.
    pub fn room_of(&self, connection: usize) -> usize {
        match connection.checked_sub(self.clients.count() as usize) {
            None => self.clients.room(connection, self.rooms),
            Some(turn) => self.speakers.room(turn, self.rooms),
        }
    }

    /// How many of those who speak are in each room.
    pub fn speaking(&self) -> Vec<u32> {
        let mut speaking = vec![0; self.rooms()];
        for turn in 0..self.publishers() {
            speaking[self.speakers.room(turn, self.rooms)] += 1;
        }
        speaking
    }

    /// The person that a connection is.
    pub fn person(&self, connection: usize) -> u64 {
        self.first_person + connection as u64
    }

    /// Whose turn a message is.
    pub fn turn(&self, index: u64) -> usize {
        usize::try_from(index % self.publishers() as u64).expect("it is less than there are people")
    }

    /// The person who says a message.
    pub fn publisher_of(&self, index: u64) -> u64 {
        self.first_speaker + self.turn(index) as u64
    }

    /// The room in which a message is said.
    pub fn room_of_message(&self, index: u64) -> usize {
        self.speakers.room(self.turn(index), self.rooms)
    }

    /// The connection that speaks when it is a turn. `None` if it is another process's.
    pub fn speaker(&self, turn: usize) -> Option<usize> {
        match self.voices {
            Voices::Clients => Some(turn),
            Voices::Apart => Some(self.clients.count() as usize + turn),
            Voices::Elsewhere => None,
        }
    }

    /// Which turn a connection's is, if it speaks.
    pub fn turn_of(&self, connection: usize) -> Option<usize> {
        let first = self.speaker(0)?;
        connection.checked_sub(first).filter(|turn| *turn < self.publishers())
    }
}

impl Seats {
    fn count(&self) -> u32 {
        match self {
            Self::InTurn(count) => *count,
            Self::Listed(rooms) => u32::try_from(rooms.len()).expect("there are at most a million people"),
        }
    }

    fn room(&self, at: usize, rooms: u32) -> usize {
        match self {
            Self::InTurn(_) => at % rooms as usize,
            Self::Listed(rooms) => rooms[at] as usize,
        }
    }
}

/// How many members each of so many rooms has, the largest first.
fn zipf(clients: u32, rooms: u32, exponent: f64) -> Vec<u32> {
    // Whole numbers, so that all that follows is exact, and small enough for products with a million.
    let weight = |rank: u32| ((1_u64 << 40) as f64 / f64::from(rank).powf(exponent)) as u64;
    let mut weights: Vec<u64> = (1..=rooms).map(weight).collect();
    let least: u32 = if clients / rooms.max(1) > 1 { 2 } else { 1 };
    // Those at the end that would have less get the least, and the others share what is left.
    let (mut left, mut sum) = (clients, weights.iter().sum::<u64>());
    while let Some(last) = weights.pop_if(|last| u64::from(left) * *last < u64::from(least) * sum) {
        (left, sum) = (left - least, sum - last);
    }
    let mut sizes = apportioned(left, &weights);
    sizes.resize(rooms as usize, least);
    sizes
}

/// How many speak in rooms of these sizes: one in each, and the others as the sizes have it.
fn speaking(publishers: u32, sizes: &[u32], apart: bool) -> Vec<u32> {
    let rooms = u32::try_from(sizes.len()).expect("there are at most a million rooms");
    // Where they are members, no room has more of them than that.
    let weights: Vec<u64> = sizes.iter().map(|size| u64::from(if apart { *size } else { size - 1 })).collect();
    apportioned(publishers.saturating_sub(rooms), &weights).into_iter().map(|further| 1 + further).collect()
}

/// A number in parts that are in proportion to weights, by the largest remainder; of equal ones the first.
fn apportioned(whole: u32, weights: &[u64]) -> Vec<u32> {
    let sum = weights.iter().sum::<u64>().max(1);
    let product = |weight: &u64| u64::from(whole) * weight;
    let mut parts: Vec<u32> = weights
        .iter()
        .map(|weight| u32::try_from(product(weight) / sum).expect("a part is not above the whole"))
        .collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(product(&weights[*at]) % sum));
    let rest = whole - parts.iter().sum::<u32>();
    for at in order.into_iter().take(rest as usize) {
        parts[at] += 1;
    }
    parts
}

/// Each room as many times as it counts.
fn listed(counts: &[u32]) -> Vec<u32> {
    (0..).zip(counts).flat_map(|(room, count)| std::iter::repeat_n(room, *count as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many clients are in each room.
    fn sizes(layout: &Layout) -> Vec<usize> {
        let mut sizes = vec![0; layout.rooms()];
        (0..layout.connections()).filter(|at| layout.is_client(*at)).for_each(|at| sizes[layout.room_of(at)] += 1);
        sizes
    }

    #[test]
    fn even_rooms_have_their_clients_and_turns_by_their_number() {
        let layout = Layout::even(10, 3, 6);
        assert_eq!((0..10).map(|at| layout.room_of(at)).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
        assert_eq!((sizes(&layout), layout.speaking()), (vec![4, 3, 3], vec![2, 2, 2]));
        for index in 0..20 {
            assert_eq!(layout.publisher_of(index), index % 6);
            assert_eq!(layout.room_of_message(index), (index % 3) as usize);
        }
        assert_eq!((layout.turn_of(5), layout.turn_of(6), layout.speaker(5)), (Some(5), None, Some(5)));
    }

    #[test]
    fn sizes_follow_zipfs_law() {
        // 12 / 25 of the first, and then a half of it, a third, a fourth.
        assert_eq!(zipf(2_500, 4, 1.0), [1_200, 600, 400, 300]);
        assert_eq!(zipf(100, 4, 0.0), [25; 4]);
        // Those that would have less have two, or one.
        assert_eq!(zipf(20, 5, 3.0), [12, 2, 2, 2, 2]);
        assert_eq!(zipf(9, 5, 10.0), [5, 1, 1, 1, 1]);
        assert_eq!(zipf(3, 3, 1.0), [1; 3]);
    }

    #[test]
    fn everybody_has_one_room_and_every_room_somebody_who_speaks() {
        for (clients, rooms, publishers) in
            [(1, 1, 1), (10, 10, 10), (1_000, 50, 50), (1_000, 50, 777), (1_000, 50, 1_000), (9_999, 1_000, 1_234)]
        {
            for apart in [false, true] {
                for exponent in [0.0, 0.5, 1.0, 2.5, MOST_EXPONENT] {
                    let layout = Layout::new(clients, Rooms::zipf(rooms, exponent), publishers, apart, 7);
                    let sizes = sizes(&layout);
                    assert_eq!(sizes.iter().sum::<usize>(), clients as usize);
                    assert!(sizes.iter().all(|size| *size >= if clients >= 2 * rooms { 2 } else { 1 }), "{sizes:?}");
                    assert!(sizes.is_sorted_by(|one, other| one >= other), "{sizes:?}");
                    let speaking = layout.speaking();
                    assert_eq!(speaking.iter().sum::<u32>(), publishers);
                    assert!(speaking.iter().all(|count| *count > 0), "{speaking:?}");
                    assert_eq!(layout.connections(), (clients + if apart { publishers } else { 0 }) as usize);
                    for turn in 0..layout.publishers() {
                        let speaker = layout.speaker(turn).expect("it is here");
                        assert_eq!((layout.turn_of(speaker), layout.is_client(speaker)), (Some(turn), !apart));
                        assert_eq!(layout.room_of(speaker), layout.room_of_message(turn as u64));
                        assert_eq!(layout.person(speaker), layout.publisher_of(turn as u64));
                    }
                }
            }
        }
    }

    #[test]
    fn turns_are_mixed_and_the_same_for_the_same_seed() {
        let of = |seed| Layout::new(1_000, Rooms::zipf(20, 1.0), 1_000, false, seed);
        let turns = |layout: &Layout| (0..1_000).map(|index| layout.room_of_message(index)).collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(turns(&of(1)), turns(&of(2)));
        // All of the first thirty turns in the largest room would be no mixture.
        let first = turns(&of(1))[..30].iter().collect::<std::collections::BTreeSet<_>>().len();
        assert!(first > 5, "{first}");
    }

    #[test]
    fn who_follows_knows_who_speaks_elsewhere() {
        for (rooms, apart) in [(Rooms::even(3), false), (Rooms::even(3), true), (Rooms::zipf(3, 1.0), true)] {
            let leader = Layout::new(100, rooms, 6, apart, 7).numbered_from(50);
            let follower = Layout::new(10, rooms, 6, true, 7).numbered_from(1_000).following(&leader);
            assert_eq!((follower.connections(), follower.speaker(0), follower.turn_of(0)), (10, None, None));
            assert_eq!(follower.person(3), 1_003);
            for index in 0..20 {
                assert_eq!(follower.publisher_of(index), leader.publisher_of(index));
                assert_eq!(follower.room_of_message(index), leader.room_of_message(index));
            }
            assert_eq!(leader.publisher_of(0), if apart { 150 } else { 50 });
        }
    }
}
