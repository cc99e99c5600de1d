//! The plan as a script for Windows PowerShell 5.1 and later, for nodes without hnsplan.
//!
//! What the script does stands in `prologue.ps1`, the same for every plan; what is written here are calls
//! of its functions. It can be run again: what is there already is left alone.
//!
//! **Invariant:** the script is ASCII, so that no encoding can change it, and every text of a manifest or a
//! dump stands inside one quoted literal or at the end of a comment (see [`quote`]).

mod quote;

use std::fmt::Write;
use std::iter;

use super::document::{services, sources};
use super::{PlanText, in_pieces, lines};
use crate::ir::RuleSet;
use crate::platform::hns::ids::FrontendKey;
use crate::platform::hns::lower::Purpose;
use crate::platform::hns::model::{Endpoint, LoadBalancer, NetworkRef};
use crate::platform::hns::plan::{Action, Operation, Plan};
use quote::{comment, json, literal};

/// Functions of the script.
const PROLOGUE: &str = include_str!("prologue.ps1");

/// What the script says at its end.
const EPILOGUE: &str = "\nWrite-Host ('{0} created, {1} modified, {2} deleted, {3} left as they were' -f \
                        $Count.created, $Count.modified, $Count.deleted, $Count.unchanged)\n";

impl Plan {
    /// The plan as a PowerShell script: ASCII, lines end as Windows wants them.
    #[must_use]
    pub fn to_powershell<'p>(&'p self, rules: &'p RuleSet) -> PlanText<'p> {
        PlanText::new(move || {
            let start = lines_of_windows(&(header(self, rules) + PROLOGUE + &network(self)));
            let calls = in_pieces(&self.operations, |_, piece| {
                let calls: String = piece.iter().map(|operation| call(operation, rules)).collect();
                lines_of_windows(&calls)
            });
            iter::once(start).chain(calls).chain(iter::once(lines_of_windows(EPILOGUE)))
        })
    }
}

fn lines_of_windows(text: &str) -> String {
    text.lines().flat_map(|line| [line, "\r\n"]).collect()
}

fn header(plan: &Plan, rules: &RuleSet) -> String {
    let node = rules.node.name.as_ref().map_or("a node without a name", |name| name.as_str());
    let network = &plan.network;
    let lines = [
        "HNS load balancers for one node, written by hnsplan compile -t hns --hns-format powershell.".to_owned(),
        String::new(),
        format!("  node        {node}"),
        format!("  network     {} ({})", network.name, network.type_.as_str()),
        format!("  kube-proxy  {}", rules.node.version),
        format!("  operations  {}", plan.operations.len()),
        String::new(),
        "Run it on that node as administrator, with kube-proxy stopped. -WhatIf shows what it would do, -Verbose"
            .to_owned(),
        "what it leaves alone. It stops at the first failure, can be run again, and deletes nothing but what it"
            .to_owned(),
        "names.".to_owned(),
    ];
    let mut text: String = lines.iter().map(|line| comment(line)).collect();
    text.push('\n');
    text
}

/// The call that finds the network.
fn network(plan: &Plan) -> String {
    let name = literal(&plan.network.name);
    match plan.network.reference {
        NetworkRef::Id(id) => format!("Use-Network -Name {name} -Id {}\n", literal(&id.to_string())),
        NetworkRef::Named(_) => format!("Use-Network -Name {name}\n"),
    }
}

/// One operation, under a comment that says whom it is for.
fn call(operation: &Operation, rules: &RuleSet) -> String {
    let id = literal(&operation.id.to_string());
    let mut text = format!("\n{}", comment(&reason(operation, rules)));
    let written = match &operation.action {
        Action::CreateEndpoint(endpoint) => {
            let address = endpoint.addresses().next().map(ToString::to_string).unwrap_or_default();
            let (address, settings) = (literal(&address), literal(&endpoint_settings(endpoint)));
            writeln!(text, "New-PlannedEndpoint -Id {id} -Address {address} -Settings {settings}")
        }
        Action::CreateLoadBalancer(balancer) => {
            writeln!(text, "New-PlannedLoadBalancer -Id {id} {}", balancer_parameters(balancer))
        }
        Action::ModifyLoadBalancer(balancer) => {
            writeln!(text, "Set-PlannedLoadBalancer -Id {id} {}", balancer_parameters(balancer))
        }
        // The old API deletes the same object.
        Action::DeleteLoadBalancer | Action::DeletePolicyList => {
            writeln!(text, "Remove-PlannedLoadBalancer -Id {id}")
        }
        Action::DeleteEndpoint => writeln!(text, "Remove-PlannedEndpoint -Id {id}"),
    };
    written.expect("a text takes everything");
    text
}

fn reason(operation: &Operation, rules: &RuleSet) -> String {
    let purpose = operation.purpose.map_or("no longer wanted", purpose_in_words);
    let (services, sources) = (services(&operation.owners, rules), sources(&operation.owners, rules));
    match (&*services, &*sources) {
        ([service, others @ ..], [source, ..]) => {
            let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            format!("{purpose} of {service}{more} ({source})")
        }
        _ => purpose.to_owned(),
    }
}

fn purpose_in_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::SourceVip => "source VIP",
        Purpose::ServiceVip => "endpoint for the cluster IP",
        Purpose::RemoteEndpoint => "endpoint on another node",
        Purpose::ClusterIp => "cluster IP",
        Purpose::NodePort => "node port",
        Purpose::ExternalIp => "external IP",
        Purpose::LoadBalancer => "load balancer address",
        Purpose::HealthCheck => "health check",
    }
}

/// The endpoint without its network, whose id the script puts in.
fn endpoint_settings(endpoint: &Endpoint) -> String {
    json(&lines::to_text(&Endpoint { network: None, ..endpoint.clone() }, 0, 0))
}

/// The members and the rest of a load balancer: the script puts in the ids.
fn balancer_parameters(balancer: &LoadBalancer) -> String {
    let members: Vec<String> = balancer.endpoints.iter().map(|member| literal(&member.to_string())).collect();
    let rest = LoadBalancer { endpoints: Vec::new(), ..balancer.clone() };
    let settings = literal(&json(&lines::to_text(&rest, 0, 0)));
    let name = FrontendKey::of(balancer).map(|key| literal(&key.to_string())).unwrap_or_default();
    format!("-Name {name} -Members @({}) -Settings {settings}", members.join(", "))
}
