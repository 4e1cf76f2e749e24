//! Wires whose messages have no numbers.

use super::*;

/// A message as NATS delivers it.
pub(super) fn unnumbered(index: u64) -> String {
    let mut text = String::new();
    texts().write(index, &mut text);
    format!("MSG load 1 40\r\n{text}\r\n")
}

pub(super) fn unnumbered_of(indexes: impl IntoIterator<Item = u64>) -> String {
    indexes.into_iter().map(unnumbered).collect()
}

#[test]
fn without_numbers_each_fault_has_its_name_whoever_reads_first() {
    let (whole, damaged) = (unnumbered_of(0..6), unnumbered(2).replace("40\r\n000007.0", "40\r\n000007.1"));
    let expected = Tally { received: 18, ..Tally::default() };
    for (stream, expected) in [
        (whole.clone(), expected),
        (unnumbered_of([0, 1, 3, 4, 5]), Tally { received: 17, lost: 1, ..expected }),
        (unnumbered_of([0, 1, 2, 1, 3, 4, 5]), Tally { repeated: 1, ..expected }),
        (unnumbered_of([0, 2, 1, 3, 4, 5]), Tally { reordered: 1, ..expected }),
        (unnumbered_of(0..2) + &damaged + &unnumbered_of(3..6), Tally { received: 17, corrupt: 1, ..expected }),
    ] {
        for first in 0..RECEIVERS {
            let mut scene = Scene::over(Wire::Nats, 6, 1);
            (0..6).for_each(|index| scene.verifier.accepted(index, None));
            scene.feed(first, if first == 0 { &stream } else { &whole });
            for to in (0..RECEIVERS).filter(|to| *to != first) {
                scene.feed(to, if to == 0 { &stream } else { &whole });
            }
            assert!(scene.receivers.iter().all(|receiver| scene.verifier.has_everything(receiver)));
            assert_eq!(Tally { octets: 0, ..scene.finish() }, expected, "{stream:?}");
        }
    }
}

#[test]
fn a_refused_message_has_no_number() {
    let mut scene = Scene::over(Wire::Redis, 3, 1);
    scene.verifier.refused(1);
    [0, 2].into_iter().for_each(|index| scene.verifier.accepted(index, None));
    let frame = |index| {
        let mut text = String::new();
        texts().write(index, &mut text);
        format!(">3\r\n$7\r\nmessage\r\n$4\r\nload\r\n$40\r\n{text}\r\n")
    };
    scene.feed_all(frame(0) + &frame(2));
    assert_eq!((scene.verifier.settled(), scene.verifier.owed()), (2, 6));
    let tally = scene.finish();
    assert!(tally.is_clean() && tally.received == 6, "{tally:?}");
}
