//! `loadgen [OPTIONS]`: a run.

use super::error::CommandError;
use super::options::RunOptions;
use super::server::{Server, plan_for};
use super::session::Session;
use super::{output, ramp, say, workers};
use crate::baseline::Baseline;
use crate::exit;
use crate::report::table;

/// Makes a run, or the runs of a ramp; returns what the program exits with.
pub(super) fn run(options: &RunOptions) -> Result<u8, CommandError> {
    if let Some(coordinator) = &options.workers.join {
        return workers::join(options, coordinator);
    }
    let workload = options.said.effective()?;
    // Everything that can be wrong with the command line is told before a server is started.
    let target = options.target()?;
    let mut plan = plan_for(&target);
    workload.apply(&mut plan)?;
    if let Some(steps) = workload.ramp()? {
        if options.workers.workers_listen.is_some() {
            let why = "each of its steps is a run; share a run at one --rate";
            return Err(CommandError::Together { one: "--workers-listen", other: "a ramp", why });
        }
        return ramp::ramp(options, &target, &workload, &steps, plan);
    }
    let baseline = options.baseline.as_deref().map(|path| Baseline::read(path, &options.max_regression)).transpose()?;
    let mut outputs = options.outputs.open()?;
    let session = Session::new(options.said.live)?;
    let coordinator = workers::listen(&options.workers, &plan)?;
    let server = Server::of(&target, &options.server_options, &mut plan)?;
    let report = match coordinator {
        Some(coordinator) => workers::share(coordinator, options, &session, target.kind(), &plan),
        None => session.measure(&plan, None),
    };
    let version = server.version();
    drop(server);
    let mut report = report?;
    report.run.server = version;
    report.workload = report.workload.named_as(&workload);
    report.run.label.clone_from(&options.label);
    // What can't be written takes nothing else away.
    let errors = outputs.write(&report);
    if !outputs.to_standard_output() {
        output::print(&table(&report));
    }
    errors.iter().for_each(|error| say(&error.to_string()));
    let mut failures: Vec<String> =
        workload.assert.iter().filter_map(|assertion| Some(assertion.check(&report).err()?.to_string())).collect();
    if let Some(compared) = baseline.map(|baseline| baseline.compare(&report)) {
        compared.warnings.iter().for_each(|warning| say(warning));
        failures.extend(compared.regressions);
    }
    failures.iter().for_each(|failure| say(failure));
    Ok(if errors.is_empty() { exit::code(&report, !failures.is_empty()) } else { exit::NO_RUN })
}
