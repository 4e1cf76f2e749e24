//! The line that is being typed, and those that were: keys in, intentions out.

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use fanfare_protocol::limits::MAX_TEXT;
use rustyline::history::{History, MemHistory};
use rustyline::line_buffer::{ChangeListener, DeleteListener, Direction, LineBuffer, WordAction};
use rustyline::{At, Movement, Word};

/// How many lines are remembered.
const REMEMBERED: usize = 1_000;

/// What a key means beyond editing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// The line is to be said or obeyed. It is empty now.
    Enter(String),
    /// Ctrl-C; the line, which was taken away, was not empty or was.
    Interrupt { was_empty: bool },
    /// Ctrl-D on an empty line.
    Leave,
    /// TAB.
    Complete,
    /// Ctrl-L.
    Redraw,
    /// Ctrl-Z.
    Suspend,
}

/// A line with its cursor.
pub(crate) struct Editor {
    line: LineBuffer,
    history: MemHistory,
    /// That a line of the history is shown.
    recalled: Option<Recalled>,
    killed: Killed,
}

/// A line of the history that is shown.
struct Recalled {
    index: usize,
    /// What was being typed before.
    typed: String,
    /// Lines of the history that were edited and not entered.
    edited: BTreeMap<usize, String>,
}

/// What was cut out last, for Ctrl-Y.
#[derive(Debug, Default)]
struct Killed {
    text: String,
    is_killing: bool,
}

impl Editor {
    /// An empty line, and nothing remembered.
    pub(crate) fn new() -> Self {
        let mut history = MemHistory::new();
        history.set_max_len(REMEMBERED).expect("it is in memory");
        // What has no room here could not be sent.
        Self { line: LineBuffer::with_capacity(MAX_TEXT), history, recalled: None, killed: Killed::default() }
    }

    /// What is being typed.
    pub(crate) fn line(&self) -> &str {
        self.line.as_str()
    }

    /// The octet before which the cursor stands.
    pub(crate) fn at(&self) -> usize {
        self.line.pos()
    }

    /// Writes at the cursor. Whether there was room for it.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        text.is_empty() || self.line.yank(text, 1, &mut self.killed).is_some()
    }

    /// Writes in place of the octets from `from` up to the cursor.
    pub(crate) fn complete(&mut self, from: usize, text: &str) {
        self.line.replace(from..self.line.pos(), text, &mut self.killed);
    }

    /// Takes the line away.
    pub(crate) fn take(&mut self) -> String {
        let line = self.line.as_str().to_owned();
        self.set("");
        line
    }

    /// Puts a line in place of the one that is there, the cursor behind it.
    pub(crate) fn set(&mut self, line: &str) {
        self.set_at(line, line.len());
    }

    /// Puts a line in place of the one that is there.
    pub(crate) fn set_at(&mut self, line: &str, at: usize) {
        if let Some(mut recalled) = self.recalled.take() {
            // It is the one that is taken away, by somebody who knows what becomes of it.
            recalled.edited.remove(&recalled.index);
            self.remember_edits(recalled);
        }
        self.line.update(line, at, &mut self.killed);
    }

    /// Remembers a line: the arrow up brings it back.
    pub(crate) fn remember(&mut self, line: &str) {
        self.history.add(line).expect("it is in memory");
    }

    /// Does what a key says.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Option<Intent> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if control => return self.control(c.to_ascii_lowercase()),
            KeyCode::Char(c) if alt => self.meta(c.to_ascii_lowercase()),
            KeyCode::Char(c) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Enter => return Some(self.enter()),
            KeyCode::Tab => return Some(Intent::Complete),
            KeyCode::Up => self.older(),
            KeyCode::Down => self.newer(),
            code => {
                self.edit(code, control || alt);
            }
        }
        None
    }

    /// The keys that have names, with or without one that makes them reach over words.
    fn edit(&mut self, code: KeyCode, by_word: bool) -> bool {
        let killed = &mut self.killed;
        match code {
            KeyCode::Left if by_word => self.line.move_to_prev_word(Word::Emacs, 1),
            KeyCode::Right if by_word => self.line.move_to_next_word(At::AfterEnd, Word::Emacs, 1),
            KeyCode::Left => self.line.move_backward(1),
            KeyCode::Right => self.line.move_forward(1),
            KeyCode::Home => self.line.move_buffer_start(),
            KeyCode::End => self.line.move_buffer_end(),
            KeyCode::Backspace if by_word => self.line.kill(&Movement::BackwardWord(1, Word::Emacs), killed),
            KeyCode::Delete if by_word => self.line.kill(&Movement::ForwardWord(1, At::AfterEnd, Word::Emacs), killed),
            KeyCode::Backspace => self.line.backspace(1, killed),
            KeyCode::Delete => self.line.delete(1, killed).is_some(),
            _ => false,
        }
    }

    fn control(&mut self, c: char) -> Option<Intent> {
        let killed = &mut self.killed;
        let _changed = match c {
            'c' => {
                let line = self.take();
                if !line.is_empty() {
                    self.remember(&line);
                }
                return Some(Intent::Interrupt { was_empty: line.is_empty() });
            }
            'd' if self.line.is_empty() => return Some(Intent::Leave),
            'l' => return Some(Intent::Redraw),
            'z' => return Some(Intent::Suspend),
            'i' => return Some(Intent::Complete),
            'j' | 'm' => return Some(self.enter()),
            'p' => return self.key(KeyCode::Up.into()),
            'n' => return self.key(KeyCode::Down.into()),
            'a' => self.edit(KeyCode::Home, false),
            'e' => self.edit(KeyCode::End, false),
            'b' => self.edit(KeyCode::Left, false),
            'f' => self.edit(KeyCode::Right, false),
            'd' => self.edit(KeyCode::Delete, false),
            'h' => self.edit(KeyCode::Backspace, false),
            'k' => self.line.kill(&Movement::EndOfBuffer, killed),
            'u' => self.line.kill(&Movement::BeginningOfBuffer, killed),
            'w' => self.line.kill(&Movement::BackwardWord(1, Word::Big), killed),
            'y' => {
                let text = killed.text.clone();
                self.insert(&text)
            }
            't' => self.line.transpose_chars(killed),
            _ => false,
        };
        None
    }

    fn meta(&mut self, c: char) {
        let _changed = match c {
            'b' => self.edit(KeyCode::Left, true),
            'f' => self.edit(KeyCode::Right, true),
            'd' => self.edit(KeyCode::Delete, true),
            't' => self.line.transpose_words(1, &mut self.killed),
            'u' => self.line.edit_word(WordAction::Uppercase, &mut self.killed),
            'l' => self.line.edit_word(WordAction::Lowercase, &mut self.killed),
            'c' => self.line.edit_word(WordAction::Capitalize, &mut self.killed),
            _ => false,
        };
    }

    fn enter(&mut self) -> Intent {
        let line = self.take();
        if !line.is_empty() {
            self.remember(&line);
        }
        Intent::Enter(line)
    }

    fn older(&mut self) {
        let line = self.line.as_str().to_owned();
        match self.recalled.take() {
            Some(recalled) => self.recall(recalled.index.saturating_sub(1), recalled.left(line, &self.history)),
            None if self.history.is_empty() => {}
            None => {
                let index = self.history.len() - 1;
                self.recall(index, Recalled { index, typed: line, edited: BTreeMap::new() });
            }
        }
    }

    fn newer(&mut self) {
        let Some(recalled) = self.recalled.take() else { return };
        let mut recalled = recalled.left(self.line.as_str().to_owned(), &self.history);
        if recalled.index + 1 < self.history.len() {
            self.recall(recalled.index + 1, recalled);
        } else {
            let typed = std::mem::take(&mut recalled.typed);
            self.remember_edits(recalled);
            self.set(&typed);
        }
    }

    fn recall(&mut self, index: usize, recalled: Recalled) {
        let line = recalled.edited.get(&index).unwrap_or(&self.history[index]).clone();
        self.set(&line);
        self.recalled = Some(Recalled { index, ..recalled });
    }

    /// What was typed and not entered is found with the arrow up, too.
    fn remember_edits(&mut self, recalled: Recalled) {
        for line in recalled.edited.into_values().chain([recalled.typed]) {
            if !line.is_empty() {
                self.remember(&line);
            }
        }
    }
}

impl Recalled {
    /// Another line is to be shown in place of this one, which may have been edited.
    fn left(mut self, line: String, history: &MemHistory) -> Self {
        if line != history[self.index] {
            self.edited.insert(self.index, line);
        }
        self
    }
}

impl DeleteListener for Killed {
    fn start_killing(&mut self) {
        self.is_killing = true;
        self.text.clear();
    }

    fn delete(&mut self, _: usize, text: &str, _: Direction) {
        if self.is_killing {
            self.text.push_str(text);
        }
    }

    fn stop_killing(&mut self) {
        self.is_killing = false;
    }
}

impl ChangeListener for Killed {
    fn insert_char(&mut self, _: usize, _: char) {}
    fn insert_str(&mut self, _: usize, _: &str) {}
    fn replace(&mut self, _: usize, _: &str, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types: `^x` is Ctrl-X, `~x` is Alt-X, `<` and `>` are arrows, `{` and `}` arrows up and down, and `!` is Enter.
    fn types(editor: &mut Editor, keys: &str) -> Vec<Intent> {
        let mut chars = keys.chars();
        let mut intents = Vec::new();
        while let Some(c) = chars.next() {
            let key = match c {
                '^' => KeyEvent::new(KeyCode::Char(chars.next().expect("a letter")), KeyModifiers::CONTROL),
                '~' => KeyEvent::new(KeyCode::Char(chars.next().expect("a letter")), KeyModifiers::ALT),
                '<' => KeyCode::Left.into(),
                '>' => KeyCode::Right.into(),
                '{' => KeyCode::Up.into(),
                '}' => KeyCode::Down.into(),
                '!' => KeyCode::Enter.into(),
                c => KeyCode::Char(c).into(),
            };
            intents.extend(editor.key(key));
        }
        intents
    }

    /// The line after some keys, with `|` for the cursor.
    fn line(keys: &str) -> String {
        let mut editor = Editor::new();
        types(&mut editor, keys);
        let (before, behind) = editor.line().split_at(editor.at());
        format!("{before}|{behind}")
    }

    #[test]
    fn keys_edit_as_they_do_in_a_shell() {
        for (keys, shown) in [
            ("hello", "hello|"),
            ("hello<<X", "helX|lo"),
            ("hello^aX", "X|hello"),
            ("hello^a^e!", "|"),
            ("one two^w", "one |"),
            ("one two^w^y^y", "one twotwo|"),
            ("one two^a~d", "| two"),
            ("one two~b^k", "one |"),
            ("one two~b^u", "|two"),
            ("one two~b~u", "one TWO|"),
            ("ab^t", "ba|"),
            ("日本<^h", "|本"),
            ("e\u{301}x<<Y", "Y|e\u{301}x"),
            ("a^b^d", "|"),
        ] {
            assert_eq!(line(keys), shown, "{keys}");
        }
    }

    #[test]
    fn lines_come_back_with_the_arrows_and_what_was_being_typed_too() {
        let mut editor = Editor::new();
        assert_eq!(types(&mut editor, "one!two!"), [Intent::Enter("one".to_owned()), Intent::Enter("two".to_owned())]);
        for (keys, shown) in [("dra{", "two"), ("{", "one"), ("{", "one"), ("}", "two"), ("}", "dra"), ("}", "dra")] {
            types(&mut editor, keys);
            assert_eq!(editor.line(), shown, "{keys}");
        }
    }

    #[test]
    fn lines_of_the_history_that_were_edited_and_a_draft_are_not_lost() {
        let mut editor = Editor::new();
        types(&mut editor, "one!two!draft{X{Y}");
        assert_eq!(editor.line(), "twoX");
        types(&mut editor, "{");
        assert_eq!(editor.line(), "oneY");
        assert_eq!(types(&mut editor, "!"), [Intent::Enter("oneY".to_owned())]);
        let mut lines = Vec::new();
        for _ in 0..5 {
            types(&mut editor, "{");
            lines.push(editor.line().to_owned());
        }
        assert_eq!(lines, ["oneY", "draft", "twoX", "two", "one"]);
    }

    #[test]
    fn what_was_edited_is_remembered_when_one_is_back_at_the_draft() {
        let mut editor = Editor::new();
        types(&mut editor, "one!{X}{");
        assert_eq!(editor.line(), "oneX");
        types(&mut editor, "{");
        assert_eq!(editor.line(), "one");
    }

    #[test]
    fn ctrl_c_takes_the_line_away_and_the_arrow_brings_it_back() {
        let mut editor = Editor::new();
        assert_eq!(types(&mut editor, "half a line^c"), [Intent::Interrupt { was_empty: false }]);
        assert_eq!(types(&mut editor, "^c"), [Intent::Interrupt { was_empty: true }]);
        types(&mut editor, "{");
        assert_eq!(editor.line(), "half a line");
    }

    #[test]
    fn ctrl_d_leaves_on_an_empty_line_only() {
        let mut editor = Editor::new();
        assert_eq!(types(&mut editor, "ab^a^d^d"), []);
        assert_eq!(types(&mut editor, "^d"), [Intent::Leave]);
    }

    #[test]
    fn a_line_has_no_more_octets_than_can_be_sent() {
        let mut editor = Editor::new();
        assert!(editor.insert(&"x".repeat(MAX_TEXT)));
        assert!(!editor.insert("y"));
        assert_eq!(editor.line().len(), MAX_TEXT);
    }

    #[test]
    fn an_empty_line_is_not_remembered() {
        let mut editor = Editor::new();
        assert_eq!(types(&mut editor, "!{"), [Intent::Enter(String::new())]);
        assert_eq!(editor.line(), "");
    }
}
