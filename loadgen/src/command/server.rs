//! The server of a run: found, or started and ended.

use super::error::CommandError;
use crate::plan::{Plan, default_address};
use crate::server::{Spawned, process_that_listens};
use crate::target::Target;

/// The server that a plan is against. One that was started ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    started: Option<Spawned>,
}

/// A plan against a target of which is not known yet where it listens. Each has a room and names of its own.
pub(super) fn plan_for(target: &Target) -> Plan {
    Plan { wire: target.kind().wire(), login: target.login(), ..Plan::new(default_address()) }
}

impl Server {
    /// Finds the server, or starts it with such options, and tells the plan of it.
    pub(super) fn of(target: &Target, options: &[String], plan: &mut Plan) -> Result<Self, CommandError> {
        match target {
            Target::Server(server) => {
                plan.address = server.resolve()?;
                plan.server = process_that_listens(plan.address);
                Ok(Self { started: None })
            }
            Target::Spawn(spawn) => {
                let started = Spawned::start(spawn, plan.all_connections(), options)?;
                (plan.address, plan.server) = (started.address(), Some(started.pid()));
                Ok(Self { started: Some(started) })
            }
        }
    }

    /// What it says about its version, if it was started and says something.
    pub(super) fn version(&self) -> Option<String> {
        self.started.as_ref()?.version().map(str::to_owned)
    }
}
