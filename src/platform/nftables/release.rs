//! Which release of kube-proxy wrote the tables of a node, by what they contain: where it is another one than rules are
//! compiled for, every difference of the two releases looks like a difference of the node.

use super::NftablesHeld;
use super::codes;
use super::model::{Chain, Destination, Side, Statement, Table};
use super::names::fixed;
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::Family;
use crate::node::{ClusterIpMasquerade, SWITCHES};

/// A warning where a node has tables of another release than the rules are compiled for.
pub(super) fn of_another(held: &NftablesHeld, rules: &RuleSet) -> Option<Diagnostic> {
    if held.is_wanted {
        return None;
    }
    let behavior = &rules.node.behavior.nftables;
    // In the order of their releases.
    let compiled = [
        ("N9", !behavior.firewall_comments),
        ("N1, N2", behavior.pre_dnat_chains),
        ("N5", behavior.cluster_ip_masquerade != ClusterIpMasquerade::Port),
        ("N3", behavior.inline_mark),
        ("N15", behavior.plain_single_endpoint),
    ];
    let tables = Family::ALL.iter().filter_map(|family| held.tables.get(*family).as_ref());
    let shown: Vec<(&str, bool)> = tables.flat_map(shown_by).collect();
    let of_others: Vec<(&str, bool)> =
        compiled.into_iter().filter(|(id, is_compiled)| shown.contains(&(id, !is_compiled))).collect();
    let lacked = of_others.iter().find(|(_, is_compiled)| *is_compiled);
    let (id, is_compiled) = lacked.or(of_others.last())?;
    let switch = SWITCHES.iter().find(|switch| switch.id == *id)?;
    let (is, what) = if *is_compiled { ("older", "lack") } else { ("newer", "have") };
    let message = format!(
        "the node's tables are of a kube-proxy {is} than {}: they {what} the change {id} (since {})",
        rules.node.version.described(),
        switch.releases()
    );
    Some(Diagnostic::new(codes::OTHER_RELEASE, message).help(
        "name the version of its kube-proxy with --kube-proxy-version; until then differences of the two versions show as \
         those of the node",
    ))
}

/// The changes whose presence or absence a table shows.
fn shown_by(table: &Table) -> Vec<(&'static str, bool)> {
    let has = |chain: &str| table.chain(chain).is_some();
    let mut shown = Vec::new();
    if has("filter-output-pre-dnat") != has("filter-output-post-dnat") {
        shown.push(("N1, N2", has("filter-output-pre-dnat")));
    }
    if has(fixed::SERVICES) {
        shown.push(("N3", !has(fixed::MARK)));
    }
    let restricted = table.container(fixed::FIREWALL_IPS).and_then(|map| map.elements.first());
    shown.extend(restricted.map(|element| ("N9", element.comment.is_none())));
    let chains = || table.chains.iter().filter(|chain| is_of_endpoints(chain));
    shown.extend(chains().find_map(compares_address).map(|is_alone| ("N5", is_alone)));
    shown.extend(chains().find_map(is_without_map).map(|is_plain| ("N15", is_plain)));
    shown
}

/// Whether a chain chooses one of the endpoints of a service port.
fn is_of_endpoints(chain: &Chain) -> bool {
    let name = chain.name.as_str();
    chain.name.is_of_service() && (name.starts_with("service-") || name.starts_with("local-"))
}

/// Whether the rule that masquerades traffic to a cluster IP compares its address alone, without protocol and port.
fn compares_address(chain: &Chain) -> Option<bool> {
    let is_address =
        |statement: &Statement| matches!(statement, Statement::Addresses { side: Side::Destination, .. });
    let rule = chain.rules.iter().find(|rule| rule.statements.iter().any(is_address))?;
    Some(!rule.statements.iter().any(|statement| matches!(statement, Statement::Port(..))))
}

/// Whether a chain of a service port with one endpoint translates to it without a map.
fn is_without_map(chain: &Chain) -> Option<bool> {
    let mut statements = chain.rules.iter().flat_map(|rule| &rule.statements);
    statements.find_map(|statement| match statement {
        Statement::Translate(Destination::One(..)) => Some(true),
        Statement::Translate(Destination::Choose(selected)) if selected.of == 1 => Some(false),
        _ => None,
    })
}
