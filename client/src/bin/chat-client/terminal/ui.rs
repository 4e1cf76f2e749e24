//! What the person sees and types: the terminal, the screen, the line, and the log.

use std::io;

use crossterm::event::Event;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::clock::Clock;
use super::editor::{Editor, Intent};
use super::log_file::LogFile;
use super::paste::find_unmarked;
use super::screen::{Block, Screen};
use super::style::Palette;
use super::tty::Tty;
use super::view::{Entry, Kind};

/// A person at a terminal.
pub(crate) struct Ui {
    /// The line that is being typed.
    pub(crate) editor: Editor,
    /// One's own name.
    pub(crate) me: String,
    tty: Tty,
    screen: Screen,
    clock: Clock,
    log: Option<LogFile>,
    has_bell: bool,
}

/// What somebody did at the terminal, beyond editing.
#[derive(Debug)]
pub(crate) enum Action {
    /// Something that keys mean.
    Intent(Intent),
    /// Text was pasted.
    Paste(String),
}

impl Ui {
    /// Takes the terminal.
    pub(crate) fn new(palette: Palette, has_bell: bool, log: Option<LogFile>) -> io::Result<Self> {
        Ok(Self {
            editor: Editor::new(),
            me: String::new(),
            tty: Tty::new()?,
            screen: Screen::new(palette, Tty::size()),
            clock: Clock::new(TimeZone::system(), Timestamp::now()),
            log,
            has_bell,
        })
    }

    /// Waits for what is typed. It is cancel-safe.
    pub(crate) async fn typed(&mut self) -> io::Result<Vec<Event>> {
        Ok(find_unmarked(self.tty.keys().await?))
    }

    /// Does what concerns the line and the screen alone. What is left to do.
    pub(crate) fn edit(&mut self, event: Event) -> io::Result<Option<Action>> {
        Ok(match event {
            Event::Paste(text) => Some(Action::Paste(text)),
            Event::Resize(columns, rows) => {
                self.screen.resize((columns, rows));
                None
            }
            Event::Key(key) => match self.editor.key(key) {
                Some(Intent::Redraw) => {
                    self.screen.redraw();
                    None
                }
                Some(Intent::Suspend) => {
                    self.suspend()?;
                    None
                }
                intent => intent.map(Action::Intent),
            },
            _ => None,
        })
    }

    /// Shows something above the line, and keeps it in the log.
    pub(crate) fn show(&mut self, entry: &Entry, current: Option<&str>) {
        for paragraph in entry.paragraphs(&mut self.clock, current, &self.me) {
            self.screen.add(paragraph);
        }
        if let Some(log) = &mut self.log
            && let Err(error) = log.append(&entry.log_lines(&self.clock))
        {
            self.log = None;
            let text = format!("the log can't be written any more: {error}");
            self.show(&Entry { at: Timestamp::now(), room: None, kind: Kind::Fault, text }, current);
        }
    }

    /// Shows something that no log keeps: what could be typed.
    pub(crate) fn hint(&mut self, text: String) {
        let entry = Entry { at: Timestamp::now(), room: None, kind: Kind::Notice, text };
        for paragraph in entry.paragraphs(&mut self.clock, None, &self.me) {
            self.screen.add(paragraph);
        }
    }

    /// Rings, if that is wanted.
    pub(crate) fn ring(&mut self) {
        if self.has_bell {
            self.screen.ring();
        }
    }

    /// Brings the terminal up to date.
    pub(crate) fn paint(&mut self, block: &Block) -> io::Result<()> {
        self.screen.paint(block).map_or(Ok(()), |out| Tty::write(&out))
    }

    /// Gives the terminal back, with some last words on it.
    pub(crate) fn leave(mut self, words: &str) {
        // It may be gone.
        let _ = Tty::write(&(self.screen.leave() + &words.replace('\n', "\r\n")));
    }

    fn suspend(&mut self) -> io::Result<()> {
        Tty::write(&self.screen.leave())?;
        Tty::suspend()?;
        self.screen.resize(Tty::size());
        Ok(())
    }
}
