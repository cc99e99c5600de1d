//! Everything that netsh cannot do for a Service, that is wrong or good to know: once as data, then as a
//! comment in the script and as a diagnostic.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Service;
use super::claims::Place;
use super::pick::{Choice, Target};
use super::portproxy::restriction;
use crate::diagnostics::{Code, Diagnostic, ObjectRef, Severity};
use crate::ir::ServicePort;
use crate::name::Subdomain;
use crate::net::{Family, PortRange, Protocol, push_host_port, push_ip};
use crate::platform::netsh::codes;
use crate::platform::netsh::model::{Comment, Object};
use crate::platform::netsh::options::{FirewallUse, Mode};
use crate::platform::netsh::plan::{Planned, RemarkTally};

/// A finding, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    Udp(String),
    Sctp(String),
    PartialVip { ip: IpAddr, ports: Vec<String> },
    OneEndpoint { subject: String, choice: Choice },
    ClientAddress { wants_local: bool },
    HealthCheckPort(u16),
    SourceRanges { ip: IpAddr, firewall: FirewallUse },
    NoReject { subject: String, claims: bool },
    LegacyForwarding(Mode),
    Ipv4Only(IpAddr),
    SharedSegment(Vec<IpAddr>),
    Wildcard { port: u16, family: Family },
    Excluded { place: Place, range: PortRange },
    Dynamic { port: u16 },
    Shadowed { place: Place },
    Affinity,
    Hostname(Subdomain),
    Loop { place: Place, target: Target },
    Conflict { place: Place, wanted_by: Box<str>, held_by: Box<str> },
    Unusable { ip: IpAddr, kind: &'static str },
    NoProxyPort { port: String, range: PortRange },
}

/// All findings, by Service. What is about all Services comes first.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<(Option<usize>, Finding)>,
}

/// The findings as people get them.
pub(super) struct Reported {
    pub(super) remarks: Vec<Comment>,
    pub(super) tally: RemarkTally,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Findings {
    pub(super) fn add(&mut self, service: usize, finding: Finding) {
        self.found.push((Some(service), finding));
    }

    pub(super) fn add_to_all(&mut self, finding: Finding) {
        self.found.push((None, finding));
    }

    /// Sorts the findings of each Service by how bad they are, and says each of them once.
    pub(super) fn report(mut self, services: &[Service<'_>], objects: &[Planned]) -> Reported {
        self.found.sort_by_key(|(service, finding)| (*service, Class::of(finding.code()), finding.code()));
        self.found.dedup();
        let mut reported =
            Reported { remarks: Vec::new(), tally: RemarkTally::default(), diagnostics: Vec::new() };
        let mut found = self.found.iter().peekable();
        reported.add_group(&mut found, None, services);
        for at in 0..services.len() {
            let common = services[at].common();
            reported.remarks.push(Comment::of(&format!("service {}/{}", common.namespace, common.name)));
            reported.add_group(&mut found, Some(at), services);
        }
        reported.diagnostics.extend(about_all(objects));
        reported
    }
}

impl Reported {
    fn add_group<'f>(
        &mut self,
        found: &mut std::iter::Peekable<impl Iterator<Item = &'f (Option<usize>, Finding)>>,
        of: Option<usize>,
        services: &[Service<'_>],
    ) {
        let mut said = BTreeSet::new();
        while let Some((service, finding)) = found.next_if(|(service, _)| *service == of) {
            let text = finding.remark();
            if !said.insert((finding.code(), text.clone())) {
                continue;
            }
            let class = Class::of(finding.code());
            *class.count(&mut self.tally) += 1;
            let indent = if service.is_some() { "  " } else { "" };
            self.remarks.push(Comment::of(&format!(
                "{indent}{} {}{text}",
                class.word(),
                finding.code().id()
            )));
            self.diagnostics.push(finding.diagnostic(service.map(|at| services[at].common())));
        }
    }
}

/// What holds for the whole plan; said in diagnostics only.
fn about_all(objects: &[Planned]) -> Vec<Diagnostic> {
    if !objects.iter().any(|planned| matches!(planned.object, Object::PortProxy(_))) {
        return Vec::new();
    }
    vec![
        Diagnostic::new(codes::STATIC, "the listeners follow no change of Services or endpoints")
            .help("compile again and replace the rules when something changes"),
        Diagnostic::new(codes::PERSISTENCE, "listeners and firewall rules outlive a restart of the node")
            .help("addresses in the active store do not: run the script at every start"),
    ]
}

/// How bad a finding is, in the order in which scripts say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Error,
    Loss,
    Warning,
    Note,
}

impl Class {
    fn of(code: Code) -> Self {
        match code.severity() {
            _ if code.is_loss() => Self::Loss,
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Loss => "LOSS",
            Self::Warning => "WARN",
            Self::Note => "NOTE",
        }
    }

    fn count(self, tally: &mut RemarkTally) -> &mut usize {
        match self {
            Self::Error => &mut tally.errors,
            Self::Loss => &mut tally.losses,
            Self::Warning => &mut tally.warnings,
            Self::Note => &mut tally.notes,
        }
    }
}

impl Finding {
    /// A service port with a protocol that netsh has no proxy for.
    pub(super) fn not_forwarded(protocol: Protocol, port: String) -> Self {
        if protocol == Protocol::Sctp { Self::Sctp(port) } else { Self::Udp(port) }
    }

    fn code(&self) -> Code {
        match self {
            Self::Udp(_) => codes::UDP,
            Self::Sctp(_) => codes::SCTP,
            Self::PartialVip { .. } => codes::PARTIAL_VIP,
            Self::OneEndpoint { .. } => codes::ONE_ENDPOINT,
            Self::ClientAddress { .. } => codes::CLIENT_ADDRESS,
            Self::HealthCheckPort(_) => codes::HEALTH_CHECK,
            Self::SourceRanges { .. } => codes::SOURCE_RANGES,
            Self::NoReject { .. } => codes::REJECT,
            Self::LegacyForwarding(_) => codes::LEGACY,
            Self::Ipv4Only(_) => codes::LEGACY_IPV6,
            Self::SharedSegment(_) => codes::SHARED_SEGMENT,
            Self::Wildcard { .. } => codes::WILDCARD,
            Self::Excluded { .. } => codes::PORT_EXCLUDED,
            Self::Dynamic { .. } => codes::PORT_DYNAMIC,
            Self::Shadowed { .. } => codes::PORT_SHADOWED,
            Self::Affinity => codes::AFFINITY,
            Self::Hostname(_) => codes::HOSTNAME,
            Self::Loop { .. } => codes::LOOP,
            Self::Conflict { .. } => codes::CONFLICT,
            Self::Unusable { .. } => codes::ADDRESS_UNUSABLE,
            Self::NoProxyPort { .. } => codes::PROXY_PORTS,
        }
    }

    /// What stands in the script behind the code.
    fn remark(&self) -> String {
        match self {
            Self::Udp(port) | Self::Sctp(port) => format!(" {port}: not expressible"),
            Self::PartialVip { ip, ports } => {
                format!(" {ip}: address claimed, {} not served", some_of(ports))
            }
            Self::OneEndpoint { subject, choice: Choice { used, unused } } => {
                let others = some_of(unused);
                format!(" {subject}: {} endpoints, using {used}, not using {others}", unused.len() + 1)
            }
            Self::ClientAddress { wants_local: false } => ": endpoints see a node address".to_owned(),
            Self::ClientAddress { wants_local: true } => {
                ": externalTrafficPolicy Local cannot keep the client address".to_owned()
            }
            Self::HealthCheckPort(port) => format!(": health check port {port} not served"),
            Self::SourceRanges { ip, firewall } => format!(" {ip}: {}", restriction(*firewall)),
            Self::NoReject { subject, claims: false } => {
                format!(" {subject}: no endpoints, connections leave the node in place of being refused")
            }
            Self::NoReject { subject, claims: true } => {
                format!(" {subject}: no endpoints, address claimed, the node answers as it likes")
            }
            Self::LegacyForwarding(mode) => format!(": {}", forwarder(*mode)),
            Self::Ipv4Only(ip) => format!(" {ip}: not served, the userspace proxy had no IPv6"),
            Self::SharedSegment(ips) => format!(" {}", some_of(ips)),
            Self::Wildcard { port, family } => format!(" nodeport {port}: listens on every {family} address"),
            Self::Excluded { place, range } => {
                format!(" {}: port reserved by Windows, {range}", spelled(*place))
            }
            Self::Dynamic { port } => format!(" nodeport {port}: outgoing connections may hold the port"),
            Self::Shadowed { place } => {
                format!(" {}: listens besides a node port of the same number", spelled(*place))
            }
            Self::Affinity => " ClientIP holds, single target".to_owned(),
            Self::Hostname(name) => format!(" {name} skipped"),
            Self::Loop { place, target } => {
                format!(" {}: would connect to itself by {target}, left out", spelled(*place))
            }
            Self::Conflict { place, wanted_by, held_by } => {
                format!(" {} of {wanted_by}: {held_by} has it", spelled(*place))
            }
            Self::Unusable { ip, kind } => format!(" {kind} {ip}: no address that a node can claim"),
            Self::NoProxyPort { port, range } => format!(" {port}: no port left in {range}"),
        }
    }

    fn diagnostic(&self, port: Option<&ServicePort>) -> Diagnostic {
        let found = Diagnostic::new(self.code(), self.message()).help(self.help());
        let Some(port) = port else { return found };
        found
            .about(ObjectRef::new("Service", port.namespace.as_str(), port.name.as_str()))
            .at(port.origin.field("metadata.name"))
    }

    /// One sentence, as a diagnostic says it.
    fn message(&self) -> String {
        match self {
            Self::Udp(port) => format!("port {port} is not forwarded: netsh has no proxy for UDP"),
            Self::Sctp(port) => format!("port {port} is not forwarded: netsh has no proxy for SCTP"),
            Self::PartialVip { ip, ports } => {
                format!("the node claims {ip} but does not serve {} there", some_of(ports))
            }
            Self::OneEndpoint { subject, choice } => {
                let count = choice.unused.len() + 1;
                format!("{subject}: of {count} endpoints only {} is used", choice.used)
            }
            Self::ClientAddress { wants_local: false } => {
                "endpoints see an address of the node in place of the client's".to_owned()
            }
            Self::ClientAddress { wants_local: true } => {
                "externalTrafficPolicy Local chooses endpoints, but cannot keep the client's address"
                    .to_owned()
            }
            Self::HealthCheckPort(port) => format!("health check port {port} is not served"),
            Self::SourceRanges { ip, firewall } => {
                format!("source ranges of {ip}: {}", restriction(*firewall))
            }
            Self::NoReject { subject, .. } => {
                format!("{subject} has no endpoints, and netsh cannot refuse its connections")
            }
            Self::LegacyForwarding(mode) => format!("mode {}: {}", mode.as_str(), forwarder(*mode)),
            Self::Ipv4Only(ip) => format!("{ip} is not served: the userspace kube-proxy had no IPv6"),
            Self::SharedSegment(ips) => format!("other nodes may claim {} as well", some_of(ips)),
            Self::Wildcard { port, family } => {
                format!("node port {port} listens on every {family} address, service addresses as well")
            }
            Self::Excluded { place, range } => {
                format!("no program can listen on {}: Windows reserves ports {range}", spelled(*place))
            }
            Self::Dynamic { port } => {
                format!("node port {port} is one that Windows gives to outgoing connections")
            }
            Self::Shadowed { place } => {
                format!("a node port listens on all addresses, and another listener on {}", spelled(*place))
            }
            Self::Affinity => "session affinity holds only because there is one endpoint".to_owned(),
            Self::Hostname(name) => format!("{name} gets no rules: it is a name"),
            Self::Loop { place, target } => {
                format!("the listener on {} would connect to itself by way of {target}", spelled(*place))
            }
            Self::Conflict { place, wanted_by, held_by } => {
                format!("{wanted_by} wants to listen on {}, which {held_by} has", spelled(*place))
            }
            Self::Unusable { ip, kind } => format!("{kind} {ip} is no address that a node can claim"),
            Self::NoProxyPort { port, range } => {
                format!("no port of the proxy process is left for port {port} in {range}")
            }
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Udp(_) | Self::Sctp(_) | Self::Ipv4Only(_) => "its traffic needs HNS load balancers",
            Self::PartialVip { .. } => "whoever served them on this node before does not get the traffic now",
            Self::OneEndpoint { .. } => {
                "there is no balancing and no fail-over; compile again when it is gone"
            }
            Self::ClientAddress { .. } => "network policies and logs at the endpoint see the node",
            Self::HealthCheckPort(_) => "the load balancer takes this node for unhealthy",
            Self::SourceRanges { firewall: FirewallUse::None, .. } => "leave --no-firewall out",
            Self::SourceRanges { .. } => {
                "see netsh advfirewall show allprofiles firewallpolicy; the node's own traffic is not filtered"
            }
            Self::NoReject { claims: true, .. } => "the firewall decides between a refusal and silence",
            Self::NoReject { claims: false, .. } => "they time out; --netsh-empty address claims the address",
            Self::LegacyForwarding(_) => {
                "this is to compare with old nodes; use mode portproxy for a node of today"
            }
            Self::SharedSegment(_) => "on one network segment Windows finds the duplicate and uses neither",
            Self::Wildcard { .. } => "name the node's addresses with --node-ip",
            Self::Excluded { .. } | Self::Dynamic { .. } => "the listener is shown but never listens",
            Self::Shadowed { .. } => "who gets the connection is not documented; use --node-ip",
            Self::Affinity => "its timeout has no meaning",
            Self::Hostname(_) => "clients find its address by DNS; rules lead from addresses only",
            Self::Loop { .. } => {
                "it is left out; does an endpoint on the host network use the listener's port?"
            }
            Self::Conflict { .. } => "the first keeps it",
            Self::Unusable { .. } => "nothing is written for it",
            Self::NoProxyPort { .. } => "widen --proxy-port-range",
        }
    }
}

/// Who forwarded in a legacy mode.
fn forwarder(mode: Mode) -> &'static str {
    match mode {
        Mode::LegacyAddresses => "these commands claim addresses only, kube-proxy itself forwarded",
        Mode::LegacyPortproxy | Mode::Portproxy => {
            "these listeners lead to the process of kube-proxy, which forwarded"
        }
    }
}

/// A list, cut where it would be too long for a line of a batch file.
pub(super) fn some_of(items: impl IntoIterator<Item = impl ToString>) -> String {
    const MOST: usize = 20;
    let mut items = items.into_iter();
    let mut shown: Vec<String> = items.by_ref().take(MOST).map(|item| item.to_string()).collect();
    let more = items.count();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

fn spelled((ip, port): Place) -> String {
    let mut text = String::new();
    push_host_port(&mut text, port, |text| push_ip(text, ip));
    text
}
