//! What rounds say together.

use fanfare_loadgen::latency::distribution;

use crate::program::statistics::{Summary, merged};

#[test]
fn a_median_is_in_the_middle_and_its_interval_leaves_one_in_twenty_outside() {
    let of = |count: u32| Summary::of(&(1..=count).rev().map(f64::from).collect::<Vec<_>>()).expect("figures");
    assert_eq!((of(1).median, of(1).interval), (1.0, None));
    assert_eq!((of(4).median, of(4).least, of(4).most), (2.5, 1.0, 4.0));
    // Five heads or five tails: one in sixteen. Six: one in thirty-two.
    assert_eq!(of(5).interval, None);
    assert_eq!(of(6).interval, Some((1.0, 6.0)));
    // As tables of the sign test have it.
    assert_eq!(of(10).interval, Some((2.0, 9.0)));
    assert_eq!(of(20).interval, Some((6.0, 15.0)));
    assert!(Summary::of(&[]).is_none());
}

#[test]
fn a_ratio_is_of_the_two_in_the_same_round() {
    let ratio = Summary::of_ratio(&[2.0, 20.0, 200.0], &[1.0, 10.0, 100.0]).expect("rounds");
    assert_eq!((ratio.least, ratio.median, ratio.most), (2.0, 2.0, 2.0));
}

#[test]
fn percentiles_are_of_all_rounds_together() {
    let (mut fast, mut slow) = (distribution(), distribution());
    fast.record_n(10, 990).expect("in range");
    slow.record_n(1_000, 10).expect("in range");
    let all = merged([&fast, &slow]);
    assert_eq!((all.len(), all.value_at_quantile(0.99), all.max()), (1_000, 10, 1_000));
}
