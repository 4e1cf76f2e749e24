//! A run's figures for Prometheus, while it goes on.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::http::Server;
use super::metrics::{Metrics, Source};
use super::{Facts, LiveError};
use crate::engine::Progress;

/// The text format that is served: `OpenMetrics`, which every Prometheus since 2.5 reads.
const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves the metrics of the run that was shown last, until it is dropped.
#[derive(Debug)]
pub struct Exporter {
    server: Server,
    source: Arc<Mutex<Option<Source>>>,
}

impl Exporter {
    /// Listens at an address. There are no metrics before the first run is shown.
    ///
    /// # Errors
    ///
    /// The system does not let it.
    pub fn start(address: SocketAddr) -> Result<Self, LiveError> {
        let source = Arc::default();
        let mut registry = Registry::with_prefix("loadgen");
        registry.register_collector(Box::new(Metrics::new(&source)));
        let page = move || {
            let mut text = String::new();
            // To write into a string never fails.
            let _ = encode(&mut text, &registry);
            text
        };
        let server = Server::start(address, CONTENT, page).map_err(|source| LiveError::Listen { address, source })?;
        Ok(Self { server, source })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// From now on the metrics are those of this run.
    pub fn show(&self, facts: Facts, progress: &Arc<Progress>) {
        progress.watch();
        let source = Source { facts, progress: progress.clone() };
        *self.source.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
    }
}
