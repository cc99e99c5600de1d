//! Promise: whatever the objects are, a table is consistent: what rules and elements lead to is declared, what is declared for
//! a Service is led to, and no name or comment is more than nft takes.

use std::collections::BTreeSet;

use hnsplan::net::Family;
use hnsplan::platform::nftables::lower_with_claims;
use hnsplan::platform::nftables::model::{Comment, Name, Rule, Table};
use proptest::prelude::*;

use crate::support::cases::config;
use crate::support::clusters::{cluster, version};

fn check(table: &Table, is_contested: bool) -> Result<(), TestCaseError> {
    let mut declared: BTreeSet<&str> = BTreeSet::new();
    let names = table.chains.iter().map(|chain| &chain.name);
    for name in names.chain(table.containers.iter().map(|of| &of.name)) {
        prop_assert!(declared.insert(name.as_str()), "{} is declared twice", name);
        prop_assert!(Name::new(name.as_str()).is_some(), "{} is no name", name);
        prop_assert!(name.as_str().len() <= 249, "{} is longer than kube-proxy makes names", name);
    }
    let rules = || table.chains.iter().flat_map(|chain| &chain.rules);
    let elements = || table.containers.iter().flat_map(|of| &of.elements);
    let by_elements = elements().filter_map(|element| element.verdict.as_ref()?.chain());
    let chains: BTreeSet<&str> =
        rules().flat_map(Rule::chains).chain(by_elements).map(Name::as_str).collect();
    let containers: BTreeSet<&str> = rules().flat_map(Rule::containers).map(Name::as_str).collect();
    for name in chains.iter().chain(&containers) {
        prop_assert!(declared.contains(name), "{} is led to, and not declared", name);
    }
    for chain in table.chains.iter().filter(|chain| chain.name.is_of_service()) {
        // Of two Services with one address and port only one is led to.
        let is_led_to = is_contested || chains.contains(chain.name.as_str());
        prop_assert!(is_led_to, "nothing leads to {}", chain.name);
        prop_assert!(!chain.rules.is_empty(), "{} is empty", chain.name);
    }
    for container in table.containers.iter().filter(|of| of.name.is_of_service()) {
        prop_assert!(containers.contains(container.name.as_str()), "nothing looks into {}", container.name);
    }
    for container in &table.containers {
        let keys: BTreeSet<_> = container.elements.iter().map(|element| &element.key).collect();
        prop_assert_eq!(keys.len(), container.elements.len(), "{} has a key twice", container.name);
    }
    let comments = rules().filter_map(|rule| rule.comment.as_ref());
    let fixed = comments.chain(table.chains.iter().filter_map(|chain| chain.comment.as_ref()));
    for comment in fixed {
        prop_assert!(comment.as_str().len() <= Comment::LONGEST, "{}", comment.as_str());
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn a_table_is_consistent(cluster in cluster(), version in version()) {
        let rules = cluster.run(version).compile().rules;
        for family in Family::ALL {
            let (table, claims) = lower_with_claims(&rules, family);
            check(&table, !claims.is_empty())?;
        }
    }
}
