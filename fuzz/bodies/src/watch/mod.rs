//! Sessions that are held to SPEC.md with every call: each stands beside a model that reads the whole stream naively and
//! says what the session must. All targets with sessions use these, so that nothing is checked in two ways.

mod client;
mod server;
mod silence;

pub(crate) use client::{Asked, Client, Event};
pub(crate) use server::{Heard, Server};
pub(crate) use silence::Silence;
