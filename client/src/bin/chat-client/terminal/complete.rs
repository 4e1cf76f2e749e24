//! Completion of commands, rooms and names.

use super::view::is;
use crate::command::COMMANDS;

/// What can stand at the place of a word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The octet of the line that the word begins with.
    pub(crate) from: usize,
    /// What fits, in order.
    candidates: Vec<String>,
    /// What follows a word that is complete.
    behind: &'static str,
}

/// What TAB does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The word becomes this.
    Write(String),
    /// Nothing more can be said; these fit.
    Choose(Vec<String>),
    /// Nothing fits.
    Nothing,
}

/// What of a kind can stand at a place.
#[derive(Clone, Copy)]
enum Kind {
    Command,
    Room,
    Name,
    Presence,
}

impl Completion {
    /// What can stand in a line before octet `at`, of these names and rooms.
    pub(crate) fn new(line: &str, at: usize, names: &[&str], rooms: &[&str]) -> Self {
        let before = &line[..at];
        let from = before.rfind([' ', '\t']).map_or(0, |blank| blank + 1);
        let word = &before[from..];
        let kind = Self::kind(&before[..from], word);
        let all = match kind {
            Some(Kind::Command) => COMMANDS.iter().map(|&(name, ..)| name).collect(),
            Some(Kind::Room) => rooms.to_vec(),
            Some(Kind::Name) => names.to_vec(),
            Some(Kind::Presence) => vec!["all", "off", "smart"],
            None => Vec::new(),
        };
        let fits = |candidate: &&str| {
            candidate.get(..word.len()).is_some_and(|begin| is(begin, word))
                // The # of a room can be left out, as in the commands.
                || matches!(kind, Some(Kind::Room)) && candidate[1..].starts_with(word)
        };
        let candidates = all.into_iter().filter(fits).map(str::to_owned).collect();
        let behind = if from == 0 && matches!(kind, Some(Kind::Name)) { ": " } else { " " };
        Self { from, candidates, behind }
    }

    /// What is completed behind some words.
    fn kind(words: &str, word: &str) -> Option<Kind> {
        let mut words = words.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (None, _) if word.starts_with('/') && !word.starts_with("//") => Some(Kind::Command),
            (Some("/join" | "/who" | "/leave"), None) => Some(Kind::Room),
            (Some("/msg"), None) => Some(Kind::Name),
            (Some("/presence"), None) => Some(Kind::Presence),
            _ if word.starts_with('#') => Some(Kind::Room),
            _ if word.is_empty() => None,
            _ => Some(Kind::Name),
        }
    }

    /// What to do with the word that is there.
    pub(crate) fn step(self, word: &str) -> Step {
        let [first, rest @ ..] = &self.candidates[..] else { return Step::Nothing };
        if rest.is_empty() {
            return Step::Write(format!("{first}{}", self.behind));
        }
        // Names, rooms and commands are ASCII.
        let common = rest.iter().fold(first.len(), |common, other| {
            let same = first.bytes().zip(other.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
            common.min(same)
        });
        if common > word.len() { Step::Write(first[..common].to_owned()) } else { Step::Choose(self.candidates) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["albert", "Alice", "bob"];
    const ROOMS: &[&str] = &["#lobby", "#tea", "#teapot"];

    /// What TAB makes of a line, the cursor behind it.
    fn tab(line: &str) -> Step {
        let completion = Completion::new(line, line.len(), NAMES, ROOMS);
        let from = completion.from;
        completion.step(&line[from..])
    }

    fn write(text: &str) -> Step {
        Step::Write(text.to_owned())
    }

    fn choose(these: &[&str]) -> Step {
        Step::Choose(these.iter().map(|&this| this.to_owned()).collect())
    }

    #[test]
    fn commands_are_completed_at_the_beginning_only() {
        assert_eq!(tab("/jo"), write("/join "));
        assert_eq!(tab("/s"), write("/search "));
        assert_eq!(tab("/h"), choose(&["/history", "/help"]));
        assert_eq!(tab("so /jo"), Step::Nothing);
        assert_eq!(tab("//jo"), Step::Nothing);
    }

    #[test]
    fn names_are_completed_and_addressed_at_the_beginning() {
        assert_eq!(tab("b"), write("bob: "));
        assert_eq!(tab("ask b"), write("bob "));
        assert_eq!(tab("ask ali"), write("Alice "));
        assert_eq!(tab("/msg B"), write("bob "));
        assert_eq!(tab("/msg "), choose(NAMES));
        assert_eq!(tab("x"), Step::Nothing);
        assert_eq!(tab(""), Step::Nothing);
    }

    #[test]
    fn of_several_the_common_beginning_is_written_and_then_they_are_shown() {
        assert_eq!(tab("a"), write("al"));
        assert_eq!(tab("al"), choose(&["albert", "Alice"]));
        assert_eq!(tab("go to #t"), write("#tea"));
        assert_eq!(tab("go to #tea"), choose(&["#tea", "#teapot"]));
    }

    #[test]
    fn rooms_are_completed_with_and_without_their_sign() {
        assert_eq!(tab("/join #l"), write("#lobby "));
        assert_eq!(tab("/join l"), write("#lobby "));
        assert_eq!(tab("/who "), write("#"));
        assert_eq!(tab("/who #"), choose(ROOMS));
    }

    #[test]
    fn the_word_before_the_cursor_counts() {
        let completion = Completion::new("ask b about it", 5, NAMES, ROOMS);
        assert_eq!((completion.from, completion.step("b")), (4, write("bob ")));
    }

    #[test]
    fn arguments_of_commands_are_completed() {
        assert_eq!(tab("/presence s"), write("smart "));
        assert_eq!(tab("/leave #tea bo"), write("bob "));
    }

    #[test]
    fn any_characters_can_stand_before_the_cursor() {
        assert_eq!(tab("é"), Step::Nothing);
        assert_eq!(tab("日本 b"), write("bob "));
    }
}
