//! The checks, in a file for each section of SPEC.md, and the reasons why some requirements have none.

/// `check!(name: "4.7/8", …)` is the check that the function `name` plays, which asserts these requirements.
macro_rules! check {
    ($play:ident: $($requirement:literal),+ $(,)?) => {
        $crate::conformance::Check::new(stringify!($play), &[$($requirement),+], $play)
    };
}

/// `unseen!("reason" => "3.1/3", …)` are requirements without a check, and why.
macro_rules! unseen {
    ($reason:expr => $($requirement:literal),+ $(,)?) => {
        $crate::conformance::Unseen { requirements: &[$($requirement),+], reason: $reason }
    };
}

mod covered;
mod crowd;
mod filling;
#[cfg(test)]
mod not_yet;
mod s02_1_lines;
mod s03_1_greeting;
mod s06_1_numbers;
mod s06_2_beginnings;
mod s06_4_slow_readers;
mod s06_5_of_clients;
mod s08_keep_alive;
mod s09_1_after_bye;
mod s09_2_end_of_input;
mod s09_3_servers_end;
mod s10_1_name_line;
mod s10_2_bounds;
mod s10_2_commands;
mod s10_2_lines;
mod s10_3_reading;
mod s10_6_ends;
mod s11_limits;
mod s12_extension;
mod words;

#[cfg(test)]
pub(super) use not_yet::NOT_YET;

use super::{Check, Section};

/// Why requirements of clients have no check.
const CLIENT: &str = "it binds clients, and the suite is one";

/// Why a permission has no check.
const PERMISSION: &str = "it permits, and both ways conform";

/// All of them, in the order of SPEC.md.
pub const SECTIONS: &[Section] = &[
    s02_1_lines::SECTION,
    s03_1_greeting::SECTION,
    s06_1_numbers::SECTION,
    s06_2_beginnings::SECTION,
    s06_4_slow_readers::SECTION,
    s06_5_of_clients::CHECKS,
    s06_5_of_clients::RESUMING,
    s08_keep_alive::SECTION,
    s09_1_after_bye::SECTION,
    s09_2_end_of_input::SECTION,
    s09_3_servers_end::SECTION,
    s10_1_name_line::SECTION,
    s10_2_lines::SECTION,
    s10_2_commands::SECTION,
    s10_2_bounds::SECTION,
    s10_3_reading::SECTION,
    s10_6_ends::SECTION,
    s10_6_ends::SILENCE,
    s11_limits::SECTION,
    s12_extension::SECTION,
];

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    SECTIONS.iter().flat_map(|section| section.checks)
}

/// Why a requirement has no check, if it has none.
pub fn unseen(id: &str) -> Option<&'static str> {
    let unseen = SECTIONS.iter().flat_map(|section| section.unseen);
    unseen.filter(|unseen| unseen.requirements.contains(&id)).map(|unseen| unseen.reason).next()
}
