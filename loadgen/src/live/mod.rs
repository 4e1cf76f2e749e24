//! What people and machines see of a run while it goes on.
//!
//! Both look at its [`Progress`] from threads of their own. The thread that makes the run only stores numbers there, and waits
//! for nobody.

mod display;
mod facts;
mod http;
mod metrics;
mod prometheus;
mod seen;
mod words;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use self::display::Display;
pub use self::facts::Facts;
pub use self::prometheus::Exporter;
use crate::engine::Progress;

/// What is shown of a run, on the command line.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Args {
    /// Shows no progress on standard error.
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Serves the run's figures to Prometheus at http://ADDRESS/metrics while it goes on: IP:PORT, or a PORT of loopback. Port
    /// 0 is a free one, and standard error says which.
    #[arg(long, value_name = "ADDRESS", value_parser = address, help_heading = "Output")]
    pub prometheus: Option<SocketAddr>,
}

/// Why there is nothing to be seen.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No one can listen there.
    #[error("can't serve metrics at {address} ({source}); give --prometheus another address, or port 0 for a free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// Shows one run after the other.
#[derive(Debug)]
pub struct Live {
    quiet: bool,
    exporter: Option<Exporter>,
}

/// A run is shown until this is dropped. Its metrics stay as they are until the next run is shown, or the [`Live`] is
/// dropped.
#[derive(Debug)]
pub struct Shown {
    _display: Option<Display>,
}

impl Live {
    /// Gets ready before the first run. Where metrics are served is said on standard error.
    ///
    /// # Errors
    ///
    /// They can't be served there.
    pub fn open(args: Args) -> Result<Self, LiveError> {
        let exporter = args.prometheus.map(Exporter::start).transpose()?;
        if let Some(exporter) = &exporter {
            // Whoever has closed it does not want to know.
            let _ = writeln!(io::stderr(), "loadgen: metrics at http://{}/metrics", exporter.address());
        }
        Ok(Self { quiet: args.quiet, exporter })
    }

    /// Shows a run.
    pub fn show(&self, facts: Facts, progress: &Arc<Progress>) -> Shown {
        if let Some(exporter) = &self.exporter {
            exporter.show(facts.clone(), progress);
        }
        Shown { _display: (!self.quiet).then(|| Display::start(facts, progress.clone())) }
    }
}

/// An address, or a port of loopback: who wants to be seen by other machines has to say so.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().map_err(|_| "write IP:PORT, such as 127.0.0.1:9464, or a port of loopback".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_loopback() {
        assert_eq!(address("9464"), Ok(([127, 0, 0, 1], 9464).into()));
        assert_eq!(address("[::]:0"), Ok(([0; 8], 0).into()));
        for wrong in ["", "70000", "localhost", "127.0.0.1", ":9464"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
