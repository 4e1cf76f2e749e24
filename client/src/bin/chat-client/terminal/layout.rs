//! Where the characters of the line that is being typed stand, and the cursor with them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The typed line, cut into rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The rows. The first one stands behind the prompt.
    pub(crate) rows: Vec<String>,
    /// The row and the column of the cursor.
    pub(crate) cursor: (usize, usize),
}

impl Layout {
    /// Cuts a line behind a prompt of some columns, with the cursor before octet `at` of it. No character is divided, a
    /// wide one that does not fit into a row begins the next. `columns` is at least 2.
    pub(crate) fn new(prompt: usize, line: &str, at: usize, columns: usize) -> Self {
        let mut rows = vec![String::new()];
        let (mut column, mut cursor) = (prompt, None);
        for (offset, grapheme) in line.grapheme_indices(true) {
            let shown = visible(grapheme);
            let width = shown.width();
            if column + width > columns {
                rows.push(String::new());
                column = 0;
            }
            // A place inside of a character is the place before it.
            if offset + grapheme.len() > at && cursor.is_none() {
                cursor = Some((rows.len() - 1, column));
            }
            rows.last_mut().expect("there is a first row").push_str(shown);
            column += width;
        }
        let cursor = cursor.unwrap_or_else(|| {
            if column >= columns {
                rows.push(String::new());
                column = 0;
            }
            (rows.len() - 1, column)
        });
        Self { rows, cursor }
    }

    /// The rows to show where only so many can be: those around the cursor.
    pub(crate) fn window(&self, height: usize) -> Range<usize> {
        let height = height.clamp(1, self.rows.len());
        let first = self.cursor.0.saturating_sub(height / 2).min(self.rows.len() - height);
        first..first + height
    }
}

/// What stands for a character in the line. Line feeds and tabs come with pasted text.
fn visible(grapheme: &str) -> &str {
    match grapheme {
        "\n" => "↵",
        "\t" => "→",
        other => other,
    }
}

/// The beginning of a text, as far as it fits into some columns; if something is left out, it ends with `…`.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut left = columns.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        match left.checked_sub(grapheme.width()) {
            Some(rest) => left = rest,
            None => break,
        }
        clipped.push_str(grapheme);
    }
    clipped + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(prompt: usize, line: &str, columns: usize) -> Vec<String> {
        Layout::new(prompt, line, line.len(), columns).rows
    }

    #[test]
    fn a_line_wraps_behind_the_prompt_and_then_at_the_edge() {
        assert_eq!(rows(3, "abcdefghij", 8), ["abcde", "fghij"]);
        assert_eq!(rows(0, "", 8), [""]);
    }

    #[test]
    fn the_cursor_behind_a_full_row_stands_in_the_next_one() {
        let layout = Layout::new(3, "abcde", 5, 8);
        assert_eq!((layout.cursor, layout.rows.len()), ((1, 0), 2));
        assert_eq!(Layout::new(3, "abcd", 4, 8).cursor, (0, 7));
        assert_eq!(Layout::new(3, "abcdef", 5, 8).cursor, (1, 0));
        assert_eq!(Layout::new(3, "abcdef", 0, 8).cursor, (0, 3));
    }

    #[test]
    fn a_wide_character_is_not_divided() {
        assert_eq!(rows(0, "日本語", 5), ["日本", "語"]);
        let layout = Layout::new(0, "日本語", "日本".len(), 5);
        assert_eq!(layout.cursor, (1, 0));
        assert_eq!(Layout::new(2, "日本", "日".len(), 80).cursor, (0, 4));
    }

    #[test]
    fn what_belongs_to_one_character_stays_together() {
        let family = "👨\u{200d}👩\u{200d}👧";
        let e = "e\u{301}";
        assert_eq!(rows(0, &format!("{family}{e}"), 4), [format!("{family}{e}")]);
        // Inside of the character is before it.
        assert_eq!(Layout::new(0, e, 1, 10).cursor, (0, 0));
    }

    #[test]
    fn line_feeds_and_tabs_are_seen_and_move_nothing() {
        assert_eq!(rows(0, "a\nb\tc", 80), ["a↵b→c"]);
    }

    #[test]
    fn of_too_many_rows_those_around_the_cursor_are_shown() {
        let line = "x".repeat(100);
        let at = |at| Layout::new(0, &line, at, 10).window(4);
        assert_eq!(at(0), 0..4);
        assert_eq!(at(50), 3..7);
        assert_eq!(at(100), 7..11);
        assert_eq!(Layout::new(0, "x", 1, 10).window(4), 0..1);
        assert_eq!(Layout::new(0, "x", 1, 10).window(0), 0..1);
    }

    #[test]
    fn a_text_is_clipped_to_its_columns() {
        assert_eq!(clip("hello", 5), "hello");
        assert_eq!(clip("hello!", 5), "hell…");
        assert_eq!(clip("日本語", 5), "日本…");
        assert_eq!(clip("日本語", 4), "日…");
    }
}
