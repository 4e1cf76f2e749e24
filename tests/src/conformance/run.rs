//! Playing the checks.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::excuse::excuse;
use super::journal::{Entries, Journal};
use super::permits::Permits;
use super::stage::random;
use super::{Announced, Check, NoServer, Outcome, Profile, Report, Selection, Stage, Terms, Trouble, sections};

/// The most connections at once where a server does not limit those of one address, unless more are asked for.
const CONNECTIONS: usize = 256;

/// The most where it may, and nothing is known: the default of SPEC.md, section 11, leaves some for others.
const CONNECTIONS_OF_ADDRESS: usize = 48;

/// How many times the patience a check may last, besides what it waits for.
const PATIENCES: u32 = 20;

/// What is to be played, against whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What it does not announce.
    pub profile: Profile,
    /// Which requirements.
    pub selection: Selection,
    /// Checks that wait longer are skipped.
    pub max_wait: Duration,
    /// How long what must come may take.
    pub patience: Duration,
    /// How many checks at a time.
    pub jobs: NonZeroUsize,
}

/// What is found while the server is asked for its limits, before the checks that keep to them.
const ASKING: Check = Check::new("the_server_is_asked_for_its_limits", &[], |_| Ok(()));

/// A check that was played, or was not.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) check: Check,
    pub(super) outcome: Outcome,
    /// A defect of the suite itself.
    pub(super) defect: Option<String>,
    pub(super) entries: Entries,
}

/// Plays the checks that are selected, and tells after each how many of how many are done.
///
/// # Errors
///
/// Nobody listens, or what listens is not Fanfare.
pub fn run(settings: &Settings, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report, NoServer> {
    let journal = Journal::new(ASKING.name, settings.patience);
    let name = format!("probe-{}", random());
    let announced = Announced::ask(settings.address, &name, settings.patience, &journal)?;
    let asked = Played { check: ASKING, outcome: Ok(()), defect: None, entries: journal.close() };
    let profile = settings.profile.clone().resolved();
    let terms = Terms { address: settings.address, patience: settings.patience, announced, profile };
    let is_selected = |check: &&Check| check.requirements.iter().any(|id| settings.selection.has(id));
    let mut checks: Vec<Check> = sections::all().filter(is_selected).copied().collect();
    // Who waits longest begins first.
    checks.sort_by_key(|check| std::cmp::Reverse((check.waits)(&terms)));
    let run = Run { settings, terms: &terms, permits: Permits::new(most(&terms)), all: checks.len(), progress };
    let (alone, together): (Vec<_>, Vec<_>) = checks.into_iter().partition(|check| check.alone);
    let played = Mutex::new(Vec::new());
    run.play(together, settings.jobs.get(), &played);
    run.play(alone, 1, &played);
    // Who had no place may have one now. One at a time is alone too.
    let again = take_those_without_place(&played);
    run.play(again, 1, &played);
    let mut played = played.into_inner().expect("nobody panics while holding it");
    played.push(asked);
    Ok(Report::new(settings, &terms, &played))
}

/// How many connections the suite may have at once.
fn most(terms: &Terms) -> usize {
    let limit = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let of_address = terms.profile.connections_of_address.map(limit);
    if terms.address.ip().is_loopback() {
        // There is no limit, but what the suite was told to use.
        of_address.unwrap_or_default().max(CONNECTIONS)
    } else {
        of_address.unwrap_or(CONNECTIONS_OF_ADDRESS)
    }
}

fn take_those_without_place(played: &Mutex<Vec<Played>>) -> Vec<Check> {
    let mut played = played.lock().expect("nobody panics while holding it");
    let without_place = |played: &mut Played| played.outcome == Err(Trouble::NoPlace);
    played.extract_if(.., without_place).map(|played| played.check).collect()
}

struct Run<'a> {
    settings: &'a Settings,
    terms: &'a Terms,
    permits: Permits,
    all: usize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Run<'_> {
    fn play(&self, checks: Vec<Check>, jobs: usize, played: &Mutex<Vec<Played>>) {
        let queue = Mutex::new(VecDeque::from(checks));
        let next = || queue.lock().expect("nobody panics while holding it").pop_front();
        thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    while let Some(check) = next() {
                        let one = self.play_one(check);
                        let mut played = played.lock().expect("nobody panics while holding it");
                        played.push(one);
                        (self.progress)(played.len(), self.all);
                    }
                });
            }
        });
    }

    fn play_one(&self, check: Check) -> Played {
        let waits = (check.waits)(self.terms);
        if waits > self.settings.max_wait {
            let wait = humantime::format_duration(Duration::from_secs(waits.as_secs_f64().ceil() as u64));
            return skipped(check, format!("it waits longer than --max-wait; with --max-wait {wait} it is played"));
        }
        let most = most(self.terms);
        if check.peers > most {
            let peers = check.peers;
            return skipped(check, format!("it needs {peers} connections at once, and one address may have {most}"));
        }
        let _permit = self.permits.take(check.peers);
        let within = waits.saturating_add(self.settings.patience.saturating_mul(PATIENCES));
        let journal = Journal::new(check.name, within);
        let mut stage = Stage::new(&check, self.terms, journal.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| (check.play)(&mut stage)));
        let defect = outcome.as_ref().err().map(|panic| {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            words.or(panic.downcast_ref().copied()).unwrap_or("it panicked").to_owned()
        });
        let outcome = outcome.unwrap_or(Ok(())).map_err(|trouble| self.excused(&check, trouble));
        Played { check, outcome, defect, entries: journal.close() }
    }

    /// A failure that is none of this server.
    fn excused(&self, check: &Check, trouble: Trouble) -> Trouble {
        let Trouble::Failed(failure) = &trouble else { return trouble };
        excuse(failure, check, self.terms).map_or(trouble, Trouble::Skipped)
    }
}

fn skipped(check: Check, reason: String) -> Played {
    Played { check, outcome: Err(Trouble::Skipped(reason)), defect: None, entries: Entries::default() }
}
