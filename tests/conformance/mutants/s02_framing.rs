//! Servers that break section 2.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

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
