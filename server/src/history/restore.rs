//! What the store has from before the server started.

use std::collections::HashMap;
use std::path::Path;

use fanfare_protocol::session::Millis;
use fanfare_protocol::{Id, Name, RoomName};
use tracing::{info, warn};

use super::store::{Epochs, Found};
use crate::hub::{Dormant, Hub};

/// Makes the hub know the rooms and ids of the store.
pub(super) fn restore(hub: &Hub, dir: &Path, found: &Found, now: Millis) {
    for room in &found.rooms {
        let Ok(name) = RoomName::new(&room.name) else { continue };
        let dormant = Dormant {
            row: room.id,
            epoch: room.epoch.clone(),
            oldest: room.oldest,
            newest: room.newest,
            last_at: room.last_at,
        };
        hub.restore(name, dormant);
    }
    let names: HashMap<_, _> = found.rooms.iter().map(|room| (room.id, &room.name)).collect();
    for recent in &found.recent_ids {
        //= protocol/SPEC.md#4-7-say
        //# A server MUST remember over its own end the ids of the messages that it has stored in a durable history,
        //# those that are no longer kept included, as if the time in which it did not run had not passed.
        if let Some(room) = names.get(&recent.room).and_then(|name| RoomName::new(name).ok())
            && let (Ok(name), Ok(id)) = (Name::new(&recent.name), Id::new(&recent.id))
        {
            hub.remember(room, name, id, recent.text, recent.seq, now);
        }
    }
    let (rooms, ids) = (found.rooms.len(), found.recent_ids.len());
    info!(dir = %dir.display(), rooms, ids, "history");
    if found.epochs == Epochs::Renewed && rooms > 0 {
        warn!(
            "every room has a new epoch, as the newest messages may be missing: this machine ended before everything was on its \
             disk, which --history-sync prevents, or the file is a copy"
        );
    }
}
