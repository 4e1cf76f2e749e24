//! Does to the server and the network what the plan says.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::sleep;

use super::course::{Account, Tide};
use super::disk::Disk;
use super::network::Network;
use super::plan::Fault;
use super::probe::{Probed, probe};
use super::process::{Process, ProcessError};

/// The server of a round, its disk, and the way to it.
pub(super) struct Stage {
    pub(super) process: Process,
    pub(super) disk: Disk,
    pub(super) network: Network,
    pub(super) tide: Arc<Tide>,
    /// The room that is read while the disk is full.
    pub(super) read: String,
    /// What was done, and what went wrong.
    pub(super) account: Account,
    /// What full disks did.
    pub(super) probed: Vec<Probed>,
    /// How often the server was killed, and how often it was told to end.
    pub(super) kills: u64,
    pub(super) stops: u64,
}

impl Stage {
    /// Starts the server, and lets the network lead to it.
    pub(super) async fn start(&mut self) -> Result<(), ProcessError> {
        self.process.spawn(&self.disk)?;
        let server = self.process.listening().await?;
        self.network.lead_to(Some(server));
        self.account.trace.note(format_args!("the server listens on {server}"));
        Ok(())
    }

    /// Kills the server. That it ended by itself before is a mishap.
    pub(super) async fn kill(&mut self) -> Result<(), ProcessError> {
        self.expect_running();
        self.network.lead_to(None);
        self.process.kill().await?;
        self.kills += 1;
        self.account.trace.note("the server was killed");
        Ok(())
    }

    /// Tells the server to end. That it ends otherwise than well is a mishap.
    pub(super) async fn stop(&mut self) -> Result<(), ProcessError> {
        self.expect_running();
        self.process.signal(Signal::TERM)?;
        let status = self.process.wait().await?;
        self.network.lead_to(None);
        self.stops += 1;
        self.account.trace.note(format_args!("the server ended with {status:?}"));
        if let Some(status) = status.filter(|status| !status.success()) {
            self.account.odd(format!("the server was told to end, and ended with {status}: {}", self.process.tail()));
        }
        Ok(())
    }

    /// Does one thing, to its end.
    pub(super) async fn apply(&mut self, fault: &Fault) -> Result<(), ProcessError> {
        self.account.trace.note(format_args!("{fault:?}"));
        match fault {
            Fault::Kill => self.kill().await?,
            Fault::KillTwice(between) => {
                self.kill().await?;
                self.start().await?;
                sleep(*between).await;
                self.kill().await?;
            }
            Fault::KillStarting(attempts) => {
                self.kill().await?;
                for after in attempts {
                    self.kill_starting(*after).await?;
                }
            }
            Fault::Stop => self.stop().await?,
            Fault::Freeze(during) => {
                self.expect_running();
                self.process.signal(Signal::STOP)?;
                sleep(*during).await;
                self.process.signal(Signal::CONT)?;
            }
            Fault::Full(during) => {
                if let Some(server) = self.network.server() {
                    let (disk, process) = (&self.disk, &self.process);
                    let probed = probe(server, disk, process, &self.tide, &self.read, *during).await;
                    self.account.trace.note(format_args!("{:?}", probed.full));
                    self.probed.push(probed);
                }
            }
            Fault::Part(during) => self.network.part(*during).await,
            Fault::Reset => self.network.reset(),
        }
        if matches!(fault, Fault::Kill | Fault::KillTwice(_) | Fault::KillStarting(_) | Fault::Stop) {
            self.start().await?;
        }
        Ok(())
    }

    async fn kill_starting(&mut self, after: Duration) -> Result<(), ProcessError> {
        self.process.spawn(&self.disk)?;
        sleep(after).await;
        self.process.kill().await?;
        self.kills += 1;
        Ok(())
    }

    fn expect_running(&mut self) {
        if !self.process.is_running() {
            self.account.odd(format!("the server ended by itself: {}", self.process.tail()));
        }
    }
}
