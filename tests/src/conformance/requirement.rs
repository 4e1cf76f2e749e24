//! The numbered requirements of SPEC.md.

use std::sync::LazyLock;

use serde::Serialize;

const SPECIFICATION: &str = include_str!("../../../protocol/SPEC.md");

static REQUIREMENTS: LazyLock<Vec<Requirement>> = LazyLock::new(|| read(SPECIFICATION));

/// One numbered item of a section of SPEC.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its section and its number there, such as `4.7/8`.
    pub id: String,
    /// How strong it is.
    pub keyword: Keyword,
    /// Whom it binds.
    pub side: Side,
    /// Its words.
    pub sentence: String,
}

/// The requirement words of SPEC.md, section 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Keyword {
    /// Without this an implementation does not conform.
    #[serde(rename = "MUST")]
    Must,
    /// With this an implementation does not conform.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// Done, unless a reason speaks against it.
    #[serde(rename = "SHOULD")]
    Should,
    /// Done only for a reason.
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// Both ways conform.
    #[serde(rename = "MAY")]
    May,
}

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The side that accepted the connection.
    Server,
    /// The side that opened it.
    Client,
    /// Both: senders and receivers.
    Either,
}

impl Keyword {
    /// Longer ones first: the first that a sentence holds is its own.
    const WORDS: [(&str, Self); 5] = [
        (" MUST NOT ", Self::MustNot),
        (" MUST ", Self::Must),
        (" SHOULD NOT ", Self::ShouldNot),
        (" SHOULD ", Self::Should),
        (" MAY ", Self::May),
    ];

    /// Whether an implementation that does otherwise does not conform.
    pub fn is_strict(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }
}

impl Side {
    /// By the subject of a sentence.
    fn of(sentence: &str) -> Self {
        if sentence.starts_with("A server ") {
            Self::Server
        } else if sentence.starts_with("A client ") {
            Self::Client
        } else {
            Self::Either
        }
    }
}

/// The requirements of SPEC.md, in its order.
pub fn requirements() -> &'static [Requirement] {
    &REQUIREMENTS
}

fn read(document: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut section = "";
    let mut is_code = false;
    for line in document.lines() {
        is_code ^= line.starts_with("```");
        if is_code {
            continue;
        }
        if line.starts_with('#') {
            section = line.trim_start_matches('#').trim().split(' ').next().unwrap_or_default();
            continue;
        }
        let Some((number, sentence)) = line.split_once(". ") else { continue };
        let keyword = Keyword::WORDS.iter().find(|(words, _)| sentence.contains(words));
        let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
        if let (true, Some(&(_, keyword))) = (is_number, keyword) {
            found.push(Requirement {
                id: format!("{section}/{number}"),
                keyword,
                side: Side::of(sentence),
                sentence: sentence.to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_outside_of_blocks_are_requirements() {
        let document = "# T\n## 2 A\n### 2.1 B\n1. A server MUST NOT x.\n```\n2. A server MUST y.\n```\n\
                        2. A client SHOULD z.\n\n## 8 C\n1. A sender MAY u.\nIn 3. nothing MUST be read.\n";
        let found = read(document);
        let seen: Vec<_> = found.iter().map(|found| (found.id.as_str(), found.keyword, found.side)).collect();
        assert_eq!(
            seen,
            [
                ("2.1/1", Keyword::MustNot, Side::Server),
                ("2.1/2", Keyword::Should, Side::Client),
                ("8/1", Keyword::May, Side::Either),
            ]
        );
        assert_eq!(found[1].sentence, "A client SHOULD z.");
    }

    #[test]
    fn every_numbered_item_of_the_specification_is_one() {
        let items = SPECIFICATION.lines().filter(|line| {
            line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok()) // and no heading, as of `#`
        });
        assert_eq!(requirements().len(), items.count());
        assert!(requirements().len() > 250);
        for pair in requirements().windows(2) {
            let [(section, item), (next, following)] = [&pair[0], &pair[1]].map(|requirement| {
                let (section, item) = requirement.id.split_once('/').expect("an id has two parts");
                (section.to_owned(), item.parse::<u32>().expect("an item has a number"))
            });
            assert!(following == 1 || (section == next && following == item + 1), "{}", pair[1].id);
        }
    }
}
