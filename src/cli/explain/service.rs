//! `hnsplan explain service`

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::{Failure, Terminal};
use crate::cli::hns::Dumps;
use crate::cli::input::{Manifests, Node};
use crate::cli::output::MessageFormat;
use crate::diagnostics::{ObjectRef, Severity};
use crate::name::{nearest, printable};
use crate::pipeline::{Compiled, Loaded};
use crate::platform::hns::service_info::{Balancer, Known, Provenance, ServiceInfo};
use crate::platform::hns::{PlanOptions, Semantics};
use crate::render::columns::{Cell, row};
use crate::source::Sources;

/// Widths of the columns: 100 characters in all.
const FIELD: usize = 28;
const VALUE: usize = 38;
const FROM: usize = 34;

/// Show what kube-proxy on Windows keeps about a Service.
///
/// For each of its ports, and each family, every member of winkernel's serviceInfo: its value on this node,
/// where it comes from, and what it does. Ids are those of hnsplan compile -t hns.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    hnsplan explain service shop/web -f cluster.yaml --config kube-proxy.yaml --node win-1 --hns-state dumps/")]
pub(super) struct Service {
    /// The Service, as NAMESPACE/NAME
    #[arg(value_name = "NAMESPACE/NAME")]
    asked: String,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: Dumps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// The same as JSON
    Json,
}

impl Service {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some((namespace, name)) = self.asked.split_once('/') else {
            let message = format!("`{}` is no NAMESPACE/NAME, as in shop/web", printable(&self.asked));
            return Err(Failure::Usage(message));
        };
        let setup = self.node.setup(&self.manifests)?;
        let (state, problems) = self.dumps.state()?.unzip();
        let mut compiled = Loaded::new(self.manifests.read()?).parse(&setup).resolve(&setup).compile();
        let plan = compiled.hns(state.as_ref(), Semantics::KubeProxy, &PlanOptions::default());
        compiled.diagnostics.extend(plan.diagnostics);
        let service = ObjectRef::new("Service", namespace, name);
        compiled.diagnostics.retain(|found| found.object.as_ref() == Some(&service));
        compiled.diagnostics.extend(problems.unwrap_or_default());
        let infos = compiled.service_infos(state.as_ref(), namespace, name);
        if infos.is_empty() {
            terminal.diagnostics(&compiled.diagnostics, &compiled.sources, MessageFormat::Text, true);
            return Err(Failure::Message(self.not_served(&compiled, namespace, name)));
        }
        match self.output {
            Format::Table => {
                let tables = Tables::of(&compiled.sources);
                let text: String = infos.iter().map(|info| tables.table(info)).collect();
                terminal.result([&*head(&compiled), &*text])?;
            }
            Format::Json => terminal.result([&*serde_json::to_string_pretty(&infos)?, "\n"])?,
        }
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources, MessageFormat::Text, true);
        let has_errors = compiled.diagnostics.iter().any(|found| found.severity() == Severity::Error);
        if has_errors { Err(Failure::Findings) } else { Ok(()) }
    }

    /// Why there is nothing to show.
    fn not_served(&self, compiled: &Compiled, namespace: &str, name: &str) -> String {
        let shown = printable(&self.asked);
        let services = &compiled.cluster.services;
        let is_it = |service: &&crate::manifest::Service| {
            service.namespace.as_str() == namespace && service.name.as_str() == name
        };
        if services.iter().any(|service| is_it(&service)) {
            return format!(
                "kube-proxy does not serve {shown}: it is headless, an ExternalName, without ports, or another proxy's"
            );
        }
        let names: Vec<String> =
            services.iter().map(|service| format!("{}/{}", service.namespace, service.name)).collect();
        match &*nearest(&self.asked, names.iter().map(String::as_str)) {
            [] => format!("no Service {shown} among the {} that were read", names.len()),
            near => format!("no Service {shown}; is it {}?", near.join(" or ")),
        }
    }
}

/// What all tables have in common, and the files that they refer to.
fn head(compiled: &Compiled) -> String {
    let node = &compiled.rules.node;
    let name = node.name.as_ref().map_or("a node without a name", |name| name.as_str());
    format!("serviceInfo on {name}, kube-proxy {} on Windows\n", node.version)
}

/// The tables of service ports, which call files by their last name where that is enough.
struct Tables<'c> {
    /// Full names by last names, of files that are the only ones of their last name.
    full_names: BTreeMap<&'c str, &'c str>,
}

impl<'c> Tables<'c> {
    fn of(sources: &'c Sources) -> Self {
        let mut full_names = BTreeMap::new();
        let mut shared = BTreeSet::new();
        for (_, file) in sources.iter() {
            if full_names.insert(last_name(&file.name), &*file.name).is_some() {
                shared.insert(last_name(&file.name));
            }
        }
        full_names.retain(|last, _| !shared.contains(last));
        Self { full_names }
    }

    fn name<'n>(&self, file: &'n str) -> &'n str {
        let last = last_name(file);
        if self.full_names.contains_key(last) { last } else { file }
    }

    /// One service port in one family.
    fn table(&self, info: &ServiceInfo<'_>) -> String {
        let rule = "─".repeat(FIELD + VALUE + FROM);
        let head = row(&[
            Cell::new(FIELD, ["FIELD"]),
            Cell::new(VALUE, ["VALUE, and what it does"]),
            Cell::new(FROM, ["FROM"]),
        ]);
        let mut text = format!("\n{}  {}  {}\n\n{head}{rule}\n", info.service, info.family, info.frontend);
        text.push_str(&self.member("targetPort", &info.target_port, ToString::to_string));
        text.push_str(&self.addresses(info));
        text.push_str(&self.member("hnsID", &info.hns_id, |of| balancer(*of)));
        text.push_str(&self.member("nodePorthnsID", &info.node_port_hns_id, |of| balancer(*of)));
        text.push_str(&self.member("policyApplied", &info.policy_applied, ToString::to_string));
        text.push_str(&self.member("remoteEndpoint", &info.remote_endpoint, |id| {
            id.map_or_else(|| "none".to_owned(), |id| id.to_string())
        }));
        text.push_str(&self.member("hns", &info.hns, |handle| {
            format!("HNS {}, {} ({})", handle.version, handle.network, handle.network_type.as_str())
        }));
        text.push_str(&self.member("preserveDIP", &info.preserve_dip, ToString::to_string));
        text.push_str(&self.member("localTrafficDSR", &info.local_traffic_dsr, ToString::to_string));
        text.push_str(&self.member(
            "internalTrafficLocal",
            &info.internal_traffic_local,
            ToString::to_string,
        ));
        text.push_str(&self.member(
            "winProxyOptimization",
            &info.win_proxy_optimization,
            ToString::to_string,
        ));
        text
    }

    /// The two lists of addresses, each address with its load balancers.
    fn addresses(&self, info: &ServiceInfo<'_>) -> String {
        let (external, ingress) = (&info.external_ips, &info.load_balancer_ingress_ips);
        let mut text = String::new();
        if external.value.is_empty() {
            text.push_str(&self.member("externalIPs", external, |_| "none".to_owned()));
        }
        for (at, ip) in external.value.iter().enumerate() {
            text.push_str(&self.member(&format!("externalIPs[{at}]"), &ip.ip, ToString::to_string));
            text.push_str(&self.member("  hnsID", &ip.hns_id, |of| balancer(*of)));
        }
        if ingress.value.is_empty() {
            text.push_str(&self.member("loadBalancerIngressIPs", ingress, |_| "none".to_owned()));
        }
        for (at, ip) in ingress.value.iter().enumerate() {
            let name = format!("loadBalancerIngressIPs[{at}]");
            text.push_str(&self.member(&name, &ip.ip, ToString::to_string));
            text.push_str(&self.member("  hnsID", &ip.hns_id, |of| balancer(*of)));
            text.push_str(&self.member("  healthCheckHnsID", &ip.health_check_hns_id, |of| balancer(*of)));
        }
        text
    }

    /// A member: its value and below it what it does, and where the value came from.
    fn member<T>(&self, name: &str, known: &Known<T>, shown: impl Fn(&T) -> String) -> String {
        let from: Vec<String> = known.from.iter().flat_map(|from| self.provenance(from)).collect();
        row(&[
            Cell::new(FIELD, [name]),
            Cell::new(VALUE, [&*shown(&known.value), &*known.effect]),
            Cell::new(FROM, from.iter().map(String::as_str)),
        ])
    }

    fn provenance(&self, from: &Provenance) -> Vec<String> {
        match from {
            Provenance::Manifest { field, file, line } => {
                vec![format!("{}:{line}", self.name(file)), field_name(field)]
            }
            Provenance::Default { field } => vec![format!("default, no {}", field_name(field))],
            Provenance::Setting(path) => vec![(*path).to_owned()],
            Provenance::Hns { version, assumed } => {
                vec![format!("HNS {version}{}", assumed_or_not(*assumed))]
            }
            Provenance::Network { type_, assumed } => {
                vec![format!("network type {}{}", type_.as_str(), assumed_or_not(*assumed))]
            }
            Provenance::Plan => vec!["the plan makes it".to_owned()],
            Provenance::State => vec!["HNS holds it".to_owned()],
            Provenance::Endpoints => vec!["the endpoints in use".to_owned()],
        }
    }
}

fn assumed_or_not(assumed: bool) -> &'static str {
    if assumed { ", assumed" } else { "" }
}

fn last_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// A path, with annotations by their name.
fn field_name(path: &str) -> String {
    let annotation = path.strip_prefix("metadata.annotations[\"").and_then(|rest| rest.strip_suffix("\"]"));
    annotation.map_or_else(|| path.to_owned(), |name| format!("annotation {name}"))
}

fn balancer(balancer: Option<Balancer>) -> String {
    balancer.map_or_else(|| "none".to_owned(), |balancer| balancer.id.to_string())
}
