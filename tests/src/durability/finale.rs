//! The final reader: fetches the whole history of every room, and says once more what has an id, kept or not.

use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::net::SocketAddr;

use super::direct::Direct;
use super::record::{History, Record, Repeat, Said, SaidId, Step};
use super::wire::Heard;

/// How many repeats are on their way at a time.
const WINDOW: usize = 64;

/// The numbers that a page is asked for; there are fewer.
const ALL: u64 = 1 << 40;

/// Adds to a record what the server has in the end.
pub(super) async fn read(server: SocketAddr, rooms: &[String], record: &mut Record) -> Result<()> {
    let mut reader = Direct::connect(server, "judge").await?;
    for room in rooms {
        let (epoch, _, newest) = reader.join(room, None).await?;
        let mut history = History { epoch, newest, ..History::default() };
        let mut first = 1;
        while first <= newest {
            let page = reader.page(room, first, ALL, newest).await?;
            if page.next <= first {
                return Err(Error::other(format!("HISTORY {room} {first}: next={} leads nowhere", page.next)));
            }
            first = page.next;
            history.messages.extend(page.messages);
        }
        record.histories.insert(room.clone(), history);
    }
    repeat(server, record).await?;
    let mut reader = Direct::connect(server, "second-judge").await?;
    for (room, history) in &mut record.histories {
        (_, _, history.newest_after_repeats) = reader.join(room, None).await?;
    }
    Ok(())
}

/// Says once more everything with an id, under the same names.
async fn repeat(server: SocketAddr, record: &mut Record) -> Result<()> {
    let mut by_name: BTreeMap<String, BTreeMap<(String, u64), Said>> = BTreeMap::new();
    for (room, history) in &record.histories {
        for message in &history.messages {
            if let Some(id) = message.id.clone() {
                let said = Said { room: room.clone(), id: SaidId::Given(id), text: message.text.clone() };
                by_name.entry(message.name.clone()).or_default().insert((room.clone(), message.seq), said);
            }
        }
    }
    // What was acknowledged and is kept no longer has its id all the same.
    for publisher in &record.publishers {
        for step in &publisher.steps {
            let Step::Accepted { message, seq, .. } = step else { continue };
            let said = &publisher.said[*message];
            if matches!(said.id, SaidId::Given(_)) {
                let messages = by_name.entry(publisher.name.clone()).or_default();
                messages.entry((said.room.clone(), *seq)).or_insert_with(|| said.clone());
            }
        }
    }
    for (name, messages) in by_name {
        let mut speaker = Direct::connect(server, &name).await?;
        for room in record.histories.keys() {
            speaker.join(room, None).await?;
        }
        let messages: Vec<_> = messages.into_iter().collect();
        for messages in messages.chunks(WINDOW) {
            for (_, said) in messages {
                speaker.say(said)?;
            }
            for ((_, seq), Said { room, id, .. }) in messages {
                let SaidId::Given(id) = id else { continue };
                let answer = match speaker.answer().await? {
                    Heard::Said { seq, repeat } => Ok((seq, repeat)),
                    other => Err(format!("{other:?}")),
                };
                record.repeats.push(Repeat { room: room.clone(), seq: *seq, id: id.clone(), answer });
            }
        }
    }
    Ok(())
}
