//! Each fault of a stream is named, with numbers and without.

use super::*;
use crate::latency::Sending;
use crate::published::Published;

const RUN: u32 = 0xfa;
const SIZE: usize = 30;

/// A run's messages, of which one member reads what a test says.
struct Stage {
    wire: Wire,
    texts: Texts,
    verifier: Verifier,
    rooms: usize,
    refused: BTreeMap<u64, u64>,
    account: Account,
    left: Vec<u8>,
    out: Vec<u8>,
}

impl Stage {
    /// So many messages were said by so many publishers in rooms, and all accepted.
    fn new(wire: Wire, rooms: usize, publishers: u64, messages: u64, from: From) -> Self {
        let texts = Texts::new(RUN, SIZE);
        let people = u32::try_from(publishers).expect("a few");
        let layout = Layout::even(people, u32::try_from(rooms).expect("a few"), people);
        let published = Published::new("load-000000fa-", layout, Sending::Late);
        let names: Vec<String> =
            if rooms > 1 { (0..rooms).map(|at| format!("#tea-{at}")).collect() } else { vec!["#tea".to_owned()] };
        let mut verifier = Verifier::new(wire, &names, texts.clone(), published);
        for room in 0..rooms {
            verifier.join(room, 0);
        }
        verifier.begin();
        for _ in 0..messages {
            let index = verifier.published().say(0, 0);
            verifier.accepted(index, wire.has_numbers().then_some(index / rooms as u64 + 1));
        }
        let (refused, account) = (BTreeMap::new(), Account::new(0, from));
        Self { wire, texts, verifier, rooms, refused, account, left: Vec::new(), out: Vec::new() }
    }

    fn text(&self, index: u64) -> String {
        let mut text = String::new();
        self.texts.write(index, &mut text);
        text
    }

    /// The frame of a message, as the server sends it.
    fn frame(&self, index: u64) -> String {
        let (place, text) = (self.verifier.place(0), self.text(index));
        let (number, name) = (
            index / self.rooms as u64 + 1,
            self.verifier.said().name(self.verifier.said().layout().publisher_of(index)),
        );
        match self.wire {
            Wire::Nats => format!("MSG {place} 1 {SIZE}\r\n{text}\r\n"),
            _ => format!("MSG {place} {number} 1700000000000 {name} :{text}\n"),
        }
    }

    fn hear(&mut self, octets: &str) -> Result<(), Ended> {
        self.left.extend_from_slice(octets.as_bytes());
        let known = Known { wire: self.wire, texts: &self.texts, verifier: &self.verifier, refused: &self.refused };
        let taken = self.account.receive(&self.left, &known, &mut self.out)?;
        self.left.drain(..taken);
        Ok(())
    }

    /// Hears the messages of these indexes.
    fn said(&mut self, indexes: &[u64]) {
        for &index in indexes {
            let frame = self.frame(index);
            // However it is cut.
            let (one, other) = frame.split_at(frame.len() / 2);
            assert_eq!((self.hear(one), self.hear(other)), (Ok(()), Ok(())));
        }
    }

    fn has_everything(&self) -> bool {
        let known = Known { wire: self.wire, texts: &self.texts, verifier: &self.verifier, refused: &self.refused };
        self.account.has_everything(&known)
    }

    #[track_caller]
    fn finish(self, cut: bool, flows: bool, expected: Deliveries) {
        let known = Known { wire: self.wire, texts: &self.texts, verifier: &self.verifier, refused: &self.refused };
        assert_eq!(self.account.finish(&known, cut, flows), expected, "{:?}", self.wire);
    }
}

const WIRES: [Wire; 2] = [Wire::Fanfare, Wire::Nats];

/// What becomes of ten messages of one publisher.
#[track_caller]
fn expect(indexes: &[u64], expected: Deliveries) {
    for wire in WIRES {
        let mut stage = Stage::new(wire, 1, 1, 10, From::Start(0));
        stage.said(indexes);
        stage.finish(false, false, expected);
    }
}

#[test]
fn what_came_whole_and_in_order_has_no_fault() {
    expect(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], Deliveries { received: 10, ..Deliveries::default() });
}

#[test]
fn what_never_came_is_lost_wherever_it_was() {
    let lost = |received, lost| Deliveries { received, lost, ..Deliveries::default() };
    expect(&[1, 2, 3, 5, 6, 7, 8, 9], lost(8, 2));
    expect(&[0, 1, 2, 3, 4, 5, 6], lost(7, 3));
    expect(&[], lost(0, 10));
}

#[test]
fn what_came_twice_is_repeated_and_what_came_late_reordered() {
    let all = Deliveries { received: 10, ..Deliveries::default() };
    expect(&[0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 0, 9], Deliveries { repeated: 2, ..all });
    expect(&[0, 2, 1, 3, 4, 5, 9, 6, 7, 8], Deliveries { reordered: 4, ..all });
}

#[test]
fn what_is_not_as_it_was_said_is_corrupt_and_not_lost_too() {
    for wire in WIRES {
        let mut stage = Stage::new(wire, 1, 1, 4, From::Start(0));
        stage.said(&[0, 1]);
        let frame = stage.frame(2);
        let damaged = frame.replace(&stage.text(2)[25..], "~~~~~");
        assert_ne!(frame, damaged);
        assert_eq!(stage.hear(&damaged), Ok(()));
        stage.said(&[3]);
        assert!(stage.has_everything(), "{wire:?}");
        stage.finish(false, false, Deliveries { received: 3, corrupt: 1, ..Deliveries::default() });
        // At the end it stands for the last one.
        let mut stage = Stage::new(wire, 1, 1, 2, From::Start(0));
        stage.said(&[0]);
        assert_eq!(stage.hear(if wire == Wire::Nats { "NO FRAME\r\n" } else { "M\u{1}G\n" }), Ok(()));
        assert!(stage.has_everything(), "{wire:?}");
        stage.finish(false, false, Deliveries { received: 1, corrupt: 1, ..Deliveries::default() });
    }
}

#[test]
fn a_message_that_was_never_said_is_corrupt() {
    for wire in WIRES {
        let mut stage = Stage::new(wire, 1, 1, 2, From::Start(0));
        stage.said(&[0, 1, 5_000]);
        stage.finish(false, false, Deliveries { received: 2, corrupt: 1, ..Deliveries::default() });
    }
}

#[test]
fn what_a_gap_names_is_missed() {
    let mut stage = Stage::new(Wire::Fanfare, 1, 1, 10, From::Start(0));
    stage.said(&[0, 1]);
    assert_eq!(stage.hear("GAP #tea 3 6 slow\n"), Ok(()));
    stage.said(&[6, 8]);
    // What has come can't be missed.
    assert_eq!(stage.hear("GAP #tea 9 9 slow\n"), Ok(()));
    let expected = Deliveries { received: 4, missed: 4, lost: 1, corrupt: 1, ..Deliveries::default() };
    stage.finish(false, false, expected);
}

#[test]
fn where_the_connection_ended_or_more_would_come_the_rest_has_its_own_name() {
    for wire in WIRES {
        for (cut, flows) in [(true, false), (true, true), (false, true)] {
            let mut stage = Stage::new(wire, 1, 1, 10, From::Start(0));
            stage.said(&[0, 1, 3]);
            assert!(!stage.has_everything());
            let rest = Deliveries { received: 3, lost: 1, ..Deliveries::default() };
            let expected = if cut { Deliveries { cut: 6, ..rest } } else { Deliveries { unread: 6, ..rest } };
            stage.finish(cut, flows, expected);
        }
    }
}

#[test]
fn several_publishers_in_several_rooms_are_told_apart() {
    // The room of the account hears the publishers 0 and 2 of four.
    for wire in WIRES {
        let mut stage = Stage::new(wire, 2, 4, 12, From::Start(0));
        stage.said(&[0, 2, 4, 6, 8, 10]);
        assert!(stage.has_everything(), "{wire:?}");
        stage.finish(false, false, Deliveries { received: 6, ..Deliveries::default() });
        let mut stage = Stage::new(wire, 2, 4, 12, From::Start(0));
        // That one publisher is ahead of the other is an order of its own where there are no numbers.
        stage.said(&[2, 0, 6, 10]);
        let reordered = u64::from(wire != Wire::Nats);
        stage.finish(false, false, Deliveries { received: 4, lost: 2, reordered, ..Deliveries::default() });
        // What is said in the other room is no message of this one.
        let mut stage = Stage::new(wire, 2, 4, 1, From::Start(0));
        stage.said(&[0, 1]);
        let expected = Deliveries { received: 1, corrupt: 1, ..Deliveries::default() };
        stage.finish(false, false, expected);
    }
}

#[test]
fn who_comes_later_is_owed_what_is_said_from_then_on() {
    for wire in WIRES {
        let mut stage = Stage::new(wire, 1, 1, 10, From::Now(0));
        stage.said(&[4, 5, 7]);
        let expected = Deliveries { received: 3, lost: 1, ..Deliveries::default() };
        assert_eq!(stage.account.leave(), expected, "{wire:?}");
    }
    let mut stage = Stage::new(Wire::Fanfare, 1, 1, 10, From::Now(4));
    stage.said(&[5]);
    assert_eq!(stage.account.leave(), Deliveries { received: 1, lost: 1, ..Deliveries::default() });
}

#[test]
fn what_was_refused_is_owed_to_nobody() {
    let mut stage = Stage::new(Wire::Redis, 1, 1, 10, From::Start(0));
    stage.refused.insert(0, 2);
    stage.finish(false, false, Deliveries { lost: 8, ..Deliveries::default() });
}

#[test]
fn others_are_foreign_a_ping_is_answered_and_an_end_is_the_end() {
    let mut stage = Stage::new(Wire::Fanfare, 1, 1, 1, From::Start(0));
    assert_eq!(stage.hear("MSG #tea 1 1700000000000 bob :hello\nJOINED #tea bob\nPING x\n"), Ok(()));
    assert_eq!(stage.out, b"PONG x\n");
    assert_eq!(stage.hear("BYE slow :So long\n"), Err(Ended::Said("BYE slow".to_owned())));
    stage.finish(true, false, Deliveries { foreign: 1, ..Deliveries::default() });
    let mut stage = Stage::new(Wire::Fanfare, 1, 1, 1, From::Start(0));
    assert_eq!(stage.hear("MSG {x\n"), Err(Ended::Broken));
}
