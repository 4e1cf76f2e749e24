//! Pasted text: what of it is taken, and what is asked about it.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use fanfare_protocol::Text;

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

/// The question about a text of several lines.
pub(crate) fn question(text: &str) -> String {
    format!("Send {} lines ({} characters) as one message? [y/n] ", text.split('\n').count(), text.chars().count())
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
        assert_eq!(question("añb\nc\n"), "Send 3 lines (6 characters) as one message? [y/n] ");
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
    fn other_keys_keep_their_place() {
        let up = Event::Key(KeyCode::Up.into());
        let mut events = keys("a\nb\n");
        events.push(up.clone());
        events.extend(keys("c"));
        assert_eq!(find_unmarked(events), [Event::Paste("a\nb\n".to_owned()), up, Event::Paste("c".to_owned())]);
    }
}
