//! `loadgen --workers-listen` and `loadgen --join`: one run of several processes.

use rustix::system::uname;

use super::error::CommandError;
use super::options::RunOptions;
use super::session::Session;
use super::{output, say};
use crate::exit;
use crate::plan::Plan;
use crate::report::{Report, table};
use crate::server::Kind;
use crate::workers::{Args, Coordinator, Endpoint, Job, Seen, Shares, join as join_coordinator, merge};

/// Lets workers come, if there are to be any. What is wrong with how the run would be shared is told before.
pub(super) fn listen(args: &Args, plan: &Plan) -> Result<Option<(Coordinator, u32)>, CommandError> {
    let Some((endpoint, workers)) = args.workers_listen.as_ref().zip(args.workers) else { return Ok(None) };
    Shares::of(plan, workers)?;
    let coordinator = Coordinator::listen(endpoint)?;
    let (address, wait) = (coordinator.address(), humantime::format_duration(args.wait()));
    say(&format!("waiting {wait} for the workers ({workers}): loadgen --join {address}"));
    Ok(Some((coordinator, workers)))
}

/// Makes a run together with workers, once they are there.
pub(super) fn share(
    (coordinator, workers): (Coordinator, u32),
    options: &RunOptions,
    session: &Session,
    kind: Kind,
    plan: &Plan,
) -> Result<Report, CommandError> {
    let Shares { own, others } = Shares::of(plan, workers)?;
    let jobs = others.iter().filter_map(|plan| Some(Job::new(plan, plan.follows?, kind))).collect();
    let crew = coordinator.gather(workers, options.workers.wait(), session.stop(), |seen| match seen {
        Seen::Came { .. } if options.said.live.quiet => {}
        Seen::Came { name, there } => say(&format!("{there} of {workers} workers: {name} is there")),
        Seen::Left { name, reason, there } => say(&format!("{there} of {workers} workers: {name} has gone ({reason})")),
        Seen::Refused { from, reason } => say(&format!("sent {from} away: {reason}")),
    })?;
    let heading = format!("{} of {} clients, the others with the workers ({workers})", own.clients, plan.clients);
    let controls = session.controls();
    let conducted = crew.conduct(jobs, &controls, || session.raw(&own, Some(&heading), &controls))?;
    Ok(merge(conducted)?)
}

/// Works for a coordinator; returns what the program exits with: what the own part amounts to.
pub(super) fn join(options: &RunOptions, coordinator: &Endpoint) -> Result<u8, CommandError> {
    let session = Session::new(options.said.live)?;
    let host = uname().nodename().to_string_lossy().into_owned();
    let name = options.label.clone().unwrap_or_else(|| format!("{host}, process {}", std::process::id()));
    let joined = join_coordinator(coordinator, &name, options.workers.wait(), session.stop())?;
    let plan = match joined.job().plan() {
        Ok(plan) => plan,
        Err(error) => {
            joined.refuse(&error.to_string());
            return Err(error.into());
        }
    };
    let heading = format!("{} clients for {coordinator}", plan.clients);
    let controls = session.controls();
    let report = joined.work(&controls, &name, || session.raw(&plan, Some(&heading), &controls))?;
    output::print(&table(&report));
    Ok(exit::code(&report, false))
}
