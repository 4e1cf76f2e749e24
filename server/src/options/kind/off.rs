//! Limits that can be turned off.

use std::num::NonZeroU32;

use super::{Form, Kind, Refusal};

/// What turns a limit off.
const OFF: &str = "off";

/// A limit of another kind, or none.
pub(in crate::options) struct OrOff<K>(pub(in crate::options) K);

impl<K: Kind<Value = u32>> Kind for OrOff<K> {
    type Value = Option<NonZeroU32>;

    fn parse(&self, text: &str) -> Result<Option<NonZeroU32>, Refusal> {
        if text == OFF {
            return Ok(None);
        }
        NonZeroU32::new(self.0.parse(text)?).map(Some).ok_or_else(|| Refusal::out_of_range(text))
    }

    fn show(&self, value: &Option<NonZeroU32>) -> toml::Value {
        value.map_or_else(|| toml::Value::from(OFF), |limit| self.0.show(&limit.get()))
    }

    fn allowed(&self) -> String {
        format!("{}, or {OFF}", self.0.allowed())
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
        let kind = OrOff(Count(0_u32..=9));
        assert_eq!(kind.parse("off"), Ok(None));
        assert_eq!(kind.parse("9"), Ok(NonZeroU32::new(9)));
        assert_eq!(kind.parse("0"), Err(Refusal::out_of_range("0")));
        assert_eq!(kind.show(&None), toml::Value::from("off"));
    }
}
