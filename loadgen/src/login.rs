//! How clients make themselves known to a server that asks.

use std::fmt;

/// Where a password comes from. A command line could be read by every user of the machine.
pub const PASSWORD_VARIABLE: &str = "LOADGEN_PASSWORD";

/// Who the clients are to a server: all of them the same.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// A user that the server knows.
    pub user: Option<String>,
    /// The password, or the token of a server that has no users. It is shown nowhere.
    pub password: Option<String>,
}

impl Login {
    /// That of a user, with the password of the environment variable `LOADGEN_PASSWORD`, if it is set.
    pub fn of(user: Option<String>) -> Self {
        Self { user, password: std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty()) }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "hidden");
        f.debug_struct("Login").field("user", &self.user).field("password", &password).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let login = Login { user: Some("alice".to_owned()), password: Some("s3cret".to_owned()) };
        let shown = format!("{login:?}");
        assert!(shown.contains("alice") && !shown.contains("s3cret"), "{shown}");
    }
}
