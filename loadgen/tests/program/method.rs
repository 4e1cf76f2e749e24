//! METHOD.md says which test shows each claim.

use std::fs;
use std::path::Path;

/// All that is written in the files of a folder and of those in it.
fn written(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("it is a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            written(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).expect("it is text"));
        }
    }
}

#[test]
fn each_test_that_the_method_names_exists() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let method = fs::read_to_string(crate_folder.join("METHOD.md")).expect("it is there");
    let (_, claims) = method.split_once("## Claims").expect("it has the claims");
    let mut code = String::new();
    for folder in ["src", "tests"] {
        written(&crate_folder.join(folder), &mut code);
    }
    let mut named = 0;
    for row in claims.lines().filter(|line| line.starts_with("| ")) {
        let shown_by = row.rsplit('|').nth(1).unwrap_or_default();
        for path in shown_by.split('`').skip(1).step_by(2) {
            // A whole module is named by its path, or by a star.
            let name = path.rsplit("::").find(|part| *part != "*" && *part != "tests").unwrap_or_default();
            let exists = code.contains(&format!("fn {name}(")) || code.contains(&format!("mod {name};"));
            assert!(exists, "no test {path}");
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}
