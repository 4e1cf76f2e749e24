//! The number of workers.

use std::num::NonZeroUsize;

use super::{Count, Form, Kind, Refusal};

/// A count that is never 0, as its type says.
pub(in crate::options) struct Workers(pub(in crate::options) Count<usize>);

impl Kind for Workers {
    type Value = NonZeroUsize;

    fn parse(&self, text: &str) -> Result<NonZeroUsize, Refusal> {
        NonZeroUsize::new(self.0.parse(text)?).ok_or_else(|| Refusal::out_of_range(text))
    }

    fn show(&self, value: &NonZeroUsize) -> toml::Value {
        self.0.show(&value.get())
    }

    fn allowed(&self) -> String {
        self.0.allowed()
    }

    fn form(&self) -> Form {
        self.0.form()
    }
}
