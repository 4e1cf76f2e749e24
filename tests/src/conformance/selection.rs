//! Which requirements are played.

use std::str::FromStr;

/// Everything, or what some words name: a section such as `4.7`, with all below it, or a requirement such as `4.7/8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word(String);

impl Selection {
    /// What some words name; without words, everything.
    ///
    /// # Errors
    ///
    /// A word that names no requirement of SPEC.md.
    pub fn of<S: AsRef<str>>(words: &[S]) -> Result<Self, String> {
        let words = words.iter().map(|word| word.as_ref().parse()).collect::<Result<_, String>>()?;
        Ok(Self { words })
    }

    /// Whether a requirement is selected, by its id.
    pub fn has(&self, id: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| word.names(id))
    }
}

impl Word {
    fn names(&self, id: &str) -> bool {
        let section = id.split('/').next().unwrap_or_default();
        let is_below = section.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        id == self.0 || is_below
    }
}

impl FromStr for Word {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let word = Self(text.to_owned());
        if super::requirements().iter().any(|requirement| word.names(&requirement.id)) {
            Ok(word)
        } else {
            Err(format!(
                "SPEC.md has no requirement in {text:?}; a section is such as 4.7, a requirement such as 4.7/8"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_all_below_it() {
        let selection = |words: &[&str]| Selection::of(words).expect("they are there");
        assert!(selection(&[]).has("4.7/8"));
        assert!(
            selection(&["4"]).has("4.7/8") && selection(&["4.7"]).has("4.7/8") && selection(&["4.7/8"]).has("4.7/8")
        );
        assert!(!selection(&["4.1"]).has("4.10/1"));
        assert!(!selection(&["4.7/1"]).has("4.7/14"));
        assert!(selection(&["8", "4.7"]).has("8/1"));
        for wrong in ["1", "4.7/99", "x", "", "4."] {
            assert!(Selection::of(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
