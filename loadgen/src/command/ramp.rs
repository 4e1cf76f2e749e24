//! `loadgen --profile ramp`: runs at rising rates.

use super::error::CommandError;
use super::options::RunOptions;
use super::output;
use super::server::{Server, plan_for};
use super::session::{Session, labelled};
use crate::page::page;
use crate::plan::{Load, Plan};
use crate::ramp::{Ramp, assertions, search, table};
use crate::report::Unit;
use crate::saved::Output;
use crate::target::Target;
use crate::workload::Workload;

/// Makes the runs of a ramp, all against the same server; returns what the program exits with.
pub(super) fn ramp(
    options: &RunOptions,
    target: &Target,
    workload: &Workload,
    steps: &Ramp,
    mut plan: Plan,
) -> Result<u8, CommandError> {
    if options.baseline.is_some() {
        let why = "each of its steps is a run; hold a run at one --rate against the baseline";
        return Err(CommandError::Together { one: "--baseline", other: "a ramp", why });
    }
    let outputs = &options.outputs;
    if let Some(one) = outputs.hdr.as_ref().map(|_| "--hdr").or(outputs.csv.as_ref().map(|_| "--csv")) {
        let why = "it has many runs; --json has all of them, and --html shows them";
        return Err(CommandError::Together { one, other: "a ramp", why });
    }
    let json = output::open("--json", &outputs.json)?;
    let html = output::open("--html", &outputs.html)?;
    let session = Session::new(options.said.live)?;
    let server = Server::of(target, &options.server_options, &mut plan)?;
    let assertions = assertions(&workload.assert);
    let said = Workload {
        ramp_from: Some(steps.from),
        ramp_step: Some(steps.step),
        ramp_to: Some(steps.to),
        ..workload.clone()
    };
    let said = Workload { assert: assertions.clone(), ..said }.over(Workload::of(&plan));
    let found = search(steps, said, &assertions, |rate| -> Result<_, CommandError> {
        if session.is_stopped() {
            return Ok::<_, CommandError>(None);
        }
        let label = format!("{} messages/s", Unit::Count.show(rate));
        // With a room and names of its own, so that nothing of an earlier step comes to it.
        let mut step = Plan { address: plan.address, server: plan.server, ..plan_for(target) };
        workload.apply(&mut step)?;
        step.load = Load::Rate(rate);
        session
            .measure_whole(&step, &label)
            .map(|report| report.map(|report| labelled(report, label, server.version())))
    })?;
    drop(server);
    let shown = html.as_ref().is_some_and(Output::is_standard);
    output::report(json, &found, &if shown { String::new() } else { table(&found) })?;
    if let Some(html) = html {
        let runs: Vec<_> = found.steps.iter().filter_map(|step| step.report.clone()).collect();
        output::write(html, &page(&runs)?)?;
    }
    Ok(found.code())
}
