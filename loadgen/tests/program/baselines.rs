//! A run beside one that was saved.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{Ended, loadgen};

const RUN: [&str; 6] = ["--quiet", "--clients=4", "--rate=100", "--duration=100ms", "--settle=0s", "--drain=20s"];

/// Saves a run, changes what was saved, and holds another run against it.
fn against(change: impl FnOnce(&mut Value), more: &[&str]) -> Ended {
    let server = Double::start(Fault::None);
    let address = server.address();
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("old.json");
    let path = file.to_str().expect("UTF-8");
    let saved = loadgen(&[&["--target", &*address], &RUN[..], &["--json", path]].concat());
    assert!(matches!(saved.code, Some(0 | 5)), "{saved:?}");
    let mut document = serde_json::from_str(&fs::read_to_string(&file).expect("it was written")).expect("JSON");
    change(&mut document);
    fs::write(&file, document.to_string()).expect("it can be written");
    loadgen(&[&["--target", &*address], &RUN[..], &["--baseline", path], more].concat())
}

/// So that no figure but the one that matters can be worse on a busy machine.
const MUCH: &str = "--max-regression=100000000%";

#[test]
fn a_run_as_good_as_its_baseline_is_no_failure() {
    // Nor is one that is better in everything.
    let slow = |old: &mut Value| old["latency"]["all"]["p99_ns"] = 3_600_000_000_000_u64.into();
    for ended in [against(|_| {}, &[MUCH]), against(slow, &[MUCH, "--max-regression=p99=0%"])] {
        assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
        assert!(!ended.errors.contains("worse than the baseline"), "{ended:?}");
    }
}

#[test]
fn a_figure_that_is_worse_than_allowed_is_named_and_fails() {
    let fast = |old: &mut Value| old["latency"]["last"]["p99_ns"] = 1.into();
    let ended = against(fast, &[MUCH, "--max-regression=last.p99=10%"]);
    // On a busy machine the run is invalid, which goes before.
    assert!(matches!(ended.code, Some(4 | 5)), "{ended:?}");
    assert!(ended.errors.contains("last.p99 is worse than the baseline: 1 ns then, "), "{ended:?}");
    let quick = |old: &mut Value| old["deliveries"]["per_second"] = 1e9.into();
    let ended = against(quick, &[]);
    assert!(matches!(ended.code, Some(4 | 5)), "{ended:?}");
    assert!(ended.errors.contains("rate is worse than the baseline: 1,000,000,000/s then, "), "{ended:?}");
}

#[test]
fn a_baseline_of_another_run_is_a_warning() {
    let ended = against(|_| {}, &[MUCH, "--size=99"]);
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    assert!(ended.errors.contains("is of another run: size was 64, and is 99"), "{ended:?}");
}

#[test]
fn what_is_no_baseline_is_told_before_the_run() {
    let wrong = |path: &Path| loadgen(&["--target=127.0.0.1:1", "--baseline", path.to_str().expect("UTF-8")]);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("old.json");
    let absent = wrong(&file);
    assert_eq!(absent.code, Some(2), "{absent:?}");
    assert!(absent.errors.contains("can't read"), "{absent:?}");
    fs::write(&file, "{\"steps\": []}").expect("it can be written");
    let other = wrong(&file);
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.errors.contains("no run of loadgen"), "{other:?}");
}
