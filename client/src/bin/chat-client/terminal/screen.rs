//! What stands on the screen: what was said, and below it, always whole, what is being typed. Pure: it makes the octets
//! that a terminal is to be sent.
//!
//! The lower part, the block, is taken away before something is added above it, and drawn again below, in one write.
//! Each of its rows is broken here and not by the terminal, whose own wrapping is off meanwhile: so it is known on which
//! row the cursor is, whatever the terminal takes for the width of a character.

use std::collections::VecDeque;

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WrapAlgorithm, wrap};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::layout::{Layout, clip};
use super::style::{Palette, Style};
use super::view::Paragraph;

/// How many octets of what was shown are kept, to be shown again when the size of the terminal changes.
const KEPT: usize = 1 << 18;

/// How far a row is indented that is not the first of its paragraph: as far as a time reaches.
const INDENT: &str = "      ";

/// The columns that a text needs beside its head, or the head is wrapped with it.
const TEXT: usize = 8;

/// A terminal that takes several writes for one change.
const BEGIN: &str = "\x1b[?2026h\x1b[?25l";
const END: &str = "\x1b[?25h\x1b[?2026l";

/// The rows at the bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// Rows above the prompt, of which each is clipped to the width.
    pub(crate) above: Vec<String>,
    /// What stands before the line.
    pub(crate) prompt: String,
    /// What is being typed.
    pub(crate) line: String,
    /// The octet of it before which the cursor stands.
    pub(crate) at: usize,
}

/// The screen as it was left.
#[derive(Debug)]
pub(crate) struct Screen {
    palette: Palette,
    columns: usize,
    rows: usize,
    /// What was shown last, the oldest first, and its octets.
    shown: VecDeque<Paragraph>,
    octets: usize,
    /// Rows that are to be added.
    added: String,
    /// The block that stands there, and the row of it that the cursor is on.
    block: Option<Block>,
    cursor: usize,
    is_stale: bool,
}

impl Screen {
    /// A screen of some size, on which nothing of the program's stands yet.
    pub(crate) fn new(palette: Palette, (columns, rows): (u16, u16)) -> Self {
        let mut screen = Self {
            palette,
            columns: 0,
            rows: 0,
            shown: VecDeque::new(),
            octets: 0,
            added: String::new(),
            block: None,
            cursor: 0,
            is_stale: false,
        };
        screen.set_size((columns, rows));
        screen
    }

    /// Adds something above the block, with the next [`paint`](Self::paint).
    pub(crate) fn add(&mut self, paragraph: Paragraph) {
        for row in self.wrapped(&paragraph) {
            self.added.push_str(&row);
            self.added.push_str("\r\n");
        }
        self.octets += paragraph.octets();
        self.shown.push_back(paragraph);
        while self.octets > KEPT && self.shown.len() > 1 {
            self.octets -= self.shown.pop_front().map_or(0, |oldest| oldest.octets());
        }
    }

    /// Adds the terminal's bell.
    pub(crate) fn ring(&mut self) {
        self.added.push('\x07');
    }

    /// The terminal has another size. Some terminals wrap again what stands there, others cut it: so all of it is drawn
    /// anew.
    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.set_size(size);
        self.redraw();
    }

    /// Draws everything anew with the next [`paint`](Self::paint).
    pub(crate) fn redraw(&mut self) {
        self.is_stale = true;
    }

    /// The octets that bring the terminal up to date.
    pub(crate) fn paint(&mut self, block: &Block) -> Option<String> {
        let is_same = self.block.as_ref() == Some(block);
        if is_same && self.added.is_empty() && !self.is_stale {
            return None;
        }
        let above = &block.above[block.above.len().saturating_sub(self.rows - 1)..];
        let prompt = clip(&block.prompt, self.columns / 2);
        let layout = Layout::new(prompt.width(), &block.line, block.at, self.columns);
        let window = layout.window(self.rows - above.len());
        let height = above.len() + window.len();

        let mut out = String::from(BEGIN);
        if std::mem::take(&mut self.is_stale) {
            self.added.retain(|c| c == '\x07');
            out.push_str("\x1b[H\x1b[2J");
            out.push_str(&self.last_rows(self.rows - height));
        } else {
            self.erase(&mut out);
        }
        out.push_str(&std::mem::take(&mut self.added));

        out.push_str("\x1b[?7l");
        for row in above {
            self.palette.paint(Style::Dim, &clip(row, self.columns), &mut out);
            out.push_str("\r\n");
        }
        for row in window.clone() {
            if row == 0 {
                self.palette.paint(Style::Bold, &prompt, &mut out);
            }
            out.push_str(&layout.rows[row]);
            if row + 1 < window.end {
                out.push_str("\r\n");
            }
        }
        out.push_str("\x1b[?7h");
        let up = window.end - 1 - layout.cursor.0;
        if up > 0 {
            out.push_str(&format!("\x1b[{up}A"));
        }
        out.push_str(&format!("\x1b[{}G", layout.cursor.1 + 1));
        out.push_str(END);

        self.cursor = height - 1 - up;
        self.block = Some(block.clone());
        Some(out)
    }

    /// The octets that take the block away and leave the cursor where it began, behind what is to be added still.
    pub(crate) fn leave(&mut self) -> String {
        let mut out = String::new();
        self.erase(&mut out);
        self.block = None;
        out + &std::mem::take(&mut self.added)
    }

    fn erase(&self, out: &mut String) {
        if self.block.is_some() {
            if self.cursor > 0 {
                out.push_str(&format!("\x1b[{}A", self.cursor));
            }
            out.push_str("\r\x1b[J");
        }
    }

    fn set_size(&mut self, (columns, rows): (u16, u16)) {
        // A terminal that doesn't say its size says 0.
        self.columns = if columns == 0 { 80 } else { usize::from(columns).max(2) };
        self.rows = if rows == 0 { 24 } else { usize::from(rows) };
    }

    /// The last of what was shown, as far as it fits into a height.
    fn last_rows(&self, height: usize) -> String {
        let mut rows = Vec::new();
        for paragraph in self.shown.iter().rev() {
            if rows.len() >= height {
                break;
            }
            rows.extend(self.wrapped(paragraph).into_iter().rev());
        }
        rows.truncate(height);
        rows.iter().rev().map(|row| format!("{row}\r\n")).collect()
    }

    /// A paragraph as painted rows.
    fn wrapped(&self, paragraph: &Paragraph) -> Vec<String> {
        let options = || {
            Options::new(self.columns)
                .wrap_algorithm(WrapAlgorithm::FirstFit)
                .word_separator(WordSeparator::Custom(words))
                .subsequent_indent(if self.columns > INDENT.len() + TEXT { INDENT } else { " " })
        };
        let paint = |style, text: &str| {
            let mut out = String::new();
            self.palette.paint(style, text, &mut out);
            out
        };
        let head: String = paragraph.head.iter().map(|(_, text)| text.as_str()).collect();
        if head.width() + TEXT > self.columns {
            let whole = head + &paragraph.text;
            return wrap(&whole, options()).into_iter().map(|row| paint(paragraph.style, &row)).collect();
        }
        let text = |row: &str| -> String {
            let pieces = paragraph.marks.pieces(row).into_iter();
            pieces
                .map(|(is_marked, piece)| paint(if is_marked { Style::Marked } else { paragraph.style }, piece))
                .collect()
        };
        let painted: String = paragraph.head.iter().map(|(style, text)| paint(*style, text)).collect();
        let place = " ".repeat(head.width());
        let rows = wrap(&paragraph.text, options().initial_indent(&place));
        rows.iter()
            .enumerate()
            .map(|(number, row)| match number {
                0 => painted.clone() + &text(row.get(place.len()..).unwrap_or_default()),
                _ => text(row),
            })
            .collect()
    }
}

/// Where a text may be wrapped: behind spaces, and beside wide characters, which stand without spaces.
fn words(text: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut graphemes = text.grapheme_indices(true).peekable();
    let mut begin = 0;
    Box::new(std::iter::from_fn(move || {
        loop {
            let (at, grapheme) = graphemes.next()?;
            let end = at + grapheme.len();
            let ends = graphemes
                .peek()
                .is_none_or(|(_, next)| *next != " " && (grapheme == " " || grapheme.width() > 1 || next.width() > 1));
            if ends {
                let word = &text[std::mem::replace(&mut begin, end)..end];
                return Some(Word::from(word));
            }
        }
    }))
}

impl Paragraph {
    /// About how many octets of memory it takes.
    fn octets(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.head.iter().map(|(_, text)| 32 + text.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Color;
    use crate::terminal::marks::Marks;

    /// A screen, and the terminal that shows it.
    struct Shown {
        screen: Screen,
        terminal: vt100::Parser,
    }

    impl Shown {
        fn new(columns: u16, rows: u16) -> Self {
            let screen = Screen::new(Palette::new(Color::Never, None), (columns, rows));
            Self { screen, terminal: terminal(columns, rows) }
        }

        fn say(&mut self, text: &str) {
            let head = vec![(Style::Plain, "20:14 bob: ".to_owned())];
            self.screen.add(Paragraph { head, style: Style::Plain, marks: Marks::default(), text: text.to_owned() });
        }

        fn paint(&mut self, block: &Block) {
            if let Some(out) = self.screen.paint(block) {
                self.terminal.process(out.as_bytes());
            }
        }

        /// The rows of the terminal, without the empty ones below.
        fn rows(&self) -> Vec<String> {
            self.terminal.screen().contents().lines().map(|row| row.trim_end().to_owned()).collect()
        }

        fn cursor(&self) -> (u16, u16) {
            self.terminal.screen().cursor_position()
        }
    }

    fn terminal(columns: u16, rows: u16) -> vt100::Parser {
        let size = |size: u16| size.try_into().expect("a terminal has a size");
        vt100::Parser::new(size(rows), size(columns), 0)
    }

    fn typed(line: &str) -> Block {
        Block { above: Vec::new(), prompt: "#tea> ".to_owned(), line: line.to_owned(), at: line.len() }
    }

    #[test]
    fn what_comes_stands_above_what_is_being_typed() {
        let mut shown = Shown::new(20, 6);
        shown.paint(&typed("hel"));
        shown.say("hi");
        shown.paint(&typed("hel"));
        shown.paint(&typed("hello"));
        assert_eq!(shown.rows(), ["20:14 bob: hi", "#tea> hello"]);
        assert_eq!(shown.cursor(), (1, 11));
    }

    #[test]
    fn a_line_of_several_rows_stays_whole_while_others_come_and_the_screen_scrolls() {
        let mut shown = Shown::new(20, 6);
        let mut block = typed("The quick brown fox jumps over");
        block.at = 4;
        for number in 0..10 {
            shown.say(&number.to_string());
            shown.paint(&block);
        }
        let text = ["20:14 bob: 6", "20:14 bob: 7", "20:14 bob: 8", "20:14 bob: 9"];
        assert_eq!(shown.rows()[..4], text);
        assert_eq!(shown.rows()[4..], ["#tea> The quick brow", "n fox jumps over"]);
        assert_eq!(shown.cursor(), (4, 10));
    }

    #[test]
    fn a_line_that_becomes_shorter_leaves_nothing_behind() {
        let mut shown = Shown::new(20, 6);
        shown.say("hi");
        shown.paint(&typed(&"x".repeat(50)));
        shown.paint(&typed("日本"));
        shown.paint(&typed(""));
        assert_eq!(shown.rows(), ["20:14 bob: hi", "#tea>"]);
    }

    #[test]
    fn a_line_that_is_longer_than_the_screen_is_shown_around_the_cursor() {
        let mut shown = Shown::new(10, 4);
        shown.say("one");
        let line: String = (0..10).map(|row| format!("{row:-<10}")).collect();
        let mut block = typed(&line);
        block.prompt.clear();
        for at in [100, 0, 55] {
            block.at = at;
            shown.paint(&block);
            shown.say("more");
            shown.paint(&block);
        }
        assert_eq!(shown.rows(), ["3---------", "4---------", "5---------", "6---------"]);
        assert_eq!(shown.cursor(), (2, 5));
    }

    #[test]
    fn another_size_draws_everything_anew_whatever_the_terminal_did() {
        let mut shown = Shown::new(40, 8);
        for number in 0..5 {
            shown.say(&format!("{number} wrapped in a while"));
        }
        let block = typed("a line that has two rows here, nearly three");
        shown.paint(&block);
        for (columns, rows) in [(20, 8), (60, 5), (30, 3)] {
            // The worst terminal: nothing of what stood there is where it was.
            shown.terminal = terminal(columns, rows);
            shown.terminal.process("junk\r\njunk\r\njunk".as_bytes());
            shown.screen.resize((columns, rows));
            shown.paint(&block);
            let all = shown.rows().join("|");
            assert!(!all.contains("junk"), "{all}");
            let whole: String = shown.rows().concat();
            assert!(whole.ends_with("a line that has two rows here, nearly three"), "{all}");
        }
        assert_eq!(shown.rows()[0], "      while");
    }

    #[test]
    fn a_wrapped_text_is_indented_so_that_no_row_of_it_looks_like_a_line() {
        let mut shown = Shown::new(24, 8);
        shown.say("I think that             20:15 eve: I owe you 10");
        shown.paint(&typed(""));
        assert!(shown.rows()[1..3].iter().all(|row| row.starts_with(INDENT)), "{:?}", shown.rows());
    }

    #[test]
    fn a_long_word_and_wide_characters_are_broken_at_the_edge() {
        let mut shown = Shown::new(24, 8);
        shown.say(&"日本語".repeat(4));
        shown.paint(&typed(""));
        assert_eq!(shown.rows(), ["20:14 bob: 日本語日本語", "      日本語日本語", "#tea>"]);
        let mut shown = Shown::new(24, 8);
        shown.say(&"x".repeat(40));
        shown.paint(&typed(""));
        let x = |count| format!("{INDENT}{}", "x".repeat(count));
        assert_eq!(shown.rows(), ["20:14 bob:".to_owned(), x(18), x(18), x(4), "#tea>".to_owned()]);
    }

    #[test]
    fn a_terminal_that_is_narrower_than_a_head_still_shows_everything() {
        let mut shown = Shown::new(10, 8);
        shown.say("hello");
        shown.paint(&typed("x"));
        assert_eq!(shown.rows().concat().replace(' ', ""), "20:14bob:hello#tea…x");
    }

    #[test]
    fn what_waits_stands_between_and_is_clipped() {
        let mut shown = Shown::new(20, 4);
        shown.say("hi");
        let mut block = typed("x");
        block.above = (0..9).map(|number| format!("… waiting number {number}")).collect();
        shown.paint(&block);
        assert_eq!(shown.rows(), ["… waiting number 6", "… waiting number 7", "… waiting number 8", "#tea> x"]);
    }

    #[test]
    fn leaving_takes_the_block_away_and_keeps_what_was_said() {
        let mut shown = Shown::new(20, 6);
        shown.say("hi");
        shown.paint(&typed(&"x".repeat(30)));
        shown.say("bye");
        let out = shown.screen.leave();
        shown.terminal.process(out.as_bytes());
        assert_eq!(shown.rows(), ["20:14 bob: hi", "20:14 bob: bye"]);
        assert_eq!(shown.cursor(), (2, 0));
    }

    #[test]
    fn nothing_is_written_when_nothing_changed() {
        let mut shown = Shown::new(20, 6);
        assert!(shown.screen.paint(&typed("x")).is_some());
        assert_eq!(shown.screen.paint(&typed("x")), None);
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut shown = Shown::new(20, 6);
        for _ in 0..100 {
            shown.say(&"x".repeat(60_000));
            shown.screen.added.clear();
        }
        assert!(shown.screen.octets <= KEPT && shown.screen.shown.len() == 4);
    }
}
