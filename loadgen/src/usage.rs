//! Processor time and memory of a process, from /proc.

use std::fs;

use procfs::process::Process;
use rustix::time::{ClockId, clock_gettime};

/// What a process has used up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time on a processor, of all its threads together, in nanoseconds.
    pub cpu: u64,
    /// Time that its threads were ready and waited for a processor, in nanoseconds.
    pub waited: u64,
    /// Resident memory, in octets.
    pub memory: u64,
}

impl Usage {
    /// That of a process; `None` where the system does not say, or the process has ended.
    pub fn of(pid: u32) -> Option<Self> {
        let process = Process::new(i32::try_from(pid).ok()?).ok()?;
        let memory = process.statm().ok()?.resident * procfs::page_size();
        let (mut cpu, mut waited) = (0, 0);
        for task in process.tasks().ok()? {
            // A thread that has ended in between is left out.
            let Ok(schedstat) = task.and_then(|task| task.schedstat()) else { continue };
            cpu += schedstat.sum_exec_runtime;
            waited += schedstat.run_delay;
        }
        if cpu == 0 {
            // A kernel without schedstat still counts ticks.
            let stat = process.stat().ok()?;
            cpu = (stat.utime + stat.stime) * (1_000_000_000 / procfs::ticks_per_second());
        }
        Some(Self { cpu, waited, memory })
    }

    /// That of the calling thread alone, but for the memory, which it shares with its process. `None` where the system does not
    /// say. A kernel without schedstat does not know how long a thread waited: 0.
    pub fn of_this_thread() -> Option<Self> {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        let (seconds, nanos) = (u64::try_from(time.tv_sec).ok()?, u64::try_from(time.tv_nsec).ok()?);
        // Time on a processor, time waited for one, and time slices.
        let schedstat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let waited = schedstat.split_whitespace().nth(1).and_then(|waited| waited.parse().ok()).unwrap_or_default();
        let memory = Process::myself().ok()?.statm().ok()?.resident * procfs::page_size();
        Some(Self { cpu: seconds * 1_000_000_000 + nanos, waited, memory })
    }

    /// The processor time of another thread of this process, and how long it waited for a processor; its memory is 0. `None`
    /// where the system does not say, or the thread has ended.
    pub fn of_thread(thread: u32) -> Option<Self> {
        let task = Process::myself().ok()?.task_from_tid(i32::try_from(thread).ok()?).ok()?;
        let schedstat = task.schedstat().ok().filter(|schedstat| schedstat.sum_exec_runtime > 0)?;
        Some(Self { cpu: schedstat.sum_exec_runtime, waited: schedstat.run_delay, memory: 0 })
    }

    /// What came on since an earlier moment. Memory can have become less, and is then 0.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            waited: self.waited.saturating_sub(earlier.waited),
            memory: self.memory.saturating_sub(earlier.memory),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_time_and_memory() {
        let before = Usage::of(std::process::id()).expect("it runs");
        let mut octets = vec![1_u8; 32 << 20];
        for round in 0..20 {
            octets.iter_mut().for_each(|octet| *octet = octet.wrapping_mul(3).wrapping_add(round));
        }
        let now = Usage::of(std::process::id()).expect("it runs");
        assert!(now.since(before).cpu > 0 && now.memory >= octets.len() as u64, "{before:?} {now:?}");
    }

    #[test]
    fn what_another_thread_uses_is_not_this_ones() {
        let busy = || {
            let start = Usage::of_this_thread().expect("it runs");
            while Usage::of_this_thread().expect("it runs").since(start).cpu < 20_000_000 {}
            start
        };
        let before = Usage::of_this_thread().expect("it runs");
        std::thread::spawn(busy).join().expect("it ends");
        let between = Usage::of_this_thread().expect("it runs");
        assert!(between.since(before).cpu < 20_000_000, "{before:?} {between:?}");
        busy();
        assert!(Usage::of_this_thread().expect("it runs").since(between).cpu >= 20_000_000);
    }

    #[test]
    fn a_process_that_is_not_there_has_none() {
        assert_eq!(Usage::of(u32::MAX), None);
    }
}
