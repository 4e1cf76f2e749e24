//! Does the system have what the connections need? Asked before the run.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use rlimit::increase_nofile_limit;

use crate::error::RunError;
use crate::plan::Plan;
use crate::sources::Sources;

/// Files that are open besides connections, with some to spare.
const OTHER_FILES: u64 = 64;

/// How long the system keeps the port of a connection that this side has closed. On loopback it is given out again sooner.
const KEPT: Duration = Duration::from_secs(60);

/// What a plan needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Needs {
    /// Connections at a time.
    connections: u64,
    /// Ports of connections that have ended, at a time.
    kept: u64,
    /// The addresses that the connections come from. At least 1.
    sources: u64,
}

/// What a system has, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct System {
    /// The file descriptors that this process may have.
    descriptors: u64,
    /// The ports for connections from one address to one server.
    ports: Option<u64>,
    /// Ports of connections that have ended.
    kept: u64,
}

/// Raises the limit of file descriptors to the hard one, and looks whether that and the local ports suffice, and whether
/// the source addresses are this machine's.
///
/// # Errors
///
/// There are too few, and what to do about it.
pub(crate) fn secure(plan: &Plan) -> Result<(), RunError> {
    let descriptors = increase_nofile_limit(u64::MAX)
        .map_err(|source| RunError::System { what: "to raise the limit of file descriptors", source })?;
    for &address in &plan.sources {
        Sources::try_out(address).map_err(|source| RunError::Source { address, source })?;
    }
    // Where the system does not say, the connections will.
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let sockets = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    Needs::of(plan).within(&System { descriptors, ports: ports(&range), kept: waiting(&sockets) })
}

impl Needs {
    fn of(plan: &Plan) -> Self {
        let is_near = plan.address.ip().is_loopback() && plan.sources.iter().all(IpAddr::is_loopback);
        let kept = if is_near { 0 } else { plan.beside.made_again_in(plan.duration.min(KEPT)) };
        let mut sources = plan.sources.clone();
        sources.sort_unstable();
        sources.dedup();
        Self { connections: plan.all_connections(), kept, sources: sources.len().max(1) as u64 }
    }

    fn within(&self, system: &System) -> Result<(), RunError> {
        let (connections, allowed) = (self.connections, system.descriptors);
        let needed = connections + OTHER_FILES;
        if needed > allowed {
            return Err(RunError::Descriptors { connections, needed, allowed });
        }
        let needed = connections + self.kept;
        match system.ports {
            Some(each) if needed > each.saturating_mul(self.sources) => Err(RunError::Ports {
                connections,
                needed,
                ports: each,
                sources: self.sources,
                wanted: needed.div_ceil(each.max(1)),
                waiting: system.kept,
            }),
            _ => Ok(()),
        }
    }
}

/// How many ports there are in a range as the system writes it.
fn ports(range: &str) -> Option<u64> {
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    match (ends.next(), ends.next()) {
        (Some(Ok(first)), Some(Ok(last))) if first <= last => Some(last - first + 1),
        _ => None,
    }
}

/// How many connections have ended and keep their port for a while, as the system counts its sockets.
fn waiting(sockets: &str) -> u64 {
    let tcp = sockets.lines().find_map(|line| line.strip_prefix("TCP:")).unwrap_or_default();
    let mut words = tcp.split_whitespace().skip_while(|word| *word != "tw").skip(1);
    words.next().and_then(|count| count.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beside::{Beside, Churn, Garbage, Slow, Stalled};
    use crate::plan::default_address;

    const SYSTEM: System = System { descriptors: 1_000_000, ports: Some(28_232), kept: 7 };

    #[test]
    fn a_port_range_has_both_its_ends() {
        assert_eq!(ports("32768\t60999\n"), Some(28_232));
        assert_eq!(ports(""), None);
        assert_eq!(ports("9 8"), None);
    }

    #[test]
    fn ports_of_ended_connections_are_read_from_the_systems_count() {
        let sockets = "sockets: used 26\nTCP: inuse 3 orphan 0 tw 41 alloc 3 mem 370\nUDP: inuse 0 mem 0\n";
        assert_eq!((waiting(sockets), waiting("")), (41, 0));
    }

    #[test]
    fn everything_that_connects_is_counted() {
        let (slow, stalled) = (Some(Slow { count: 3, ..Slow::default() }), Some(Stalled { count: 4 }));
        let (churn, garbage) = (Some(Churn::default()), Some(Garbage { count: 5, ..Garbage::default() }));
        let beside = Beside { slow, stalled, churn, garbage };
        let mut plan = Plan { clients: 1_000, beside, ..Plan::new(default_address()) };
        assert_eq!(Needs::of(&plan), Needs { connections: 1_112, kept: 0, sources: 1 });
        // Elsewhere than on loopback the ports of those who have gone are kept: 70 a second for 10 seconds.
        plan.address = ([192, 0, 2, 1], 15_151).into();
        plan.sources = vec![[192, 0, 2, 2].into(), [192, 0, 2, 3].into(), [192, 0, 2, 2].into()];
        assert_eq!(Needs::of(&plan), Needs { connections: 1_112, kept: 700, sources: 2 });
    }

    #[test]
    fn too_few_ports_are_named_with_each_remedy_and_two_addresses_have_twice_as_many() {
        let needs = |connections, sources| Needs { connections, kept: 0, sources };
        assert!(needs(28_232, 1).within(&SYSTEM).is_ok());
        let error = needs(28_233, 1).within(&SYSTEM).expect_err("there are too few");
        let error = error.to_string();
        for part in ["28233", "28232", "--source", "2 addresses", "ip_local_port_range", "fewer", "7 ports"] {
            assert!(error.contains(part), "no {part:?} in {error:?}");
        }
        assert!(needs(28_233, 2).within(&SYSTEM).is_ok());
        assert!(needs(56_465, 2).within(&SYSTEM).is_err());
        assert!(Needs { kept: 2, ..needs(28_231, 1) }.within(&SYSTEM).is_err());
        // Where the system does not say how many there are, the connections will.
        assert!(needs(900_000, 1).within(&System { ports: None, ..SYSTEM }).is_ok());
    }

    #[test]
    fn too_few_descriptors_are_named_before_the_run() {
        let needs = Needs { connections: 937, kept: 0, sources: 1 };
        assert!(needs.within(&System { descriptors: 1_001, ..SYSTEM }).is_ok());
        let error = needs.within(&System { descriptors: 1_000, ..SYSTEM }).expect_err("there are too few");
        assert!(matches!(error, RunError::Descriptors { connections: 937, needed: 1_001, allowed: 1_000 }), "{error}");
    }

    #[test]
    fn this_system_has_enough_for_one_and_an_address_of_others_is_named() {
        let plan = Plan { clients: 1, ..Plan::new(default_address()) };
        assert!(secure(&plan).is_ok());
        let error = secure(&Plan { sources: vec![[192, 0, 2, 1].into()], ..plan }).expect_err("it is not ours");
        assert!(error.to_string().contains("192.0.2.1"), "{error}");
    }
}
