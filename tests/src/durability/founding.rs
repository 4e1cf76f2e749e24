//! The first message of each room. A room in which nothing was ever said has nothing stored, not even its epoch.

use std::io::{Error, Result};
use std::net::SocketAddr;

use super::course::Tide;
use super::direct::Direct;
use super::record::{Publisher, Said, SaidId, Step};
use super::wire::Heard;

/// Says something in each room, so that no epoch changes from here on.
pub(super) async fn found(server: SocketAddr, rooms: &[String], tide: &Tide) -> Result<Publisher> {
    let mut publisher = Publisher { name: "founder".to_owned(), ..Publisher::default() };
    let mut direct = Direct::connect(server, &publisher.name).await?;
    for (message, room) in rooms.iter().enumerate() {
        direct.join(room, None).await?;
        let (text, moment) = (format!("founder.{message}. {room}"), tide.moment());
        let said = Said { room: room.clone(), id: SaidId::None, text, moment };
        direct.say(&said)?;
        publisher.said.push(said);
        publisher.steps.push(Step::Sent(message));
        let Heard::Said { seq, repeat } = direct.answer().await? else {
            return Err(Error::other(format!("the first message of {room} was refused")));
        };
        tide.raise(room, seq);
        publisher.steps.push(Step::Accepted { message, seq, repeat });
    }
    Ok(publisher)
}
