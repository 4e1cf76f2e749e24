//! The prose keeps its own rules (SPEC.md, section 1.2): each numbered item is one sentence with one keyword.

use crate::document::{Section, sections, without_spans};

const KEYWORDS: [&str; 5] = ["MUST NOT", "MUST", "SHOULD NOT", "SHOULD", "MAY"];

/// Words in capitals that BCP 14 has and SPEC.md does not use.
const OTHERS: [&str; 6] = ["SHALL", "REQUIRED", "RECOMMENDED", "OPTIONAL", "CANNOT", "MAYBE"];

/// Who a requirement binds. The last is what both ends owe the stream between them (2.1, item 8).
const SUBJECTS: [&str; 5] = ["A server", "A client", "A sender", "A receiver", "The outcome of a stream"];

/// A numbered item: its number and its sentence.
pub(crate) fn item(line: &'static str) -> Option<(usize, &'static str)> {
    let (number, sentence) = line.split_once(". ")?;
    number.parse().ok().map(|number| (number, sentence))
}

/// The keywords of a line, in order, with `MUST NOT` as one.
fn keywords(line: &str) -> Vec<&'static str> {
    let words = without_spans(line);
    let words: Vec<&str> = words.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let at = |index: usize| {
        let two = [words[index], words.get(index + 1).copied().unwrap_or_default()].join(" ");
        KEYWORDS.iter().copied().find(|keyword| *keyword == two || *keyword == words[index])
    };
    (0..words.len()).filter_map(at).collect()
}

/// All sections that state requirements.
fn stating() -> impl Iterator<Item = Section> {
    sections().into_iter().filter(|section| section.number != "1.2")
}

#[test]
fn each_requirement_is_one_sentence_of_one_subject_with_one_keyword() {
    let mut faults = Vec::new();
    let mut count = 0;
    for section in stating() {
        for (number, sentence) in section.prose.iter().filter_map(|line| item(line)) {
            count += 1;
            let words = without_spans(sentence);
            let one_sentence = words.ends_with('.') && !words.trim_end_matches('.').contains(". ");
            let subject = SUBJECTS.iter().any(|subject| {
                let rest = words.strip_prefix(subject);
                rest.is_some_and(|rest| rest.starts_with([' ', ',']))
            });
            if keywords(sentence).len() != 1 || !one_sentence || !subject {
                faults.push(format!("{}, item {number}: {sentence}", section.number));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 200, "only {count} requirements were found");
}

#[test]
fn the_items_of_a_section_are_numbered_from_1() {
    for section in stating() {
        let numbers: Vec<usize> =
            section.prose.iter().filter_map(|line| item(line)).map(|(number, _)| number).collect();
        let expected: Vec<usize> = (1..=numbers.len()).collect();
        assert_eq!(numbers, expected, "section {}", section.number);
    }
}

#[test]
fn no_keyword_in_capitals_stands_outside_of_a_requirement() {
    for section in stating() {
        for line in &section.prose {
            let other = |word: &str| OTHERS.contains(&word);
            assert!(!without_spans(line).split(|c: char| !c.is_alphabetic()).any(other), "{}: {line}", section.number);
            assert!(item(line).is_some() || keywords(line).is_empty(), "{}: {line}", section.number);
        }
    }
}
