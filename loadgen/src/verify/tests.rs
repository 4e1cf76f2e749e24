mod apart;
mod counted;
mod incomplete;
mod rooms;
mod times;
mod unnumbered;

use proptest::prelude::*;

use super::*;
use crate::layout::Layout;

const ROOM: &str = "#load";
const RECEIVERS: usize = 3;

/// A run of some messages, and what its receivers have not yet dealt with.
struct Scene {
    verifier: Verifier,
    receivers: Vec<Receiver>,
    left: Vec<Vec<u8>>,
    notices: Vec<Notice>,
    ends: Vec<End>,
}

impl Scene {
    /// Messages that were said at 0, 1,000, … nanoseconds, and that nobody has read.
    fn new(messages: u64) -> Self {
        Self::over(Wire::Fanfare, messages, 2)
    }

    /// The same over a wire, with so many publishers.
    fn over(wire: Wire, messages: u64, publishers: u32) -> Self {
        let mut verifier = Verifier::new(
            wire,
            &[ROOM.to_owned()],
            texts(),
            Published::new("load-7-", Layout::even(3, 1, publishers), Sending::Late),
        );
        let receivers = (0..RECEIVERS).map(|at| verifier.join(at, 0)).collect();
        verifier.begin();
        for index in 0..messages {
            verifier.published().say(index * 1_000, index * 1_000 + 7);
        }
        let left = vec![Vec::new(); RECEIVERS];
        Self { verifier, receivers, left, notices: Vec::new(), ends: Vec::new() }
    }

    fn feed(&mut self, to: usize, octets: impl AsRef<[u8]>) {
        self.feed_at(to, octets, 1_000_000);
    }

    fn feed_at(&mut self, to: usize, octets: impl AsRef<[u8]>, now: u64) {
        let left = &mut self.left[to];
        left.extend_from_slice(octets.as_ref());
        match self.verifier.receive(&mut self.receivers[to], left, now, &mut self.notices) {
            Ok(taken) => drop(left.drain(..taken)),
            Err(end) => self.ends.push(end),
        }
        assert!(left.len() <= MOST_LEFT);
    }

    fn feed_all(&mut self, octets: impl AsRef<[u8]>) {
        for to in 0..RECEIVERS {
            self.feed(to, &octets);
        }
    }

    fn finish(mut self) -> Tally {
        for receiver in &mut self.receivers {
            self.verifier.finish(receiver, false);
        }
        Tally { compared: 0, ..*self.verifier.tally() }
    }
}

fn texts() -> Texts {
    Texts::new(7, 40)
}

/// The frame of the message of an index, whose number is one more.
fn frame(index: u64) -> String {
    numbered(index, index + 1)
}

fn numbered(index: u64, number: u64) -> String {
    let mut text = String::new();
    texts().write(index, &mut text);
    format!("MSG {ROOM} {number} 1700000000000 load-7-{} :{text}\n", index % 2)
}

fn frames(indexes: impl IntoIterator<Item = u64>) -> String {
    indexes.into_iter().map(frame).collect()
}

#[test]
fn everything_that_came_once_and_in_order_is_clean_and_mostly_compared() {
    let mut scene = Scene::new(100);
    scene.feed_all(frames(0..100));
    assert_eq!(scene.verifier.tally().compared, 200);
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (100, 0));
    let latencies = scene.verifier.corrected();
    assert_eq!((latencies.all.len(), latencies.first.len()), (300, 100));
    assert_eq!((latencies.median.len(), latencies.last.len()), (100, 100));
    let tally = scene.finish();
    assert!(tally.is_clean(), "{tally:?}");
    assert_eq!(tally.received, 300);
}

#[test]
fn a_dropped_message_is_lost() {
    for behind in [vec![], vec![4]] {
        let mut scene = Scene::new(5);
        scene.feed(0, frames(0..5));
        scene.feed(1, frames((0..3).chain(behind)));
        scene.feed(2, frames(0..5));
        let tally = scene.finish();
        assert_eq!(tally.received + tally.lost, 15);
        assert!(tally.lost > 0 && tally.repeated + tally.reordered + tally.corrupt == 0, "{tally:?}");
    }
}

#[test]
fn a_message_that_nobody_has_is_lost_for_all() {
    let mut scene = Scene::new(5);
    scene.feed_all(frames([0, 1, 3, 4]));
    assert_eq!(scene.verifier.settled(), 5);
    let tally = scene.finish();
    assert_eq!((tally.received, tally.lost), (12, 3));
}

#[test]
fn an_accepted_message_that_never_comes_is_lost() {
    let mut scene = Scene::new(2);
    scene.feed_all(frame(0));
    scene.verifier.accepted(1, Some(2));
    assert_eq!(scene.finish().lost, 3);
}

#[test]
fn a_message_that_comes_twice_is_repeated() {
    let mut scene = Scene::new(5);
    scene.feed(0, frames(0..5));
    scene.feed(1, frames([0, 1, 2, 1, 3, 4]));
    scene.feed(2, frames([0, 0, 1, 2, 3, 4]));
    let tally = scene.finish();
    assert_eq!((tally.received, tally.repeated), (15, 2));
    assert_eq!(tally.lost + tally.reordered + tally.corrupt, 0, "{tally:?}");
}

#[test]
fn a_message_behind_a_later_one_is_reordered_and_not_lost() {
    let mut scene = Scene::new(5);
    scene.feed(1, frames([0, 2, 1, 3, 4]));
    scene.feed(0, frames(0..5));
    scene.feed(2, frames([3, 0, 1, 2, 4]));
    let tally = scene.finish();
    assert_eq!((tally.received, tally.reordered), (15, 4));
    assert_eq!(tally.lost + tally.repeated + tally.corrupt, 0, "{tally:?}");
}

#[test]
fn what_was_given_up_and_comes_after_all_is_reordered_and_what_comes_again_is_repeated() {
    let mut scene = Scene::new(200);
    scene.feed(0, frames(0..200));
    // It lacks 100 ranges, which is more than it remembers.
    scene.feed(1, frames((0..200).filter(|index| index % 2 == 0)));
    assert!(scene.verifier.tally().lost > 0);
    scene.feed(1, frames([0, 2]));
    scene.feed(1, frames((0..200).filter(|index| index % 2 == 1)));
    scene.feed(1, frames([1, 3]));
    scene.feed(2, frames(0..200));
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (200, 0));
    let tally = scene.finish();
    assert_eq!((tally.received, tally.reordered, tally.repeated, tally.lost), (600, 99, 4, 0));
}

#[test]
fn no_octet_of_a_message_changes_unseen() {
    // Before anybody has read it there is nothing to compare it with: AT can't be known then.
    let whole = frame(1);
    let at = whole.find("1700").expect("AT")..whole.find(" load-").expect("a name");
    for leads in [false, true] {
        for place in (0..whole.len() - 1).filter(|place| !leads || !at.contains(place)) {
            let mut octets = whole.clone().into_bytes();
            octets[place] ^= 1;
            let mut scene = Scene::new(3);
            if !leads {
                scene.feed(0, frames(0..3));
            }
            scene.feed(1, frame(0));
            scene.feed(1, &octets);
            scene.feed(1, frame(2));
            if leads {
                scene.feed(0, frames(0..3));
            }
            scene.feed(2, frames(0..3));
            let ended = !scene.ends.is_empty();
            let tally = scene.finish();
            assert!(!tally.is_clean(), "{:?}: {tally:?}", String::from_utf8_lossy(&octets));
            if !ended {
                assert_eq!(tally.received, 8, "{:?}: {tally:?}", String::from_utf8_lossy(&octets));
                // Another's number, read before that other came, looks like a loss and a repetition.
                assert_eq!(tally.corrupt + tally.lost, 1, "{:?}: {tally:?}", String::from_utf8_lossy(&octets));
                assert!(tally.repeated <= tally.lost && tally.reordered == 0, "{tally:?}");
            }
        }
    }
}

#[test]
fn a_gap_names_what_is_missed_and_nothing_is_lost() {
    let mut scene = Scene::new(5);
    scene.feed(0, frames(0..5));
    scene.feed(1, format!("{}GAP {ROOM} 2 4 slow\n{}", frame(0), frame(4)));
    scene.feed(2, format!("{}GAP {ROOM} 4 5 slow\n", frame(0)));
    assert_eq!(scene.verifier.settled(), 5);
    let tally = scene.finish();
    assert_eq!((tally.received, tally.missed, tally.lost, tally.corrupt), (8, 5, 2, 0));
}

#[test]
fn a_gap_over_what_came_or_over_what_can_not_be_is_corrupt() {
    for gap in ["1 1", "1 3", "4 9007199254740991"] {
        let mut scene = Scene::new(3);
        scene.feed_all(frames(0..3));
        scene.feed(0, format!("GAP {ROOM} {gap} slow\n"));
        let tally = scene.finish();
        assert_eq!((tally.corrupt, tally.missed), (1, 0), "{gap}");
    }
}

#[test]
fn a_number_that_can_not_be_is_corrupt_and_costs_no_time() {
    let most = fanfare_protocol::limits::MAX_NUMBER;
    for frame in [
        format!("NOTE {ROOM} {most} 1700000000000 bob topic :hello\n"),
        format!("MSG {ROOM} {most} 1700000000000 bob :hello\n"),
        numbered(2, most),
    ] {
        let mut scene = Scene::new(3);
        scene.feed_all(frames(0..3));
        scene.feed(0, &frame);
        let tally = scene.finish();
        assert_eq!((tally.received, tally.corrupt, tally.lost), (9, 1, 0), "{frame}");
    }
    let mut scene = Scene::new(1);
    scene.verifier.accepted(0, Some(most));
    scene.feed_all(frame(0));
    let tally = scene.finish();
    assert_eq!((tally.received, tally.corrupt, tally.lost), (3, 1, 0));
}

#[test]
fn a_note_is_counted_and_is_no_loss() {
    let mut scene = Scene::new(2);
    scene.feed_all(frame(0) + &format!("NOTE {ROOM} 2 1700000000000 bob topic :hello\n") + &numbered(1, 3));
    let tally = scene.finish();
    assert!(tally.is_clean() && tally.received == 6 && tally.foreign == 3, "{tally:?}");
}

#[test]
fn a_text_of_a_message_that_was_never_published_is_corrupt() {
    let mut scene = Scene::new(1);
    scene.feed(0, frame(1));
    assert_eq!(scene.verifier.tally().corrupt, 1);
    // Nor may one message stand under another's number, or under another's name.
    let mut scene = Scene::new(3);
    scene.feed(0, frames(0..3));
    scene.feed(1, frames([0]) + &numbered(2, 2));
    scene.feed(1, frame(2).replace("load-7-0", "load-7-1"));
    assert_eq!(scene.verifier.tally().corrupt, 2);
}

#[test]
fn others_in_the_room_are_counted_apart() {
    let other = |number| format!("MSG {ROOM} {number} 1700000000000 bob :hello\n");
    let mut scene = Scene::new(2);
    scene.feed_all(other(1) + &numbered(0, 2) + &other(3) + &other(4) + &numbered(1, 5));
    assert_eq!(scene.verifier.settled(), 2);
    let tally = scene.finish();
    assert!(tally.is_clean(), "{tally:?}");
    assert_eq!((tally.received, tally.foreign), (6, 9));
}

#[test]
fn other_frames_come_between_and_are_noticed() {
    let mut scene = Scene::new(3);
    scene.feed(0, frames(0..3));
    let between = format!("OK seq=2\nPING x\n\nMEMBERS {ROOM} total=3\nJOINED {ROOM} bob\nNEWVERB {{3}}\na\nb\n");
    scene.feed(1, frame(0) + &between + &frames(1..3) + "ERR rate-limited retry=3 :No\r\n");
    let expected =
        [Notice::Accepted(Some(2)), Notice::Ping(Some("x".to_owned())), Notice::Refused("rate-limited".to_owned())];
    assert_eq!(scene.notices, expected);
    let tally = *scene.verifier.tally();
    assert!(tally.is_clean() && tally.received == 6 && tally.presence == 2, "{tally:?}");
    scene.feed(1, "BYE shutdown :So long\n");
    scene.feed(2, "MSG {01}\n");
    assert_eq!(scene.ends, [End::Said("BYE shutdown".to_owned()), End::Broken]);
}

#[test]
fn a_line_that_is_too_long_is_one_corrupt_frame_however_it_is_cut() {
    let long = format!("MSG {ROOM} 2 1700000000000 load-7-1 :{}xyz\n", "xyz ".repeat(2_000));
    for piece in [1, 100, 4_095, 4_096, 4_097, 5_000, long.len()] {
        let mut scene = Scene::new(3);
        scene.feed_all(frame(0));
        for part in long.as_bytes().chunks(piece) {
            scene.feed(0, part);
        }
        scene.feed(0, frame(2));
        assert_eq!((scene.verifier.tally().corrupt, scene.left[0].len()), (1, 0), "{piece}");
        scene.feed(1, frames(1..3));
        scene.feed(2, frames(1..3));
        let tally = scene.finish();
        assert_eq!((tally.received, tally.corrupt, tally.lost), (8, 1, 0), "{piece}");
    }
}

#[test]
fn the_log_left_a_slow_receiver_behind_and_all_is_still_checked() {
    let texts = Texts::new(7, 4_000);
    let mut verifier = Verifier::new(
        Wire::Fanfare,
        &[ROOM.to_owned()],
        texts.clone(),
        Published::new("load-7-", Layout::even(3, 1, 1), Sending::OnTime),
    );
    let (mut fast, mut slow) = (verifier.join(0, 0), verifier.join(1, 0));
    let (mut text, mut stream, messages) = (String::new(), String::new(), 2_000);
    for index in 0..messages {
        verifier.published().say(0, 0);
        texts.write(index, &mut text);
        stream.push_str(&format!("MSG {ROOM} {} 1700000000000 load-7-0 :{text}\n", index + 1));
    }
    assert!(stream.len() > room::LOG);
    let mut notices = Vec::new();
    assert_eq!(verifier.receive(&mut fast, stream.as_bytes(), 0, &mut notices), Ok(stream.len()));
    assert_eq!(verifier.tally().compared, 0);
    assert_eq!(verifier.receive(&mut slow, stream.as_bytes(), 0, &mut notices), Ok(stream.len()));
    let compared = verifier.tally().compared;
    assert!(compared > 0 && compared < messages);
    assert!(verifier.tally().is_clean());
    assert_eq!(verifier.tally().received, 2 * messages);
}

#[derive(Clone, Debug)]
enum Piece {
    Message(u64),
    Other(&'static str),
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        8 => (0_u64..12).prop_map(Piece::Message),
        1 => prop::sample::select(vec![
            "OK seq=3\n", "PING\n", "\r\n", "GAP #load 4 6 slow\n", "GAP #load 9 9 expired\n", "MEMBERS #load total=3\n",
            "MSG #load x\n", "MSG #load 5 1 load-7-0 {3}\na\nb\n", "MSG #load 2 1700000000000 load-7-1 :rubbish\n",
            "MSG #load 7 1700000000000 bob :hello\n", "\x01\n", "BYE bye :So long\n", "MSG {x\n",
        ]).prop_map(Piece::Other),
    ]
}

/// A stream that is mostly in order.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let ordered = (0_u64..12).prop_map(|end| (0..end).map(Piece::Message).collect::<Vec<_>>());
    (ordered, prop::collection::vec((any::<prop::sample::Index>(), piece()), 0..4)).prop_map(|(mut pieces, extra)| {
        for (place, piece) in extra {
            pieces.insert(place.index(pieces.len() + 1), piece);
        }
        let octets = pieces.iter().map(|piece| match piece {
            Piece::Message(index) => frame(*index),
            Piece::Other(frame) => (*frame).to_owned(),
        });
        octets.collect::<String>().into_bytes()
    })
}

proptest! {
    #[test]
    fn every_cut_of_a_stream_gives_the_same_account(
        streams in prop::collection::vec(stream(), RECEIVERS),
        cuts in prop::collection::vec(1_usize..40, 1..20),
    ) {
        let (mut whole, mut cut) = (Scene::new(12), Scene::new(12));
        for (to, stream) in streams.iter().enumerate() {
            whole.feed(to, stream);
            let (mut rest, mut cuts) = (&stream[..], cuts.iter().cycle());
            let ends = cut.ends.len();
            while !rest.is_empty() && cut.ends.len() == ends {
                let (piece, behind) = rest.split_at(rest.len().min(*cuts.next().expect("it goes on for ever")));
                cut.feed(to, piece);
                rest = behind;
            }
        }
        prop_assert_eq!(&whole.notices, &cut.notices);
        prop_assert_eq!(&whole.ends, &cut.ends);
        prop_assert_eq!(whole.verifier.settled(), cut.verifier.settled());
        prop_assert_eq!(whole.finish(), cut.finish());
    }

    #[test]
    fn in_whatever_order_messages_come_none_is_lost_or_repeated(order in Just((0..200).collect::<Vec<_>>()).prop_shuffle()) {
        let mut scene = Scene::new(200);
        scene.feed(0, frames(0..200));
        scene.feed(1, frames(order));
        scene.feed(2, frames(0..200));
        prop_assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (200, 0));
        let tally = scene.finish();
        prop_assert_eq!((tally.received, tally.lost, tally.repeated, tally.corrupt), (600, 0, 0, 0));
    }

    #[test]
    fn no_octets_make_it_panic(octets in prop::collection::vec(any::<u8>(), 0..300), stream in stream()) {
        let mut scene = Scene::new(12);
        scene.feed_all([&stream[..], &octets].concat());
        scene.finish();
    }
}
