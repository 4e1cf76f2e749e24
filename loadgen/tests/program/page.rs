//! The page, from a run and from what it saved.

use std::fs;

use crate::double::{Double, Fault};
use crate::program::loadgen;

#[test]
fn a_saved_run_makes_the_page_that_the_run_made() {
    let server = Double::start(Fault::None);
    let folder = tempfile::tempdir().expect("there is room for files");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (json, page, again) = (path("run.json"), path("run.html"), path("again.html"));
    let common = ["--quiet", "--label=one", "--clients=4", "--settle=0s", "--rate=50", "--duration=200ms"];
    let ended = loadgen(&[&["--target", &*server.address(), "--json", &json, "--html", &page], &common[..]].concat());
    // On a busy machine the run may be invalid.
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let shown = loadgen(&["report", &json, "--html", &again]);
    assert_eq!((shown.code, &shown.output), (Some(0), &ended.output), "the same table: {shown:?}");
    let read = |path: &str| fs::read_to_string(path).expect("it was written");
    assert_eq!(read(&page), read(&again));
    let printed = loadgen(&["report", &json, &json, "--html=-"]);
    assert!(printed.output.starts_with("<!DOCTYPE html>") && printed.output.contains("runs compared"), "{printed:?}");
}

#[test]
fn what_is_no_report_is_named() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let other = folder.path().join("other.json");
    fs::write(&other, "{}").expect("it can be written");
    for (file, words) in [(&other, "no run of loadgen"), (&folder.path().join("none.json"), "can't read")] {
        let ended = loadgen(&["report", &file.to_string_lossy()]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains(words) && ended.errors.contains(&*file.to_string_lossy()), "{ended:?}");
        assert!(ended.output.is_empty(), "{ended:?}");
    }
}
