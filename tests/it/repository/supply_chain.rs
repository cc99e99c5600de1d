//! Promise: every dependency comes from the registry, with a checksum; its licence is one that goes with Apache-2.0; and none
//! is there twice without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Licences that ask for a notice at most.
const LICENCES: [&str; 9] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// What is there in two versions, and why: none of these is in the program twice but where its users disagree.
const TWICE: [(&str, &str); 7] = [
    ("foldhash", "hashbrown of two generations"),
    ("getrandom", "tempfile and ahash of tests"),
    ("hashbrown", "indexmap and petgraph"),
    ("nix", "ctrlc, and network namespaces of tests"),
    ("r-efi", "getrandom for a system that is not built for"),
    ("similar", "insta of tests"),
    ("syn", "macros of two generations"),
];

/// The packages of the lock file: name, and its lines.
fn locked() -> Vec<(String, BTreeMap<String, String>)> {
    let text = std::fs::read_to_string("Cargo.lock").expect("it is there");
    let packages = text.split("[[package]]").skip(1).map(|package| {
        let fields = package.lines().filter_map(|line| line.split_once(" = "));
        let fields: BTreeMap<String, String> =
            fields.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect();
        (fields["name"].clone(), fields)
    });
    packages.collect()
}

#[test]
fn every_dependency_is_of_the_registry_and_has_a_checksum() {
    let packages = locked();
    for (name, fields) in packages.iter().filter(|(name, _)| name != "hnsplan") {
        let source = fields.get("source").map(String::as_str);
        assert_eq!(source, Some("registry+https://github.com/rust-lang/crates.io-index"), "{name}");
        let checksum = fields.get("checksum").unwrap_or_else(|| panic!("{name} has no checksum"));
        assert!(checksum.len() == 64 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    }
    assert!(packages.len() > 50);
}

#[test]
fn what_is_there_twice_has_a_reason() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in locked() {
        *counts.entry(name).or_default() += 1;
    }
    let twice: BTreeSet<&str> =
        counts.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name.as_str()).collect();
    let listed: BTreeSet<&str> = TWICE.iter().map(|(name, _)| *name).collect();
    assert_eq!(twice, listed, "a dependency came twice, or one of those that are listed no longer does");
}

/// Whether one way of an expression has licences of the list only: `MIT OR Apache-2.0`, `(MIT OR Apache-2.0) AND Unicode-3.0`.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let any = |part: &str| part.split(" OR ").any(|one| LICENCES.contains(&one.trim()));
    plain.split(" AND ").all(any)
}

#[test]
fn licences_are_read_as_expressions() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "Unlicense OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 OR BSL-1.0",
    ] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-2.0-only", "MPL-2.0", "Unlicense", "(MIT OR GPL-3.0) AND SSPL-1.0"]
    {
        assert!(!is_allowed(bad), "{bad}");
    }
}

/// The packages as cargo knows them, of all systems that are there on this machine.
fn metadata() -> Option<Value> {
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let run = |more: &[&str]| {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--offline", "--format-version", "1"])
            .args(more)
            .output()
            .ok()?;
        cargo.status.success().then(|| serde_json::from_slice(&cargo.stdout).ok()).flatten()
    };
    run(&[]).or_else(|| run(&["--filter-platform", &host]))
}

#[cfg(target_os = "linux")]
#[test]
fn every_licence_goes_with_that_of_the_project() {
    let Some(metadata) = metadata() else {
        return crate::support::skip::skip("the packages are not on this machine: run cargo fetch --locked");
    };
    let packages = metadata["packages"].as_array().expect("a list");
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence), "{}: `{licence}`", package["name"]);
    }
    assert!(packages.len() > 50);
}
