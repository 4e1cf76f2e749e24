//! Servers that break section 3.

use super::middle::{Passed, Sender};
use super::{Change, Mutant};

#[test]
fn a_server_that_speaks_another_version_is_caught() {
    let other = |from: Sender, line: &[u8], passed: &mut Passed| match line.strip_prefix(b"FANFARE/1 ") {
        Some(words) => passed.on(from, &[b"FANFARE/2 ", words].concat()),
        None => passed.on(from, line),
    };
    let mutant = Mutant { breaks: "3.1/2", also: &[], sections: &["2.1", "3.1"] };
    mutant.is_caught(move || Change::lines(other));
}
