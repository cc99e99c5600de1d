//! What is wrong with what HNS holds.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Comparing;
use super::member::{Member, MemberName};
use super::side::{Balancer, BalancerKey, HnsSide, Known};
use crate::answer::change::{
    self, Comparison, Defect, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::name::printable;
use crate::platform::hns::model::{Address, Condition, Detail, EndpointRef, Parts, Telling};
use crate::platform::hns::{codes, errors};

/// All that is wrong, in the order of the codes.
pub(super) fn find(comparison: &Comparison, comparing: &Comparing<'_, '_>) -> Vec<Defect> {
    let mut found = Vec::new();
    let mut members: FxHashMap<String, Vec<String>> = FxHashMap::default();
    for side in comparing.sides.iter().filter(|side| side.standing == Standing::Held) {
        for balancer in &side.balancers {
            let id = balancer.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
            for member in balancer.object.endpoints.iter().filter_map(EndpointRef::id) {
                members.entry(member.to_string()).or_default().push(id.clone());
            }
        }
    }
    let users = Users(members);
    for (at, side) in comparing.sides.iter().enumerate() {
        if side.standing == Standing::Held {
            let finding = OfHeld { side, comparing, users: &users };
            finding.networks(&mut found);
            finding.balancers(&mut found);
            finding.endpoints(comparing.wanted.map(|_| comparing.sides[1 - at]), &mut found);
        }
    }
    if let Some(wanted) = comparison.wanted() {
        nothing_present(comparison, comparing, wanted, &mut found);
        let is_decided = |change: &&ObjectChange| change.weight != Weight::Undecided;
        for change in comparison.changes.iter().filter(is_decided) {
            found.extend(of_change(change, wanted, &users));
        }
    }
    found.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
    found
}

/// The load balancers that have an endpoint as a member, by the id of the endpoint.
struct Users(FxHashMap<String, Vec<String>>);

/// How many load balancers a command names.
const NAMED: usize = 4;

impl Users {
    /// How to delete an endpoint: HNS refuses while load balancers have it as a member.
    fn delete_endpoint(&self, id: &str) -> String {
        let users = self.0.get(id).map_or(&[][..], Vec::as_slice);
        match users.len() {
            0 => delete(ObjectKind::Endpoint, id),
            many if many <= NAMED => {
                let first: Vec<String> =
                    users.iter().map(|user| delete(ObjectKind::LoadBalancer, user)).collect();
                let endpoint = delete(ObjectKind::Endpoint, id);
                format!("{}, then {endpoint}; kube-proxy makes the load balancers anew", first.join(", "))
            }
            many => format!(
                "{many} load balancers have it as a member and come first: hnsplan plan --dump deletes in the right order"
            ),
        }
    }
}

/// What a change means, where one side is what should be.
fn of_change(change: &ObjectChange, wanted: usize, users: &Users) -> Option<Defect> {
    let ObjectChange { verb, subject, references, weight, .. } = change;
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
            Defect {
                code: change::codes::MISSING,
                subject: subject.clone(),
                message: format!("the node does not have it{shared}"),
                help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
            }
        }
        (false, Weight::Foreign, _) => Defect {
            code: codes::FOREIGN,
            subject: subject.clone(),
            message: "no Service of the input has its address and port".to_owned(),
            help: Some(
                "it is left alone; pass --service-cidr to define the addresses of Services".to_owned(),
            ),
        },
        // One that no load balancer uses is told as such.
        (false, _, ObjectKind::Endpoint) if *references == Some([0, 0]) => return None,
        (false, ..) => Defect {
            code: change::codes::STALE,
            subject: subject.clone(),
            message: stale(change, wanted),
            help: Some(match kind {
                ObjectKind::Endpoint => users.delete_endpoint(id),
                _ => delete(kind, id),
            }),
        },
    })
}

fn stale(change: &ObjectChange, wanted: usize) -> String {
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

fn changed(change: &ObjectChange) -> Defect {
    let fields: Vec<String> = change.fields.iter().map(|field| field.path.clone()).collect();
    let message = match &change.verb {
        Verb::Moved { from } => format!("it is elsewhere: {from} on one side"),
        _ => format!("it is not as it should be: {}", fields.join(", ")),
    };
    Defect {
        code: change::codes::CHANGED,
        subject: change.subject.clone(),
        message,
        help: Some("hnsplan compile -t hns --hns-state makes the plan that repairs it".to_owned()),
    }
}

/// None of what should be there is there: HNS has lost its state, or kube-proxy does not run.
fn nothing_present(
    comparison: &Comparison,
    comparing: &Comparing<'_, '_>,
    wanted: usize,
    found: &mut Vec<Defect>,
) {
    let held = comparing.sides[1 - wanted];
    // What kube-proxy cannot serve says nothing about whether it runs.
    let servable =
        |balancer: &Balancer| balancer.members.iter().any(|member| comparing.can_be_served(held, member));
    if held.balancers_told != Telling::Whole || !comparing.sides[wanted].balancers.iter().any(servable) {
        return;
    }
    for kind in [ObjectKind::LoadBalancer] {
        let Some(counts) = comparison.counts.get(&kind) else { continue };
        let many = counts.of_side(wanted);
        if many > 0 && counts.equal + counts.changed + counts.undecided == 0 {
            let subject = Subject::new(kind, format!("0 of {many} present"), Vec::new());
            found.push(Defect {
                code: change::codes::NOTHING_PRESENT,
                subject,
                message: "the node has none of those that it should have".to_owned(),
                help: Some("see whether kube-proxy runs, and whether HNS has been restarted".to_owned()),
            });
        }
    }
}

impl Comparing<'_, '_> {
    /// Whether kube-proxy can make a member: a pod of this node has to have an endpoint on its network.
    fn can_be_served(&self, held: &HnsSide, member: &Member) -> bool {
        if member.is_remote != Some(false) || !held.tells_endpoints() {
            return true;
        }
        let MemberName::At(address) = &member.name else { return true };
        let has_address = |known: &&Known| known.object.addresses().any(|own| own == address);
        held.endpoints.iter().filter(has_address).any(|known| !known.is_lost && self.on_network(known))
    }
}

/// What is wrong with a dump, whatever should be.
struct OfHeld<'c, 'r> {
    side: &'c HnsSide,
    comparing: &'c Comparing<'c, 'r>,
    users: &'c Users,
}

impl OfHeld<'_, '_> {
    fn balancers(&self, found: &mut Vec<Defect>) {
        for balancer in &self.side.balancers {
            let subject = balancer.subject(self.comparing.directory);
            let id = subject.id.clone().unwrap_or_else(|| "ID".to_owned());
            if balancer.key == BalancerKey::Portless {
                found.push(Defect {
                    code: codes::INCOMPLETE,
                    subject: subject.clone(),
                    message: "it has no port mappings; kube-proxy crashes when it lists it".to_owned(),
                    help: Some(delete(ObjectKind::LoadBalancer, &id)),
                });
            }
            let condition = balancer.object.condition;
            if let Some(message) = ill(condition, condition.fault_of_balancer()) {
                found.push(Defect {
                    code: codes::DEGRADED,
                    subject: subject.clone(),
                    message,
                    help: Some(advice(condition, &delete(ObjectKind::LoadBalancer, &id))),
                });
            }
            // A table tells no ports: several load balancers of one address are usual.
            if balancer.number > 0 && matches!(balancer.key, BalancerKey::Frontend(_)) {
                found.push(Defect {
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
                found.push(Defect {
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

    fn endpoints(&self, wanted: Option<&HnsSide>, found: &mut Vec<Defect>) {
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
                });
            }
            if known.object.is_remote()
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
                            ),
                        });
                    } else if let Some(stale) = known.iter().find(|known| known.object.is_remote()) {
                        let id = stale.object.id.map_or_else(|| "ID".to_owned(), |id| id.to_string());
                        found.push(Defect {
                            code: codes::REMOTE_IS_LOCAL,
                            subject: stale.subject(self.comparing.directory),
                            message: "it is remote in HNS, and a pod of this node in the slice".to_owned(),
                            help: Some(self.users.delete_endpoint(&id)),
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
const NETWORK: ObjectKind = ObjectKind::Other { one: "network", many: "networks" };

impl OfHeld<'_, '_> {
    /// A network that HNS reports as faulty.
    fn networks(&self, found: &mut Vec<Defect>) {
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
