//! Many connections at once.

/// The most connections that a check opens. The suite has 256 where a server does not limit those of one address.
pub(super) const MOST: usize = 160;
