//! Servers that break sections 8, 9 and 11.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

#[test]
fn a_server_that_asks_twice_in_one_silence_is_caught() {
    let twice = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if from == Sender::Server && line.starts_with(b"PING") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "8/3", also: &[], sections: &["8/3"] };
    mutant.is_caught_when_small(move || Change::lines(twice));
}

#[test]
fn a_server_that_does_not_ask_before_it_leaves_is_caught() {
    let without = |from: Sender, line: &[u8], passed: &mut Passed| {
        if from == Sender::Client || !line.starts_with(b"PING") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "8/1", also: &[], sections: &["8"] };
    mutant.is_caught_when_small(move || Change::lines(without));
}

#[test]
fn a_server_that_goes_on_after_bye_is_caught() {
    let goes_on = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if from == Sender::Server && line.starts_with(b"BYE ") {
            passed.give_client(b"OK\n");
        }
    };
    let mutant = Mutant { breaks: "9.1/1", also: &["9.1/2"], sections: &["9.1/1"] };
    mutant.is_caught(move || Change::lines(goes_on));
}

#[test]
fn a_server_that_executes_half_a_frame_is_caught() {
    let whole = |from: Sender, line: &[u8], passed: &mut Passed| match from {
        Sender::Client if !line.ends_with(b"\n") => passed.give_server(&[line, b"\n"].concat()),
        _ => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "9.2/2", also: &[], sections: &["9.2/2"] };
    mutant.is_caught(move || Change::lines(whole));
}

#[test]
fn a_server_that_says_nothing_at_the_end_of_input_is_caught() {
    let without = |from: Sender, line: &[u8], passed: &mut Passed| {
        if from == Sender::Client || !line.starts_with(b"BYE bye") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "9.2/3", also: &["9.2/2"], sections: &["9.2"] };
    mutant.is_caught(move || Change::lines(without));
}

#[test]
fn a_server_that_takes_one_attribute_too_many_is_caught() {
    let lax = |from: Sender, line: &[u8], passed: &mut Passed| {
        let text = String::from_utf8_lossy(line);
        match text.split_once(" k16=v") {
            Some((before, _)) if from == Sender::Client => passed.give_server(format!("{before}\n").as_bytes()),
            _ => passed.on(from, line),
        }
    };
    let mutant = Mutant { breaks: "11/1", also: &[], sections: &["11/1"] };
    mutant.is_caught(move || Change::lines(lax));
}

#[test]
fn a_server_that_discards_without_bound_is_caught() {
    // There is no LF in what is discarded, and of that this one passes nothing on.
    let discards = |from: Sender, line: &[u8], passed: &mut Passed| {
        if from == Sender::Server || line.ends_with(b"\n") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "9.1/3", also: &[], sections: &["9.1/3"] };
    mutant.is_caught(move || Change::lines(discards));
}

#[test]
fn a_server_that_does_not_send_all_that_was_said_before_bye_is_caught() {
    let without_the_last = |from: Sender, line: &[u8], passed: &mut Passed| {
        if !(from == Sender::Server && line.starts_with(b"MSG ") && line.ends_with(b" :30\n")) {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "9.1/7", also: &[], sections: &["9.1/7"] };
    mutant.is_caught(move || Change::lines(without_the_last));
}
