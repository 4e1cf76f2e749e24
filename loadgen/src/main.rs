//! `loadgen`: measures how fast a server broadcasts, and checks every octet that it delivers.

use std::process::ExitCode;

fn main() -> ExitCode {
    fanfare_loadgen::command::main()
}
