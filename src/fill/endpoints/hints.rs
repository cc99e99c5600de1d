//! Hints: from which zones and nodes an endpoint is to be used (recorded from Kubernetes 1.36).

use std::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::existing::Existing;
use super::ports::SlicePort;
use crate::fill::pod::Nodes;
use crate::manifest::AnyObject;

/// How much more load than its share a zone may get.
const OVERLOAD: f64 = 1.2;

/// Adds the hints that a Service asks for, by an annotation or by `trafficDistribution`. The annotation wins, also
/// where it leads to no hints.
pub(super) fn add(
    service: &AnyObject,
    groups: &mut BTreeMap<Vec<SlicePort>, Vec<Endpoint<'_>>>,
    nodes: &Nodes,
    existing: &[Existing<'_>],
) {
    let annotation = ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"]
        .into_iter()
        .map(|key| service.text(&["metadata", "annotations", key]))
        .find(|value| !value.is_empty());
    let mut ready: Vec<&mut Endpoint<'_>> =
        groups.values_mut().flatten().filter(|endpoint| endpoint.is_ready).collect();
    if matches!(annotation, Some("Auto" | "auto")) {
        ready.sort_by(|a, b| (&a.addresses, &a.pod.name).cmp(&(&b.addresses, &b.pod.name)));
        by_capacity(&mut ready, nodes, existing);
        return;
    }
    let distribution = service.text(&["spec", "trafficDistribution"]);
    for endpoint in ready {
        match distribution {
            "PreferClose" | "PreferSameZone" => endpoint.for_zone.clone_from(&endpoint.zone),
            "PreferSameNode" => {
                endpoint.for_zone.clone_from(&endpoint.zone);
                endpoint.for_node.clone_from(&endpoint.pod.spec.node_name);
            }
            _ => {}
        }
    }
}

/// Gives each zone endpoints by its share of the CPUs, if no zone gets too much more than its share.
/// Hints that are there and keep within that are kept.
fn by_capacity(ready: &mut [&mut Endpoint<'_>], nodes: &Nodes, existing: &[Existing<'_>]) {
    let Some(shares) = shares(nodes) else { return };
    if ready.iter().any(|endpoint| endpoint.zone.is_none()) {
        return;
    }
    let Some(mut zones) = Zone::all(&shares, ready.len()) else { return };
    if let Some(hints) = kept(ready, &zones, existing) {
        for (endpoint, hint) in ready.iter_mut().zip(hints) {
            endpoint.for_zone = Some(hint);
        }
        return;
    }
    for endpoint in ready.iter_mut() {
        let zone = endpoint.zone.as_deref().unwrap_or_default();
        if let Some(zone) = zones.iter_mut().find(|of| of.name == zone) {
            zone.has += 1;
        }
        endpoint.for_zone.clone_from(&endpoint.zone);
    }
    while let Some((from, to)) = next_move(&zones) {
        let (giver, taker) = (zones[from].name, zones[to].name);
        let moved = ready.iter_mut().rev().find(|endpoint| endpoint.for_zone.as_deref() == Some(giver));
        let Some(moved) = moved else { return };
        moved.for_zone = Some(taker.to_owned());
        zones[from].has -= 1;
        zones[to].has += 1;
    }
}

/// The hints of all ready endpoints, if each has one and no zone has more than it may.
fn kept(ready: &[&mut Endpoint<'_>], zones: &[Zone<'_>], existing: &[Existing<'_>]) -> Option<Vec<String>> {
    let hint = |endpoint: &Endpoint<'_>| existing.iter().find_map(|slice| slice.hint(endpoint));
    let hints: Vec<&str> = ready.iter().map(|endpoint| hint(endpoint)).collect::<Option<_>>()?;
    let spare = count(ready.len()) - zones.iter().map(|zone| zone.minimum).sum::<f64>();
    let fits = |zone: &Zone<'_>| {
        let has = hints.iter().filter(|hint| **hint == zone.name).count();
        count(has) <= zone.minimum + spare
    };
    let are_known = hints.iter().all(|hint| zones.iter().any(|zone| zone.name == *hint));
    (are_known && zones.iter().all(fits)).then(|| hints.into_iter().map(str::to_owned).collect())
}

/// A zone that counts.
#[derive(Debug)]
struct Zone<'n> {
    name: &'n str,
    /// How many endpoints keep it from being overloaded.
    minimum: f64,
    /// How many endpoints it should have.
    target: f64,
    has: usize,
}

impl<'n> Zone<'n> {
    /// The zones with their targets for a number of endpoints; `None` where some zone would be overloaded.
    fn all(shares: &BTreeMap<&'n str, f64>, endpoints: usize) -> Option<Vec<Self>> {
        let number = count(endpoints);
        let minimum = |share: f64| (share * number / OVERLOAD).ceil();
        let minima: f64 = shares.values().map(|share| minimum(*share)).sum();
        if endpoints < shares.len() || minima > number {
            return None;
        }
        let zone = |(name, share): (&&'n str, &f64)| {
            let minimum = minimum(*share);
            Self { name, minimum, target: (share * number).max(minimum), has: 0 }
        };
        Some(shares.iter().map(zone).collect())
    }

    fn surplus(&self) -> f64 {
        count(self.has) - self.target
    }
}

/// The zones with the largest surplus and the largest lack, while a whole endpoint is worth moving.
fn next_move(zones: &[Zone<'_>]) -> Option<(usize, usize)> {
    let by_surplus = |a: &usize, b: &usize| zones[*a].surplus().total_cmp(&zones[*b].surplus());
    let from = (0..zones.len()).rev().max_by(by_surplus)?;
    let to = (0..zones.len()).min_by(by_surplus)?;
    let (surplus, lack) = (zones[from].surplus(), -zones[to].surplus());
    (surplus >= 0.5 && lack >= 0.5 && surplus.max(lack) >= 1.0).then_some((from, to))
}

/// Each zone's share of the CPUs of the nodes that count; `None` where one of them does not tell, or in one zone only.
fn shares(nodes: &Nodes) -> Option<BTreeMap<&str, f64>> {
    let mut zones: BTreeMap<&str, u64> = BTreeMap::new();
    for node in nodes.values().filter(|node| node.counts) {
        *zones.entry(node.zone.as_deref()?).or_default() += node.milli_cpu?;
    }
    let total: u64 = zones.values().sum();
    (zones.len() > 1).then(|| zones.into_iter().map(|(zone, cpu)| (zone, ratio(cpu, total))).collect())
}

#[expect(clippy::cast_precision_loss, reason = "the controller computes with the same rounding")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of endpoints are small")]
fn count(number: usize) -> f64 {
    number as f64
}
