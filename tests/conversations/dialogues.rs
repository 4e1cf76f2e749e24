//! The dialogues of the documents are what the server does.

use std::fs::read_to_string;
use std::path::Path;

use fanfare_tests::TestServer;
use fanfare_tests::dialogue::{dialogues, play};

with_workers!(
    every_dialogue_of_the_specification_plays,
    // bug T4: every_dialogue_of_the_readme_plays,
);

/// Plays the dialogues of a document, and names all that differ. Returns how many there are.
#[track_caller]
fn play_all(document: &str, workers: usize) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    // A document that is not written yet has no dialogues.
    let Ok(text) = read_to_string(path) else { return 0 };
    let dialogues = dialogues(&text).unwrap_or_else(|cause| panic!("{document}: {cause}"));
    let different: Vec<String> =
        dialogues.iter().filter_map(|dialogue| play(dialogue, &TestServer::start(workers)).err()).collect();
    assert!(different.is_empty(), "{document}:\n{}", different.join("\n"));
    dialogues.len()
}

fn every_dialogue_of_the_specification_plays(workers: usize) {
    assert!(play_all("protocol/SPEC.md", workers) >= 17, "some dialogues were not found");
}

#[expect(dead_code, reason = "bug T4: a count in the README is wrong")]
fn every_dialogue_of_the_readme_plays(workers: usize) {
    play_all("README.md", workers);
}
