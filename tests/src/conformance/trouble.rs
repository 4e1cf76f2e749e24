//! Why a check did not come to its end.

/// What a check returns.
pub type Outcome<T = ()> = Result<T, Trouble>;

/// Why a check stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server broke a requirement.
    Failed(Box<Failure>),
    /// It cannot be played against this server, or not with what is known of it. The reason.
    Skipped(String),
    /// The server had no place for one more connection.
    NoPlace,
}

/// A requirement that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its id.
    pub requirement: &'static str,
    /// The check that found it.
    pub check: &'static str,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub got: String,
    /// What went by before, one line each, with times and labels.
    pub log: Vec<String>,
}
