//! When an aim is met.

use fanfare_loadgen::report::Unit;

use crate::program::outcome::{Aim, Form, Outcome, Verdict};
use crate::program::statistics::Summary;

fn verdict(figures: &[f64], aim: Aim) -> Option<Verdict> {
    let mut outcome = Outcome::default();
    outcome.summary("it", Form::Times, Summary::of(figures), Some(aim));
    outcome.rows[0].verdict
}

#[test]
fn an_aim_is_met_for_certain_only_by_the_whole_interval() {
    let figures = [1.0, 1.01, 1.02, 1.03, 1.04, 1.06];
    assert_eq!(verdict(&figures, Aim::AtMost(1.06)), Some(Verdict::Met));
    assert_eq!(verdict(&figures, Aim::AtMost(1.05)), Some(Verdict::LikelyMet));
    assert_eq!(verdict(&figures, Aim::AtMost(1.02)), Some(Verdict::LikelyMissed));
    assert_eq!(verdict(&figures, Aim::AtMost(0.99)), Some(Verdict::Missed));
    assert_eq!(verdict(&figures, Aim::AtLeast(1.0)), Some(Verdict::Met));
    assert_eq!(verdict(&figures, Aim::AtLeast(1.05)), Some(Verdict::LikelyMissed));
    assert_eq!(verdict(&figures, Aim::AtLeast(2.0)), Some(Verdict::Missed));
}

#[test]
fn what_is_no_number_meets_nothing() {
    let mut outcome = Outcome::default();
    outcome.value("it", Unit::Count, f64::NAN, Some(Aim::AtMost(1.0)));
    outcome.value("it", Unit::Count, f64::NAN, None);
    assert_eq!(outcome.rows[0].verdict, Some(Verdict::Missed));
    assert_eq!(outcome.rows[1].verdict, None);
}
