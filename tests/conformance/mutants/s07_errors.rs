//! Servers that break section 7.

use super::middle::Sender;
use super::{Mutant, replacing};

#[test]
fn a_server_that_lets_faults_be_retried_is_caught() {
    let change = replacing(Sender::Server, |line| {
        line.starts_with("ERR bad-room :").then(|| line.replacen(" :", " retry=5 :", 1))
    });
    Mutant { breaks: "7.1/3", also: &[], sections: &["7.1/3"] }.is_caught(change);
}

#[test]
fn a_server_that_has_another_code_for_a_cause_is_caught() {
    let change = replacing(Sender::Server, |line| {
        line.starts_with("ERR wrong-epoch ").then(|| line.replacen("wrong-epoch", "no-such-room", 1))
    });
    Mutant { breaks: "7.1/2", also: &[], sections: &["7.1"] }.is_caught(change);
}
