//! A directory of the operator's.

use std::path::PathBuf;

use super::{Kind, Refusal};

/// The path of a directory, which need not exist.
pub(in crate::options) struct Directory;

impl Kind for Directory {
    type Value = PathBuf;

    fn parse(&self, text: &str) -> Result<PathBuf, Refusal> {
        if text.is_empty() { Err(Refusal::new(text, "is empty")) } else { Ok(PathBuf::from(text)) }
    }

    fn show(&self, value: &PathBuf) -> toml::Value {
        toml::Value::from(value.to_string_lossy().into_owned())
    }

    fn allowed(&self) -> String {
        "a path".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_but_the_empty_one_is_a_directory() {
        assert_eq!(Directory.parse("a b/c"), Ok(PathBuf::from("a b/c")));
        assert_eq!(Directory.parse(""), Err(Refusal::new("", "is empty")));
    }
}
