//! What is wrong with what HNS holds, whatever should be.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Comparing;
use super::member::MemberName;
use super::repair::{Users, delete};
use super::side::{Balancer, BalancerKey, HnsSide, Known};
use super::switch;
use crate::answer::change::{self, Defect, ObjectKind, Subject};
use crate::name::printable;
use crate::platform::hns::model::{Address, Condition, Detail, Parts, Telling};
use crate::platform::hns::{codes, errors};

/// A side that a node holds.
pub(super) struct OfHeld<'c, 'r> {
    pub(super) side: &'c HnsSide,
    pub(super) comparing: &'c Comparing<'c, 'r>,
    pub(super) users: &'c Users,
}

impl OfHeld<'_, '_> {
    /// What is wrong with load balancers.
    pub(super) fn balancers(&self, found: &mut Vec<Defect>) {
        switch::compare(self.side, self.comparing.directory, found);
        for balancer in &self.side.balancers {
            let subject = balancer.subject(self.comparing.directory);
            let id = subject.id.clone().unwrap_or_else(|| "ID".to_owned());
            if balancer.key == BalancerKey::Portless {
                found.push(Defect {
                    code: codes::INCOMPLETE,
                    subject: subject.clone(),
                    message: "it has no port mappings; kube-proxy crashes when it lists it".to_owned(),
                    help: Some(delete(ObjectKind::LoadBalancer, &id)),
                    cause: None,
                });
            }
            let condition = balancer.object.condition;
            if let Some(message) = ill(condition, condition.fault_of_balancer()) {
                found.push(Defect {
                    code: codes::DEGRADED,
                    subject: subject.clone(),
                    message,
                    help: Some(advice(condition, &delete(ObjectKind::LoadBalancer, &id))),
                    cause: None,
                });
            }
            // A table tells no ports: several load balancers of one address are usual.
            if balancer.number > 0 && matches!(balancer.key, BalancerKey::Frontend(_)) {
                found.push(Defect {
                    code: change::codes::DUPLICATE,
                    subject: subject.clone(),
                    message: "another load balancer answers to the same".to_owned(),
                    help: Some(delete(ObjectKind::LoadBalancer, &id)),
                    cause: None,
                });
            }
            let dangling =
                balancer.members.iter().filter(|member| matches!(member.name, MemberName::Dangling(_)));
            let dangling: Vec<String> = dangling.map(|member| member.name.to_string()).collect();
            if !dangling.is_empty() {
                found.push(Defect {
                    code: change::codes::DANGLING,
                    subject,
                    message: format!("a member is no endpoint of the node: {}", dangling.join(", ")),
                    help: Some(format!(
                        "connections to it are lost; {}",
                        delete(ObjectKind::LoadBalancer, &id)
                    )),
                    cause: None,
                });
            }
        }
    }

    /// What is wrong with ports of the virtual switch.
    pub(super) fn ports(&self, found: &mut Vec<Defect>) {
        switch::ports(self.side, self.comparing.directory, found);
    }

    /// What is wrong with endpoints, and with those of pods where a side says which there are.
    pub(super) fn endpoints(&self, wanted: Option<&HnsSide>, found: &mut Vec<Defect>) {
        let mut by_address: FxHashMap<&Address, Vec<&Known>> = FxHashMap::default();
        for known in &self.side.endpoints {
            for address in known.object.addresses() {
                by_address.entry(address).or_default().push(known);
            }
        }
        // A table may leave cells out.
        let tells_members = |of: &Balancer| {
            of.object.gaps.tells(Parts::MEMBERS)
                && (of.object.detail != Detail::Table || !of.members.is_empty())
        };
        let tells_balancers = self.side.balancers_told == Telling::Whole
            && !self.side.balancers.is_empty()
            && self.side.balancers.iter().all(tells_members);
        // On overlay networks, cluster IPs have endpoints as well.
        let vips = self.side.balancers.iter().flat_map(|balancer| &balancer.object.frontend_vips);
        let vips: FxHashSet<&Address> = vips.collect();
        let wanted_ones = wanted.iter().flat_map(|side| &side.endpoints).map(|known| &known.address);
        let wanted_ones: FxHashSet<&Address> = wanted_ones.collect();
        for known in &self.side.endpoints {
            let subject = || known.subject(self.comparing.directory);
            let id = || known.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
            let help = || Some(self.users.delete_endpoint(&id()));
            let condition = known.object.condition;
            if let Some(message) = ill(condition, condition.fault()) {
                let what = if known.object.is_remote() { help() } else { None };
                let what = what.unwrap_or_else(|| {
                    "restart the pod, so that its network plugin makes it anew".to_owned()
                });
                found.push(Defect {
                    code: codes::DEGRADED,
                    subject: subject(),
                    message,
                    help: Some(advice(condition, &what)),
                    cause: None,
                });
            }
            if known.is_lost {
                let network = self.side.network_of(known);
                found.push(Defect {
                    code: codes::NETWORK_LOST,
                    subject: subject(),
                    message: format!(
                        "its network {network} does not exist any more; kube-proxy does not see it"
                    ),
                    help: Some(
                        "the network was made anew: restart the pods of the node and kube-proxy".to_owned(),
                    ),
                    cause: None,
                });
            }
            let same = &by_address[&known.address];
            if known.number > 0 && same.len() > 1 {
                let message = "another endpoint has the same address".to_owned();
                found.push(Defect {
                    code: change::codes::DUPLICATE,
                    subject: subject(),
                    message,
                    help: help(),
                    cause: None,
                });
            }
            // kube-proxy makes endpoints of Services that have no load balancer: without manifests nobody knows.
            if wanted.is_some()
                && known.object.is_remote()
                && known.references == 0
                && tells_balancers
                && !known.is_lost
                && !vips.contains(&known.address)
                && !wanted_ones.contains(&known.address)
                && self.comparing.on_network(known)
            {
                let message = "it is remote, and no load balancer uses it".to_owned();
                found.push(Defect {
                    code: change::codes::UNREFERENCED,
                    subject: subject(),
                    message,
                    help: help(),
                    cause: None,
                });
            }
        }
        if wanted.is_some() {
            self.local_pods(&by_address, found);
        }
    }

    /// Pods of the node, as the slices say, that HNS does not know or takes for those of another node.
    fn local_pods(&self, by_address: &FxHashMap<&Address, Vec<&Known>>, found: &mut Vec<Defect>) {
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
                        if !self.proves_absence(ip) {
                            continue;
                        }
                        found.push(Defect {
                            code: change::codes::MISSING,
                            subject: Subject::new(ObjectKind::Endpoint, format!("{ip} (local)"), services),
                            message: "a pod of this node has no endpoint in HNS; kube-proxy leaves it out"
                                .to_owned(),
                            help: Some(
                                "see whether the pod runs, and what its network plugin says".to_owned(),
                            ),
                            cause: None,
                        });
                    } else if let Some(other) = self.elsewhere(known) {
                        let network =
                            other.object.network.as_ref().map(ToString::to_string).unwrap_or_default();
                        found.push(Defect {
                            code: codes::POD_OFF_NETWORK,
                            subject: other.subject(self.comparing.directory),
                            message: format!(
                                "kube-proxy cannot serve the pod: its endpoint is on the network {network}, not on that \
                                 of kube-proxy"
                            ),
                            help: Some(
                                "compare winkernel.networkName of kube-proxy with the network of the CNI plugin"
                                    .to_owned(),
                            ), cause: None });
                    } else if let Some(stale) = known.iter().find(|known| known.object.is_remote()) {
                        let id = stale.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
                        found.push(Defect {
                            code: codes::REMOTE_IS_LOCAL,
                            subject: stale.subject(self.comparing.directory),
                            message: "it is remote in HNS, and a pod of this node in the slice".to_owned(),
                            help: Some(self.users.delete_endpoint(&id)),
                            cause: None,
                        });
                    }
                }
            }
        }
    }
}

impl OfHeld<'_, '_> {
    /// Whether the dump shows that no endpoint has an address: all are told with their addresses of its family. The
    /// old schema leaves the second family out where there is none, and where it was lost.
    fn proves_absence(&self, ip: std::net::IpAddr) -> bool {
        let may_have = |known: &Known| {
            let lacks_family =
                known.object.addresses().filter_map(Address::ip).all(|own| own.is_ipv4() != ip.is_ipv4());
            known.object.detail != Detail::Full && lacks_family
        };
        self.side.tells_endpoints() && (ip.is_ipv4() || !self.side.endpoints.iter().any(may_have))
    }

    /// The endpoint of a pod, if none of those with its address is on the network of kube-proxy and the network of
    /// this one is known.
    fn elsewhere<'k>(&self, known: &[&'k Known]) -> Option<&'k Known> {
        let is_told = |known: &Known| known.object.gaps.tells(Parts::NETWORK);
        if known.iter().any(|known| known.is_lost || !is_told(known) || self.comparing.on_network(known)) {
            return None;
        }
        known.first().copied()
    }
}

/// The word for networks, of which nothing is compared.
const NETWORK: ObjectKind = ObjectKind::NETWORK;

impl OfHeld<'_, '_> {
    /// A network that HNS reports as faulty.
    pub(super) fn networks(&self, found: &mut Vec<Defect>) {
        for network in &self.side.networks {
            let condition = network.condition;
            let Some(message) = ill(condition, condition.fault()) else { continue };
            let subject = Subject::new(NETWORK, printable(&network.name), Vec::new());
            let anew =
                "restart HNS and the network plugin of the node (Restart-Service hns), then kube-proxy";
            found.push(Defect {
                code: codes::DEGRADED,
                subject: subject.with_id(Some(network.id)),
                message,
                help: Some(advice(condition, anew)),
                cause: None,
            });
        }
    }
}

/// What HNS says is wrong with an object, in words.
fn ill(condition: Condition, fault: Option<&str>) -> Option<String> {
    let error = condition.last_error.map(|code| {
        let known = errors::of(code);
        let symbol = known.map(|error| format!(" {}: {}", error.symbol, error.meaning)).unwrap_or_default();
        format!("LastErrorCode 0x{code:08X}{symbol}")
    });
    let state = fault.map(|word| format!("State {} ({word})", condition.state.unwrap_or_default()));
    let applied = condition.is_applied.filter(|applied| !applied && fault.is_some());
    let parts: Vec<String> =
        [state, error, applied.map(|_| "IsApplied false".to_owned())].into_iter().flatten().collect();
    let message = parts.join(", ");
    (fault.is_some() || condition.last_error.is_some())
        .then(|| format!("HNS reports a fault: {}", message.trim_end_matches('.')))
}

/// What to do about a fault: what the table of errors says, and how to have the object made anew.
fn advice(condition: Condition, anew: &str) -> String {
    match condition.last_error.and_then(errors::of) {
        Some(error) => format!("{} Otherwise: {anew}", error.advice),
        None => anew.to_owned(),
    }
}
