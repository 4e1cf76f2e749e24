//! The proof that a durable history holds.

pub mod check;
pub mod record;
