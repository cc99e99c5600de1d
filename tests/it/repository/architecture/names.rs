//! No module outside of `platform` depends on one platform, so that a new one changes no other file.

use super::all_uses;
use crate::repository::architecture::source;

/// Modules that know platforms by their traits only.
const NEUTRAL: [&str; 14] = [
    "capture", "replay", "rollout", "trace", "lint", "graph", "sheet", "check", "apply", "diff", "document",
    "render", "suite", "shell",
];

/// Files that name a platform all the same, each with its reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    (
        "render/explain/service",
        "explain --service describes how kube-proxy on Windows reads a Service, which is about HNS",
    ),
    (
        "render/check/text",
        "a note about iptables rules on a Windows node is left out where nodes are compared on purpose",
    ),
];

fn names_a_platform(path: &str) -> bool {
    let platforms = std::fs::read_dir(source().join("platform")).expect("the sources can be read");
    let mut platforms = platforms.map(|entry| entry.expect("the sources can be read").path());
    platforms.any(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let own = format!("platform::{name}");
        folder.is_dir() && (path == own || path.starts_with(&format!("{own}::")))
    })
}

#[test]
fn no_file_outside_of_platform_names_one() {
    let mut wrong = Vec::new();
    let mut needed = Vec::new();
    for (file, uses) in all_uses() {
        let top = file.split('/').next().unwrap_or_default();
        if !NEUTRAL.contains(&top) && top != "cli" {
            continue;
        }
        let Some(path) = uses.iter().find(|path| names_a_platform(path)) else { continue };
        match EXCEPTIONS.iter().find(|(known, _)| *known == file) {
            Some((known, _)) => needed.push(*known),
            None => wrong.push(format!("src/{file}.rs uses {path}: ask the platform by its traits instead")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (known, _) in EXCEPTIONS {
        assert!(needed.contains(&known), "src/{known}.rs names no platform: take it out of the exceptions");
    }
}
