//! Messages that did not reach everybody.

use super::*;

#[test]
fn one_who_is_cut_off_holds_nobody_up() {
    let mut scene = Scene::new(2);
    scene.feed(0, frames(0..2));
    scene.feed(1, frames(0..1));
    scene.verifier.cut(&scene.receivers[1]);
    assert_eq!(scene.verifier.settled(), 0);
    scene.feed(2, frames(0..2));
    assert_eq!(scene.verifier.settled(), 2);
    let mut receivers = scene.receivers;
    scene.verifier.finish(&mut receivers[1], true);
    let tally = scene.verifier.tally();
    assert_eq!((tally.received, tally.cut, tally.lost), (5, 1, 0));
}

#[test]
fn what_one_who_is_cut_off_lacks_is_incomplete_and_has_no_last_receiver() {
    // The second message came to who is cut off then, the third does not, and the fourth is published later.
    let mut scene = Scene::new(3);
    scene.verifier.keep_completions();
    scene.feed(0, frames(0..3));
    scene.feed(1, frames(0..2));
    scene.verifier.cut(&scene.receivers[1]);
    scene.verifier.published().say(3_000, 3_000);
    scene.feed(0, frame(3));
    scene.feed(2, frames(0..4));
    // Nobody waits for them: a window goes on.
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (4, 2));
    let latencies = scene.verifier.corrected();
    assert_eq!((latencies.first.len(), latencies.median.len(), latencies.last.len()), (4, 4, 2));
    let completions = scene.verifier.take_completions().expect("they were kept");
    assert_eq!([0, 1, 2, 3].map(|index| completions.get(index).is_some()), [true, true, false, false]);
}

#[test]
fn what_was_settled_only_when_the_one_who_lacked_it_was_cut_off_is_incomplete() {
    let mut scene = Scene::new(2);
    scene.feed(0, frames(0..2));
    scene.feed(2, frames(0..2));
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (0, 0));
    scene.verifier.cut(&scene.receivers[1]);
    assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (2, 2));
    assert_eq!(scene.verifier.corrected().last.len(), 0);
}

#[test]
fn a_message_that_came_late_to_all_who_lacked_it_is_complete() {
    for late in [vec![1], vec![1, 2]] {
        let mut scene = Scene::new(3);
        for to in 0..RECEIVERS {
            scene.feed_at(to, if late.contains(&to) { frames([0, 2]) } else { frames(0..3) }, 100_000);
        }
        assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (3, 1), "{late:?}");
        for &to in &late {
            assert_eq!(scene.verifier.incomplete(), 1, "{late:?}");
            scene.feed_at(to, frame(1), 200_000);
        }
        assert_eq!((scene.verifier.settled(), scene.verifier.incomplete()), (3, 0), "{late:?}");
        assert_eq!(scene.verifier.corrected().last.len(), 3);
        let tally = scene.finish();
        assert_eq!((tally.received, tally.reordered, tally.lost), (9, late.len() as u64, 0));
    }
}
