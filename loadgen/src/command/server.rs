//! The server of a run: found, or started and ended.

use super::error::CommandError;
use super::target::{Target, resolve};
use crate::plan::Plan;
use crate::server::{Spawned, process_that_listens};

/// The server that a plan is against. One that was started ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    _started: Option<Spawned>,
}

impl Server {
    /// Finds the server, or starts it with such options, and tells the plan of it.
    pub(super) fn of(target: &Target, options: &[String], plan: &mut Plan) -> Result<Self, CommandError> {
        match target {
            Target::Server(address) => {
                plan.address = resolve(address)?;
                plan.server = process_that_listens(plan.address);
                Ok(Self { _started: None })
            }
            Target::Spawn => {
                let started = Spawned::start(([127, 0, 0, 1], 0).into(), plan.clients, options)?;
                (plan.address, plan.server) = (started.address(), Some(started.pid()));
                Ok(Self { _started: Some(started) })
            }
        }
    }
}
