//! Which families a Service gets in a cluster (recorded from Kubernetes 1.36, in four kinds of cluster).

use serde_json::{Map, Value};

use super::refused::Refused;
use crate::fill::codes;
use crate::name::printable;
use crate::net::{Family, parse_ip};

/// What a Service asks of its families, as it is written.
#[derive(Debug)]
struct Asked<'s> {
    families: Vec<&'s str>,
    addresses: Vec<&'s str>,
    policy: Option<&'s str>,
    is_headless: bool,
    has_selector: bool,
}

/// The families in their order, and the policy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Families {
    pub(super) families: Vec<Family>,
    pub(super) policy: String,
}

/// Decides as the API server of a cluster with these service ranges. The first range's family is the default.
pub(super) fn decide(spec: &Map<String, Value>, ranges: &[Family]) -> Result<Families, Vec<Refused>> {
    let asked = Asked::of(spec);
    let contradictions = asked.contradictions();
    if !contradictions.is_empty() {
        return Err(contradictions);
    }
    // A headless Service without selector has no endpoints of the controller: both families are free to use.
    if asked.is_headless && !asked.has_selector {
        return Ok(asked.headless_without_selector(ranges[0]));
    }
    asked.selected(ranges)
}

impl<'s> Asked<'s> {
    fn of(spec: &'s Map<String, Value>) -> Self {
        let texts = |key: &str| -> Vec<&'s str> {
            let list = spec.get(key).and_then(Value::as_array).into_iter().flatten();
            list.map(|item| item.as_str().unwrap_or_default()).collect()
        };
        let text = |key: &str| spec.get(key).and_then(Value::as_str);
        let addresses = match texts("clusterIPs") {
            none if none.is_empty() => text("clusterIP").into_iter().collect(),
            addresses => addresses,
        };
        Self {
            families: texts("ipFamilies"),
            is_headless: addresses.first() == Some(&"None"),
            addresses,
            policy: text("ipFamilyPolicy"),
            has_selector: spec.contains_key("selector"),
        }
    }

    fn wants_two(&self) -> bool {
        matches!(self.policy, Some("PreferDualStack" | "RequireDualStack"))
    }

    /// What is refused in every cluster.
    fn contradictions(&self) -> Vec<Refused> {
        let mut refused = Vec::new();
        for (index, family) in self.families.iter().enumerate() {
            if self.families[..index].contains(family) {
                refused.push(Refused::new(
                    codes::FAMILIES_REFUSED,
                    format!("spec.ipFamilies[{index}]"),
                    format!("{} is listed twice", printable(family)),
                    "each family once",
                ));
            }
        }
        for (index, address) in self.addresses.iter().enumerate().filter(|_| !self.is_headless) {
            let expected = self.families.get(index);
            match strict_family(address) {
                None => refused.push(Refused::new(
                    codes::CLUSTER_IP_REFUSED,
                    format!("spec.clusterIPs[{index}]"),
                    format!("`{}` is not an IP address", printable(address)),
                    "an IPv4 or IPv6 address without leading zeros",
                )),
                Some(family) if expected.is_some_and(|expected| *expected != family.as_str()) => {
                    refused.push(Refused::new(
                        codes::CLUSTER_IP_REFUSED,
                        format!("spec.clusterIPs[{index}]"),
                        format!("{address} is not an {} address", printable(self.families[index])),
                        format!("an address of the family in spec.ipFamilies[{index}]"),
                    ));
                }
                Some(_) => {}
            }
        }
        if (self.families.len() > 1 || self.addresses.len() > 1) && !self.wants_two() && refused.is_empty() {
            refused.push(Refused::new(
                codes::FAMILIES_REFUSED,
                "spec.ipFamilyPolicy",
                "two families need a policy for two",
                "PreferDualStack or RequireDualStack",
            ));
        }
        refused
    }

    fn headless_without_selector(&self, default: Family) -> Families {
        let policy = self.policy.unwrap_or("RequireDualStack");
        let mut families: Vec<Family> = self.families.iter().filter_map(|name| Family::parse(name)).collect();
        if families.is_empty() {
            families.push(default);
        }
        if policy != "SingleStack" {
            complete(&mut families);
        }
        Families { families, policy: policy.to_owned() }
    }

    fn selected(&self, ranges: &[Family]) -> Result<Families, Vec<Refused>> {
        let policy = self.policy.unwrap_or("SingleStack");
        let mut refused = Vec::new();
        if policy == "RequireDualStack" && ranges.len() < 2 && self.addresses_fit(ranges) {
            refused.push(Refused::new(
                codes::FAMILIES_REFUSED,
                "spec.ipFamilyPolicy",
                format!("the cluster has {} only", ranges[0]),
                "SingleStack or PreferDualStack",
            ));
        }
        let mut families: Vec<Family> = self.families.iter().filter_map(|name| Family::parse(name)).collect();
        for (index, of) in families.iter().enumerate().filter(|(_, of)| !ranges.contains(of)) {
            refused.push(absent("ipFamilies", index, *of, ranges));
        }
        for (index, address) in self.addresses.iter().enumerate().skip(families.len()) {
            let Some(of) = strict_family(address).filter(|_| !self.is_headless) else { continue };
            if !ranges.contains(&of) {
                refused.push(absent("clusterIPs", index, of, ranges));
            }
            families.push(of);
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        if families.is_empty() {
            families.push(ranges[0]);
        }
        if self.wants_two() && ranges.len() > 1 {
            complete(&mut families);
        }
        Ok(Families { families, policy: policy.to_owned() })
    }

    /// Whether the addresses alone are no reason to refuse: the API server names those first.
    fn addresses_fit(&self, ranges: &[Family]) -> bool {
        self.is_headless
            || self
                .addresses
                .iter()
                .filter_map(|address| strict_family(address))
                .all(|of| ranges.contains(&of))
    }
}

/// Adds the other family to one.
fn complete(families: &mut Vec<Family>) {
    if let [only] = families[..] {
        families.extend(Family::ALL.into_iter().filter(|family| *family != only));
    }
}

fn absent(list: &str, index: usize, of: Family, ranges: &[Family]) -> Refused {
    let names: Vec<&str> = ranges.iter().map(|family| family.as_str()).collect();
    Refused::new(
        codes::FAMILIES_REFUSED,
        format!("spec.{list}[{index}]"),
        format!("the cluster has no service range of {of}"),
        names.join(" or "),
    )
}

/// The family of an address as the API server accepts it: without leading zeros.
fn strict_family(text: &str) -> Option<Family> {
    text.parse().ok().map(Family::of).filter(|_| parse_ip(text).is_some())
}
