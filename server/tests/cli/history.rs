//! The directory of the history, and what is in it after the program has ended in whatever way.

use std::fs;
use std::path::Path;

use fanfare_tests::Client;

use crate::program::{Program, directory, run_in, text};

/// Where the history is, if nobody has said.
const DEFAULT: &str = "fanfare-data";

/// Says something in `#tea`, and waits until it is said. Returns the room's epoch.
fn say(program: &Program, words: &str) -> String {
    let mut alice = program.framed("alice");
    alice.send("JOIN #tea");
    let epoch = alice.expect("OK epoch=<epoch> <attributes>").get("epoch").to_owned();
    alice.send(&format!("SAY #tea id=first :{words}"));
    alice.lines_until("OK seq=<seq>");
    epoch
}

/// What a newcomer is told of `#tea`: the answer to its `JOIN`, and the one message that was said there before. It stays.
#[track_caller]
fn expect_said(program: &Program, epoch: &str, words: &str) -> Client {
    let mut bob: Client = program.framed("bob");
    bob.send("JOIN #tea last=10");
    bob.expect(&format!("OK epoch={epoch} next=1 newest=1 <attributes>"));
    bob.expect(&format!("MSG #tea 1 <at> alice id=first :{words}"));
    bob.expect("JOINED #tea bob");
    bob
}

#[test]
fn without_a_word_it_keeps_a_history_where_it_was_started_and_says_so() {
    let place = directory();
    let program = Program::start_in(place.path(), &[]);
    let data = fs::canonicalize(place.path()).expect("it is there").join(DEFAULT);
    assert!(data.join("history.db").exists());
    program.signal("TERM");
    let (status, log) = program.wait();
    assert!(status.success(), "{log}");
    assert!(log.lines().any(|line| line.contains("history") && line.contains(&*data.to_string_lossy())), "{log}");
}

#[test]
fn a_directory_belongs_to_one_program_at_a_time() {
    let place = directory();
    let first = Program::start_in(place.path(), &[]);
    let second = run_in(place.path(), &["--listen", "127.0.0.1:0"]);
    let errors = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{errors}");
    assert!(second.stdout.is_empty());
    let words = format!("{DEFAULT} is in use by process {}; stop that server", first.pid());
    assert!(errors.contains(&words) && errors.contains("--data-dir"), "{errors}");
    drop(first);
    let _third = Program::start_in(place.path(), &[]);
}

#[test]
fn without_a_history_it_makes_no_directory() {
    let place = directory();
    let program = Program::start_in(place.path(), &["--history", "off", "--data-dir", "elsewhere"]);
    say(&program, "x");
    assert!(fs::read_dir(place.path()).expect("it is there").next().is_none());
}

#[test]
fn a_directory_that_can_not_be_made_is_a_clear_error() {
    let place = directory();
    fs::write(place.path().join("file"), "").expect("a file can be written");
    // Not even root can make a directory there.
    for wrong in ["file", "file/below"] {
        let output = run_in(place.path(), &["--listen", "127.0.0.1:0", "--data-dir", wrong]);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(output.stdout.is_empty());
        for part in [&format!("can't write to {wrong}: "), "--data-dir", "--history off"] {
            assert!(errors.contains(part), "no {part:?} in {errors}");
        }
    }
}

#[test]
fn what_was_said_is_there_after_the_program_was_killed() {
    for sync in ["off", "on"] {
        let place = directory();
        let start = |place: &Path| Program::start_in(place, &["--history-sync", sync]);
        let program = start(place.path());
        let epoch = say(&program, "still here");
        program.signal("KILL");
        assert_eq!(program.wait().0.code(), None);
        let again = start(place.path());
        let _bob = expect_said(&again, &epoch, "still here");
        // Nor is it said again by whoever has not heard that it was said.
        let mut alice = again.framed("alice");
        alice.send("JOIN #tea");
        alice.lines_until("JOINED #tea alice");
        alice.send("SAY #tea id=first :still here");
        alice.expect("OK seq=1 repeat=yes");
    }
}
