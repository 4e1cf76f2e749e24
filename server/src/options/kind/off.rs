//! Limits that can be turned off.

use std::num::NonZeroU32;

use super::{Form, Kind, Refusal};

/// What turns a limit off.
const OFF: &str = "off";

/// A limit of another kind, or none.
pub(in crate::options) struct OrOff<K>(pub(in crate::options) K);

impl<K: Kind> Kind for OrOff<K> {
    type Value = Option<K::Value>;

    fn parse(&self, text: &str) -> Result<Self::Value, Refusal> {
        if text == OFF { Ok(None) } else { self.0.parse(text).map(Some) }
    }

    fn show(&self, value: &Self::Value) -> toml::Value {
        value.as_ref().map_or_else(|| toml::Value::from(OFF), |limit| self.0.show(limit))
    }

    fn allowed(&self) -> String {
        format!("{}, or {OFF}", self.0.allowed())
    }

    fn form(&self) -> Form {
        self.0.form()
    }
}

/// A number of another kind that is not 0.
pub(in crate::options) struct NonZero<K>(pub(in crate::options) K);

impl<K: Kind<Value = u32>> Kind for NonZero<K> {
    type Value = NonZeroU32;

    fn parse(&self, text: &str) -> Result<NonZeroU32, Refusal> {
        NonZeroU32::new(self.0.parse(text)?).ok_or_else(|| Refusal::out_of_range(text))
    }

    fn show(&self, value: &NonZeroU32) -> toml::Value {
        self.0.show(&value.get())
    }

    fn allowed(&self) -> String {
        self.0.allowed()
    }

    fn form(&self) -> Form {
        self.0.form()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Count;
    use super::*;

    #[test]
    fn off_is_no_limit_and_zero_is_refused() {
        let kind = OrOff(NonZero(Count(0_u32..=9)));
        assert_eq!(kind.parse("off"), Ok(None));
        assert_eq!(kind.parse("9"), Ok(NonZeroU32::new(9)));
        assert_eq!(kind.parse("0"), Err(Refusal::out_of_range("0")));
        assert_eq!(kind.show(&None), toml::Value::from("off"));
        assert_eq!(kind.show(&NonZeroU32::new(9)), toml::Value::from(9));
    }
}
