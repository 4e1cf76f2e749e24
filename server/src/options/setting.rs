//! What a source says of one option.

use super::origin::Origin;
use super::spec::Spec;

/// A value that somebody gave, not parsed yet.
pub(super) struct Setting {
    pub(super) spec: &'static Spec,
    pub(super) text: String,
    pub(super) origin: Origin,
}
