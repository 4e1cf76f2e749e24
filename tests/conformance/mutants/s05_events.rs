//! Servers that break section 5.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

#[test]
fn a_server_whose_past_has_another_time_than_its_msg_is_caught() {
    let other = |from: Sender, line: &[u8], passed: &mut Passed| {
        let text = String::from_utf8_lossy(line);
        let mut words: Vec<_> = text.split(' ').collect();
        if from == Sender::Server && words[0] == "PAST" {
            words[3] = "1";
            passed.give_client(words.join(" ").as_bytes());
        } else {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "5.3/1", also: &[], sections: &["5.3"] };
    mutant.is_caught(move || Change::lines(other));
}

#[test]
fn a_server_that_tells_nobody_who_left_is_caught() {
    let quiet = |from: Sender, line: &[u8], passed: &mut Passed| {
        if from == Sender::Client || !line.starts_with(b"LEFT ") {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "5.5/3", also: &[], sections: &["5.5/3"] };
    mutant.is_caught(move || Change::lines(quiet));
}

#[test]
fn a_server_that_says_joined_before_the_ok_is_caught() {
    let mut name = Vec::new();
    let early = move |from: Sender, line: &[u8], passed: &mut Passed| {
        let words: Vec<&[u8]> = line.trim_ascii_end().split(|&octet| octet == b' ').collect();
        match (from, words[0]) {
            (Sender::Client, b"HELLO") => name = words[2].to_vec(),
            (Sender::Client, b"JOIN") => {
                passed.give_client(&[b"JOINED ", words[1], b" ", &name, b"\n"].concat());
            }
            _ => {}
        }
        passed.on(from, line);
    };
    let mutant = Mutant { breaks: "4.5/3", also: &[], sections: &["4.5/3"] };
    mutant.is_caught(move || Change::lines(early.clone()));
}

#[test]
fn a_server_that_names_a_speaker_otherwise_to_some_is_caught() {
    let connections = AtomicUsize::new(0);
    let change = move || {
        let is_other = connections.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            let text = String::from_utf8_lossy(line);
            match text.split_once(" :line").filter(|_| is_other && from == Sender::Server) {
                Some((header, _)) => passed.give_client(format!("{header} more=x :line\n").as_bytes()),
                None => passed.on(from, line),
            }
        })
    };
    Mutant { breaks: "5.1/2", also: &[], sections: &["5.1/2"] }.is_caught(change);
}

#[test]
fn a_server_that_sends_two_messages_in_another_order_to_some_is_caught() {
    let connections = AtomicUsize::new(0);
    let change = move || {
        let is_other = connections.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        let mut held = Vec::new();
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            if is_other && from == Sender::Server && line.starts_with(b"MSG ") && line.ends_with(b" :line\n") {
                held.extend_from_slice(line);
                return;
            }
            passed.on(from, line);
            // What was held comes behind a presence.
            if from == Sender::Server && (line.starts_with(b"JOINED ") || line.starts_with(b"LEFT ")) {
                passed.give_client(&std::mem::take(&mut held));
            }
        })
    };
    Mutant { breaks: "5.1/3", also: &[], sections: &["5.1/3"] }.is_caught(change);
}

#[test]
fn a_server_that_lets_others_hear_a_room_is_caught() {
    // The newest message anywhere, which whoever asks is told too.
    let newest = Arc::new(Mutex::new(Vec::new()));
    let change = move || {
        let newest = Arc::clone(&newest);
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            let mut newest = newest.lock().expect("nobody panics while holding it");
            if from == Sender::Server && line.starts_with(b"MSG ") && line.ends_with(b" :x\n") {
                *newest = line.to_vec();
            }
            if from == Sender::Server && line.starts_with(b"PONG ") {
                passed.give_client(&newest);
            }
            passed.on(from, line);
        })
    };
    Mutant { breaks: "5.1/5", also: &[], sections: &["5.1/5"] }.is_caught(change);
}
