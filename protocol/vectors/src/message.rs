//! A message as its fields.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Characters;

/// A message of either side: each field under the name that SPEC.md has for it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Message {
    /// The verb in upper case.
    pub verb: String,
    /// The known attributes that are there: numbers, strings, `true` for `yes`, and a point as an object.
    #[serde(default)]
    pub attributes: Map<String, Value>,
    /// The text, if there is one.
    #[serde(default, deserialize_with = "text")]
    pub text: Option<String>,
    /// The names of `NAMES`; none for any other verb.
    #[serde(default, deserialize_with = "names")]
    pub names: Vec<String>,
    /// The other fixed fields: numbers and strings.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

fn text<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    Characters::deserialize(json).map(|text| Some(text.0))
}

/// A list of names, in which one can be written for many.
pub(crate) fn names<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        Many { repeat: String, times: usize },
    }
    let names = Vec::<Names>::deserialize(json)?;
    let names = names.into_iter().flat_map(|names| match names {
        Names::One(name) => vec![name],
        Names::Many { repeat, times } => vec![repeat; times],
    });
    Ok(names.collect())
}
