//! The comments of SPEC.md's ABNF, and that none of them goes unheeded.

use crate::constraints::{CONSTRAINTS, EXPLANATIONS};
use crate::document;

/// Each comment with the rule it stands behind or, from the first column, before. A line of nothing but a comment goes
/// on with that of the line above it.
fn comments() -> Vec<(String, String)> {
    let mut comments: Vec<(String, String)> = Vec::new();
    let (mut rule, mut goes_on) = (String::new(), false);
    for line in document::blocks("abnf") {
        let (code, comment) = split(line);
        if let Some(name) = code.split(' ').next().filter(|name| !name.is_empty()) {
            rule = name.to_ascii_lowercase();
            comments.iter_mut().filter(|(of, _)| of.is_empty()).for_each(|(of, _)| rule.clone_into(of));
        }
        if let Some(words) = comment {
            match comments.last_mut() {
                Some((_, begun)) if goes_on && code.trim().is_empty() => *begun = format!("{begun} {words}"),
                _ if code.is_empty() => comments.push((String::new(), words.to_owned())),
                _ => comments.push((rule.clone(), words.to_owned())),
            }
        }
        goes_on = comment.is_some();
    }
    comments
}

/// A line before and behind its first `;` that stands in no string.
fn split(line: &str) -> (&str, Option<&str>) {
    let mut in_string = false;
    let at = line.bytes().position(|octet| {
        in_string ^= octet == b'"';
        octet == b';' && !in_string
    });
    at.map_or((line, None), |at| (&line[..at], Some(line[at + 1..].trim())))
}

#[test]
fn every_comment_of_the_abnf_is_a_constraint_or_an_explanation_and_the_other_way_round() {
    let mut here: Vec<(String, String)> = CONSTRAINTS
        .iter()
        .map(|&(rule, comment, ..)| (rule, comment))
        .chain(EXPLANATIONS.iter().copied())
        .filter(|(_, comment)| !comment.is_empty())
        .map(|(rule, comment)| (rule.to_owned(), comment.to_owned()))
        .collect();
    let mut there = comments();
    here.sort_unstable();
    there.sort_unstable();
    assert_eq!(there, here, "left: SPEC.md, right: constraints.rs");
}
