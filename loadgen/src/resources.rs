//! Does the system have what the clients need? Asked before the run.

use std::fs;

use rlimit::increase_nofile_limit;

use crate::error::RunError;

/// Files that are open besides connections, with some to spare.
const OTHER_FILES: u64 = 64;

/// Raises the limit of file descriptors to the hard one, and looks whether that and the local ports suffice.
///
/// # Errors
///
/// There are too few, and what to do about it.
pub(crate) fn secure(clients: u32) -> Result<(), RunError> {
    let allowed = increase_nofile_limit(u64::MAX)
        .map_err(|source| RunError::System { what: "to raise the limit of file descriptors", source })?;
    let needed = u64::from(clients) + OTHER_FILES;
    if needed > allowed {
        return Err(RunError::Descriptors { clients, needed, allowed });
    }
    // Where the system does not say, the connections will.
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    match ports(&range) {
        Some(ports) if clients > ports => Err(RunError::Ports { clients, ports }),
        _ => Ok(()),
    }
}

/// How many ports there are in a range as the system writes it.
fn ports(range: &str) -> Option<u32> {
    let mut ends = range.split_whitespace().map(str::parse::<u32>);
    match (ends.next(), ends.next()) {
        (Some(Ok(first)), Some(Ok(last))) if first <= last => Some(last - first + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_range_has_both_its_ends() {
        assert_eq!(ports("32768\t60999\n"), Some(28_232));
        assert_eq!(ports(""), None);
        assert_eq!(ports("9 8"), None);
    }

    #[test]
    fn too_few_descriptors_are_named_before_the_run() {
        assert!(matches!(secure(u32::MAX), Err(RunError::Descriptors { .. } | RunError::Ports { .. })));
        assert!(secure(1).is_ok());
    }
}
