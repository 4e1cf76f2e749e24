//! (to be written)
use crate::{exit::Failure, options::Options};
pub(crate) fn run(_: &tokio::runtime::Runtime, _: &Options) -> Result<(), Failure> {
    Ok(())
}
