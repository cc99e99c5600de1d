//! The members of a service port as words: name, value, effect and origin.

use super::{Balancer, Known, Provenance, ServiceInfo};

/// A member as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'i> {
    /// Its name in kube-proxy; that of a part of a member is indented.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it does, in sentences.
    pub effect: &'i str,
    /// What decided about it.
    pub from: &'i [Provenance],
}

impl<'i> Member<'i> {
    fn new<T>(name: impl Into<String>, known: &'i Known<T>, value: impl FnOnce(&T) -> String) -> Self {
        Self { name: name.into(), value: value(&known.value), effect: &known.effect, from: &known.from }
    }
}

impl ServiceInfo<'_> {
    /// All members, in the order of kube-proxy.
    #[must_use]
    pub fn members(&self) -> Vec<Member<'_>> {
        let mut members = vec![Member::new("targetPort", &self.target_port, ToString::to_string)];
        self.add_external_ips(&mut members);
        self.add_ingress_ips(&mut members);
        members.extend([
            Member::new("hnsID", &self.hns_id, |of| id_of(*of)),
            Member::new("nodePorthnsID", &self.node_port_hns_id, |of| id_of(*of)),
            Member::new("policyApplied", &self.policy_applied, ToString::to_string),
            Member::new("remoteEndpoint", &self.remote_endpoint, |id| {
                id.map_or_else(|| "none".to_owned(), |id| id.to_string())
            }),
            Member::new("hns", &self.hns, |handle| {
                format!("HNS {}, {} ({})", handle.version, handle.network, handle.network_type.as_str())
            }),
            Member::new("preserveDIP", &self.preserve_dip, ToString::to_string),
            Member::new("localTrafficDSR", &self.local_traffic_dsr, ToString::to_string),
            Member::new("internalTrafficLocal", &self.internal_traffic_local, ToString::to_string),
            Member::new("winProxyOptimization", &self.win_proxy_optimization, ToString::to_string),
        ]);
        members
    }

    fn add_external_ips<'i>(&'i self, members: &mut Vec<Member<'i>>) {
        let all = &self.external_ips;
        if all.value.is_empty() {
            members.push(Member::new("externalIPs", all, |_| "none".to_owned()));
        }
        for (at, ip) in all.value.iter().enumerate() {
            members.push(Member::new(format!("externalIPs[{at}]"), &ip.ip, ToString::to_string));
            members.push(Member::new("  hnsID", &ip.hns_id, |of| id_of(*of)));
        }
    }

    fn add_ingress_ips<'i>(&'i self, members: &mut Vec<Member<'i>>) {
        let all = &self.load_balancer_ingress_ips;
        if all.value.is_empty() {
            members.push(Member::new("loadBalancerIngressIPs", all, |_| "none".to_owned()));
        }
        for (at, ip) in all.value.iter().enumerate() {
            members.push(Member::new(format!("loadBalancerIngressIPs[{at}]"), &ip.ip, ToString::to_string));
            members.push(Member::new("  hnsID", &ip.hns_id, |of| id_of(*of)));
            members.push(Member::new("  healthCheckHnsID", &ip.health_check_hns_id, |of| id_of(*of)));
        }
    }
}

fn id_of(balancer: Option<Balancer>) -> String {
    balancer.map_or_else(|| "none".to_owned(), |balancer| balancer.id.to_string())
}

impl Provenance {
    /// The paragraphs for it; `file_name` shortens the name of a file.
    #[must_use]
    pub fn describe<'n>(&'n self, file_name: impl FnOnce(&'n str) -> &'n str) -> Vec<String> {
        match self {
            Self::Manifest { field, file, line } => {
                vec![format!("{}:{line}", file_name(file)), field_name(field)]
            }
            Self::Default { field } => vec![format!("default, no {}", field_name(field))],
            Self::Setting(path) => vec![(*path).to_owned()],
            Self::Hns { version, assumed } => vec![format!("HNS {version}{}", assumed_or_not(*assumed))],
            Self::Network { type_, assumed } => {
                vec![format!("network type {}{}", type_.as_str(), assumed_or_not(*assumed))]
            }
            Self::Plan => vec!["the plan makes it".to_owned()],
            Self::State => vec!["HNS holds it".to_owned()],
            Self::Endpoints => vec!["the endpoints in use".to_owned()],
        }
    }
}

fn assumed_or_not(assumed: bool) -> &'static str {
    if assumed { ", assumed" } else { "" }
}

/// A path, with annotations by their name.
fn field_name(path: &str) -> String {
    let annotation = path.strip_prefix("metadata.annotations[\"").and_then(|rest| rest.strip_suffix("\"]"));
    annotation.map_or_else(|| path.to_owned(), |name| format!("annotation {name}"))
}
