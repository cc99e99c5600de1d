//! Which files of a folder of collected logs hold dumps, and what their names tell.

use super::document::List;

/// The dumps that the log collector of Microsoft's SDN scripts writes, among many other files.
const COLLECTED: [&str; 8] = [
    "policy.txt",
    "endpoint.txt",
    "network.txt",
    "networkdetailed.txt",
    "hnsdiag.txt",
    "vfpoutput.txt",
    "vfprules.txt",
    "ports.txt",
];

/// Whether a file with this name (not path) may hold a dump, in any case of letters.
#[must_use]
pub fn is_dump(name: &str) -> bool {
    let ends_in_json = name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("json"));
    ends_in_json || COLLECTED.iter().any(|collected| collected.eq_ignore_ascii_case(name))
}

/// Whether the log collector makes a file with this name; such a file lists all objects of its kind.
pub(super) fn is_collected(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    COLLECTED.iter().any(|collected| collected.eq_ignore_ascii_case(name))
}

/// What a file with this name lists, as far as the name tells: `policy.txt`, `win-1.endpoints.json`.
pub(super) fn list_of(path: &str) -> Option<List> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["policy", "policies", "balancer"]) {
        Some(List::LoadBalancers)
    } else if has(&["endpoint"]) {
        Some(List::Endpoints)
    } else if has(&["network"]) {
        Some(List::Networks)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_logs_are_no_dumps() {
        for name in ["policy.txt", "NetworkDetailed.txt", "hnsdiag.txt", "ports.txt", "lbs.JSON"] {
            assert!(is_dump(name), "{name}");
        }
        for name in ["routes.txt", "xpolicy.txt", "policy.txt.bak", "json", "a/policy.txt"] {
            assert!(!is_dump(name), "{name}");
        }
    }
}
