//! The final reader: fetches the whole history of every room, and says once more what has an id, kept or not.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};
use std::net::SocketAddr;

use super::direct::Direct;
use super::plan::EVERYWHERE;
use super::record::{History, Message, Record, Repeat, Said, SaidId, Step};
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
        // What ceases to be kept while it is read can leave a hole, but only below what is to be kept.
        let least = record.rules.kept.map_or(0, |kept| newest.saturating_sub(kept) + 1);
        let is_hole = |pair: &[Message]| pair[0].seq + 1 < pair[1].seq && pair[1].seq <= least;
        if let Some(below) = history.messages.windows(2).rposition(is_hole) {
            history.messages.drain(..=below);
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
    let mut by_name: BTreeMap<String, BTreeMap<(String, u64), Said>> = BTreeMap::new();
    for (room, history) in &record.histories {
        for message in &history.messages {
            if let Some(id) = message.id.clone() {
                let said =
                    Said { room: room.clone(), id: SaidId::Given(id), text: message.text.clone(), moment: u64::MAX };
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
