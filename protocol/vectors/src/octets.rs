//! Octets and texts that are written so that people can read them.

use serde::Deserialize;

/// Octets, of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Octets(pub Vec<u8>);

/// A text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Characters(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Parts {
    One(String),
    Many(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Repeat { repeat: String, times: usize },
    Hex { hex: String },
}

impl TryFrom<Parts> for Octets {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let parts = match parts {
            Parts::One(text) => return Ok(Self(text.into_bytes())),
            Parts::Many(parts) => parts,
        };
        let mut octets = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => octets.extend_from_slice(text.as_bytes()),
                Part::Repeat { repeat, times } => octets.extend_from_slice(repeat.repeat(times).as_bytes()),
                Part::Hex { hex } => octets.extend(unhex(&hex)?),
            }
        }
        Ok(Self(octets))
    }
}

impl TryFrom<Parts> for Characters {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let octets = Octets::try_from(parts)?.0;
        String::from_utf8(octets).map(Self).map_err(|error| error.to_string())
    }
}

fn unhex(hex: &str) -> Result<Vec<u8>, String> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("not hexadecimal: {hex}"))
}
