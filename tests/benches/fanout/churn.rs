//! People who come and go all the time.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_loadgen::Phase;

use super::beside::Beside;
use super::person::Person;

/// How many people come and go.
const PEOPLE: usize = 50;

/// What became of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Churned {
    pub(crate) joins: u64,
    pub(crate) leaves: u64,
    pub(crate) elapsed: Duration,
}

impl Churned {
    /// Joins and leaves a second.
    pub(crate) fn per_second(&self) -> f64 {
        (self.joins + self.leaves) as f64 / self.elapsed.as_secs_f64()
    }
}

/// Lets people join and leave a room, so often a second in all, while a run sends its messages. What they read is
/// looked at and dropped.
///
/// # Errors
///
/// One of their connections is of no more use.
pub(crate) fn churn(address: SocketAddr, room: &str, per_second: u32, beside: &Beside) -> Result<Churned, String> {
    beside.wait_for(Phase::Settle);
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let mut person = Person::join(address, &format!("churn-{number}"), room)?;
        person.wait_for_nothing()?;
        people.push((person, true));
    }
    beside.wait_for(Phase::Load);
    let (mut churned, start) = (Churned::default(), Instant::now());
    let mut turns = 0;
    while beside.goes_on() {
        let due = start + Duration::from_secs(1) * turns / per_second;
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        let at = turns as usize % PEOPLE;
        let (person, is_member) = &mut people[at];
        person.read()?;
        if *is_member {
            person.ask_to_leave()?;
            churned.leaves += 1;
        } else {
            person.ask_to_join()?;
            churned.joins += 1;
        }
        *is_member = !*is_member;
        turns += 1;
    }
    churned.elapsed = start.elapsed();
    Ok(churned)
}
