//! What is to happen in a round. All of it comes from one seed; only the moments can't be repeated exactly.

mod people;
mod texts;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;
use serde::Serialize;

use super::network::Weather;
use super::record::Rules;
use super::script::Role;

pub(super) use texts::EVERYWHERE;

/// How long people talk, in milliseconds.
const TALK: Range<u64> = 2_200..3_600;

/// And how long where messages are to expire while nothing else happens: a server may look only after some time for what is
/// to be forgotten.
const LONG_TALK: Range<u64> = 12_500..14_500;

/// After how long such a server has forgotten something, in milliseconds.
const EXPIRED: u64 = 11_200;

/// The room in which it is tried what a full disk does.
pub(super) const FULL: &str = "#full";

/// A kind of what is done to the server and the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// SIGKILL at a random moment, also twice and while it starts.
    Kill,
    /// SIGTERM.
    Stop,
    /// SIGSTOP, and SIGCONT after a while.
    Freeze,
    /// The disk is full for a while.
    Full,
    /// Octets stop on the way for a while.
    Part,
    /// All connections are reset.
    Reset,
    /// Few messages are kept, in some rounds for so long that the others expire before anything else happens.
    Expire,
}

/// Something that is done to the server or the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is killed, and started again.
    Kill,
    /// It is killed, and again so soon after it listens.
    KillTwice(Duration),
    /// It is killed, and again while it starts, so long after each attempt began.
    KillStarting(Vec<Duration>),
    /// It is told to end, and started again.
    Stop,
    /// It stops for so long.
    Freeze(Duration),
    /// Its disk is full for so long.
    Full(Duration),
    /// Octets stop on the way for so long.
    Part(Duration),
    /// All connections are reset.
    Reset,
}

/// The plan of a round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// What it was made of.
    pub(super) seed: u64,
    /// The options of the server.
    pub(super) flags: Vec<String>,
    /// What may happen.
    pub(super) rules: Rules,
    /// All rooms.
    pub(super) rooms: Vec<String>,
    /// Who takes part.
    pub(super) roles: Vec<Role>,
    /// How bad the network is.
    pub(super) weather: Weather,
    /// What is done, and how long after what was done before.
    pub(super) faults: Vec<(Duration, Fault)>,
    /// Whether the server is killed before the last start, and not told to end.
    pub(super) is_killed_last: bool,
}

impl Plan {
    /// That of a seed, with some kinds of faults.
    pub(super) fn new(seed: u64, kinds: &[FaultKind]) -> Self {
        let mut random = Rng::with_seed(seed);
        let random = &mut random;
        let is_long = kinds.contains(&FaultKind::Expire) && (random.u8(..6) == 0 || kinds.len() == 1);
        let talk = Duration::from_millis(random.u64(if is_long { LONG_TALK } else { TALK }));
        let hurts: Vec<_> = kinds.iter().copied().filter(|kind| *kind != FaultKind::Expire).collect();
        let calm = if is_long { Duration::from_millis(EXPIRED) } else { Duration::ZERO };
        let faults = faults(random, &hurts, calm, talk - calm);
        let is_full = faults.iter().any(|(_, fault)| matches!(fault, Fault::Full(_)));
        let is_small = random.u8(..8) > 0;
        let is_idle = random.u8(..3) == 0;
        // Where few are kept, what is sent once more after a kill has often expired.
        let is_short_lived = is_long || kinds.contains(&FaultKind::Expire) && random.u8(..4) == 0;
        let kept = is_short_lived.then(|| random.u64(if is_long { 20..120 } else { 5..40 }));
        let mut flags = vec![
            "--listen=127.0.0.1:0".to_owned(),
            "--rate-limit=off".to_owned(),
            "--octet-rate=off".to_owned(),
            // So soon, a connection of which one side is gone is found within a round.
            format!("--ping-interval={}s", if is_full { 2 } else { 1 }),
            "--name-hold=1s".to_owned(),
            "--drain-timeout=1s".to_owned(),
            "--log-level=warn".to_owned(),
            format!("--workers={}", random.choice([1, 2, 4]).unwrap_or(1)),
            format!("--room-log={}", if is_small { "64KiB" } else { "64MiB" }),
            format!("--room-idle={}", if is_idle { "0s" } else { "10m" }),
            format!("--io-uring={}", if random.bool() { "auto" } else { "off" }),
            format!("--history-sync={}", if random.u8(..4) == 0 { "on" } else { "off" }),
        ];
        flags.extend(kept.map(|kept| format!("--history-count={kept}")));
        let mut rooms: Vec<_> = ["#tea", "#coffee", "#milk", "#cake"].map(str::to_owned).into();
        rooms.truncate(random.usize(2..=4));
        let roles = people::all(random, &rooms, talk);
        rooms.extend(people::QUIET.map(str::to_owned));
        if is_full {
            rooms.push(FULL.to_owned());
        }
        let is_fair = random.u8(..5) == 0;
        Self {
            seed,
            flags,
            rules: Rules { passes: is_small, kept, refuses: is_full },
            rooms,
            roles,
            weather: Weather {
                cuts: if is_fair { 0 } else { random.u8(20..90) },
                within: random.choice([20_000, 200_000, 1_000_000]).unwrap_or(20_000),
                slow: if is_fair { 0 } else { random.u8(..60) },
                delay: random.u64(1..30),
            },
            faults,
            is_killed_last: random.bool() && kinds.contains(&FaultKind::Kill),
        }
    }
}

/// What is done after a calm time, within a time.
fn faults(random: &mut Rng, kinds: &[FaultKind], calm: Duration, within: Duration) -> Vec<(Duration, Fault)> {
    if kinds.is_empty() {
        return Vec::new();
    }
    let count = random.u32(1..=4);
    let between = within / (count + 1);
    let mut faults: Vec<(Duration, Fault)> = Vec::new();
    for _ in 0..count {
        let mut kind = random.choice(kinds).copied().unwrap_or(FaultKind::Kill);
        // Kills are the most frequent, and one full disk is enough.
        let was_full = faults.iter().any(|(_, fault)| matches!(fault, Fault::Full(_)));
        if kinds.contains(&FaultKind::Kill) && (random.bool() || was_full && kind == FaultKind::Full) {
            kind = FaultKind::Kill;
        } else if was_full && kind == FaultKind::Full {
            continue;
        }
        let calm = if faults.is_empty() { calm } else { Duration::ZERO };
        let wait = calm + between.mul_f64(random.f64() * 1.5);
        faults.push((wait, fault(random, kind)));
    }
    faults
}

fn fault(random: &mut Rng, kind: FaultKind) -> Fault {
    let mut millis = |range: Range<u64>| Duration::from_millis(random.u64(range));
    match kind {
        FaultKind::Kill => match millis(0..5).as_millis() {
            0 => Fault::KillTwice(millis(0..60)),
            1 => Fault::KillStarting((0..millis(1..4).as_millis()).map(|_| millis(0..25)).collect()),
            _ => Fault::Kill,
        },
        FaultKind::Stop => Fault::Stop,
        // Also longer than two keep-alive intervals.
        FaultKind::Freeze => Fault::Freeze(millis(50..2_600)),
        FaultKind::Full => Fault::Full(millis(100..800)),
        FaultKind::Part => Fault::Part(millis(50..2_600)),
        FaultKind::Reset | FaultKind::Expire => Fault::Reset,
    }
}

impl Fault {
    /// Of which kind it is.
    pub(super) fn kind(&self) -> FaultKind {
        match self {
            Self::Kill | Self::KillTwice(_) | Self::KillStarting(_) => FaultKind::Kill,
            Self::Stop => FaultKind::Stop,
            Self::Freeze(_) => FaultKind::Freeze,
            Self::Full(_) => FaultKind::Full,
            Self::Part(_) => FaultKind::Part,
            Self::Reset => FaultKind::Reset,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        writeln!(f, "server {}", self.flags.join(" "))?;
        writeln!(f, "{:?}", self.rules)?;
        writeln!(f, "{:?}", self.weather)?;
        for (wait, fault) in &self.faults {
            writeln!(f, "after {wait:?}: {fault:?}")?;
        }
        for role in &self.roles {
            let Role { name, way, acts, window, slow, .. } = role;
            writeln!(f, "{name}: {way:?}, {} acts, {window} at a time, slow {slow:?}", acts.len())?;
        }
        write!(f, "killed last: {}", self.is_killed_last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> &'static [FaultKind] {
        <FaultKind as clap::ValueEnum>::value_variants()
    }

    #[test]
    fn the_same_seed_makes_the_same_plan() {
        for seed in 0..20 {
            assert!(Plan::new(seed, all()) == Plan::new(seed, all()));
            assert!(Plan::new(seed, all()) != Plan::new(seed + 1, all()));
        }
    }

    #[test]
    fn all_faults_come_and_kills_come_most() {
        let plans: Vec<_> = (0..100).map(|seed| Plan::new(seed, all())).collect();
        let count = |kind| plans.iter().flat_map(|plan| &plan.faults).filter(|(_, fault)| fault.kind() == kind).count();
        for kind in all().iter().filter(|kind| !matches!(kind, FaultKind::Kill | FaultKind::Expire)) {
            assert!((5..count(FaultKind::Kill)).contains(&count(*kind)), "{kind:?}");
        }
        assert!(plans.iter().any(|plan| plan.rules.kept.is_some()) && plans.iter().any(|plan| !plan.rules.passes));
    }

    #[test]
    fn faults_that_are_not_asked_for_do_not_come() {
        let kinds = [FaultKind::Stop, FaultKind::Full];
        let plans = (0..50).map(|seed| Plan::new(seed, &kinds));
        for (_, fault) in plans.flat_map(|plan| plan.faults) {
            assert!(kinds.contains(&fault.kind()), "{fault:?}");
        }
    }
}
