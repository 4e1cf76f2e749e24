//! A process that is killed while it writes.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::*;

/// Tells this test binary where to write, as the process that will be killed.
const DIR: &str = "FANFARE_TEST_KILLED_IN";

/// The process that will be killed: it writes, and says what is stored.
#[test]
fn writes_until_it_is_killed() {
    let Some(data) = env::var_os(DIR) else { return };
    let (mut store, _) = open(Path::new(&data));
    let keeper = Keeper::open(store.dir()).expect("a keeper");
    let r = add_room(&mut store, "#r");
    // Past libtest, which would keep it until the test ends.
    let mut told = fs::OpenOptions::new().write(true).open("/dev/stdout").expect("a pipe");
    for first in (1..).step_by(7) {
        let mut group = store.begin().expect("a group");
        for seq in first..first + 7 {
            group.message(r, &message(seq, &format!("text {seq}"))).expect("a message");
        }
        group.commit().expect("stored");
        if first % 5 == 0 {
            keeper.checkpoint().expect("a checkpoint");
        }
        if writeln!(told, "stored {}", first + 6).is_err() {
            return;
        }
    }
}

#[test]
fn whatever_was_stored_survives_a_process_that_is_killed_and_groups_are_whole() {
    for until in [7, 70, 707] {
        let dir = dir();
        let mut child = Command::new(env::current_exe().expect("this binary"))
            .args(["--exact", "history::store::tests::killed::writes_until_it_is_killed", "--nocapture"])
            .env(DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut stored = lines.by_ref().filter_map(|line| line.strip_prefix("stored ")?.parse::<u64>().ok());
        let told = stored.find(|last| *last >= until).expect("it writes");
        child.kill().expect("killed");
        child.wait().expect("ended");
        let told = stored.last().unwrap_or(told);
        let (_, found) = open(dir.path());
        let (newest, room) = (found.rooms[0].newest.get(), found.rooms[0].id);
        assert!(newest >= told && newest % 7 == 0, "{newest} of at least {told}");
        assert_eq!(kept(dir.path(), room), (1..=newest).collect::<Vec<_>>());
        assert_eq!((found.epochs, &*found.rooms[0].epoch), (Epochs::Continued, "e"));
    }
}
