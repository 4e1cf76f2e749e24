//! Servers that break section 6.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

/// Some words of the server, in place of others.
fn with_other_words(words: &'static str, others: &'static str) -> impl Fn() -> Change {
    move || {
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            let text = String::from_utf8_lossy(line);
            match from {
                Sender::Server if text.contains(words) => passed.give_client(text.replace(words, others).as_bytes()),
                _ => passed.on(from, line),
            }
        })
    }
}

#[test]
fn a_server_that_does_not_say_that_it_resets_is_caught() {
    let mutant = Mutant { breaks: "6.2/1", also: &[], sections: &["6.2"] };
    mutant.is_caught(with_other_words(" reset=yes", ""));
}

#[test]
fn a_server_that_calls_what_it_keeps_expired_is_caught() {
    let mutant = Mutant { breaks: "6.3/4", also: &[], sections: &["6.3"] };
    mutant.is_caught(with_other_words(" slow\n", " expired\n"));
}

#[test]
fn a_server_that_sends_a_message_twice_is_caught() {
    let twice = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if from == Sender::Server && line.starts_with(b"MSG ") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "6.2/2", also: &["6.3/1", "4.7/1", "4.6/1"], sections: &["6.2/2"] };
    mutant.is_caught(move || Change::lines(twice));
}

#[test]
fn a_server_that_calls_every_numbering_the_same_is_caught() {
    let same = |from: Sender, line: &[u8], passed: &mut Passed| {
        let text = String::from_utf8_lossy(line);
        match text.split_once("OK epoch=").and_then(|(_, rest)| rest.split_once(' ')) {
            Some((_, rest)) if from == Sender::Server => passed.give_client(format!("OK epoch=same {rest}").as_bytes()),
            _ => passed.on(from, line),
        }
    };
    let mutant = Mutant { breaks: "6.1/4", also: &[], sections: &["6.1/4"] };
    mutant.is_caught_when_small(move || Change::lines(same));
}

#[test]
fn a_server_that_says_that_what_it_skipped_has_expired_is_caught() {
    let mutant = Mutant { breaks: "6.4/4", also: &[], sections: &["6.4/4"] };
    mutant.is_caught_when_small(with_other_words(" slow\n", " expired\n"));
}
