//! Servers that break section 3.

use super::middle::{Passed, Sender};
use super::{Change, Mutant, replacing};

#[test]
fn a_server_that_speaks_another_version_is_caught() {
    let other = |from: Sender, line: &[u8], passed: &mut Passed| match line.strip_prefix(b"FANFARE/1 ") {
        Some(words) => passed.on(from, &[b"FANFARE/2 ", words].concat()),
        None => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "3.1/2", also: &[], sections: &["2.1", "3.1"] };
    mutant.is_caught(move || Change::lines(other));
}

#[test]
fn a_server_that_takes_http_for_a_name_is_caught() {
    let change = replacing(Sender::Client, |line| line.ends_with(" HTTP/1.1").then(|| "x y".to_owned()));
    // What should be a frame is read as one.
    Mutant { breaks: "3.2/1", also: &["2.2/5"], sections: &["3.2/1"] }.is_caught(change);
}

#[test]
fn a_server_that_refuses_without_end_before_welcome_is_caught() {
    // One is refused without being counted.
    let change = replacing(Sender::Client, |line| line.starts_with("WHO  #a").then(|| "PING".to_owned()));
    Mutant { breaks: "3.3/3", also: &[], sections: &["3.3/3"] }.is_caught(change);
}

#[test]
fn a_server_that_gives_away_a_reserved_name_is_caught() {
    let change = replacing(Sender::Client, |line| (line == "HELLO 1 CHALLENGE").then(|| format!("{line}R")));
    Mutant { breaks: "3.4/1", also: &[], sections: &["3.4/1"] }.is_caught(change);
}

#[test]
fn a_server_that_gives_one_token_to_all_is_caught() {
    let change = replacing(Sender::Server, |line| {
        let (begin, rest) = line.split_once(" token=")?;
        let (token, rest) = rest.split_once(' ')?;
        Some(format!("{begin} token={} {rest}", "0".repeat(token.len())))
    });
    Mutant { breaks: "3.5/3", also: &[], sections: &["3.5/3"] }.is_caught(change);
}

#[test]
fn a_server_that_says_nothing_of_a_takeover_is_caught() {
    let change = replacing(Sender::Server, |line| {
        line.starts_with("BYE replaced ").then(|| line.replacen("replaced", "bye", 1))
    });
    Mutant { breaks: "3.5/8", also: &[], sections: &["3.5/8"] }.is_caught(change);
}

#[test]
fn a_server_whose_takeover_is_no_leaving_is_caught() {
    let change = || {
        Change::lines(|from: Sender, line: &[u8], passed: &mut Passed| {
            if !line.starts_with(b"LEFT ") {
                passed.on(from, line);
            }
        })
    };
    Mutant { breaks: "3.5/10", also: &[], sections: &["3.5/10"] }.is_caught(change);
}
