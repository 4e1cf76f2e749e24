//! Servers that break section 4.15, and `/search` of section 10.2.

use fanfare_tests::TestServer;
use fanfare_tests::conformance::{Profile, Report, Status};

use super::Mutant;
use super::middle::Middle;
use super::searching::{Defect, change};
use crate::play_with;

/// Plays sections against a man in the middle who searches with a defect. The server keeps more than a page has.
fn play(defect: Defect, sections: &[&str]) -> Report {
    const ROOM_LOG: usize = 3 << 20;
    let server = TestServer::with(1, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = ROOM_LOG;
    });
    let middle = Middle::to(server.address(), move || change(defect));
    let profile = Profile { room_log: Some(ROOM_LOG as u64), ..Profile::default() };
    play_with(middle.address(), &profile, sections)
}

#[test]
fn a_man_in_the_middle_who_searches_rightly_is_not_caught() {
    let report = play(Defect::None, &["4.15", "10.2/22", "10.2/23"]);
    assert!(report.ids(Status::Failed).is_empty() && report.ids(Status::Departed).is_empty(), "{report}");
    let passed = report.ids(Status::Passed);
    for id in (1..=9).map(|item| format!("4.15/{item}")).chain(["10.2/22", "10.2/23"].map(str::to_owned)) {
        assert!(passed.contains(&id.as_str()), "{id} was not played\n{report}");
    }
}

#[track_caller]
fn are_caught(mutants: &[(Defect, &'static str, &'static [&'static str])]) {
    for &(defect, breaks, also) in mutants {
        Mutant { breaks, also, sections: &[] }.is_found(&play(defect, &[breaks]));
    }
}

#[test]
fn a_server_that_finds_what_does_not_match_is_caught() {
    are_caught(&[
        (Defect::LooseWords, "4.15/1", &[]),
        (Defect::AnyTerm, "4.15/1", &[]),
        (Defect::Prefixes, "4.15/1", &[]),
        (Defect::IgnoresBefore, "4.15/1", &[]),
        (Defect::Case, "4.15/8", &[]),
        (Defect::CaseBeyondAscii, "4.15/9", &[]),
    ]);
}

#[test]
fn a_server_that_takes_other_characters_for_words_is_caught() {
    are_caught(&[
        (Defect::Sentences, "4.15/1", &[]),
        (Defect::NoMarks, "4.15/1", &[]),
        (Defect::Ideographs, "4.15/1", &[]),
        (Defect::Letters, "4.15/1", &[]),
    ]);
}

#[test]
fn a_server_whose_pages_are_others_is_caught() {
    are_caught(&[
        (Defect::Oldest, "4.15/1", &[]),
        (Defect::IgnoresLast, "4.15/2", &[]),
        (Defect::NoOctets, "4.15/3", &[]),
        (Defect::Oldest, "4.15/3", &[]),
    ]);
}

#[test]
fn a_server_that_says_other_than_it_found_is_caught() {
    are_caught(&[
        (Defect::Falling, "4.15/4", &[]),
        (Defect::WrongCount, "4.15/5", &[]),
        (Defect::AlwaysMore, "4.15/6", &[]),
        (Defect::NeverMore, "4.15/6", &[]),
        (Defect::Late, "4.15/7", &[]),
    ]);
}

#[test]
fn a_server_that_shows_a_person_other_than_it_finds_is_caught() {
    for (defect, breaks) in [
        (Defect::LooseWords, "10.2/23"),
        (Defect::Oldest, "10.2/22"),
        (Defect::NeverMore, "10.2/22"),
        (Defect::Silent, "10.2/23"),
    ] {
        Mutant { breaks, also: &[], sections: &[] }.is_found(&play(defect, &[breaks]));
    }
}

#[test]
fn a_server_that_shows_other_words_in_plain_mode_is_caught() {
    let other = |line: &str| {
        (line == "! The arguments do not fit the request.").then(|| "! There is no such command.".to_owned())
    };
    let mutant = Mutant { breaks: "10.2/24", also: &[], sections: &["10.2/24"] };
    mutant.is_caught(super::replacing(super::Sender::Server, other));
}
