//! The log against readers of every speed.

use fanfare_protocol::{Message, Name, RoomName, Text, Timestamp};
use proptest::prelude::*;

use super::*;

fn room() -> RoomName<'static> {
    RoomName::new("#r").expect("a room")
}

fn name() -> Name<'static> {
    Name::new("alice").expect("a name")
}

fn say(log: &mut Log, text: &str) {
    let text = Text::new(text).expect("a text");
    let message = Message { room: room(), seq: log.end().due, at: Timestamp::default(), name: name(), id: None, text };
    log.append(&ServerMessage::Msg(message), true);
}

fn join(log: &mut Log) {
    log.append(&ServerMessage::Joined { room: room(), name: name() }, true);
}

/// A reader that takes as many octets at a time as it is told to, as a socket would.
struct Reader {
    dialect: Dialect,
    cursor: Cursor,
    octets: Vec<u8>,
    /// The rest of a frame that was cut.
    rest: Vec<u8>,
    missed: Vec<SeqRange>,
}

impl Reader {
    fn new(dialect: Dialect, log: &Log) -> Self {
        Self { dialect, cursor: log.end(), octets: Vec::new(), rest: Vec::new(), missed: Vec::new() }
    }

    /// Reads up to `room` octets.
    fn read(&mut self, log: &mut Log, mut room: usize) {
        let taken = room.min(self.rest.len());
        self.octets.extend(self.rest.drain(..taken));
        room -= taken;
        if !self.rest.is_empty() {
            return;
        }
        match log.read(self.cursor) {
            Read::Passed { to, missed } => {
                self.cursor = to;
                self.missed.extend(missed);
                if let Some(missed) = missed {
                    self.octets.extend_from_slice(format!("GAP {} {}\n", missed.first(), missed.last()).as_bytes());
                }
            }
            Read::Chunks(chunks) => {
                for chunk in chunks {
                    let from = self.cursor.position;
                    let octets = chunk.octets(self.dialect, from..chunk.end().position);
                    let taken = octets.len().min(room);
                    self.octets.extend_from_slice(&octets[..taken]);
                    if taken < octets.len() {
                        let (cursor, rest) = chunk.cut(self.dialect, from, taken);
                        self.cursor = cursor;
                        self.rest = rest.to_vec();
                        return;
                    }
                    self.cursor = chunk.end();
                    room -= taken;
                }
            }
        }
    }

    fn read_to_the_end(&mut self, log: &mut Log) {
        while self.cursor != log.end() || !self.rest.is_empty() {
            self.read(log, usize::MAX);
        }
    }

    /// Checks that every number came once or in a gap, and returns how many came.
    fn account(&self) -> u64 {
        let text = String::from_utf8(self.octets.clone()).expect("UTF-8");
        let (mut due, mut came) = (1, 0);
        for line in text.lines() {
            let fields: Vec<_> = line.split(' ').collect();
            match fields[..] {
                ["MSG", "#r", seq, ..] => {
                    assert_eq!(seq.parse(), Ok(due), "{line}");
                    due += 1;
                    came += 1;
                }
                ["GAP", first, last] => {
                    assert_eq!(first.parse(), Ok(due), "{line}");
                    due = last.parse::<u64>().expect("a number") + 1;
                }
                ["JOINED", "#r", "alice"] => {}
                _ => panic!("a frame was cut: {line:?}"),
            }
        }
        came
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    //= protocol/SPEC.md#6-2-where-a-membership-begins
    //= type=test
    //# A server MUST send the numbers of `MSG`, `NOTE` and `GAP` of a membership contiguously from `next` until the
    //# membership ends.
    #[test]
    fn every_reader_gets_every_number_once_or_in_a_gap(
        limit in 500_usize..20_000,
        steps in prop::collection::vec((0_usize..3, 1_usize..400, 0_usize..3_000), 1..200),
    ) {
        let mut log = Log::new(limit);
        let mut readers = [Reader::new(Dialect::Framed, &log), Reader::new(Dialect::Framed, &log)];
        for (kind, length, room) in steps {
            match kind {
                0 => join(&mut log),
                _ => say(&mut log, &"x".repeat(length)),
            }
            // The first reads now and then, the second when it likes to.
            readers[0].read(&mut log, room);
            if room % 7 == 0 {
                readers[1].read(&mut log, room);
            }
        }
        for reader in &mut readers {
            reader.read_to_the_end(&mut log);
            let missed: u64 = reader.missed.iter().map(|range| range.count()).sum();
            prop_assert_eq!(reader.account() + missed, log.end().due.get() - 1);
        }
    }

    #[test]
    fn a_message_is_found_by_its_number(kinds in prop::collection::vec((any::<bool>(), any::<bool>()), 1..200)) {
        let mut log = Log::new(4_000);
        for (is_message, seal) in kinds {
            if is_message { say(&mut log, "x") } else { join(&mut log) }
            if seal {
                log.read(log.end());
            }
        }
        for seq in 1..log.end().due.get() {
            let seq = Seq::new(seq).expect("a number");
            let octets = log.message(seq).map(|octets| String::from_utf8_lossy(octets).into_owned());
            prop_assert_eq!(octets.is_some(), seq >= log.oldest());
            if let Some(octets) = octets {
                let begin = format!("MSG #r {seq} ");
                prop_assert!(octets.starts_with(&begin) && octets.ends_with(":x\n"));
                let cursor = log.find(seq);
                prop_assert_eq!(cursor.due, seq);
                let Read::Chunks(chunks) = log.read(cursor) else { panic!("it is kept") };
                prop_assert!(chunks[0].octets(Dialect::Framed, cursor.position..cursor.position + 1).starts_with(begin.as_bytes()));
            }
        }
    }
}

#[test]
fn what_comes_between_two_reads_is_one_chunk() {
    let mut log = Log::new(1 << 20);
    let begin = log.end();
    for _ in 0..10 {
        say(&mut log, "x");
    }
    let Read::Chunks(chunks) = log.read(begin) else { panic!("nothing was passed") };
    assert_eq!((chunks.len(), chunks[0].begin(), chunks[0].end()), (1, begin, log.end()));
    let Read::Chunks(chunks) = log.read(log.end()) else { panic!("nothing was passed") };
    assert!(chunks.is_empty());
}

#[test]
fn a_log_keeps_about_its_limit_and_at_least_the_last_chunk() {
    let mut log = Log::new(10_000);
    for _ in 0..1_000 {
        say(&mut log, &"x".repeat(100));
        log.read(log.end());
        assert!(log.sealed.framed <= 10_000);
    }
    assert!(log.sealed.framed > 8_000);
    say(&mut log, &"x".repeat(50_000));
    assert_eq!(log.oldest(), Seq::new(1_001).expect("a number"));
    assert!(log.message(log.oldest()).is_some());
}

//= protocol/SPEC.md#6-4-slow-readers
//= type=test
//# A server SHOULD go on for such a reader from the middle of the log, not from its oldest event.
#[test]
fn a_passed_reader_goes_on_in_the_middle() {
    let mut log = Log::new(10_000);
    let begin = log.end();
    for _ in 0..1_000 {
        say(&mut log, "x");
        log.read(log.end());
    }
    let Read::Passed { to, missed } = log.read(begin) else { panic!("it was passed") };
    let (oldest, newest) = (log.oldest().get(), log.end().due.get());
    let middle = u64::midpoint(oldest, newest);
    assert!(to.due.get().abs_diff(middle) <= 2, "{oldest} {} {newest}", to.due);
    let missed = missed.expect("numbers were missed");
    assert_eq!((missed.first(), missed.last().next()), (Seq::FIRST, Some(to.due)));
}

#[test]
fn a_burst_is_given_back() {
    let mut log = Log::new(1 << 20);
    say(&mut log, &"x".repeat(60_000));
    assert_eq!(log.open.framed.capacity(), 0);
}

#[test]
fn a_text_of_empty_lines_for_plain_readers_pushes_nothing_out() {
    let mut log = Log::new(100_000);
    say(&mut log, "first");
    log.read(log.end());
    say(&mut log, &"\n".repeat(60_000));
    assert!(log.octets() > 400_000);
    assert_eq!(log.oldest(), Seq::FIRST);
    log.halve();
    assert!(log.octets() < 1_000, "{}", log.octets());
}

#[test]
fn of_a_log_of_one_chunk_the_half_is_all() {
    let mut log = Log::new(100_000);
    let begin = log.end();
    say(&mut log, "x");
    log.halve();
    assert_eq!((log.octets(), log.begin()), (0, log.end()));
    let Read::Passed { to, missed } = log.read(begin) else { panic!("it was passed") };
    assert_eq!((to, missed), (log.end(), SeqRange::new(Seq::FIRST, Seq::FIRST)));
}
