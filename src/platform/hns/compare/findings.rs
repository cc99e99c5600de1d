//! What is wrong with what HNS holds.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Comparing;
use super::member::MemberName;
use super::side::{BalancerKey, HnsSide, Known};
use crate::answer::change::{self, Change, Comparison, Finding, ObjectKind, Standing, Subject, Verb, Weight};
use crate::platform::hns::codes;
use crate::platform::hns::model::{Address, Detail};

/// All that is wrong, in the order of the codes.
pub(super) fn find(comparison: &Comparison, comparing: &Comparing<'_, '_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, side) in comparing.sides.iter().enumerate() {
        if side.standing == Standing::Held {
            let finding = OfHeld { side, comparing };
            finding.balancers(&mut found);
            finding.endpoints(comparing.wanted.map(|_| comparing.sides[1 - at]), &mut found);
        }
    }
    if let Some(wanted) = comparison.wanted() {
        nothing_present(comparison, wanted, &mut found);
        for change in &comparison.changes {
            found.extend(of_change(change, wanted));
        }
    }
    found.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
    found
}

/// What a change means, where one side is what should be.
fn of_change(change: &Change, wanted: usize) -> Option<Finding> {
    let Change { verb, subject, references, weight, .. } = change;
    let is_missing = match verb {
        Verb::Deleted => wanted == 0,
        Verb::Created => wanted == 1,
        Verb::Changed | Verb::Moved { .. } => return Some(changed(change)),
        Verb::Renamed { .. } | Verb::Replaced => return None,
    };
    let kind = subject.kind;
    let id = subject.id.as_deref().unwrap_or("ID");
    Some(match (is_missing, weight, kind) {
        (true, ..) => {
            let users = references.map_or(0, |references| references[wanted]);
            let shared = match users {
                0 | 1 => String::new(),
                many => format!("; {many} load balancers need it"),
            };
            Finding {
                code: change::codes::MISSING,
                subject: subject.clone(),
                message: format!("the node does not have it{shared}"),
                help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
            }
        }
        (false, Weight::Foreign, _) => Finding {
            code: codes::FOREIGN,
            subject: subject.clone(),
            message: "no Service of the input has its address and port".to_owned(),
            help: Some(
                "it is left alone; pass --service-cidr to define the addresses of Services".to_owned(),
            ),
        },
        // One that no load balancer uses is told as such.
        (false, _, ObjectKind::Endpoint) if *references == Some([0, 0]) => return None,
        (false, ..) => Finding {
            code: change::codes::STALE,
            subject: subject.clone(),
            message: stale(change, wanted),
            help: Some(delete(kind, id)),
        },
    })
}

fn stale(change: &Change, wanted: usize) -> String {
    let Subject { kind, services, .. } = &change.subject;
    match (kind, services.is_empty()) {
        (ObjectKind::Endpoint, is_unknown) => {
            let users = change.references.map_or(0, |references| references[1 - wanted]);
            let why =
                if is_unknown { "its address is in no EndpointSlice" } else { "no Service uses it now" };
            match users {
                0 => why.to_owned(),
                1 => format!("{why}; 1 load balancer has it as a member"),
                many => format!("{why}; {many} load balancers have it as a member"),
            }
        }
        (_, true) => "no Service has its address and port any more".to_owned(),
        (_, false) => "the Service has its address, and does not want it".to_owned(),
    }
}

fn delete(kind: ObjectKind, id: &str) -> String {
    match kind {
        ObjectKind::Endpoint => format!("hnsdiag delete endpoints {id}"),
        _ => format!("hnsdiag delete loadbalancers {id}"),
    }
}

fn changed(change: &Change) -> Finding {
    let fields: Vec<String> = change.fields.iter().map(|field| field.path.clone()).collect();
    let message = match &change.verb {
        Verb::Moved { from } => format!("it is elsewhere: {from} on one side"),
        _ => format!("it is not as it should be: {}", fields.join(", ")),
    };
    Finding {
        code: change::codes::CHANGED,
        subject: change.subject.clone(),
        message,
        help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
    }
}

/// None of what should be there is there: HNS has lost its state, or kube-proxy does not run.
fn nothing_present(comparison: &Comparison, wanted: usize, found: &mut Vec<Finding>) {
    for kind in [ObjectKind::LoadBalancer] {
        let Some(counts) = comparison.counts.get(&kind) else { continue };
        let many = counts.of_side(wanted);
        if many > 0 && counts.equal + counts.changed == 0 {
            let subject = Subject::new(kind, format!("0 of {many} present"), Vec::new());
            found.push(Finding {
                code: change::codes::NOTHING_PRESENT,
                subject,
                message: "the node has none of those that it should have".to_owned(),
                help: Some("see whether kube-proxy runs, and whether HNS has been restarted".to_owned()),
            });
        }
    }
}

/// What is wrong with a dump, whatever should be.
struct OfHeld<'c, 'r> {
    side: &'c HnsSide,
    comparing: &'c Comparing<'c, 'r>,
}

impl OfHeld<'_, '_> {
    fn balancers(&self, found: &mut Vec<Finding>) {
        for balancer in &self.side.balancers {
            let subject = balancer.subject(self.comparing.directory);
            let id = subject.id.clone().unwrap_or_else(|| "ID".to_owned());
            if balancer.key == BalancerKey::Portless {
                found.push(Finding {
                    code: codes::INCOMPLETE,
                    subject: subject.clone(),
                    message: "it has no port mappings; kube-proxy crashes when it lists it".to_owned(),
                    help: Some(delete(ObjectKind::LoadBalancer, &id)),
                });
            }
            // A table tells no ports: several load balancers of one address are usual.
            if balancer.number > 0 && matches!(balancer.key, BalancerKey::Frontend(_)) {
                found.push(Finding {
                    code: change::codes::DUPLICATE,
                    subject: subject.clone(),
                    message: "another load balancer answers to the same".to_owned(),
                    help: Some(delete(ObjectKind::LoadBalancer, &id)),
                });
            }
            let dangling =
                balancer.members.iter().filter(|member| matches!(member.name, MemberName::Dangling(_)));
            let dangling: Vec<String> = dangling.map(|member| member.name.to_string()).collect();
            if !dangling.is_empty() {
                found.push(Finding {
                    code: change::codes::DANGLING,
                    subject,
                    message: format!("a member is no endpoint of the node: {}", dangling.join(", ")),
                    help: Some(format!(
                        "connections to it are lost; {}",
                        delete(ObjectKind::LoadBalancer, &id)
                    )),
                });
            }
        }
    }

    fn endpoints(&self, wanted: Option<&HnsSide>, found: &mut Vec<Finding>) {
        let mut by_address: FxHashMap<&Address, Vec<&Known>> = FxHashMap::default();
        for known in &self.side.endpoints {
            for address in known.object.addresses() {
                by_address.entry(address).or_default().push(known);
            }
        }
        let tells_balancers = !self.side.balancers.is_empty()
            && self
                .side
                .balancers
                .iter()
                .all(|of| of.object.detail != Detail::Table || !of.members.is_empty());
        // On overlay networks, cluster IPs have endpoints as well.
        let vips = self.side.balancers.iter().flat_map(|balancer| &balancer.object.frontend_vips);
        let vips: FxHashSet<&Address> = vips.collect();
        let wanted_ones = wanted.iter().flat_map(|side| &side.endpoints).map(|known| &known.address);
        let wanted_ones: FxHashSet<&Address> = wanted_ones.collect();
        for known in &self.side.endpoints {
            let subject = || known.subject(self.comparing.directory);
            let help = || {
                Some(delete(
                    ObjectKind::Endpoint,
                    &known.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string()),
                ))
            };
            let same = &by_address[&known.address];
            if known.number > 0 && same.len() > 1 {
                let message = "another endpoint has the same address".to_owned();
                found.push(Finding {
                    code: change::codes::DUPLICATE,
                    subject: subject(),
                    message,
                    help: help(),
                });
            }
            if known.object.is_remote()
                && known.references == 0
                && tells_balancers
                && !vips.contains(&known.address)
                && !wanted_ones.contains(&known.address)
                && self.comparing.on_network(known)
            {
                let message = "it is remote, and no load balancer uses it".to_owned();
                found.push(Finding {
                    code: change::codes::UNREFERENCED,
                    subject: subject(),
                    message,
                    help: help(),
                });
            }
        }
        if wanted.is_some() && self.side.tells_endpoints {
            self.local_pods(&by_address, found);
        }
    }

    /// Pods of the node, as the slices say, that HNS does not know or takes for those of another node.
    fn local_pods(&self, by_address: &FxHashMap<&Address, Vec<&Known>>, found: &mut Vec<Finding>) {
        let mut seen = FxHashSet::default();
        for rules in self.comparing.directory.rules() {
            // Pods of the host's network have no endpoint of their own.
            let node_ips = [rules.node.ips.ipv4, rules.node.ips.ipv6];
            for port in &rules.services {
                for endpoint in port.endpoints.iter().filter(|endpoint| endpoint.local) {
                    let backend = rules.backend(endpoint.backend);
                    let Some(ip) = backend.address.ip() else { continue };
                    if !backend.ready || node_ips.contains(&ip) || !seen.insert(ip) {
                        continue;
                    }
                    let spelled = Address::spelled(ip, backend.address.spelling());
                    let known = by_address.get(&spelled).or_else(|| by_address.get(&Address::Ip(ip)));
                    let known = known.map_or(&[][..], Vec::as_slice);
                    let services = self.comparing.directory.services_of_endpoint(ip);
                    if known.is_empty() {
                        found.push(Finding {
                            code: change::codes::MISSING,
                            subject: Subject::new(ObjectKind::Endpoint, format!("{ip} (local)"), services),
                            message: "a pod of this node has no endpoint in HNS; kube-proxy leaves it out"
                                .to_owned(),
                            help: Some(
                                "see whether the pod runs, and what its network plugin says".to_owned(),
                            ),
                        });
                    } else if let Some(stale) = known.iter().find(|known| known.object.is_remote()) {
                        let id = stale.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
                        found.push(Finding {
                            code: codes::REMOTE_IS_LOCAL,
                            subject: stale.subject(self.comparing.directory),
                            message: "it is remote in HNS, and a pod of this node in the slice".to_owned(),
                            help: Some(delete(ObjectKind::Endpoint, &id)),
                        });
                    }
                }
            }
        }
    }
}
