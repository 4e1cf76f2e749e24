//! `loadgen compare TARGET…`: the same workload against each, in rounds.

use super::error::CommandError;
use super::options::CompareOptions;
use super::output;
use super::server::{Server, plan_for};
use super::session::{Session, labelled};
use crate::compare::{Setting, compare as rounds, markdown, table};
use crate::saved::Output;
use crate::workload::{Kind, Workload, WorkloadError};

/// Makes the runs of a comparison; returns what the program exits with.
pub(super) fn compare(options: &CompareOptions) -> Result<u8, CommandError> {
    let workload = options.said.effective()?;
    if workload.kind() == Some(Kind::Ramp) {
        let why = "compare the targets at one --rate, or make a ramp of each by itself";
        return Err(CommandError::Together { one: "compare", other: "a ramp", why });
    }
    // What can't be said to one of them is told before any of them runs.
    let plans = options.targets.iter().map(plan_for);
    let plans: Vec<_> =
        plans.map(|mut plan| workload.apply(&mut plan).map(|()| plan)).collect::<Result<_, WorkloadError>>()?;
    let whole = plans.first().map(Workload::of).unwrap_or_default();
    let json = output::open("--json", &options.json)?;
    let page = output::open("--markdown", &options.markdown)?;
    let session = Session::new(options.said.live)?;
    let setting = Setting {
        targets: options.targets.iter().map(ToString::to_string).collect(),
        rounds: options.rounds as usize,
        workload: workload.clone().over(Workload { room: None, ..whole }),
        command: command_line(std::env::args()),
    };
    let comparison = rounds(setting, |at, round| -> Result<_, CommandError> {
        if session.is_stopped() {
            return Ok(None);
        }
        let target = &options.targets[at];
        let heading = format!("round {} of {}, {target}", round + 1, options.rounds);
        // With a room and names of its own, so that nothing of an earlier run comes to it.
        let mut plan = plan_for(target);
        workload.apply(&mut plan)?;
        let server = Server::of(target, &[], &mut plan)?;
        let report = session.measure_whole(&plan, &heading)?;
        let version = server.version();
        let label = format!("{target}, round {}", round + 1);
        Ok(report.map(|report| (labelled(report, label, version.clone()), version)))
    })?;
    let shown = page.as_ref().is_some_and(Output::is_standard);
    let table = if shown { String::new() } else { table(&comparison) };
    if let Some(page) = page {
        output::write(page, &markdown(&comparison))?;
    }
    output::report(json, &comparison, &table)?;
    Ok(comparison.code())
}

/// The command line as a shell would take it.
fn command_line(arguments: impl Iterator<Item = String>) -> String {
    let plain = |argument: &str| {
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+[]#".contains(c);
        !argument.is_empty() && !argument.starts_with('#') && argument.chars().all(harmless)
    };
    let quoted = |argument: String| {
        if plain(&argument) { argument } else { format!("'{}'", argument.replace('\'', r"'\''")) }
    };
    let rest = arguments.skip(1).map(quoted);
    std::iter::once("loadgen".to_owned()).chain(rest).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_can_be_pasted_into_a_shell() {
        let arguments = ["/usr/bin/loadgen", "compare", "10.0.0.7:1", "--assert=p99<5ms", "it's", ""];
        let line = command_line(arguments.into_iter().map(str::to_owned));
        assert_eq!(line, r"loadgen compare 10.0.0.7:1 '--assert=p99<5ms' 'it'\''s' ''");
    }
}
