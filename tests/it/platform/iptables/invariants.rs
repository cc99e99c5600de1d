//! Promise: whatever the objects are, the text is consistent: every jump has its chain, the families are
//! separate, and the text is read back as the rules that it was written from.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hnsplan::net::Family;
use hnsplan::platform::iptables;
use proptest::prelude::*;

use crate::support::cases::config;
use crate::support::clusters::{cluster, version};
use crate::support::restore_text::{Table, tables};
use crate::support::run::diff;

/// Chains that may be empty, since kube-proxy declares them in any case.
const FIXED: [&str; 8] = [
    "KUBE-SERVICES",
    "KUBE-EXTERNAL-SERVICES",
    "KUBE-FORWARD",
    "KUBE-NODEPORTS",
    "KUBE-PROXY-FIREWALL",
    "KUBE-FIREWALL",
    "KUBE-POSTROUTING",
    "KUBE-MARK-MASQ",
];

fn check_chains(table: &Table) -> Result<(), TestCaseError> {
    let declared: BTreeSet<&str> = table.chains.iter().map(String::as_str).collect();
    prop_assert_eq!(declared.len(), table.chains.len(), "a chain is declared twice");
    let filled: BTreeSet<&str> = table.rules.iter().map(|rule| rule.chain.as_str()).collect();
    let targets: BTreeSet<&str> = table
        .rules
        .iter()
        .filter_map(|rule| rule.target())
        .filter(|target| target.starts_with("KUBE-"))
        .collect();
    for target in &targets {
        prop_assert!(declared.contains(target), "{} is jumped to, but not declared", target);
        prop_assert!(filled.contains(target) || FIXED.contains(target), "{} is jumped to, but empty", target);
    }
    for chain in filled.iter().chain(&declared) {
        prop_assert!(declared.contains(chain), "{} has rules, but is not declared", chain);
        prop_assert!(targets.contains(chain) || FIXED.contains(chain), "nothing jumps to {}", chain);
    }
    Ok(())
}

/// Every address of a rule, wherever it stands.
fn addresses(table: &Table) -> Vec<IpAddr> {
    let options = ["-s", "-d", "--to-destination"];
    let values = table.rules.iter().flat_map(|rule| options.iter().filter_map(|option| rule.value(option)));
    let address = |text: &str| {
        let bare = text.strip_prefix('[').map_or(text, |text| text.split(']').next().unwrap_or_default());
        let bare = bare.split('/').next().unwrap_or_default();
        bare.parse().or_else(|_| bare.rsplit_once(':').unwrap_or_default().0.parse())
    };
    values.map(|text| address(text).unwrap_or_else(|error| panic!("{text}: {error}"))).collect()
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn every_jump_leads_to_a_chain_and_every_chain_is_reached(cluster in cluster(), version in version()) {
        for text in cluster.run(version).texts() {
            for table in tables(&text) {
                check_chains(&table)?;
            }
        }
    }

    #[test]
    fn a_text_has_addresses_of_its_own_family_only(cluster in cluster(), version in version()) {
        for (family, text) in Family::ALL.into_iter().zip(cluster.run(version).texts()) {
            for address in tables(&text).iter().flat_map(addresses) {
                prop_assert_eq!(Family::of(address), family, "{}", address);
            }
        }
    }

    #[test]
    fn no_packet_falls_through_a_pool_and_its_endpoints_share_alike(cluster in cluster(), version in version()) {
        for text in cluster.run(version).texts() {
            let tables = tables(&text);
            let nat = crate::support::restore_text::table(&tables, "nat");
            for chain in nat.chains.iter().filter(|name| name.starts_with("KUBE-SV")) {
                let last = nat.rules_of(chain).last().expect("a hashed chain has rules");
                prop_assert!(!last.has("--probability") && !last.has("--rcheck"), "{} may fall through", chain);
                let chances = nat.rules_of(chain).filter_map(|rule| rule.value("--probability"));
                let chances: Vec<f64> = chances.map(|chance| chance.parse().expect("a number")).collect();
                let count = chances.len();
                for (index, chance) in chances.into_iter().enumerate() {
                    let wanted = 1.0 / f64::from(u32::try_from(count + 1 - index).expect("few endpoints"));
                    prop_assert!((chance - wanted).abs() < 1e-9, "{}: {} is not {}", chain, chance, wanted);
                }
            }
        }
    }

    #[test]
    fn the_text_written_at_once_is_that_of_the_model(cluster in cluster(), version in version()) {
        let compiled = cluster.run(version).compile();
        for family in Family::ALL {
            let at_once = iptables::restore_text(&compiled.rules, family).to_string();
            let by_model = iptables::write(&iptables::lower(&compiled.rules, family));
            prop_assert!(at_once == by_model, "{}", diff(&by_model, &at_once));
        }
    }

    #[test]
    fn what_is_written_is_read_back(cluster in cluster(), version in version(), jumps in any::<bool>()) {
        let compiled = cluster.run(version).compile();
        for family in Family::ALL {
            let text = if jumps { compiled.iptables_with_jumps(family) } else { compiled.iptables(family).to_string() };
            let (rules, problems) = iptables::read(&text, family);
            prop_assert!(problems.is_empty(), "{:?}", problems);
            let again = iptables::write(&rules);
            prop_assert!(text == again, "{}", diff(&text, &again));
            if !jumps {
                prop_assert_eq!(rules, iptables::lower(&compiled.rules, family));
            }
        }
    }
}
