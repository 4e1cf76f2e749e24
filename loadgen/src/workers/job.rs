//! Who does what: the plan of each process of a run.

use serde::{Deserialize, Serialize};

use super::WorkersError;
use crate::beside::Beside;
use crate::login::Login;
use crate::plan::{Leader, Plan, Start};
use crate::server::Kind;
use crate::target::{Server, Target};
use crate::workload::Workload;

/// What a worker is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The server, as the worker reaches it: a URL without a password, which each process has in its own environment.
    pub target: String,
    /// All of what is to be done, with the worker's own share of the clients.
    pub workload: Workload,
    /// The number of the run.
    pub run: u32,
    /// The number of the worker's first client.
    pub first_client: u32,
    /// What the coordinator has.
    pub leader: Leader,
}

/// The plan of a run, shared by several processes.
#[derive(Clone, Debug)]
pub struct Shares {
    /// The coordinator's: the publishers, whatever is beside the receivers, and a share of the clients.
    pub own: Plan,
    /// The workers'.
    pub others: Vec<Plan>,
}

impl Shares {
    /// Spreads the clients of a plan over its own process and so many workers, as evenly as it goes: the first have one more.
    ///
    /// # Errors
    ///
    /// A share can't be a plan: there are fewer clients than processes or rooms, more publishers than clients in one share, or
    /// it is not known beforehand when messages are sent.
    pub fn of(plan: &Plan, workers: u32) -> Result<Self, WorkersError> {
        let processes = workers.saturating_add(1);
        let share = |at: u32| plan.clients / processes + u32::from(at < plan.clients % processes);
        let (start, completions) = (Start::Agreed, true);
        let own = Plan { clients: share(0), start, completions, ..plan.clone() };
        let leader = Leader { clients: own.clients, first_client: own.first_client, apart: own.is_apart() };
        let mut first_client = own.first_client.saturating_add(own.connections());
        let others = (1..processes).map(|at| {
            let (clients, beside) = (share(at), Beside::default());
            let other = Plan { clients, first_client, follows: Some(leader), server: None, beside, ..own.clone() };
            first_client = first_client.saturating_add(clients);
            other
        });
        let shares = Self { others: others.collect(), own };
        for plan in std::iter::once(&shares.own).chain(&shares.others) {
            plan.check().map_err(|source| WorkersError::Share {
                processes: processes as usize,
                clients: plan.clients,
                source,
            })?;
        }
        Ok(shares)
    }
}

impl Job {
    /// What a worker has to be told, for its plan against a server of some kind.
    pub fn new(plan: &Plan, leader: Leader, kind: Kind) -> Self {
        let (host, port) = (plan.address.ip().to_string(), plan.address.port());
        Self {
            target: Server { kind, host, port, user: plan.login.user.clone() }.to_string(),
            workload: Workload::of(plan),
            run: plan.run,
            first_client: plan.first_client,
            leader,
        }
    }

    /// The plan that it describes. Passwords are those of this process's environment.
    ///
    /// # Errors
    ///
    /// It describes none.
    pub fn plan(&self) -> Result<Plan, WorkersError> {
        let wrong = |error: &dyn std::error::Error| WorkersError::Job { reason: error.to_string() };
        let target: Target = self.target.parse().map_err(|error| wrong(&error))?;
        let Target::Server(server) = &target else {
            return Err(WorkersError::Job { reason: format!("{} is no server that listens somewhere", self.target) });
        };
        let address = server.resolve().map_err(|error| wrong(&error))?;
        let mut plan = Plan {
            wire: server.kind.wire(),
            login: Login::of(server.user.clone()),
            run: self.run,
            first_client: self.first_client,
            follows: Some(self.leader),
            start: Start::Agreed,
            completions: true,
            ..Plan::new(address)
        };
        self.workload.apply(&mut plan).map_err(|error| wrong(&error))?;
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Rooms;
    use crate::plan::{Load, PlanError, default_address};

    fn plan(clients: u32) -> Plan {
        Plan { clients, ..Plan::new(default_address()) }
    }

    #[test]
    fn clients_are_spread_evenly_and_each_has_a_number_of_its_own() {
        let shares = Shares::of(&Plan { publishers: 3, apart: true, ..plan(32) }, 2).expect("they can be shared");
        assert_eq!((shares.own.clients, shares.own.connections(), shares.own.follows), (11, 14, None));
        let others: Vec<_> = shares.others.iter().map(|plan| (plan.clients, plan.first_client)).collect();
        assert_eq!(others, [(11, 14), (10, 25)]);
        let leader = Leader { clients: 11, first_client: 0, apart: true };
        assert!(shares.others.iter().all(|plan| plan.follows == Some(leader) && plan.beside.is_empty()));
        // All know who speaks when.
        for plan in &shares.others {
            assert_eq!(plan.layout().publisher_of(2), shares.own.layout().publisher_of(2));
        }
    }

    #[test]
    fn what_cannot_be_shared_is_told() {
        let error = |plan: &Plan, workers| match Shares::of(plan, workers) {
            Err(WorkersError::Share { source, .. }) => source,
            other => panic!("{other:?}"),
        };
        assert_eq!(error(&plan(2), 2), PlanError::Clients(0));
        assert_eq!(error(&Plan { load: Load::InFlight(9), ..plan(30) }, 2), PlanError::FollowedLoad);
        assert_eq!(error(&Plan { load: Load::Idle, ..plan(30) }, 2), PlanError::FollowedLoad);
        let publishers = PlanError::Publishers { publishers: 11, clients: 10 };
        assert_eq!(error(&Plan { publishers: 11, ..plan(30) }, 2), publishers);
        let rooms = Plan { rooms: Rooms::even(11), publishers: 11, apart: true, ..plan(30) };
        assert!(matches!(error(&rooms, 2), PlanError::Rooms { .. }));
    }

    #[test]
    fn a_worker_makes_the_same_plan_of_what_it_is_told() {
        let load = Load::Burst { messages: 7, every: std::time::Duration::from_millis(1_500) };
        let shared = Plan { load, publishers: 5, rooms: Rooms::zipf(4, 1.25), room: "#tea".to_owned(), ..plan(31) };
        let shares = Shares::of(&shared, 3).expect("they can be shared");
        for plan in &shares.others {
            let leader = plan.follows.expect("it follows");
            let line = serde_json::to_string(&Job::new(plan, leader, Kind::Fanfare)).expect("it can be written");
            let told: Job = serde_json::from_str(&line).expect("it can be read");
            let made = Plan { login: plan.login.clone(), ..told.plan().expect("it is one") };
            assert_eq!(format!("{made:?}"), format!("{plan:?}"));
        }
    }

    #[test]
    fn a_job_that_is_no_plan_is_told() {
        let shares = Shares::of(&plan(30), 1).expect("they can be shared");
        let leader = Leader { clients: 15, first_client: 0, apart: false };
        let job = Job::new(&shares.others[0], leader, Kind::Fanfare);
        for target in ["http://x", "spawn:fanfare"] {
            assert!(matches!(Job { target: target.to_owned(), ..job.clone() }.plan(), Err(WorkersError::Job { .. })));
        }
        let workload = Workload { clients: Some(0), ..job.workload.clone() };
        assert!(matches!(Job { workload, ..job }.plan(), Err(WorkersError::Job { .. })));
    }
}
