//! The dialogues of the documents are what the server does.

use std::fs::read_to_string;
use std::path::Path;

use fanfare_tests::TestServer;
use fanfare_tests::dialogue::{dialogues, play};

with_workers!(
    every_dialogue_of_the_specification_plays,
    every_dialogue_of_the_readme_plays,
    every_dialogue_of_the_crate_s_readme_plays,
);

/// Plays the dialogues of a document, and names all that differ. Returns how many there are.
#[track_caller]
fn play_all(document: &str, workers: usize) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = read_to_string(path).unwrap_or_else(|error| panic!("{document}: {error}"));
    let dialogues = dialogues(&text).unwrap_or_else(|cause| panic!("{document}: {cause}"));
    let different = dialogues.iter().filter_map(|dialogue| {
        // It takes a server that searches, which one in memory alone does not.
        let searches = dialogue.section.starts_with("4.15 ");
        let server = if searches { TestServer::durable(workers, |_| {}) } else { TestServer::by_default(workers) };
        play(dialogue, &server).err()
    });
    let different: Vec<String> = different.collect();
    assert!(different.is_empty(), "{document}:\n{}", different.join("\n"));
    dialogues.len()
}

//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST execute and answer the complete frames that came before the end of the client's input.
fn every_dialogue_of_the_specification_plays(workers: usize) {
    assert!(play_all("protocol/SPEC.md", workers) >= 17, "some dialogues were not found");
}

fn every_dialogue_of_the_readme_plays(workers: usize) {
    assert!(play_all("README.md", workers) >= 2, "a dialogue was not found");
}

fn every_dialogue_of_the_crate_s_readme_plays(workers: usize) {
    assert!(play_all("protocol/README.md", workers) >= 1, "the dialogue was not found");
}
