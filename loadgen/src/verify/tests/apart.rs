//! A wire that keeps the order of each publisher, and no common one.

use super::unnumbered::{unnumbered, unnumbered_of};
use super::*;

/// Two speak in turn: the even messages are the first one's.
fn of_two(messages: u64) -> Scene {
    let mut scene = Scene::over(Wire::Nats, messages, 2);
    (0..messages).for_each(|index| scene.verifier.accepted(index, None));
    scene
}

#[test]
fn two_publishers_messages_come_to_each_in_an_order_of_its_own_and_all_is_clean() {
    let (even, odd) = ((0..200).step_by(2), (1..200).step_by(2));
    let orders: [Vec<u64>; 3] =
        [(0..200).collect(), even.clone().chain(odd.clone()).collect(), odd.chain(even).collect()];
    for first in 0..RECEIVERS {
        let mut scene = of_two(200);
        for to in (0..RECEIVERS).map(|at| (first + at) % RECEIVERS) {
            scene.feed(to, unnumbered_of(orders[to].iter().copied()));
        }
        assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (200, 0));
        let latencies = scene.verifier.corrected();
        assert_eq!([latencies.first.len(), latencies.median.len(), latencies.last.len()], [200; 3]);
        assert!(scene.receivers.iter().all(|receiver| scene.verifier.has_everything(receiver)));
        let tally = scene.finish();
        assert!(tally.is_clean() && tally.received == 600, "{tally:?}");
    }
}

#[test]
fn without_a_common_order_each_fault_has_its_name_whoever_reads_first() {
    let (ahead, whole) = (unnumbered_of([1, 0, 3, 5, 2, 4]), unnumbered_of(0..6));
    let damaged = unnumbered(2).replace("40\r\n000007.0", "40\r\n000007.1");
    let of_another = unnumbered(2).replace("load 1 40", "load 2 40");
    let expected = Tally { received: 18, ..Tally::default() };
    for (stream, expected, incomplete) in [
        (ahead.clone(), expected, 0),
        (unnumbered_of([0, 1, 3, 4, 5]), Tally { received: 17, lost: 1, ..expected }, 1),
        (unnumbered_of([0, 1, 2, 3]), Tally { received: 16, lost: 2, ..expected }, 2),
        (unnumbered_of([0, 1, 2, 3, 2, 4, 5, 0]), Tally { repeated: 2, ..expected }, 0),
        (unnumbered_of([0, 1, 4, 3, 2, 5]), Tally { reordered: 1, ..expected }, 0),
        (unnumbered_of(0..2) + &damaged + &unnumbered_of(3..6), Tally { received: 17, corrupt: 1, ..expected }, 1),
    ] {
        for first in 0..RECEIVERS {
            let mut scene = of_two(6);
            for to in (0..RECEIVERS).map(|at| (first + at) % RECEIVERS) {
                scene.feed(to, [&stream, &ahead, &whole][to]);
            }
            let unsettled = 6 - scene.verifier.settled();
            assert_eq!(scene.verifier.incomplete() + unsettled, incomplete, "{stream:?}");
            assert_eq!(Tally { octets: 0, ..scene.finish() }, expected, "{stream:?}");
        }
    }
    let mut scene = of_two(6);
    scene.feed(0, &whole);
    scene.feed(1, unnumbered_of(0..2) + &of_another + &unnumbered_of(3..6));
    scene.feed(2, &ahead);
    assert!(scene.receivers.iter().all(|receiver| scene.verifier.has_everything(receiver)));
    assert_eq!(Tally { octets: 0, ..scene.finish() }, Tally { received: 17, corrupt: 1, ..expected });
}

#[test]
fn without_a_common_order_who_is_cut_off_holds_nobody_up() {
    let mut scene = of_two(4);
    scene.feed(1, unnumbered_of([0, 2]));
    scene.feed(0, unnumbered_of([1, 3, 0]));
    scene.verifier.cut(&scene.receivers[0]);
    scene.feed(1, unnumbered_of([1, 3]));
    scene.feed(2, unnumbered_of(0..4));
    // The one who was cut off lacks the third message.
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (4, 1));
    assert_eq!(scene.verifier.corrected().last.len(), 3);
    let mut receivers = scene.receivers;
    scene.verifier.finish(&mut receivers[0], true);
    let tally = scene.verifier.tally();
    assert_eq!((tally.received, tally.cut, tally.lost), (11, 1, 0));
}

#[test]
fn what_has_no_common_order_is_not_counted_unread() {
    let mut scene = of_two(20);
    scene.feed(0, unnumbered_of(0..20));
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b""), 0);
    // Several rooms with one publisher each are all in order.
    let mut scene = Scene::over(Wire::Nats, 20, 1);
    scene.feed(0, unnumbered_of(0..20));
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b""), unnumbered_of(0..19).len());
}
