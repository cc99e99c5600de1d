//! Promise: every row of the table of versions has evidence. A recorded change has recordings of releases on both sides of
//! it that differ, a read one says where; and a row without either fails here.

use std::collections::BTreeMap;

use hnsplan::node::{Behavior, Change, Evidence, FeatureGates, GATES, SWITCHES, Switch, Version};

use crate::support::case::{RELEASES, equals};

/// How a row is proven.
enum Proof {
    /// A recording that differs in each release that has the change first.
    Recording(&'static str),
    /// Inputs of a test, of which the answers were recorded and are written there.
    Test(&'static str, &'static str),
    /// Releases whose sources were read.
    Sources(&'static str),
}

use Proof::{Recording, Sources, Test};

const PROOFS: &[(&str, Proof)] = &[
    ("V1", Test("tests/it/platform/iptables/versions.rs", "v1_invalid_packets_are_counted_since_1_31")),
    ("V5", Recording("123-lb-source-ranges-any/iptables.ipv4.rules")),
    ("V6", Recording("116-sloppy-ips/iptables.ipv4.rules")),
    ("V7", Recording("x02-dup-local-then-remote/iptables.ipv4.rules")),
    (
        "V7, order",
        Test(
            "tests/it/platform/iptables/versions.rs",
            "v7_endpoints_are_sorted_by_all_their_addresses_in_1_30_only",
        ),
    ),
    ("V8", Recording("115-wrong-family-in-slice/iptables.ipv4.rules")),
    ("V9", Recording("x09-service-label-headless-only/iptables.ipv4.rules")),
    ("V10", Sources("1.30.5, 1.31.10")),
    ("V14", Sources("1.33.13, 1.34.1")),
    ("V15", Sources("1.32.13, 1.33.2")),
    ("V16", Sources("1.33.13, 1.34.1")),
    ("Conntrack", Sources("1.31.14, 1.32.3")),
    ("Retry", Sources("1.33.13, 1.34.1")),
    ("N18, start", Sources("1.32.13, 1.33.2")),
    ("N18, listing", Sources("1.33.10, 1.33.11, 1.34.6, 1.34.7, 1.35.3, 1.35.4")),
    ("N20", Sources("1.30.5, 1.31.10")),
    ("N20, kernel", Sources("1.32.13, 1.33.2")),
    ("Windows, pause", Sources("1.34.9, 1.35.2")),
    (
        "V10, zero CIDR",
        Test("tests/it/platform/iptables/versions.rs", "v10_node_port_addresses_may_be_primary_since_1_31"),
    ),
    ("V12", Recording("x15-externalips-gate-off/iptables.ipv4.rules")),
    ("API, kubelet", Sources("1.32.6, 1.33.5")),
    ("API, addresses", Sources("1.35.3, 1.36.2")),
    ("N1, N2", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N3", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N4", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N5", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N5, set", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N6", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N7", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N8", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N9", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("N10", Recording("001-clusterip-1ep/nftables.ipv4.nft")),
    ("Windows, start", Recording("104-win-restart-existing/hns.l2bridge.json")),
    ("Windows, modify 16", Sources("1.34.9, 1.35.2")),
    ("Windows, remote endpoint", Recording("x23-win-dup-remote-first/hns.l2bridge.json")),
    ("Windows, own addresses", Recording("027-lb-ipmode-proxy/hns.l2bridge.json")),
    ("Windows, internal port", Recording("109-targetport-number-mismatch/hns.l2bridge.json")),
    ("Windows, local endpoint", Recording("x23-win-dup-remote-first/hns.l2bridge.json")),
];

/// The recorded releases next to each of those that have a change first: the last one before it and the first one after, of
/// the same minor version where there is one.
fn sides(switch: &Switch) -> Vec<(&'static str, &'static str)> {
    let has = |release: &&str| switch.is_in(release.parse::<Version>().expect("it is a version"));
    let mut found = Vec::new();
    for pair in RELEASES.windows(2) {
        if !has(&pair[0]) && has(&pair[1]) {
            found.push((pair[0], pair[1]));
        }
    }
    found
}

fn version(text: &str) -> Version {
    text.parse().expect("it is a version")
}

/// The last release without a change and the first one with it, of each minor version in which it came.
fn steps(switch: &Switch) -> Vec<(String, String)> {
    let of = |release: &str| {
        let (minor, patch) = match release.split('.').collect::<Vec<_>>()[..] {
            [_, minor, patch] => (minor.parse::<u8>(), patch.parse::<u8>()),
            [_, minor] => (minor.parse(), Ok(0)),
            _ => panic!("{release}"),
        };
        let (minor, patch) = (minor.expect("a number"), patch.expect("a number"));
        let before = match patch.checked_sub(1) {
            Some(patch) => format!("1.{minor}.{patch}"),
            None => format!("1.{}.0", minor - 1),
        };
        (before, format!("1.{minor}.{patch}"))
    };
    switch.releases().split(", ").map(of).collect()
}

/// Both sides of each release, patches included: the behaviour of the two differs in what the row says.
#[test]
fn every_row_that_changes_rules_acts_on_both_sides_of_each_of_its_releases() {
    let behavior = |of: &str| Behavior::of(version(of), &FeatureGates::default());
    for switch in SWITCHES {
        for (before, after) in steps(switch) {
            assert!(!switch.is_in(version(&before)) && switch.is_in(version(&after)), "{}", switch.id);
            let [one, other] = [&before, &after].map(|of| behavior(of));
            let sentences: Vec<String> = Change::between(&one, &other)
                .map(|change| change.sentence(version(&before), version(&after)))
                .collect();
            let named = sentences.iter().any(|sentence| sentence.contains(switch.title));
            assert_eq!(named, switch.changes_rules, "{} from {before} to {after}: {sentences:?}", switch.id);
        }
    }
}

#[test]
fn every_row_has_evidence() {
    let proofs: BTreeMap<&str, &Proof> = PROOFS.iter().map(|(id, proof)| (*id, proof)).collect();
    assert_eq!(proofs.len(), PROOFS.len());
    let mut seen = 0;
    for switch in SWITCHES {
        let id = switch.id;
        match (switch.evidence, proofs.get(id)) {
            (Evidence::Recorded, Some(Recording(file))) => {
                let alike = equals().get(*file).unwrap_or_else(|| panic!("{id}: {file} is not recorded"));
                let of = |release: &str| alike.iter().position(|group| group.releases.contains(&release));
                let sides = sides(switch);
                assert!(!sides.is_empty(), "{id}: no releases on both sides were recorded");
                for (before, after) in sides {
                    // A release that was not recorded with the file says nothing; the first side at least differs.
                    let (Some(one), Some(other)) = (of(before), of(after)) else {
                        panic!("{id}: {file} was not recorded in {before} and {after}")
                    };
                    assert_ne!(one, other, "{id}: {file} is the same in {before} and {after}");
                    seen += 1;
                }
            }
            (Evidence::Recorded | Evidence::Read, Some(Test(file, name))) => {
                let text =
                    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{id}: {file}: {error}"));
                assert!(text.contains(&format!("fn {name}()")), "{id}: {file} has no test {name}");
            }
            (Evidence::Read, Some(Sources(releases))) => {
                let read: Vec<Version> = releases.split(", ").map(version).collect();
                for (before, after) in steps(switch) {
                    let of_minor = |of: &str| of.rsplit_once('.').expect("it has a patch").0.to_owned();
                    let sides =
                        [read.iter().any(|of| !switch.is_in(*of)), read.iter().any(|of| switch.is_in(*of))];
                    assert_eq!(sides, [true; 2], "{id}: no sources on both sides were read");
                    let named = releases
                        .split(", ")
                        .any(|of| [&before, &after].iter().any(|side| of_minor(of) == of_minor(side)));
                    assert!(named, "{id}: no sources of {before} or {after} were read");
                }
            }
            (Evidence::Read, None) => {
                assert!(switch.pull_request.is_some(), "{id}: a row of PROOFS is missing");
            }
            // What came after the newest recorded version.
            (Evidence::NotRecorded, None) => {
                assert!(switch.pull_request.is_some(), "{id}: it has no pull request");
                let after =
                    steps(switch).into_iter().all(|(_, after)| version(&after).is_newer_than_recorded());
                assert!(after, "{id} is in a version that was recorded");
            }
            _ => panic!(
                "{id}: a row of PROOFS with its evidence is missing, or another kind of evidence than it says"
            ),
        }
    }
    assert!(seen > 10, "{seen}");
    for (id, _) in PROOFS {
        assert!(SWITCHES.iter().any(|switch| switch.id == *id), "{id} is no row");
    }
}

/// The one list of what must change in which release is the recordings themselves: where two neighbouring releases differ, a
/// row says so. What only Windows has does not explain texts of iptables, and the reverse.
#[test]
fn every_difference_between_recordings_has_a_row() {
    for (file, alike) in equals() {
        let (is_windows, is_nftables) = (file.contains("/hns."), file.contains("/nftables."));
        for pair in RELEASES.windows(2) {
            let of = |release: &str| alike.iter().position(|group| group.releases.contains(&release));
            let (Some(one), Some(other)) = (of(pair[0]), of(pair[1])) else { continue };
            if one == other {
                continue;
            }
            let versions = [pair[0], pair[1]].map(|text| text.parse::<Version>().expect("it is a version"));
            let explains = |switch: &&Switch| {
                switch.is_in(versions[0]) != switch.is_in(versions[1])
                    && (is_windows || !switch.id.starts_with("Windows"))
                    && (is_nftables || !switch.id.starts_with('N'))
            };
            // What is on in the oldest release is on in all.
            let gates = GATES.iter().filter_map(|gate| format!("1.{}", gate.on).parse::<Version>().ok());
            let gates = gates.into_iter().any(|on| (versions[0] >= on) != (versions[1] >= on));
            assert!(SWITCHES.iter().any(|switch| explains(&switch)) || gates, "{file}: {pair:?}");
        }
    }
}
