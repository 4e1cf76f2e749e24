//! Each limit that the prose names as a number is the one of the table in SPEC.md, section 11.

use std::collections::BTreeSet;

use crate::document::{section, sections, tables, without_spans};
use crate::requirements::item;

/// A row of the table, the section that names its limit, and the words there. `{}` stands for the row's number, `{+}`
/// for the one after it, as a digit or as a word.
const NAMED: &[(&str, &str, &str)] = &[
    ("line, terminator not counted", "2.1", "a line of more than {} octets"),
    ("line, terminator not counted", "2.1", "lines of up to {} octets"),
    ("line, terminator not counted", "2.4", "the whole line fits in {} octets"),
    ("line, terminator not counted", "2.7", "its octet {+} is neither LF"),
    ("line, terminator not counted", "2.7", "among its first {} octets"),
    ("line, terminator not counted", "10.2", "a line of more than {} octets"),
    ("line, terminator not counted", "10.2", "lines of at most {} octets"),
    ("text", "2.4", "a text of more than {} octets"),
    ("digits of a count", "15.1", "counts have at most {} digits"),
    ("digits of a count", "2.7", "a seventh digit"),
    ("verb", "2.2", "a verb of 1 to {} letters"),
    ("verb", "2.7", "a verb that is not 1 to {} letters"),
    ("attributes of a frame", "2.5", "more than {} attributes"),
    ("attributes of a frame", "2.7", "a {+}th attribute"),
    ("key", "2.5", "a key of 1 to {} octets"),
    ("value", "2.5", "a value of 1 to {} octets"),
    ("number", "2.6", "0 to {} (2^53 - 1)"),
    ("name", "2.6", "1 to {} of `A-Z a-z 0-9 _ -`, a letter or digit first"),
    ("room, after its `#`", "2.6", "`#`, then 1 to {} of"),
    ("room, after its `#`", "7.2", "A room is # and then 1 to {} of"),
    ("epoch", "2.6", "| epoch | 1 to {} of"),
    ("id, token", "2.6", "| id, token | 1 to {} of"),
    ("MECHANISM", "2.6", "| MECHANISM | 1 to {} of"),
    ("CODE, KIND, REASON", "2.6", "a lower-case word: 1 to {} of"),
    ("text of `LEAVE` and `BYE` of a client", "2.7", "more than {} octets of text in `LEAVE`, `SEARCH` or `BYE`"),
    ("text of `LEAVE` and `BYE` of a client", "4.6", "the reason, has at most {} octets"),
    ("text of `LEAVE` and `BYE` of a client", "4.14", "the reason, has at most {} octets"),
    ("random bits of a token", "3.5", "at least {} random bits"),
    ("random bits in ids, for each process", "4.7", "at least {} random bits"),
    ("faults in a row before `BYE` in place of the answer", "2.7", "the {+}th fault in a row"),
    ("faults in a row before `BYE` in place of the answer", "7.3", "the {+}th fault in a row"),
    ("faults in a row before `BYE` in place of the answer", "10.2", "the {+}th fault in a row"),
    ("refusals before `WELCOME`", "3.3", "the {+} refusal before `WELCOME`"),
    ("refusals before `WELCOME`", "7.3", "the {+} refusal before `WELCOME`"),
    ("time without `WELCOME`", "3.3", "when {} seconds have passed"),
    ("time without `WELCOME`", "4.3", "{} seconds without `WELCOME`"),
    ("time without `WELCOME`", "7.3", "{} seconds without `WELCOME`"),
    ("time without `WELCOME`", "8", "the {} seconds of 3.3"),
    ("octets without `WELCOME`", "3.3", "more than {} octets"),
    ("octets without `WELCOME`", "7.3", "more than {} octets before `WELCOME`"),
    ("octets without `WELCOME`", "13", "at most {} octets of input"),
    ("unanswered requests before a server stops reading", "4.1", "{} requests are unanswered"),
    ("time a name is held", "3.4", "for {} seconds after an unclean end"),
    ("time a name is held", "13", "at most {} seconds after an unclean end"),
    ("time an id is remembered", "4.7", "younger than {} minutes"),
    ("ids remembered for a name in a room", "4.7", "the last {} of its name"),
    ("names in an answer to `WHO`", "4.9", "more than {} names"),
    ("names in a `NAMES` line", "4.9", "at most {} octets of names"),
    ("rooms in an answer to `ROOMS`", "4.10", "more than {} rooms"),
    ("frames in an answer to `HISTORY`", "4.11", "after {} `PAST` frames"),
    ("octets in an answer to `HISTORY`", "4.11", "more than {} octets"),
    ("text of `SEARCH`", "2.7", "more than {} octets of text in `LEAVE`, `SEARCH` or `BYE`"),
    ("text of `SEARCH`", "4.15", "TEXT has at most {} octets"),
    ("text of `SEARCH`", "10.2", "for TEXT, at most {} octets"),
    ("frames in an answer to `SEARCH`", "4.15", "`last` is 1 to {}, and 20 if it is not there"),
    ("octets in an answer to `SEARCH`", "4.15", "more than {} octets"),
    ("messages asked for by `/history`", "10.2", "1 to {}, default 20"),
    ("private messages for a receiver that are not with the transport", "4.8", "private messages, {} octets"),
    ("line that a client of plain mode accepts", "10.3", "lines of up to {} octets"),
    ("time an empty room is remembered", "6.1", "sooner than {} minutes after its last member left"),
    ("discarding after `BYE`", "9.1", "{} seconds have passed, or 65,536 octets have come"),
];

/// Numbers in prose that are made of limits, or bound by nothing in the table: why.
const DERIVED: &[(&str, &str)] = &[
    ("69,632", "a line and what is skipped of it, 4,096 + 65,536"),
    ("4,097", "the octet behind a longest line"),
    ("17", "the attribute above the limit"),
    ("2119", "an RFC"),
    ("8174", "an RFC"),
    ("3629", "an RFC"),
    ("4422", "an RFC"),
    ("1970", "the year in which AT begins"),
    ("53", "the power of two above the largest number"),
    ("4096", "the line limit, in the recommended text of a code"),
    ("14", "BCP 14"),
    ("32", "the digits of a recommended token"),
];

/// The rows of section 11: the limit and its number cell.
fn rows() -> Vec<(&'static str, &'static str)> {
    let tables = tables(&section("11"));
    let [table] = &tables[..] else { panic!("section 11 has one table") };
    assert_eq!(table[0], ["limit", "number", "set by"]);
    table[1..].iter().map(|row| (row[0], row[1])).collect()
}

/// The first number of a cell, as it is written.
fn number(cell: &str) -> &str {
    cell.split(' ').next().expect("`split` gives at least one").trim_end_matches([',', ';'])
}

fn value(written: &str) -> u64 {
    written.replace(',', "").parse().unwrap_or_else(|_| panic!("{written} is no number"))
}

/// A value as SPEC.md writes it: a comma before each three digits.
fn written(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

#[test]
fn each_limit_stands_in_its_section_as_in_the_table() {
    let rows = rows();
    for (limit, place, words) in NAMED {
        let (_, cell) = rows.iter().find(|(row, _)| row == limit).unwrap_or_else(|| panic!("no row is {limit}"));
        let next = value(number(cell)) + 1;
        let next = if next == 6 { "sixth".to_owned() } else { written(next) };
        let words = words.replace("{}", number(cell)).replace("{+}", &next);
        let prose = section(place).prose;
        assert!(prose.iter().any(|line| line.contains(&words)), "{place} does not say: {words}");
    }
}

#[test]
fn each_limit_of_the_protocol_is_looked_for_where_it_is_stated() {
    // Stated in words, or in one place with another limit.
    const IN_WORDS: [&str; 3] =
        ["octets skipped for the LF of a line that is too long", "`MEMBERS` of a crowded room", "end of crowding"];
    let tables = tables(&section("11"));
    for row in tables[0][1..].iter().filter(|row| row[2] == "protocol" || row[2] == "default") {
        let named = NAMED.iter().any(|(limit, ..)| *limit == row[0]) || IN_WORDS.contains(&row[0]);
        assert!(named, "nothing looks for: {}", row[0]);
    }
}

#[test]
fn each_number_above_a_dozen_in_the_prose_is_one_of_the_table() {
    let mut known: BTreeSet<u64> = DERIVED.iter().map(|(number, _)| value(number)).collect();
    let tables = tables(&section("11"));
    for cell in tables[0][1..].iter().flat_map(|row| row[1..].iter()) {
        known.extend(numbers(cell));
    }
    for section in sections() {
        let chapter: u32 = section.number.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default();
        if !(2..=13).contains(&chapter) || section.number == "11" {
            continue;
        }
        for line in &section.prose {
            let sentence = item(line).map_or(*line, |(_, sentence)| sentence);
            // What an example or a form says in code spans is its own.
            let words = without_spans(sentence);
            let unknown = numbers(&words).into_iter().find(|number| *number > 12 && !known.contains(number));
            assert_eq!(unknown, None, "{}: {line}", section.number);
        }
    }
}

/// The whole numbers of some words, those of sections (`2.7`) and of characters (`U+2028`) left out.
fn numbers(words: &str) -> Vec<u64> {
    let digits = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    words
        .split(|c: char| c.is_whitespace() || "()`:;|/^".contains(c))
        .map(|word| word.trim_end_matches(['.', ',']))
        .map(|word| word.strip_suffix("th").unwrap_or(word))
        .filter(digits)
        .filter(|word| word.bytes().all(|octet| octet.is_ascii_digit() || octet == b','))
        .map(value)
        .collect()
}
