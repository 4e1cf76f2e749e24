//! What is known of a run before it begins.

use std::time::Duration;

use crate::plan::{Load, Plan};

/// What the display and the metrics say of a run's plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What tells it from the other runs of a command.
    pub(super) heading: Option<String>,
    /// Where the server is.
    pub(super) target: String,
    pub(super) clients: u32,
    /// How many join: the clients, and those who only publish.
    pub(super) connections: u32,
    pub(super) publishers: u32,
    pub(super) rooms: u32,
    /// The octets of a text.
    pub(super) size: usize,
    pub(super) load: Load,
    pub(super) duration: Duration,
}

impl From<&Plan> for Facts {
    fn from(plan: &Plan) -> Self {
        Self {
            heading: None,
            target: plan.address.to_string(),
            clients: plan.clients,
            connections: plan.connections(),
            publishers: plan.publishers,
            rooms: plan.rooms.count,
            size: plan.size,
            load: plan.load,
            duration: plan.duration,
        }
    }
}

impl Facts {
    /// The same, under a heading such as "round 2 of 5". What would move a terminal's cursor is left out of it.
    #[must_use]
    pub fn headed(mut self, heading: &str) -> Self {
        self.heading = Some(heading.replace(char::is_control, ""));
        self
    }
}
