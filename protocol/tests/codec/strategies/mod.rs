//! Generators: values ([`values`]), every message made of them ([`parts`]), and streams of octets ([`streams`]).

pub(crate) mod parts;
pub(crate) mod streams;
pub(crate) mod values;
