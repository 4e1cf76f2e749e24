//! What a run was made on.

use std::thread::available_parallelism;

use rustix::system::uname;
use serde::{Deserialize, Serialize};

/// A machine, as far as figures depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The system's name, its release, and the kind of processor.
    pub kernel: String,
    /// How many processors this process may run on.
    pub processors: u32,
}

impl Machine {
    /// The one that this runs on.
    pub fn this() -> Self {
        let system = uname();
        let words = [system.sysname(), system.release(), system.machine()].map(|word| word.to_string_lossy());
        // Where it is not known there is one at least.
        let processors = available_parallelism().map_or(1, |number| u32::try_from(number.get()).unwrap_or(u32::MAX));
        Self { kernel: words.join(" "), processors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let machine = Machine::this();
        assert!(machine.kernel.starts_with("Linux ") && machine.processors >= 1, "{machine:?}");
    }
}
