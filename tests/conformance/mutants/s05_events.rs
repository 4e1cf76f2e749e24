//! Servers that break section 5.

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
