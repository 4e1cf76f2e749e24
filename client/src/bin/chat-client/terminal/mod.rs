//! A person at a terminal: what comes stands above, what is being typed stays whole below.
//!
//! One task does all of it, so that nothing is written between two things that belong together. The buffer of the line
//! and its history are rustyline's; its own loop is not used, as it can be neither ended nor asked a question while a
//! line is half typed, and leaves the terminal to itself between two lines.

mod answers;
mod chat;
mod clock;
mod commands;
mod complete;
mod editor;
mod gaps;
mod happenings;
mod layout;
mod log_file;
mod marks;
mod opening;
mod paste;
mod presence;
mod requests;
mod rooms;
mod screen;
mod signals;
mod style;
mod tty;
mod ui;
mod unsent;
mod view;

use tokio::runtime::Runtime;

use self::chat::Chat;
use self::log_file::LogFile;
use self::signals::Signals;
use self::style::Palette;
use self::ui::Ui;
use crate::exit::Failure;
use crate::options::Options;

/// What is said of a line that was being typed when the program ends.
fn not_sent(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("not sent: {line}\n") }
}

/// Talks until the person or the server ends it.
pub(crate) fn run(runtime: &Runtime, options: &Options) -> Result<(), Failure> {
    let log = options.log.as_deref().map(LogFile::open).transpose();
    let log = log.map_err(|error| Failure::Usage(error.to_string()))?;
    let palette = Palette::new(options.color, std::env::var("NO_COLOR").ok().as_deref());
    runtime.block_on(async {
        let mut signals = Signals::new().map_err(Failure::System)?;
        let mut ui = Ui::new(palette, !options.no_bell, log).map_err(Failure::System)?;
        match opening::open(&mut ui, &mut signals, options).await {
            Ok(Some((client, events))) => Chat::new(ui, client, options).run(events, &mut signals).await?,
            other => {
                let words = not_sent(ui.editor.line());
                ui.leave(&words);
                other?;
            }
        }
        signals.outcome()
    })
}
