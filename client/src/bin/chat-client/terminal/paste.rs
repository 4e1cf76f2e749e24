//! Pasted text: what of it is taken, and what is asked about it.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use fanfare_protocol::Text;
use fanfare_protocol::limits::MAX_TEXT;

/// Why pasted text is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasteError {
    /// A character of it can't be sent.
    #[error("what was pasted has a character that can't be sent (U+{:04X}); nothing of it was taken", u32::from(*.0))]
    Forbidden(char),
    /// It has no room in a message.
    #[error("what was pasted is too long for a message: {0} octets, of 65,536 at most; nothing of it was taken")]
    TooLong(usize),
}

/// Pasted text as it can be sent: with LF between its lines, and none at the end.
pub(crate) fn clean(text: &str) -> Result<String, PasteError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if let Some(forbidden) = text.chars().find(|c| Text::new(c.encode_utf8(&mut [0; 4])).is_err()) {
        return Err(PasteError::Forbidden(forbidden));
    }
    match Text::new(text) {
        Ok(text) => Ok(text.as_str().to_owned()),
        Err(_) => Err(PasteError::TooLong(text.len())),
    }
}

/// Text of several lines, about which the person is asked.
#[derive(Debug)]
pub(crate) struct Question {
    /// What would be sent.
    pub(crate) text: String,
    /// The line that was being typed, and its cursor.
    pub(crate) line: (String, usize),
    /// Where in the text more of what is pasted belongs.
    end: usize,
    /// Whether the last line that was pasted has its end.
    is_ended: bool,
}

impl Question {
    /// About a text of which `pasted`, the last part before the octet `end`, was pasted into a line.
    pub(crate) fn new(text: String, line: (String, usize), end: usize, pasted: &str) -> Self {
        Self { text, line, end, is_ended: pasted.ends_with(['\n', '\r']) }
    }

    /// More of it has come.
    pub(crate) fn add(&mut self, more: &str) -> Result<(), PasteError> {
        let more = if self.is_ended { format!("\n{more}") } else { more.to_owned() };
        let text = clean(&more)?;
        if self.text.len() + text.len() > MAX_TEXT {
            return Err(PasteError::TooLong(self.text.len() + text.len()));
        }
        self.is_ended = more.ends_with(['\n', '\r']);
        self.text.insert_str(self.end, &text);
        self.end += text.len();
        Ok(())
    }

    /// How it is asked.
    pub(crate) fn ask(&self) -> String {
        let (lines, characters) = (self.text.split('\n').count(), self.text.chars().count());
        format!("Send {lines} lines ({characters} characters) as one message? [y/n] ")
    }
}

/// What a piece of input adds to a text about which the person is asked: a terminal that doesn't mark what is pasted can
/// send it in several pieces. `None` if it is an answer: one key, and perhaps Enter.
pub(crate) fn more(piece: &[Event]) -> Option<String> {
    let is_answer = match piece {
        [Event::Key(_)] => true,
        [Event::Key(_), last] => typed(last) == Some('\n'),
        _ => false,
    };
    let text = |event: &Event| match event {
        Event::Paste(text) => text.clone(),
        event => typed(event).map(String::from).unwrap_or_default(),
    };
    (!is_answer).then(|| piece.iter().map(text).collect())
}

/// A terminal that doesn't mark what is pasted sends it like keys. Lines that come at once are taken as pasted, as
/// nobody types two in one moment.
pub(crate) fn find_unmarked(events: Vec<Event>) -> Vec<Event> {
    if events.iter().filter(|event| typed(event) == Some('\n')).count() < 2 {
        return events;
    }
    let mut found = Vec::new();
    let mut text = String::new();
    for event in events {
        match typed(&event) {
            Some(c) => text.push(c),
            None => {
                flush(&mut text, &mut found);
                found.push(event);
            }
        }
    }
    flush(&mut text, &mut found);
    found
}

fn flush(text: &mut String, found: &mut Vec<Event>) {
    let text = std::mem::take(text);
    // Enter again and again is no text.
    if !text.trim_matches('\n').is_empty() {
        found.push(Event::Paste(text));
    }
}

/// The character that a key writes.
fn typed(event: &Event) -> Option<char> {
    let Event::Key(KeyEvent { code, modifiers, .. }) = event else { return None };
    match code {
        KeyCode::Char('j') if *modifiers == KeyModifiers::CONTROL => Some('\n'),
        _ if modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => None,
        KeyCode::Char(c) => Some(*c),
        KeyCode::Tab => Some('\t'),
        KeyCode::Enter => Some('\n'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_divided_as_the_protocol_divides_them() {
        assert_eq!(clean("a\r\nb\rc\n").as_deref(), Ok("a\nb\nc"));
        assert_eq!(clean("a\n\n").as_deref(), Ok("a\n"));
        assert_eq!(clean("\ta\tb").as_deref(), Ok("\ta\tb"));
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        let error = clean("a\u{1b}[31m").expect_err("it is forbidden");
        assert_eq!(error, PasteError::Forbidden('\u{1b}'));
        assert!(error.to_string().contains("U+001B"), "{error}");
        assert_eq!(clean("a\u{202e}b"), Err(PasteError::Forbidden('\u{202e}')));
        assert_eq!(clean(&"x".repeat(65_537)), Err(PasteError::TooLong(65_537)));
    }

    #[test]
    fn the_question_counts_lines_and_characters() {
        let question = Question::new("añb\nc\n".to_owned(), (String::new(), 0), 0, "");
        assert_eq!(question.ask(), "Send 3 lines (6 characters) as one message? [y/n] ");
    }

    fn keys(text: &str) -> Vec<Event> {
        let key = |c| Event::Key(if c == '\n' { KeyCode::Enter.into() } else { KeyCode::Char(c).into() });
        text.chars().map(key).collect()
    }

    #[test]
    fn several_lines_at_once_are_pasted_and_one_is_typed() {
        assert_eq!(find_unmarked(keys("one\ntwo")), keys("one\ntwo"));
        assert_eq!(find_unmarked(keys("one\ntwo\n")), [Event::Paste("one\ntwo\n".to_owned())]);
        assert_eq!(find_unmarked(keys("\n\n\n")), []);
    }

    #[test]
    fn more_of_what_is_pasted_goes_where_it_was_pasted() {
        let mut question = Question::new("<one\ntwo>".to_owned(), (String::new(), 0), 8, "one\ntwo\n");
        question.add("three").expect("it can be sent");
        question.add("\r").expect("it can be sent");
        assert_eq!(question.text, "<one\ntwo\nthree>");
        question.add("four\r\n").expect("it can be sent");
        assert_eq!(question.text, "<one\ntwo\nthree\nfour>");
        assert!(question.add("\u{1b}").is_err() && question.add(&"x".repeat(65_536)).is_err());
        assert_eq!(question.text, "<one\ntwo\nthree\nfour>");
    }

    #[test]
    fn one_key_is_an_answer_and_several_are_more_of_the_text() {
        assert_eq!(more(&keys("y")), None);
        assert_eq!(more(&keys("n\n")), None);
        assert_eq!(more(&keys("\nany of it")).as_deref(), Some("\nany of it"));
        assert_eq!(more(&[Event::Paste("a\nb".to_owned())]).as_deref(), Some("a\nb"));
    }

    #[test]
    fn other_keys_keep_their_place() {
        let up = Event::Key(KeyCode::Up.into());
        let mut events = keys("a\nb\n");
        events.push(up.clone());
        events.extend(keys("c"));
        assert_eq!(find_unmarked(events), [Event::Paste("a\nb\n".to_owned()), up, Event::Paste("c".to_owned())]);
    }
}
