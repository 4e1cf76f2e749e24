//! Every body over its seeds, on stable; and the targets, the bodies and the seeds belong together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fanfare_fuzz_bodies::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files or directories of a directory of `fuzz/`, in order.
fn entries(of: &str) -> Vec<PathBuf> {
    let directory = fuzz().join(of);
    let listed = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}

fn stems(of: &str) -> BTreeSet<String> {
    let stem = |path: &PathBuf| path.file_stem().and_then(|stem| stem.to_str()).expect("a plain name").to_owned();
    entries(of).iter().map(stem).collect()
}

#[test]
fn every_body_is_content_with_its_seeds() {
    let mut failed = Vec::new();
    for (target, body) in TARGETS {
        let seeds = entries(&format!("corpus/{target}"));
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for seed in seeds {
            let octets = fs::read(&seed).unwrap_or_else(|error| panic!("{}: {error}", seed.display()));
            if std::panic::catch_unwind(|| body(&octets)).is_err() {
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_body_has_a_target_and_seeds_and_every_target_and_seed_a_body() {
    let bodies: BTreeSet<String> = TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    assert_eq!(stems("fuzz_targets"), bodies);
    assert_eq!(stems("corpus"), bodies);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("it is there");
    let listed = manifest.split("[[bin]]").skip(1).map(|bin| bin.split('"').nth(1).expect("its name").to_owned());
    assert_eq!(listed.collect::<BTreeSet<_>>(), bodies);
    for target in bodies {
        let source = fs::read_to_string(fuzz().join(format!("fuzz_targets/{target}.rs"))).expect("it is there");
        assert!(source.contains(&format!("fanfare_fuzz_bodies::{target}(data)")), "{target} runs another body");
    }
}
