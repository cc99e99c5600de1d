//! What gets lost on the way to HNS, and what kube-proxy on Windows does unlike kube-proxy on Linux.

mod objects;

use std::net::IpAddr;

use super::about;
use super::members::Member;
use super::selection::{Rule, Selection};
use crate::diagnostics::{Code, Diagnostic};
use crate::ir::{FrontendKind, PassedOverReason, RuleSet, ServicePort};
use crate::manifest::{TargetPort, TrafficPolicy};
use crate::name::printable;
use crate::net::Protocol;
use crate::node::InternalPort;
use crate::platform::hns::codes;
use crate::platform::hns::host::Host;
use crate::platform::hns::model::{Endpoint as HnsEndpoint, NodePort, protocol_number};

pub(super) use objects::{
    frontend_taken, hidden, local_endpoint_elsewhere, local_endpoint_missing, local_is_remote, mac_shared,
    shared, taken_for_own, unplaced,
};

/// Everything about one service port.
pub(super) fn about_port(
    selection: &Selection<'_>,
    members: &[Member],
    rules: &RuleSet,
    host: &Host<'_>,
) -> Vec<Diagnostic> {
    let told = Told { port: selection.port, selection, members, rules, host };
    let findings = [
        told.mixed_ports(),
        told.target_port_ignored(),
        told.unready_used(),
        told.terminating_unused(),
        told.hints_unused(),
        told.no_members(),
        told.no_local_member(),
        told.source_ranges_ignored(),
        told.affinity(),
        told.policy_without_dsr(),
        told.sctp(),
        told.provider_unknown(),
        told.root_endpoint_missing(),
    ];
    findings
        .into_iter()
        .flatten()
        .chain(told.addresses_of_others())
        .chain(told.ports_of_endpoints())
        .collect()
}

struct Told<'t, 'r> {
    port: &'r ServicePort,
    selection: &'t Selection<'r>,
    members: &'t [Member],
    rules: &'t RuleSet,
    host: &'t Host<'t>,
}

impl Told<'_, '_> {
    /// A finding about the port; `field` of the Service is where it comes from.
    fn say(&self, code: Code, field: &str, message: impl std::fmt::Display) -> Diagnostic {
        about(self.port, code, field, format!("port {}: {message}", self.name()))
    }

    fn name(&self) -> String {
        let number = self.port.cluster_ip().port;
        match self.port.port_name.as_str() {
            "" => format!("{number}/{}", self.port.protocol),
            name => format!("`{name}`"),
        }
    }

    fn is_winkernel(&self) -> bool {
        matches!(self.selection.rule, Rule::Winkernel { .. })
    }

    /// One load balancer has one port of the pods, whatever the slices say.
    fn mixed_ports(&self) -> Option<Diagnostic> {
        let mut ports: Vec<u16> =
            self.selection.used.iter().map(|&id| self.selection.endpoint(id).port).collect();
        ports.sort_unstable();
        ports.dedup();
        let left_out = self.selection.peculiar.other_ports_left_out;
        let chosen = self.selection.internal_port;
        if left_out > 0 {
            let message = format!("{left_out} endpoints that do not listen on {chosen} are left out");
            return Some(
                self.say(codes::MIXED_PORTS, "spec.ports", message)
                    .help("give all pods the same container port"),
            );
        }
        (ports.len() > 1).then(|| {
            let listed: Vec<String> = ports.iter().map(ToString::to_string).collect();
            let message = format!(
                "its endpoints listen on {}, and all get connections on {chosen}",
                listed.join(" and ")
            );
            self.say(codes::MIXED_PORTS, "spec.ports", message)
                .help("a load balancer of HNS has one internal port; give all pods the same container port")
        })
    }

    /// Up to 1.33 a number in the Service wins over the slices.
    fn target_port_ignored(&self) -> Option<Diagnostic> {
        let from_service = self.rules.node.behavior.winkernel.internal_port == InternalPort::Service;
        let TargetPort::Number(number) = self.port.target_port else { return None };
        let elsewhere = |id: &&crate::ir::EndpointId| self.selection.endpoint(**id).port != number;
        let id =
            self.selection.used.iter().find(elsewhere).filter(|_| from_service && self.is_winkernel())?;
        let message = format!(
            "endpoint {} gets connections on port {number}, which the Service says",
            self.selection.endpoint(*id).text
        );
        Some(
            self.say(codes::TARGET_PORT_OF_SERVICE, "spec.ports", message)
                .help("kube-proxy 1.34 and later ask the slice"),
        )
    }

    fn unready_used(&self) -> Option<Diagnostic> {
        self.selection.peculiar.unready.then(|| {
            let who = match self.selection.rule {
                Rule::Winkernel { local_traffic_dsr: true, .. } => "no endpoint on this node",
                _ => "no endpoint",
            };
            self.say(
                codes::UNREADY_USED,
                "status.loadBalancer.ingress",
                format!("endpoints that are not ready are used, as {who} serves"),
            )
            .help("kube-proxy on Linux never uses them")
        })
    }

    /// Linux falls back to endpoints that end and still serve, for every Service and all its addresses.
    fn terminating_unused(&self) -> Option<Diagnostic> {
        let fallback = self.port.cluster.selection == crate::ir::Selection::Terminating
            && !self.port.cluster.members.is_empty();
        let others = [FrontendKind::NodePort, FrontendKind::ExternalIp];
        let has_others = others.iter().any(|kind| self.port.frontends_of(*kind).next().is_some());
        let unmade = match self.selection.used.is_empty() {
            true => "no load balancer",
            false if has_others && !self.selection.available => {
                "no load balancers for its node port and external IPs"
            }
            false => return None,
        };
        fallback.then(|| {
            self.say(
                codes::TERMINATING_UNUSED,
                "metadata.name",
                format!("{unmade}: all its endpoints are ending"),
            )
            .help("kube-proxy on Linux uses those that still serve until others are ready")
        })
    }

    fn hints_unused(&self) -> Option<Diagnostic> {
        use crate::ir::Selection::{SameNode, SameZone};
        let hinted = matches!(self.port.cluster.selection, SameZone | SameNode);
        let is_followed = matches!(self.selection.rule, Rule::Winkernel { hinted: true, .. });
        (hinted && self.is_winkernel() && !is_followed).then(|| {
            self.say(codes::HINTS_UNUSED, "metadata.name", "its topology hints do not count")
                .help("traffic goes to endpoints in all zones; --semantics kubernetes follows the hints")
        })
    }

    fn no_members(&self) -> Option<Diagnostic> {
        let known = self.members.is_empty() && self.terminating_unused().is_none();
        known.then(|| {
            self.say(codes::NO_REJECT, "metadata.name", "no load balancer, as no endpoint can be used")
                .help("packets follow the node's routes; on Linux they are rejected at once")
        })
    }

    /// There are members, but none on this node where the policy wants one.
    fn no_local_member(&self) -> Option<Diagnostic> {
        let mut missing = self.port.frontends.iter().map(|frontend| frontend.kind).filter(|kind| {
            !self.members.iter().any(|member| self.selection.takes(*kind, member.id, member.is_remote))
        });
        let (field, what, help) = match missing.next().filter(|_| !self.members.is_empty())? {
            FrontendKind::ClusterIp => (
                "spec.internalTrafficPolicy",
                "load balancer for the cluster IP",
                "packets follow the node's routes; on Linux they are dropped",
            ),
            _ => (
                "spec.externalTrafficPolicy",
                "load balancers for its external addresses",
                "pods of this node cannot use them; on Linux they reach all endpoints",
            ),
        };
        Some(
            self.say(codes::NO_LOCAL_MEMBER, field, format!("no {what}: no endpoint is on this node"))
                .help(help),
        )
    }

    fn source_ranges_ignored(&self) -> Option<Diagnostic> {
        let has_address = self.port.frontends_of(FrontendKind::LoadBalancerIp).next().is_some();
        (has_address && !self.port.source_ranges.is_empty()).then(|| {
            let ranges: Vec<String> = self.port.source_ranges.iter().map(ToString::to_string).collect();
            let message = format!(
                "loadBalancerSourceRanges {} is not enforced; all clients are admitted",
                ranges.join(", ")
            );
            self.say(codes::SOURCE_RANGES_IGNORED, "spec.loadBalancerSourceRanges", message)
                .help("HNS load balancers have no source ranges; filter in front of the node")
        })
    }

    fn affinity(&self) -> Option<Diagnostic> {
        let seconds = self.port.affinity_seconds.filter(|_| !self.members.is_empty())?;
        Some(if self.host.features.session_affinity {
            self.say(
                codes::AFFINITY_TIMEOUT,
                "spec.sessionAffinity",
                format!("HNS does not end session affinity after {seconds} s"),
            )
            .help("HNS does not expose the affinity timeout")
        } else {
            let message = format!("HNS {} has no session affinity", self.host.features.version);
            self.say(codes::AFFINITY_UNSUPPORTED, "spec.sessionAffinity", message)
                .allowed("HNS 12.0 and later")
                .help("each connection of a client may go to another endpoint")
        })
    }

    fn policy_without_dsr(&self) -> Option<Diagnostic> {
        let wants = self.port.external_policy == TrafficPolicy::Local && self.port.is_externally_accessible();
        (wants && !self.host.features.dsr).then(|| {
            let version = self.host.features.version;
            self.say(
                codes::POLICY_IGNORED,
                "spec.externalTrafficPolicy",
                format!("externalTrafficPolicy Local needs DSR; HNS {version} has none"),
            )
            .allowed("HNS 9.3 to 9.x, 10.2 and later")
            .help("it counts as Cluster, and pods do not see their clients' addresses")
        })
    }

    fn sctp(&self) -> Option<Diagnostic> {
        (self.port.protocol == Protocol::Sctp && !self.members.is_empty()).then(|| {
            self.say(codes::SCTP, "spec.ports", "Windows is not known to carry SCTP")
                .help("the load balancer is asked for all the same")
        })
    }

    /// On an overlay, an address in no known subnet changes the source address of the whole service port.
    fn provider_unknown(&self) -> Option<Diagnostic> {
        if !self.host.is_overlay() {
            return None;
        }
        let ip_of = |member: &Member| {
            let endpoint = self.selection.endpoint(member.id);
            self.rules.backend(endpoint.backend).address.ip().filter(|_| !endpoint.local)
        };
        let unknown = |ip: &std::net::IpAddr| self.host.providers.of(*ip).is_none();
        let ip = self.members.iter().filter_map(ip_of).find(unknown)?;
        let message = format!("{ip} lies in no subnet of another node");
        Some(self.say(codes::PROVIDER_UNKNOWN, "metadata.name", message).help(format!(
            "it is taken for a public address, and connections to all its endpoints get the source {}",
            self.host.node_ip
        )))
    }

    fn root_endpoint_missing(&self) -> Option<Diagnostic> {
        let windows = &self.rules.node.windows;
        let has_address = self.port.frontends_of(FrontendKind::LoadBalancerIp).next().is_some();
        (windows.forward_health_check_vip && has_address && self.host.root_endpoint.is_none()).then(|| {
            let message = format!(
                "HNS has no endpoint {}, so health checks lead nowhere",
                printable(&windows.root_endpoint_name)
            );
            self.say(codes::ROOT_ENDPOINT_MISSING, "status.loadBalancer.ingress", message)
                .help("name it with --root-hnsendpoint-name")
        })
    }

    /// HNS refuses a load balancer for a port of the node that an endpoint has taken
    /// (microsoft/Windows-Containers#360, microsoft/hcsshim#784).
    fn ports_of_endpoints(&self) -> Vec<Diagnostic> {
        let taken: Vec<(NodePort, &HnsEndpoint)> = self.host.owned_ports().collect();
        let number = protocol_number(self.port.protocol);
        let wants = |frontend: &&crate::ir::Frontend| {
            let is_own = |ip: IpAddr| self.rules.node.addresses.has(ip);
            !self.members.is_empty() && frontend.address.is_none_or(is_own)
        };
        let owner = |frontend: &crate::ir::Frontend| {
            let (port, endpoint) = taken.iter().find(|(port, _)| {
                (port.protocol, port.external) == (number, frontend.port)
                    && (port.address.is_none()
                        || frontend.address.is_none()
                        || port.address == frontend.address)
            })?;
            let ip = endpoint.addresses().next().map(ToString::to_string).unwrap_or_default();
            let id = endpoint.id.map(|id| id.to_string()).unwrap_or_default();
            let message = format!(
                "{} {}/{} belongs to endpoint {id} ({}:{}), which has a PortMapping for it",
                frontend.kind.as_str(),
                frontend.port,
                self.port.protocol,
                printable(&ip),
                port.internal
            );
            Some(
                self.say(codes::PORT_OF_ENDPOINT, "spec.ports", message)
                    .help("HNS rejects the load balancer (0x803B0013); change the nodePort, or the host port of the pod"),
            )
        };
        self.port.frontends.iter().filter(wants).filter_map(owner).collect()
    }

    /// Up to 1.32 each family has load balancers for addresses that are not its own.
    fn addresses_of_others(&self) -> Vec<Diagnostic> {
        let takes_all = self.is_winkernel() && !self.rules.node.behavior.winkernel.own_addresses;
        let passed = self.port.passed_over.iter().filter(|_| takes_all && !self.members.is_empty());
        let said = passed.map(|passed| {
            let (address, family) = (passed.address, self.port.family);
            let message = match passed.reason {
                PassedOverReason::OtherFamily => {
                    format!("{address} gets a load balancer among those of {family}")
                }
                PassedOverReason::ModeProxy => {
                    format!("{address} is intercepted although its ipMode is Proxy")
                }
            };
            let field = match passed.kind {
                FrontendKind::ExternalIp => "spec.externalIPs",
                _ => "status.loadBalancer.ingress",
            };
            self.say(codes::ADDRESS_OF_OTHERS, field, message)
                .help("kube-proxy 1.33.8, 1.34.4, 1.35.1 and later releases of each leave it alone")
        });
        said.collect()
    }
}
