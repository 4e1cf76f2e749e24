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

mod answers;
mod covered;
mod crowd;
mod filling;
mod s02_1_lines;
mod s02_2_fields;
mod s02_3_ends;
mod s02_4_text;
mod s02_5_attributes;
mod s02_6_values;
mod s02_7_faults;
mod s02_7_rows;
mod s02_8_at_a_client;
mod s03_1_greeting;
mod s03_2_first_line;
mod s03_3_before_welcome;
mod s03_4_names;
mod s03_5_tokens;
mod s04_01_requests;
mod s04_02_rate;
mod s04_03_states;
mod s04_04_hello;
mod s04_05_join;
mod s04_06_leave;
mod s04_07_say;
mod s04_08_tell;
mod s04_09_who;
mod s04_10_rooms;
mod s04_11_history;
mod s04_12_auth;
mod s04_13_ping;
mod s04_14_bye;
mod s04_15_search;
mod s05_1_events;
mod s05_2_messages;
mod s05_5_presence;
mod s05_6_crowded;
mod s05_7_gap;
mod s06_1_numbers;
mod s06_2_beginnings;
mod s06_4_slow_readers;
mod s06_5_of_clients;
mod s07_1_errors;
mod s07_4_reconnecting;
mod s08_keep_alive;
mod s09_1_after_bye;
mod s09_2_end_of_input;
mod s09_3_servers_end;
mod s10_1_name_line;
mod s10_2_bounds;
mod s10_2_commands;
mod s10_2_lines;
mod s10_2_search;
mod s10_3_reading;
mod s10_6_ends;
mod s11_limits;
mod s12_extension;
mod s13_security;
mod stopped;
mod trial;
mod words;

use super::{Check, Section};

/// Why requirements of clients have no check.
const CLIENT: &str = "it binds clients, and the suite is one";

/// Why a permission has no check.
const PERMISSION: &str = "it permits, and both ways conform";

/// All of them, in the order of SPEC.md.
pub const SECTIONS: &[Section] = &[
    s02_1_lines::SECTION,
    s02_2_fields::SECTION,
    s02_3_ends::SECTION,
    s02_4_text::SECTION,
    s02_5_attributes::SECTION,
    s02_6_values::SECTION,
    s02_7_rows::SECTION,
    s02_7_faults::SECTION,
    s02_8_at_a_client::SECTION,
    s03_1_greeting::SECTION,
    s03_2_first_line::SECTION,
    s03_3_before_welcome::SECTION,
    s03_4_names::SECTION,
    s03_5_tokens::SECTION,
    s04_01_requests::SECTION,
    s04_02_rate::SECTION,
    s04_03_states::SECTION,
    s04_04_hello::SECTION,
    s04_05_join::SECTION,
    s04_06_leave::SECTION,
    s04_07_say::SECTION,
    s04_08_tell::SECTION,
    s04_09_who::SECTION,
    s04_10_rooms::SECTION,
    s04_11_history::SECTION,
    s04_12_auth::SECTION,
    s04_13_ping::SECTION,
    s04_14_bye::SECTION,
    s04_15_search::SECTION,
    s05_1_events::SECTION,
    s05_2_messages::MSG,
    s05_2_messages::PAST,
    s05_5_presence::SECTION,
    s05_6_crowded::SECTION,
    s05_7_gap::GAP,
    s05_7_gap::NOTE,
    s06_1_numbers::SECTION,
    s06_2_beginnings::SECTION,
    s06_2_beginnings::REPLAY,
    s06_4_slow_readers::SECTION,
    s06_5_of_clients::CHECKS,
    s06_5_of_clients::RESUMING,
    s07_1_errors::SECTION,
    s07_4_reconnecting::SECTION,
    s08_keep_alive::SECTION,
    s09_1_after_bye::SECTION,
    s09_2_end_of_input::SECTION,
    s09_3_servers_end::SECTION,
    s10_1_name_line::SECTION,
    s10_2_lines::SECTION,
    s10_2_commands::SECTION,
    s10_2_bounds::SECTION,
    s10_2_search::SECTION,
    s10_3_reading::SECTION,
    s10_6_ends::SECTION,
    s10_6_ends::SILENCE,
    s11_limits::SECTION,
    s12_extension::SECTION,
    s13_security::SECTION,
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
