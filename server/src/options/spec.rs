//! One row of the table of options, and the macro that makes the table.

use super::kind::{Form, Refusal};
use super::table::{Options, TABLE};

/// What an environment variable's name begins with.
pub(super) const ENVIRONMENT_PREFIX: &str = "FANFARE_";

/// One option, without its type, so that all options fit in one table.
pub(super) struct Spec {
    /// The long flag without its dashes; also the key in the file.
    pub(super) flag: &'static str,
    /// What stands for the value in the help.
    pub(super) value_name: &'static str,
    /// The heading under which the help shows it.
    pub(super) group: &'static str,
    /// What it does: the documentation of the field.
    pub(super) help: &'static str,
    /// Which TOML types the file may use.
    pub(super) form: fn() -> Form,
    /// The values it may have, for a person.
    pub(super) allowed: fn() -> String,
    /// Parses a value, checks its range and puts it in its field.
    pub(super) set: fn(&mut Options, &str) -> Result<(), Refusal>,
    /// The value of its field, such that `set` would make the same of it.
    pub(super) show: fn(&Options) -> toml::Value,
}

impl Spec {
    /// The name of its environment variable.
    pub(super) fn variable(&self) -> String {
        format!("{ENVIRONMENT_PREFIX}{}", self.flag.to_uppercase().replace('-', "_"))
    }

    /// The row with this flag, which is also the key in the file.
    pub(super) fn find(flag: &str) -> Option<&'static Self> {
        TABLE.iter().find(|spec| spec.flag == flag)
    }
}

/// Makes `Options`, its default and `TABLE` of one list of options, each of them
/// `field: type = "flag" <"VALUE">, kind, default value;` under its help text, in a group.
macro_rules! options {
    ($(#[$meta:meta])* $($group:literal {$(
        $(#[doc = $help:literal])+
        $field:ident: $type:ty = $flag:literal <$value_name:literal>, $kind:expr, default $default:expr;
    )+})+) => {
        $(#[$meta])*
        pub struct Options {
            $($(
                $(#[doc = $help])+
                #[doc = ""]
                #[doc = concat!(
                    "`--", $flag, "`; allowed: `", stringify!($kind), "`; default: `", stringify!($default), "`."
                )]
                pub $field: $type,
            )+)+
        }

        impl Default for Options {
            /// What a server without flags, environment and file uses.
            fn default() -> Self {
                Self { $($($field: $default,)+)+ }
            }
        }

        /// The parser of each option, under the name of its field.
        mod kinds {
            use super::*;

            $($(pub(super) fn $field() -> impl Kind<Value = $type> { $kind })+)+
        }

        /// Every option, in the order of the help.
        pub(super) static TABLE: &[Spec] = &[$($(
            Spec {
                flag: $flag,
                value_name: $value_name,
                group: $group,
                help: concat!($($help),+),
                form: || kinds::$field().form(),
                allowed: || kinds::$field().allowed(),
                set: |options, text| {
                    options.$field = kinds::$field().parse(text)?;
                    Ok(())
                },
                show: |options| kinds::$field().show(&options.$field),
            },
        )+)+];
    };
}
pub(super) use options;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_unique_and_kebab_case() {
        for (index, spec) in TABLE.iter().enumerate() {
            assert!(spec.flag.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", spec.flag);
            assert!(TABLE[..index].iter().all(|other| other.flag != spec.flag), "{} stands twice", spec.flag);
        }
    }

    #[test]
    fn a_flag_is_the_name_of_its_field() {
        let fields = format!("{:?}", Options::default());
        for spec in TABLE {
            let field = format!(" {}: ", spec.flag.replace('-', "_"));
            assert!(fields.contains(&field), "no field {field:?} in {fields}");
        }
    }

    #[test]
    fn the_variable_is_the_flag_in_upper_snake_case() {
        let spec = Spec::find("max-rooms-per-connection").expect("it is in the table");
        assert_eq!(spec.variable(), "FANFARE_MAX_ROOMS_PER_CONNECTION");
    }
}
