//! How far a run is, on standard error: a few lines that change on a terminal, a line now and then elsewhere.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use console::{Term, style, truncate_str};

use super::Facts;
use super::seen::{Eye, Seen};
use super::words::{Picture, line, picture};
use crate::engine::Progress;

/// How often it is looked how far the run is, and a terminal's lines change.
const LOOK: Duration = Duration::from_millis(200);

/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(2);

/// How many columns the bar has.
const BAR: u64 = 20;

/// A thread that shows a run's progress until this is dropped.
#[derive(Debug)]
pub(super) struct Display {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// Shows the progress of a run.
    pub(super) fn start(facts: Facts, progress: Arc<Progress>) -> Self {
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut eye = Eye::new(progress);
            let mut view = if is_screen() { View::Screen(Screen::new()) } else { View::Lines(Instant::now()) };
            if let (View::Lines(_), Some(heading)) = (&view, &facts.heading) {
                // A run can be over before there is a line of it.
                say(heading);
            }
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK) {
                let now = Instant::now();
                view.show(&facts, &eye.look(now), now);
            }
            if let View::Screen(mut screen) = view {
                // A terminal that is gone needs no clearing.
                let _ = screen.draw(&[], None);
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // Without its display a run is still a run.
            let _ = thread.join();
        }
    }
}

/// Whoever has closed standard error does not want to know.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "loadgen: {line}");
}

/// Whether standard error is a terminal whose cursor can be moved.
fn is_screen() -> bool {
    io::stderr().is_terminal() && env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

enum View {
    Screen(Screen),
    /// When the last line was written.
    Lines(Instant),
}

impl View {
    fn show(&mut self, facts: &Facts, seen: &Seen, now: Instant) {
        match self {
            Self::Screen(screen) => {
                let Picture { done, doing, lines, faults } = picture(facts, seen);
                let first = format!("{} {doing}", bar(done));
                let lines: Vec<_> = facts.heading.clone().into_iter().chain([first]).chain(lines).collect();
                // What can't be shown is not worth the end of a run.
                let _ = screen.draw(&lines, faults.as_deref());
            }
            Self::Lines(last) if now.duration_since(*last) >= LINE => {
                *last = now;
                say(&line(facts, seen));
            }
            Self::Lines(_) => {}
        }
    }
}

/// Lines at the bottom of a terminal, and the cursor below them.
///
/// None goes up to the last column, so that whatever the terminal writes itself (the `^C` of whoever interrupts the run) or
/// does with full lines, each is one row. A window that becomes narrower than the lines can keep rests of them.
struct Screen {
    terminal: Term,
    /// How many rows there are above the cursor.
    rows: usize,
    is_coloured: bool,
}

impl Screen {
    fn new() -> Self {
        let is_coloured = env::var_os("NO_COLOR").is_none_or(|variable| variable.is_empty());
        Self { terminal: Term::buffered_stderr(), rows: 0, is_coloured }
    }

    /// Puts other lines in the place of those that are there, as many as fit; those that are alarming come last.
    fn draw(&mut self, lines: &[String], alarming: Option<&str>) -> io::Result<()> {
        let (rows, columns) = self.terminal.size();
        let (rows, columns) = (usize::from(rows).saturating_sub(1), usize::from(columns).saturating_sub(1));
        self.terminal.clear_line()?;
        self.terminal.move_cursor_up(self.rows)?;
        self.terminal.clear_to_end_of_screen()?;
        let alarming =
            alarming.map(|text| style(truncate_str(text, columns, "")).red().force_styling(self.is_coloured));
        let lines = lines.iter().map(|line| truncate_str(line, columns, "").into_owned());
        let drawn: Vec<_> = lines.chain(alarming.map(|text| text.to_string())).take(rows).collect();
        for line in &drawn {
            self.terminal.write_line(line)?;
        }
        self.rows = drawn.len();
        self.terminal.flush()
    }
}

/// So much of so much, as a picture.
fn bar((done, of): (u64, u64)) -> String {
    let full = done.min(of) * BAR / of.max(1);
    (0..BAR).map(|at| if at < full { '█' } else { '░' }).collect()
}
