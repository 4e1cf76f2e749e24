//! The durable history: what was said outlives the server that it was said to.

// Nothing calls it yet but its tests.
#[allow(dead_code, unused_imports)]
mod store;
