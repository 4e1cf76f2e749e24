//! What the fuzz targets check, as plain functions of any octets: one file a target, and each runs on stable too, over
//! the seeds in `fuzz/corpus`. What several of them share is public, and the property tests of the protocol use it.
//!
//! A body panics where a rule is broken, and only there. It knows no socket and no clock, and the same octets always do
//! the same.

pub mod codec;
pub mod feed;
pub mod naive;
pub mod parts;

mod frames;
mod host;
mod opening;
mod script;
mod typed;
mod watch;

macro_rules! targets {
    ($($target:ident),* $(,)?) => {
        $( mod $target; pub use $target::$target; )*

        /// Every target's name and body.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[$( (stringify!($target), $target) ),*];
    };
}

targets! {
    both_ops,
    client_decoder,
    client_ops,
    client_values,
    cutting,
    plain_commands,
    plain_lines,
    plain_values,
    server_decoder,
    server_ops,
    server_session,
    server_values,
    two_sessions,
}
