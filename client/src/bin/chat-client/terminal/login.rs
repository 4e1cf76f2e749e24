//! A name for who gave none.

use fanfare_protocol::Name;
use fanfare_protocol::limits::MAX_NAME;

/// The name that one is logged in with, as far as it can be a name here.
pub(crate) fn name() -> Option<String> {
    ["LOGNAME", "USER"].iter().find_map(|variable| as_name(&std::env::var(variable).ok()?))
}

fn as_name(login: &str) -> Option<String> {
    let fits: String = login.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    let name = fits.trim_start_matches(['_', '-']);
    let name = Name::new(&name[..name.len().min(MAX_NAME)]).ok()?;
    (!name.is_reserved()).then(|| name.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_name_is_left_out() {
        assert_eq!(as_name("bob").as_deref(), Some("bob"));
        assert_eq!(as_name("_b.o b@example").as_deref(), Some("bobexample"));
        assert_eq!(as_name(&"x".repeat(40)).map(|name| name.len()), Some(MAX_NAME));
    }

    #[test]
    fn who_is_logged_in_as_root_has_no_name_here() {
        assert_eq!(as_name("root"), None);
        assert_eq!(as_name(""), None);
        assert_eq!(as_name("日本"), None);
    }
}
