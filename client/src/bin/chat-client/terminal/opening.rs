//! The way into a conversation: a name, a connection.

use std::io;

use fanfare_client::{Client, Config, Ending, Error, Events, Loss};
use fanfare_protocol::Name;
use jiff::Timestamp;

use super::editor::Intent;
use super::paste::{self, PasteError};
use super::screen::Block;
use super::signals::Signals;
use super::ui::{Action, Ui};
use super::view::{Entry, Kind};
use crate::exit::Failure;
use crate::options::Options;

/// Connects. A person whose name the server does not take is asked for another one. `None` if the person leaves before.
pub(crate) async fn open(
    ui: &mut Ui,
    signals: &mut Signals,
    options: &Options,
) -> Result<Option<(Client, Events)>, Failure> {
    let mut wanted = options.name().ok();
    loop {
        let name = match wanted.take() {
            Some(name) => name,
            None => match ask_for_name(ui, signals).await.map_err(Failure::System)? {
                Some(name) => name,
                None => return Ok(None),
            },
        };
        let config = Config::new(&options.address, &name).map_err(|error| Failure::Usage(error.to_string()))?;
        let address = config.address().to_owned();
        say(ui, Kind::Notice, format!("connecting to {address} as {name}"));
        let connected = tokio::select! {
            connected = Client::connect(config) => connected,
            left = stay(ui, signals) => return left.map(|()| None).map_err(Failure::System),
        };
        match connected {
            Ok(conversation) => return Ok(Some(conversation)),
            Err(Error::Ended(Ending::Lost(Loss::Refused(refusal))))
                if matches!(refusal.code.as_str(), "name-taken" | "bad-name") =>
            {
                say(ui, Kind::Fault, format!("{name}: {} Choose another name.", refusal.text));
            }
            Err(Error::Ended(ending)) => {
                let failure = Failure::of_ending(ending, &address);
                return failure.map_or(Ok(None), Err);
            }
            Err(error) => return Err(Failure::Usage(error.to_string())),
        }
    }
}

/// Lets a person type until they want to leave. What is typed stays in the line.
async fn stay(ui: &mut Ui, signals: &mut Signals) -> io::Result<()> {
    loop {
        let block = Block { line: ui.editor.line().to_owned(), at: ui.editor.at(), ..Block::default() };
        ui.paint(&block)?;
        let events = tokio::select! {
            events = ui.typed() => events?,
            () = signals.next() => return Ok(()),
        };
        for event in events {
            match ui.edit(event)? {
                Some(Action::Intent(Intent::Enter(line))) => ui.editor.set(&line),
                Some(Action::Intent(Intent::Interrupt { .. } | Intent::Leave)) => return Ok(()),
                Some(Action::Paste(text)) => match paste::clean(&text) {
                    Ok(text) if ui.editor.insert(&text) => {}
                    Ok(text) => say(ui, Kind::Fault, PasteError::TooLong(text.len()).to_string()),
                    Err(error) => say(ui, Kind::Fault, error.to_string()),
                },
                _ => {}
            }
        }
    }
}

/// Asks for a name, and puts what was being typed aside meanwhile. `None` if the person leaves.
async fn ask_for_name(ui: &mut Ui, signals: &mut Signals) -> io::Result<Option<String>> {
    let draft = ui.editor.take();
    loop {
        let line = ui.editor.line().to_owned();
        ui.paint(&Block { prompt: "your name> ".to_owned(), at: ui.editor.at(), line, ..Block::default() })?;
        let events = tokio::select! {
            events = ui.typed() => events?,
            () = signals.next() => return Ok(None),
        };
        for event in events {
            match ui.edit(event)? {
                Some(Action::Intent(Intent::Enter(line))) => match Name::new(line.trim()) {
                    Ok(name) => {
                        ui.editor.set(&draft);
                        return Ok(Some(name.as_str().to_owned()));
                    }
                    Err(error) => say(ui, Kind::Fault, error.to_string()),
                },
                Some(Action::Intent(Intent::Interrupt { .. } | Intent::Leave)) => return Ok(None),
                _ => {}
            }
        }
    }
}

fn say(ui: &mut Ui, kind: Kind, text: String) {
    ui.show(&Entry { at: Timestamp::now(), room: None, kind, text }, None);
}
