//! The final reader: fetches the whole history of every room, and says once more what has an id.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};
use std::net::SocketAddr;

use super::direct::Direct;
use super::plan::EVERYWHERE;
use super::record::{History, Record, Repeat, Said, SaidId};
use super::wire::Heard;

/// How many repeats are on their way at a time.
const WINDOW: usize = 64;

/// How many messages each search may find.
const PAGE: u64 = 1_000;

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
    search(&mut reader, record).await?;
    repeat(server, record).await?;
    let mut reader = Direct::connect(server, "second-judge").await?;
    for (room, history) in &mut record.histories {
        (_, _, history.newest_after_repeats) = reader.join(room, None).await?;
    }
    Ok(())
}

/// Searches each room for what nearly all texts have, and for those who spoke, page by page.
async fn search(reader: &mut Direct, record: &mut Record) -> Result<()> {
    let names: BTreeSet<_> = record.publishers.iter().map(|publisher| publisher.name.clone()).collect();
    for (room, history) in &record.histories {
        for text in names.iter().map(String::as_str).chain([EVERYWHERE]) {
            let mut before = None;
            loop {
                let search = reader.search(room, text, before, PAGE, history.newest).await?;
                let next = search.messages.first().map(|message| message.seq).filter(|_| search.more);
                record.searches.push(search);
                if next.is_none() || before.is_some_and(|before| next >= Some(before)) {
                    break;
                }
                before = next;
            }
        }
    }
    Ok(())
}

/// Says once more everything with an id, under the same names.
async fn repeat(server: SocketAddr, record: &mut Record) -> Result<()> {
    let mut by_name: BTreeMap<String, Vec<(u64, Said)>> = BTreeMap::new();
    for (room, history) in &record.histories {
        for message in &history.messages {
            if let Some(id) = message.id.clone() {
                let said =
                    Said { room: room.clone(), id: SaidId::Given(id), text: message.text.clone(), moment: u64::MAX };
                by_name.entry(message.name.clone()).or_default().push((message.seq, said));
            }
        }
    }
    for (name, messages) in by_name {
        let mut speaker = Direct::connect(server, &name).await?;
        for room in record.histories.keys() {
            speaker.join(room, None).await?;
        }
        for messages in messages.chunks(WINDOW) {
            for (_, said) in messages {
                speaker.say(said)?;
            }
            for (seq, Said { room, id, .. }) in messages {
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
