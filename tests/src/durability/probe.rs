//! What a full disk does, seen over a connection that nothing disturbs.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::course::Tide;
use super::direct::{Direct, PATIENCE};
use super::disk::Disk;
use super::plan::FULL;
use super::process::Process;
use super::record::{Event, FullDisk, Membership, Page, Publisher, Said, SaidId, Search, Step};
use super::wire::Heard;

/// The name of the probe.
const NAME: &str = "probe";

/// How many refusals are waited for.
const REFUSALS: u64 = 3;

/// How many octets of text are said at a time, so that what room is left is soon used up.
const OCTETS: usize = 32_000;

/// What one full disk left.
#[derive(Debug, Default)]
pub(super) struct Probed {
    pub(super) full: FullDisk,
    pub(super) publisher: Publisher,
    pub(super) pages: Vec<Page>,
    pub(super) searches: Vec<Search>,
    pub(super) memberships: Vec<Membership>,
}

/// Fills the disk, looks what the server does, and gives the room back.
pub(super) async fn probe(
    server: SocketAddr,
    disk: &Disk,
    process: &Process,
    tide: &Tide,
    read: &str,
    during: Duration,
) -> Probed {
    let mut probed =
        Probed { publisher: Publisher { name: NAME.to_owned(), ..Publisher::default() }, ..Probed::default() };
    if let Err(error) = probed.look(server, disk, process, tide, read, during).await {
        probed.full.odd.push(format!("the probe of the full disk came to an end: {error}"));
    }
    // Whatever happened, the rest of the round has a disk.
    if let Err(error) = disk.free(process) {
        probed.full.odd.push(error.to_string());
    }
    probed
}

/// Fills the disk, and shows meanwhile that one is there.
async fn fill(direct: &mut Direct, disk: &Disk, process: &Process) -> Result<()> {
    let filling = disk.fill(process);
    tokio::pin!(filling);
    loop {
        tokio::select! {
            filled = &mut filling => return filled.map_err(Error::other),
            idled = direct.idle(PATIENCE) => idled?,
        }
    }
}

impl Probed {
    async fn look(
        &mut self,
        server: SocketAddr,
        disk: &Disk,
        process: &Process,
        tide: &Tide,
        read: &str,
        during: Duration,
    ) -> Result<()> {
        let mut direct = Direct::connect(server, NAME).await?;
        direct.join(FULL, None).await?;
        let begin = Instant::now();
        while self.full.refused < REFUSALS && begin.elapsed() < PATIENCE {
            fill(&mut direct, disk, process).await?;
            self.say(&mut direct, tide).await?;
        }
        self.read(&mut direct, tide, read).await?;
        direct.idle(during).await?;
        disk.free(process).map_err(Error::other)?;
        let begin = Instant::now();
        while !self.full.was_served_again && begin.elapsed() < PATIENCE {
            self.full.was_served_again = self.say(&mut direct, tide).await?;
        }
        // It may be taken for silent meanwhile, on a slow machine; the final reader searches for the same.
        self.searches.extend(direct.search(FULL, NAME, None, 1_000, tide.of(FULL)).await.ok());
        Ok(())
    }

    /// Says something; what was refused last is said once more. Whether it was accepted.
    async fn say(&mut self, direct: &mut Direct, tide: &Tide) -> Result<bool> {
        let message = match self.publisher.steps.last() {
            Some(Step::Refused { message, .. }) => *message,
            _ => {
                let number = self.publisher.said.len();
                let id = SaidId::Given(format!("{:016x}-{number}", fastrand::u64(..)));
                let text = format!("{NAME}.{number}. {}", "x".repeat(OCTETS));
                let moment = tide.moment();
                self.publisher.said.push(Said { room: FULL.to_owned(), id, text, moment });
                number
            }
        };
        self.publisher.steps.push(Step::Sent(message));
        direct.say(&self.publisher.said[message])?;
        match direct.answer().await? {
            Heard::Said { seq, repeat } => {
                tide.raise(FULL, seq);
                self.publisher.steps.push(Step::Accepted { message, seq, repeat });
                Ok(true)
            }
            Heard::Refused { code, retry } => {
                match retry {
                    Some(retry) if code == "internal" => {
                        self.full.refused += 1;
                        direct.idle(Duration::from_millis(retry.min(1_000))).await?;
                    }
                    _ => self.full.odd.push(format!("ERR {code} retry={retry:?} while the disk was full")),
                }
                self.publisher.steps.push(Step::Refused { message, code });
                Ok(false)
            }
            other => Err(Error::other(format!("SAY was answered {other:?}"))),
        }
    }

    /// Reads a room by a replay and by its history.
    async fn read(&mut self, direct: &mut Direct, tide: &Tide, room: &str) -> Result<()> {
        let seen = tide.of(room);
        let last = 100_000;
        let (epoch, next, newest) = direct.join(room, Some(last)).await?;
        if next <= newest {
            direct.read_to(room, newest).await?;
        }
        let events: Vec<_> = direct.events.drain(..).filter(|(of, _)| of == room).map(|(_, event)| event).collect();
        self.memberships.push(Membership {
            who: NAME.to_owned(),
            room: room.to_owned(),
            after: None,
            last: Some(last),
            seen,
            epoch,
            next,
            newest,
            reset: false,
            due: events.iter().rev().find_map(Event::range).map_or(0, |(_, last)| last),
            events,
        });
        let page = direct.page(room, 1, seen.max(1), seen).await?;
        self.pages.push(page);
        self.full.was_read = true;
        Ok(())
    }
}
