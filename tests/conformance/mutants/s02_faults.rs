//! Servers that break section 2.7.

use super::middle::{Passed, Sender};
use super::{Change, Mutant, replacing};

#[test]
fn a_server_that_echoes_what_it_refuses_is_caught() {
    let change = || {
        let mut last = Vec::new();
        Change::lines(move |from: Sender, line: &[u8], passed: &mut Passed| {
            match from {
                // What is no text would be found for that.
                Sender::Client => last = line.iter().copied().filter(u8::is_ascii_graphic).take(80).collect(),
                Sender::Server => {}
            }
            match line.strip_suffix(b"\n").filter(|line| line.starts_with(b"ERR ")) {
                Some(err) => passed.give_client(&[err, b" ", &last, b"\n"].concat()),
                None => passed.on(from, line),
            }
        })
    };
    Mutant { breaks: "2.7/5", also: &[], sections: &["2.7/5"] }.is_caught(change);
}

#[test]
fn a_server_that_ends_no_row_of_faults_is_caught() {
    // A frame without answer behind each line ends each row.
    let change = replacing(Sender::Client, |line| Some(format!("{line}\nPONG")));
    Mutant { breaks: "2.7/6", also: &[], sections: &["2.7/6"] }.is_caught(change);
}

#[test]
fn a_server_that_executes_a_request_with_a_wrong_attribute_is_caught() {
    let change = replacing(Sender::Client, |line| {
        line.starts_with("JOIN ").then(|| line.strip_suffix(" last=x").map(|join| format!("{join}\nJOIN x")))?
    });
    let also = &["2.7/3"];
    Mutant { breaks: "2.7/1", also, sections: &["2.7/1"] }.is_caught(change);
}
