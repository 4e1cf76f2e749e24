//! Servers that break section 2.

use super::middle::{Passed, Sender};
use super::{Change, Mutant, replacing};

#[test]
fn a_server_that_ends_its_lines_with_crlf_is_caught() {
    let crlf = |from: Sender, line: &[u8], passed: &mut Passed| match (from, line.strip_suffix(b"\n")) {
        (Sender::Server, Some(line)) => passed.give_client(&[line, b"\r\n"].concat()),
        _ => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "2.1/2", also: &["2.3/5", "2.4/3"], sections: &["2.1", "3.1"] };
    mutant.is_caught(move || Change::lines(crlf));
}

#[test]
fn a_server_that_takes_each_cr_out_is_caught() {
    let without_cr = |from: Sender, line: &[u8], passed: &mut Passed| match from {
        Sender::Server => passed.give_client(line),
        Sender::Client => passed.give_server(&line.iter().copied().filter(|&octet| octet != b'\r').collect::<Vec<_>>()),
    };
    let mutant = Mutant { breaks: "2.1/4", also: &[], sections: &["2.1"] };
    mutant.is_caught(move || Change::lines(without_cr));
}

#[test]
fn a_server_that_sends_an_sp_at_the_end_is_caught() {
    let change = replacing(Sender::Server, |line| line.starts_with("ROOM ").then(|| format!("{line} ")));
    Mutant { breaks: "2.2/3", also: &[], sections: &["2.2/3"] }.is_caught(change);
}

#[test]
fn a_server_that_takes_the_text_of_an_unknown_verb_for_requests_is_caught() {
    let change = replacing(Sender::Client, |line| line.starts_with("SING {").then(|| "SING".to_owned()));
    Mutant { breaks: "2.3/7", also: &[], sections: &["2.3/7"] }.is_caught(change);
}

#[test]
fn a_server_that_lets_a_control_through_is_caught() {
    let change = replacing(Sender::Server, |line| line.starts_with("TOLD ").then(|| line.replace('\t', "\x1b")));
    Mutant { breaks: "2.4/3", also: &[], sections: &["2.4/3"] }.is_caught(change);
}

#[test]
fn a_server_that_counts_a_text_that_fits_in_a_line_is_caught() {
    let change = replacing(Sender::Server, |line| {
        let (header, text) = line.split_once(" :")?;
        header.starts_with("PAST ").then(|| format!("{header} {{{}}}\n{text}", text.len()))
    });
    Mutant { breaks: "2.4/5", also: &[], sections: &["2.2/1"] }.is_caught(change);
}

#[test]
fn a_server_that_sends_attributes_in_another_order_is_caught() {
    let change = replacing(Sender::Server, |line| {
        let (begin, newest) = line.strip_prefix("ROOM ")?.rsplit_once(' ')?;
        let (room, members) = begin.rsplit_once(' ')?;
        Some(format!("ROOM {room} {newest} {members}"))
    });
    Mutant { breaks: "2.5/7", also: &[], sections: &["2.5/7"] }.is_caught(change);
}

#[test]
fn a_server_that_writes_numbers_with_zeros_in_front_is_caught() {
    let change =
        replacing(Sender::Server, |line| line.starts_with("ROOM ").then(|| line.replace(" members=", " members=0")));
    Mutant { breaks: "2.6/1", also: &[], sections: &["2.6/1"] }.is_caught(change);
}

#[test]
fn a_server_that_folds_the_names_it_sends_is_caught() {
    let change = replacing(Sender::Client, |line| line.starts_with("HELLO ").then(|| line.to_lowercase()));
    Mutant { breaks: "2.6/3", also: &[], sections: &["2.6/3"] }.is_caught(change);
}
