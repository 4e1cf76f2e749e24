//! Connections beside the receivers: readers that are slow or have stopped, people who come and go, and who speaks garbage.
//!
//! None of them is a receiver of the run: what they do and what becomes of them is in accounts of their own, and
//! nothing that is owed to a receiver is owed to them. They are there to be a burden, and it is the receivers' figures that
//! show what the server makes of it.

mod measured;
mod plan;

pub use measured::{BesideMeasured, Churned, Deliveries, Garbled, Kept, Readers, Times};
pub use plan::{Beside, BesideError, Churn, Garbage, MOST_GARBAGE, Slow, Stalled, Storm};
