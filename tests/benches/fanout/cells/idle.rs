//! What does somebody cost who only is there?

use std::thread;
use std::time::Duration;

use fanfare_loadgen::report::Unit;
use fanfare_loadgen::usage::Usage;
use fanfare_loadgen::{Load, Phase, Plan};

use crate::program::beside::Beside;
use crate::program::kernel::SocketMemory;
use crate::program::outcome::{Aim, Outcome};
use crate::program::rounds::{Bench, Failure, Task};
use crate::program::series::Series;
use crate::program::subject::{Running, Subject};

const MEMBERS: u32 = 10_000;

/// Resident memory for each of them, in octets.
const MOST_MEMORY: f64 = 1.1 * 1_024.0;

/// How long the server has to come to rest.
const REST: Duration = Duration::from_secs(1);

/// What was seen while nobody did anything.
struct Idled {
    cpu: u64,
    memory: u64,
    kernel: SocketMemory,
}

pub(super) fn run(bench: &Bench) -> Result<Outcome, Failure> {
    let idle = Duration::from_secs(bench.seconds(10));
    let subject = Subject::ChatServer { workers: 1 };
    let server = subject.start(&bench.processors)?;
    // A run has messages: one, after the idling.
    let task = Task::new(MEMBERS, Load::Rate(1.0), 1);
    let plan = Plan { settle: REST + idle + REST, ..task.plan(&subject, &server) };
    let (measured, idled) = Beside::default().run(&subject, &plan, |beside| watch(&server, idle, beside))?;
    let idled = idled?;
    let before = measured.server.map_or(0, |server| server.memory_before);
    let members = f64::from(MEMBERS);
    let mut series = Series::new(subject.name());
    series.add(measured);
    let mut outcome = Outcome::default();
    outcome.add_rounds(&series);
    let memory = idled.memory.saturating_sub(before) as f64 / members;
    outcome.value("resident memory of a member", Unit::Size, memory, Some(Aim::AtMost(MOST_MEMORY)));
    let kernel = idled.kernel;
    let sockets = kernel.sockets as f64;
    let buffers = (kernel.sending + kernel.receiving) as f64 / sockets;
    outcome.value("octets in the kernel's buffers of a member's socket", Unit::Size, buffers, None);
    let reserved = kernel.reserved as f64 / sockets;
    outcome.value("reserved by the kernel for a member's socket", Unit::Size, reserved, None);
    outcome.value("CPU of a second of idling", Unit::Time, idled.cpu as f64 / idle.as_secs_f64(), None);
    outcome.notes.push(format!(
        "the whole growth of the process from before the first connection, by {} sockets; the kernel's own structure of a \
         socket is in none of these",
        Unit::Count.show(sockets)
    ));
    Ok(outcome)
}

/// Looks at the server before and after an idle time, once all are there.
fn watch(server: &Running, idle: Duration, beside: &Beside) -> std::io::Result<Idled> {
    beside.wait_for(Phase::Settle);
    thread::sleep(REST);
    let before = Usage::of(server.pid()).unwrap_or_default();
    thread::sleep(idle);
    let after = Usage::of(server.pid()).unwrap_or_default();
    let kernel = SocketMemory::of_port(server.address.port())?;
    Ok(Idled { cpu: after.since(before).cpu, memory: after.memory, kernel })
}
