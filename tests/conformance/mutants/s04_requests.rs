//! Servers that break section 4.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

/// Whether a line begins so, in what the server sends.
fn says(from: Sender, line: &[u8], begin: &[u8]) -> bool {
    from == Sender::Server && line.starts_with(begin)
}

#[test]
fn a_server_that_answers_a_later_request_first_is_caught() {
    let mut held: Option<Vec<u8>> = None;
    // The OK of a SAY waits for the next answer.
    let late = move |from: Sender, line: &[u8], passed: &mut Passed| {
        if says(from, line, b"OK seq=") && held.is_none() {
            held = Some(line.to_vec());
            return;
        }
        passed.on(from, line);
        if says(from, line, b"ERR") || says(from, line, b"OK") || says(from, line, b"PONG nothing") {
            passed.give_client(&held.take().unwrap_or_default());
        }
    };
    let mutant = Mutant { breaks: "4.1/2", also: &[], sections: &["4.1/2"] };
    mutant.is_caught(move || Change::lines(late.clone()));
}

#[test]
fn a_server_that_puts_an_answer_between_a_list_and_its_ok_is_caught() {
    let note = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if says(from, line, b"NAMES ") {
            passed.give_client(b"ROOM #between members=1 newest=0\n");
        }
    };
    let mutant = Mutant { breaks: "4.1/4", also: &[], sections: &["4.1/4"] };
    mutant.is_caught(move || Change::lines(note));
}

#[test]
fn a_server_that_says_too_short_a_time_is_caught() {
    let hasty = |from: Sender, line: &[u8], passed: &mut Passed| {
        if says(from, line, b"ERR rate-limited retry=") {
            passed.give_client(b"ERR rate-limited retry=0 :x\n");
        } else {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "4.2/4", also: &[], sections: &["4.2"] };
    mutant.is_caught(move || Change::lines(hasty));
}

#[test]
fn a_server_without_an_answer_to_one_cell_of_the_table_is_caught() {
    let silent = |from: Sender, line: &[u8], passed: &mut Passed| {
        // GAP is a verb of servers.
        let is_cell = from == Sender::Client && line == b"GAP\n";
        passed.on(from, if is_cell { b"PONG\n" } else { line });
    };
    let mutant = Mutant { breaks: "4.3/1", also: &[], sections: &["4.3"] };
    mutant.is_caught(move || Change::lines(silent));
}

#[test]
fn a_server_that_answers_a_ping_after_a_bye_is_caught() {
    let mut is_over = false;
    let awake = move |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if from == Sender::Client && is_over && line == b"PING\n" {
            passed.give_client(b"PONG\n");
        }
        is_over |= from == Sender::Client && line == b"BYE\n";
    };
    let mutant = Mutant { breaks: "4.3/1", also: &[], sections: &["4.3"] };
    mutant.is_caught(move || Change::lines(awake));
}

#[test]
fn a_server_that_keeps_the_reason_of_leave_to_itself_is_caught() {
    let quiet = |from: Sender, line: &[u8], passed: &mut Passed| {
        let end = line.windows(2).position(|pair| pair == b" :");
        match end.filter(|_| from == Sender::Client && line.starts_with(b"LEAVE ")) {
            Some(end) => passed.give_server(&[&line[..end], b"\n"].concat()),
            None => passed.on(from, line),
        }
    };
    let mutant = Mutant { breaks: "4.6/3", also: &[], sections: &["4.6"] };
    mutant.is_caught(move || Change::lines(quiet));
}

#[test]
fn a_server_that_knows_no_ids_is_caught() {
    let forgets = |from: Sender, line: &[u8], passed: &mut Passed| {
        let text = String::from_utf8_lossy(line);
        let words: Vec<_> = text.split(' ').filter(|word| !word.starts_with("id=")).collect();
        let is_say = from == Sender::Client && line.starts_with(b"SAY ");
        passed.on(from, if is_say { words.join(" ").into_bytes() } else { line.to_vec() }.as_slice());
    };
    let mutant = Mutant { breaks: "4.7/8", also: &["4.7/9", "4.7/10"], sections: &["4.7/8"] };
    mutant.is_caught(move || Change::lines(forgets));
}

#[test]
fn a_server_that_tells_the_id_of_a_tell_to_nobody_is_caught() {
    let forgets = |from: Sender, line: &[u8], passed: &mut Passed| {
        let text = String::from_utf8_lossy(line);
        let words: Vec<_> = text.split(' ').filter(|word| !word.starts_with("id=")).collect();
        let is_told = says(from, line, b"TOLD ");
        passed.on(from, if is_told { words.join(" ").into_bytes() } else { line.to_vec() }.as_slice());
    };
    let mutant = Mutant { breaks: "4.8/4", also: &[], sections: &["4.8/4"] };
    mutant.is_caught(move || Change::lines(forgets));
}

#[test]
fn a_server_whose_after_includes_its_name_is_caught() {
    let before = |from: Sender, line: &[u8], passed: &mut Passed| {
        let is_page =
            from == Sender::Client && line.starts_with(b"WHO ") && line.windows(7).any(|part| part == b" after=");
        // One letter less, and the name itself follows.
        let end = line.len() - 2;
        if is_page { passed.give_server(&[&line[..end], b"\n"].concat()) } else { passed.on(from, line) }
    };
    let mutant = Mutant { breaks: "4.9/2", also: &[], sections: &["4.9/2"] };
    mutant.is_caught(move || Change::lines(before));
}

#[test]
fn a_server_that_always_promises_more_is_caught() {
    let more = |from: Sender, line: &[u8], passed: &mut Passed| {
        if says(from, line, b"OK count=") {
            passed.give_client(&[&line[..line.len() - 1], b" more=yes\n"].concat());
        } else {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "4.10/5", also: &[], sections: &["4.10/2"] };
    mutant.is_caught(move || Change::lines(more));
}

#[test]
fn a_server_that_refuses_what_is_free_of_the_rate_is_caught() {
    let strict = |from: Sender, line: &[u8], passed: &mut Passed| {
        if says(from, line, b"ERR not-allowed ") {
            passed.give_client(b"ERR rate-limited retry=1 :x\n");
        } else {
            passed.on(from, line);
        }
    };
    let mutant = Mutant { breaks: "4.2/1", also: &[], sections: &["4.2"] };
    mutant.is_caught(move || Change::lines(strict));
}

#[test]
fn a_server_that_takes_a_second_hello_is_caught() {
    let mut is_welcome = false;
    let lenient = move |from: Sender, line: &[u8], passed: &mut Passed| {
        if from == Sender::Client && line.starts_with(b"HELLO 1 ") && is_welcome {
            passed.give_client(b"WELCOME x ping=30 text=65536 presence=256 :x\n");
            return;
        }
        is_welcome |= says(from, line, b"WELCOME ");
        passed.on(from, line);
    };
    let mutant = Mutant { breaks: "4.4/3", also: &[], sections: &["4.4"] };
    mutant.is_caught(move || Change::lines(lenient));
}

#[test]
fn a_server_that_is_never_busy_is_caught() {
    let patient = |from: Sender, line: &[u8], passed: &mut Passed| {
        let is_busy = says(from, line, b"ERR busy ");
        passed.on(from, if is_busy { b"OK\n" } else { line });
    };
    let mutant = Mutant { breaks: "4.8/6", also: &[], sections: &["4.8/6"] };
    mutant.is_caught(move || Change::lines(patient));
}

#[test]
fn a_server_that_answers_a_pong_is_caught() {
    let chatty = |from: Sender, line: &[u8], passed: &mut Passed| {
        passed.on(from, line);
        if from == Sender::Client && line == b"PONG x\n" {
            passed.give_client(b"PONG x\n");
        }
    };
    let mutant = Mutant { breaks: "4.13/3", also: &[], sections: &["4.13"] };
    mutant.is_caught(move || Change::lines(chatty));
}
