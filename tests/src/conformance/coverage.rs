//! The checks and SPEC.md fit together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::sections::{self, SECTIONS};
use super::{Selection, requirements};

fn ids() -> BTreeSet<&'static str> {
    requirements().iter().map(|requirement| requirement.id.as_str()).collect()
}

#[test]
fn every_requirement_has_either_a_check_or_a_reason() {
    let checked: BTreeSet<&str> = sections::all().flat_map(|check| check.requirements).copied().collect();
    let reasons: Vec<&str> =
        SECTIONS.iter().flat_map(|section| section.unseen).flat_map(|unseen| unseen.requirements).copied().collect();
    let mut wrong = Vec::new();
    for &id in checked.iter().chain(&reasons) {
        if !ids().contains(id) {
            wrong.push(format!("SPEC.md has no requirement {id}"));
        }
    }
    for id in ids() {
        let ways = usize::from(checked.contains(id)) + reasons.iter().filter(|&&known| known == id).count();
        if ways != 1 {
            wrong.push(format!("{id} has {ways} of: a check, a reason"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_section_has_reasons_for_its_own_requirements_only() {
    for section in SECTIONS {
        let selection = Selection::of(&[section.number]).expect("it is a section");
        for id in section.unseen.iter().flat_map(|unseen| unseen.requirements) {
            assert!(selection.has(id), "{id} is not in section {}", section.number);
        }
    }
}

#[test]
fn names_of_checks_are_used_once() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for check in sections::all() {
        *counts.entry(check.name).or_default() += 1;
    }
    counts.retain(|_, count| *count > 1);
    assert!(counts.is_empty(), "{counts:?}");
}

/// An assertion can name a requirement that its check does not list, but none that there is not.
#[test]
fn every_id_in_the_sources_is_one_of_the_specification() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let mut sources = vec![here.join("stage.rs"), here.join("peer.rs"), here.join("watch.rs")];
    below(&here.join("sections"), &mut sources);
    below(&here.join("watch"), &mut sources);
    let mut wrong = Vec::new();
    for source in sources {
        let text = fs::read_to_string(&source).expect("it can be read");
        for word in text.split('"').filter(|word| is_id(word)) {
            if !ids().contains(word) {
                wrong.push(format!("{}: {word}", source.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "SPEC.md has no such requirements:\n{}", wrong.join("\n"));
}

fn is_id(word: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    word.split_once('/').is_some_and(|(section, item)| section.split('.').all(is_number) && is_number(item))
}

fn below(directory: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("it is a directory") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() { below(&path, sources) } else { sources.push(path) }
    }
}
