//! How long deliveries took.

use super::*;

#[test]
fn what_a_message_waited_for_before_it_was_sent_is_in_the_corrected_times_only() {
    for count in [1, 10] {
        let mut scene = Scene::over(Wire::Fanfare, 0, 2);
        // Meant to be sent at 0, and sent a millisecond later.
        for _ in 0..count {
            scene.verifier.published().say(0, 1_000_000);
        }
        (0..RECEIVERS).for_each(|to| scene.feed_at(to, frames(0..count), 1_000_500));
        assert_eq!(scene.verifier.tally().received - scene.verifier.tally().compared, count);
        let Latencies { corrected, uncorrected } = scene.verifier.latencies();
        for (corrected, uncorrected) in [
            (&corrected.all, &uncorrected.all),
            (&corrected.first, &uncorrected.first),
            (&corrected.median, &uncorrected.median),
            (&corrected.last, &uncorrected.last),
        ] {
            assert_eq!((corrected.len(), corrected.len() % count), (uncorrected.len(), 0));
            assert!(
                corrected.equivalent(corrected.min(), 1_000_500) && corrected.equivalent(corrected.max(), 1_000_500)
            );
            assert_eq!((uncorrected.min(), uncorrected.max()), (500, 500));
        }
    }
}

#[test]
fn where_each_is_sent_when_it_is_meant_to_be_both_times_are_the_same() {
    let published = Published::new("load-7-", Layout::even(3, 1, 1), Sending::OnTime);
    let mut verifier = Verifier::new(Wire::Fanfare, &[ROOM.to_owned()], texts(), published);
    let mut receiver = verifier.join(0, 0);
    verifier.published().say(5, 5);
    let taken = verifier.receive(&mut receiver, frame(0).as_bytes(), 105, &mut Vec::new());
    assert_eq!(taken, Ok(frame(0).len()));
    let Latencies { corrected, uncorrected } = verifier.latencies();
    assert_eq!((corrected.all.max(), corrected.last.max(), corrected.all.len()), (100, 100, 1));
    assert_eq!((uncorrected.all, uncorrected.last), (corrected.all, corrected.last));
}

#[test]
fn the_first_the_median_and_the_last_receiver_have_their_times() {
    let mut scene = Scene::new(1);
    scene.verifier.keep_completions();
    for (to, now) in [(0, 100), (1, 200), (2, 300)] {
        scene.feed_at(to, frame(0), now);
    }
    assert_eq!(scene.verifier.take_completions().and_then(|completions| completions.get(0)), Some(300));
    let latencies = scene.verifier.corrected();
    assert_eq!((latencies.first.max(), latencies.median.max(), latencies.last.max()), (100, 200, 300));
    let latencies = scene.verifier.latencies().uncorrected;
    assert_eq!((latencies.first.max(), latencies.median.max(), latencies.last.max()), (93, 193, 293));
}

#[test]
fn what_all_have_read_behind_a_loss_has_reached_everybody() {
    let mut scene = Scene::new(2);
    scene.verifier.keep_completions();
    for (to, now) in [(0, 1_100), (1, 1_200), (2, 1_300)] {
        scene.feed_at(to, frame(1), now);
    }
    let completions = scene.verifier.take_completions().expect("they are kept");
    assert_eq!(completions.iter().collect::<Vec<_>>(), [None, Some(300)]);
}

#[test]
fn who_had_a_message_before_it_was_cut_off_counts_among_its_receivers() {
    let mut scene = Scene::new(1);
    scene.feed_at(1, frame(0), 100);
    scene.verifier.cut(&scene.receivers[1]);
    scene.feed_at(0, frame(0), 200);
    scene.feed_at(2, frame(0), 300);
    let latencies = scene.verifier.corrected();
    assert_eq!((latencies.first.max(), latencies.median.max(), latencies.last.max()), (100, 200, 300));
    assert_eq!((latencies.median.len(), latencies.last.len()), (1, 1));
}
