//! Servers that break section 10.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

#[test]
fn a_server_that_says_both_slashes_is_caught() {
    let both = |from: Sender, line: &[u8], passed: &mut Passed| match from {
        Sender::Client if line.starts_with(b"//") => passed.give_server(&[b"/", line].concat()),
        _ => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "10.2/3", also: &[], sections: &["10.2/3"] };
    mutant.is_caught(move || Change::lines(both));
}

#[test]
fn a_server_that_knows_commands_in_lower_case_only_is_caught() {
    let strict = |from: Sender, line: &[u8], passed: &mut Passed| {
        let is_upper = line.get(1).is_some_and(u8::is_ascii_uppercase);
        match from {
            Sender::Client if line.starts_with(b"/") && is_upper => passed.give_server(b"/dance\n"),
            _ => passed.on(from, line),
        }
    };
    let mutant = Mutant { breaks: "10.2/5", also: &[], sections: &["10.2/5"] };
    mutant.is_caught(move || Change::lines(strict));
}

#[test]
fn a_server_that_shows_why_somebody_left_is_caught() {
    let why = |from: Sender, line: &[u8], passed: &mut Passed| match line.strip_suffix(b" has left the chat!\n") {
        Some(name) if from == Sender::Server => passed.give_client(&[name, b" has left the chat! (tired)\n"].concat()),
        _ => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "10.3/3", also: &[], sections: &["10.3/3"] };
    mutant.is_caught(move || Change::lines(why));
}

#[test]
fn a_server_that_answers_what_is_said_is_caught() {
    let answers = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        let is_message = String::from_utf8_lossy(line).split_once(": ").is_some_and(|(name, _)| !name.contains(' '));
        if from == Sender::Server && is_message {
            passed.give_client(b"* said\n");
        }
    };
    let mutant = Mutant { breaks: "10.3/4", also: &[], sections: &["10.3/4"] };
    mutant.is_caught(move || Change::lines(answers));
}

#[test]
fn a_server_that_is_silent_about_an_empty_history_is_caught() {
    let silent = |from: Sender, line: &[u8], passed: &mut Passed| {
        if line != b"* 0 messages kept\n" {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "10.2/18", also: &[], sections: &["10.2/18"] };
    mutant.is_caught(move || Change::lines(silent));
}
