//! Promise: a plan has the same contents in every format, and no hostile text escapes from a literal of its
//! script.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use hnsplan::diagnostics::Diagnostic;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::model::{
    Address, Distribution, Endpoint, EndpointFlags, EndpointPolicy, EndpointRef, Guid, IpConfiguration,
    LoadBalancer, LoadBalancerFlags, NetworkRef, PortFlags, PortMapping,
};
use hnsplan::platform::hns::{
    Action, FrontendKey, HostNetwork, Operation, Plan, PlanOptions, Semantics, read,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::case::{Case, VERSIONS, fixtures};
use crate::support::cases::cases;
use crate::support::damage::hostile;
use crate::support::exe::hnsplan;
use crate::support::run::{Run, assert_same};
use crate::support::script::{Call, calls, prologue, tokens};
use crate::support::skip::skip_always;

/// The plans of all recorded cases, with what HNS held before.
fn plans() -> Vec<(String, &'static Compiled, Plan)> {
    let mut plans = Vec::new();
    for case in Case::all() {
        for version in VERSIONS {
            for network_type in ["l2bridge", "overlay"] {
                let Some(before) = case.read(&format!("hns.{network_type}.before.json")) else { continue };
                let compiled = case.compiled(version, false);
                let (state, _) = read::read(&before);
                let plan = compiled.hns(Some(&state), Semantics::KubeProxy, &PlanOptions::default());
                plans.push((format!("{} {version} {network_type}", case.name), compiled, plan));
                let restart = PlanOptions { like_restart: true, ..PlanOptions::default() };
                let plan = compiled.hns(Some(&state), Semantics::KubeProxy, &restart);
                plans.push((format!("{} {version} {network_type} restart", case.name), compiled, plan));
            }
        }
    }
    assert!(plans.len() > 300, "only {} plans were made", plans.len());
    plans
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a plan is JSON")
}

fn guid(number: u128) -> Guid {
    format!("{number:08x}-0000-4000-8000-000000000000").parse().expect("a GUID")
}

fn operation(action: Action, id: u128, requires: &[u128]) -> Operation {
    Operation {
        action,
        id: guid(id),
        requires: requires.iter().copied().map(guid).collect(),
        purpose: None,
        owners: Vec::new(),
    }
}

/// A plan for a host of this network, made by hand.
fn plan(network: &str, operations: Vec<Operation>) -> Plan {
    let mut plan = Run::of("").compile().hns(None, Semantics::KubeProxy, &PlanOptions::default());
    plan.network = HostNetwork {
        reference: NetworkRef::Named(network.into()),
        name: network.into(),
        type_: plan.network.type_,
        is_assumed: false,
    };
    plan.operations = operations;
    plan
}

fn remote(network: &str, address: &str) -> Endpoint {
    Endpoint {
        network: Some(NetworkRef::Named(network.into())),
        ip_configurations: vec![IpConfiguration { ip_address: Address::of(address), prefix_length: 0 }],
        mac_address: Some("02-11-0a-f4-02-07".parse().expect("a MAC address")),
        flags: EndpointFlags::REMOTE,
        ..Endpoint::default()
    }
}

fn balancer(endpoints: Vec<EndpointRef>, vip: Option<&str>) -> LoadBalancer {
    LoadBalancer {
        endpoints,
        frontend_vips: vip.map(Address::of).into_iter().collect(),
        port_mappings: vec![PortMapping {
            protocol: 6,
            internal_port: 8080,
            external_port: 80,
            ..PortMapping::default()
        }],
        ..LoadBalancer::default()
    }
}

/// The calls of a plan in the old format.
fn calls_of_v1(plan: &Plan) -> Vec<(String, String, String)> {
    let text = plan.to_json_v1(&Run::of("").compile().rules).to_string();
    // The body as it stands in the text, whose members have an order.
    let mut bodies = text.lines().filter_map(|line| line.trim().strip_prefix("\"body\": "));
    let operations = json(&text)["operations"].as_array().expect("a list").clone();
    let text_of = |value: &Value| value.as_str().expect("a text").to_owned();
    let call = |operation: &Value| {
        let body = match operation.get("body") {
            Some(_) => bodies.next().expect("a body").trim_end_matches(',').to_owned(),
            None => String::new(),
        };
        (text_of(&operation["method"]), text_of(&operation["path"]), body)
    };
    operations.iter().map(call).collect()
}

#[test]
fn objects_of_the_old_api_are_those_that_kube_proxy_once_sent() {
    let overlay = Endpoint {
        policies: vec![EndpointPolicy::ProviderAddress { provider_address: Address::of("10.0.0.12") }],
        ..remote("vxlan0", "10.244.2.7")
    };
    let full = LoadBalancer {
        source_vip: Some(Address::of("10.244.1.2")),
        flags: LoadBalancerFlags::DSR,
        port_mappings: vec![PortMapping { flags: PortFlags::ILB, ..balancer(vec![], None).port_mappings[0] }],
        ..balancer(vec![EndpointRef::Local(Address::of("10.244.1.5"))], Some("10.96.20.5"))
    };
    let two = vec![EndpointRef::Id(guid(1)), EndpointRef::Named("cbr0".into())];
    let plan = plan(
        "vxlan0",
        vec![
            operation(Action::CreateEndpoint(Box::new(remote("cbr0", "10.244.2.7"))), 1, &[]),
            operation(Action::CreateEndpoint(Box::new(overlay)), 2, &[]),
            operation(Action::CreateEndpoint(Box::new(remote("cbr0", "fd00::7"))), 3, &[]),
            operation(Action::CreateLoadBalancer(Box::new(balancer(two, None))), 4, &[1]),
            operation(Action::CreateLoadBalancer(Box::new(full)), 5, &[]),
            operation(Action::DeletePolicyList, 6, &[]),
            operation(Action::DeleteLoadBalancer, 7, &[]),
            operation(Action::DeleteEndpoint, 8, &[7]),
        ],
    );
    let post = |path: &str, body: &str| ("POST".to_owned(), path.to_owned(), body.to_owned());
    let delete = |path: &str| ("DELETE".to_owned(), path.to_owned(), String::new());
    let expected = [
        post(
            "/endpoints/",
            r#"{"VirtualNetwork":"network:cbr0","MacAddress":"02-11-0a-f4-02-07","IPAddress":"10.244.2.7","IsRemoteEndpoint":true}"#,
        ),
        post(
            "/endpoints/",
            r#"{"VirtualNetwork":"network:vxlan0","Policies":[{"Type":"PA","PA":"10.0.0.12"}],"MacAddress":"02-11-0a-f4-02-07","IPAddress":"10.244.2.7","IsRemoteEndpoint":true}"#,
        ),
        post(
            "/endpoints/",
            r#"{"VirtualNetwork":"network:cbr0","MacAddress":"02-11-0a-f4-02-07","IPv6Address":"fd00::7","IsRemoteEndpoint":true}"#,
        ),
        post(
            "/policylists/",
            r#"{"References":["/endpoints/00000001-0000-4000-8000-000000000000","/endpoints/name:cbr0"],"Policies":[{"Type":"ELB","Protocol":6,"InternalPort":8080,"ExternalPort":80}]}"#,
        ),
        post(
            "/policylists/",
            r#"{"References":["/endpoints/local:10.244.1.5"],"Policies":[{"Type":"ELB","Protocol":6,"InternalPort":8080,"ExternalPort":80,"SourceVIP":"10.244.1.2","VIPs":["10.96.20.5"],"ILB":true,"IsDSR":true}]}"#,
        ),
        delete("/policylists/00000006-0000-4000-8000-000000000000"),
        delete("/policylists/00000007-0000-4000-8000-000000000000"),
        delete("/endpoints/00000008-0000-4000-8000-000000000000"),
    ];
    assert_eq!(calls_of_v1(&plan), expected);
}

#[test]
fn the_old_api_replaces_what_it_cannot_change() {
    let wanted = balancer(vec![EndpointRef::Id(guid(1))], Some("10.96.0.1"));
    let plan = plan("cbr0", vec![operation(Action::ModifyLoadBalancer(Box::new(wanted)), 9, &[1])]);
    let rules = Run::of("").compile().rules;
    let document = json(&plan.to_json_v1(&rules).to_string());
    let [delete, create] = &document["operations"].as_array().expect("a list")[..] else {
        panic!("{document:#}")
    };
    assert_eq!((&delete["op"], &delete["id"]), (&"DeletePolicyList".into(), &guid(9).to_string().into()));
    assert_eq!(delete["requires"], serde_json::json!([]));
    assert_eq!(create["op"], "CreatePolicyList");
    assert_ne!(create["id"], delete["id"], "HNS gives the new one another id");
    assert_eq!(create["requires"], serde_json::json!([guid(1).to_string(), guid(9).to_string()]));
    let codes: Vec<&str> = plan.losses_of_v1(&rules).iter().map(|found| found.code.id()).collect();
    assert_eq!(codes, ["H0645"]);
}

#[test]
fn the_old_format_has_every_operation_in_its_place() {
    for (name, compiled, plan) in plans() {
        let new = json(&plan.to_json(&compiled.rules).to_string());
        let old = json(&plan.to_json_v1(&compiled.rules).to_string());
        assert_eq!(old["kind"], "HnsPlanV1");
        for member in ["apiVersion", "node", "kubeProxyVersion", "semantics", "network", "kept", "foreign"] {
            assert_eq!(new[member], old[member], "{name}");
        }
        let of_new = |operation: &Value| match operation["op"].as_str().expect("a text") {
            "ModifyLoadBalancer" => vec!["DELETE", "POST"],
            kind if kind.starts_with("Create") => vec!["POST"],
            _ => vec!["DELETE"],
        };
        let methods: Vec<&str> =
            new["operations"].as_array().expect("a list").iter().flat_map(of_new).collect();
        let old_operations = old["operations"].as_array().expect("a list");
        let old_methods: Vec<&str> =
            old_operations.iter().map(|operation| operation["method"].as_str().expect("a text")).collect();
        assert_eq!(methods, old_methods, "{name}");
        for operation in old_operations {
            assert_eq!(operation.get("body").is_some(), operation["method"] == "POST", "{name}");
        }
    }
}

#[test]
fn what_the_old_api_cannot_say_is_counted_once_for_each_kind() {
    let lossy = |flags, distribution, port_flags| LoadBalancer {
        flags,
        port_mappings: vec![PortMapping {
            distribution,
            flags: port_flags,
            ..balancer(vec![], None).port_mappings[0]
        }],
        ..balancer(vec![EndpointRef::Id(guid(1))], None)
    };
    let none = PortFlags::empty();
    let preserved = PortFlags::PRESERVE_DIP | PortFlags::USE_MUX;
    let balancers = [
        lossy(LoadBalancerFlags::IPV6, Distribution::TUPLE, none),
        lossy(LoadBalancerFlags::IPV6 | LoadBalancerFlags::DSR, Distribution::SOURCE_IP, none),
        lossy(LoadBalancerFlags::DSR, Distribution::TUPLE, PortFlags::VIP_EXTERNAL_IP | preserved),
        lossy(LoadBalancerFlags::empty(), Distribution::TUPLE, PortFlags::LOCAL_ROUTED_VIP),
    ];
    let create = |(id, balancer)| operation(Action::CreateLoadBalancer(Box::new(balancer)), id, &[]);
    let plan = plan("cbr0", (2..).zip(balancers).map(create).collect());
    let found = plan.losses_of_v1(&Run::of("").compile().rules);
    let shown = |found: &Diagnostic| format!("{} {}", found.code.id(), found.message);
    assert_eq!(
        found.iter().map(shown).collect::<Vec<_>>(),
        [
            "H0641 2 load balancers cannot be marked as IPv6",
            "H0642 1 load balancer cannot keep clients with their endpoint",
            "H0643 1 load balancer cannot be marked as for clients from outside",
            "H0644 1 load balancer cannot keep the destination address",
        ]
    );
}

/// The document that the script sends for a call, before ids are looked up.
fn document(call: &Call) -> Value {
    let mut settings = json(&call.one("Settings"));
    let object = settings.as_object_mut().expect("an object");
    if call.name == "New-PlannedEndpoint" {
        object.insert("HostComputeNetwork".to_owned(), "the network".into());
    } else {
        let members = call.parameters["Members"].iter().map(|member| Value::from(member.as_str()));
        object.insert("HostComputeEndpoints".to_owned(), members.collect());
    }
    settings
}

#[test]
fn the_script_calls_for_every_operation_what_it_needs() {
    let mut functions = BTreeSet::new();
    for (name, compiled, plan) in plans() {
        let script = plan.to_powershell(&compiled.rules).to_string();
        let mut calls = calls(&script).into_iter();
        let network = calls.next().expect("the network comes first");
        assert_eq!((&*network.name, network.one("Name")), ("Use-Network", plan.network.name.to_string()));
        let operations = json(&plan.to_json(&compiled.rules).to_string());
        let operations = operations["operations"].as_array().expect("a list").clone();
        assert_eq!(calls.len(), operations.len() + 1, "{name}: a call for each operation, and the last word");
        for (call, operation) in calls.zip(operations) {
            functions.insert(call.name.clone());
            assert_eq!(call.one("Id"), operation["id"].as_str().expect("a text"), "{name}");
            let Some(settings) = operation.get("settings") else {
                let function = match operation["op"].as_str().expect("a text") {
                    "DeleteEndpoint" => "Remove-PlannedEndpoint",
                    _ => "Remove-PlannedLoadBalancer",
                };
                assert_eq!(call.name, function, "{name}");
                continue;
            };
            let mut wanted = settings.clone();
            if wanted.get("HostComputeNetwork").is_some() {
                wanted["HostComputeNetwork"] = "the network".into();
                assert_eq!(call.one("Address"), settings["IpConfigurations"][0]["IpAddress"]);
            }
            assert_eq!(document(&call), wanted, "{name}");
        }
    }
    assert!(functions.contains("New-PlannedEndpoint") && functions.contains("New-PlannedLoadBalancer"));
    assert!(functions.contains("Remove-PlannedLoadBalancer"), "{functions:?}");
}

#[test]
fn the_script_is_what_windows_powershell_can_read() {
    let prologue_file = fixtures().with_file_name("src/platform/hns/write/powershell/prologue.ps1");
    let wanted = std::fs::read_to_string(prologue_file).expect("the prologue is there");
    for (name, compiled, plan) in plans() {
        let script = plan.to_powershell(&compiled.rules).to_string();
        assert!(script.is_ascii(), "{name}: no encoding can change it");
        assert!(script.ends_with("\r\n"), "{name}");
        assert_eq!(script.matches('\n').count(), script.matches("\r\n").count(), "{name}");
        assert_same(wanted.trim_end(), &prologue(&script).replace("\r\n", "\n"), &name);
        let tokens = tokens(&script);
        let open = |bracket: &str| tokens.iter().filter(|token| *token == bracket).count();
        for (left, right) in [("{", "}"), ("(", ")"), ("[", "]")] {
            assert_eq!(open(left), open(right), "{name}: {left} and {right}");
        }
    }
}

/// A plan in which every text is one of these.
fn plan_of_texts(texts: &[String]) -> Plan {
    let text = |at: usize| texts[at % texts.len()].as_str();
    let members = vec![
        EndpointRef::Local(Address::Text(text(1).into())),
        EndpointRef::Named(text(2).into()),
        EndpointRef::Id(guid(1)),
    ];
    let mut endpoint = remote(text(0), "10.0.0.1");
    endpoint.ip_configurations[0].ip_address = Address::Text(text(3).into());
    endpoint.policies =
        vec![EndpointPolicy::ProviderAddress { provider_address: Address::Text(text(1).into()) }];
    let mut wanted = balancer(members, None);
    wanted.frontend_vips = vec![Address::Text(text(2).into())];
    wanted.source_vip = Some(Address::Text(text(3).into()));
    let operations = vec![
        operation(Action::CreateEndpoint(Box::new(endpoint)), 1, &[]),
        operation(Action::CreateLoadBalancer(Box::new(wanted.clone())), 2, &[1]),
        operation(Action::ModifyLoadBalancer(Box::new(wanted)), 3, &[1]),
    ];
    plan(text(0), operations)
}

/// Texts that try to get out of a literal or a comment.
fn escapes() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        hostile().prop_map(str::to_owned),
        prop::sample::select(
            &[
                "'",
                "''",
                "\u{2018}",
                "\u{2019}",
                "\u{201a}",
                "\u{201b}",
                "\u{201c}",
                "\"",
                "`",
                "$(evil)",
                "\n",
                "\r",
                "\u{2028}",
                "\u{85}",
                "#>",
                "'@",
                "\\u0027",
                "\\",
                ");",
                "}",
                "𝄞",
                "# SIG # Begin"
            ][..]
        )
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(256), ..ProptestConfig::default() })]

    #[test]
    fn no_text_leaves_its_literal(texts in prop::collection::vec(escapes(), 4), file in escapes()) {
        let plan = plan_of_texts(&texts);
        let mut compiled = Run::of("{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}").compile();
        compiled.rules.files = vec![file];
        let mut plan = plan;
        plan.operations[1].owners = vec![0];
        let script = plan.to_powershell(&compiled.rules).to_string();
        prop_assert!(script.bytes().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n')), "{}", script);
        let calls = calls(&script);
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        prop_assert_eq!(
            names,
            [
                "Use-Network",
                "New-PlannedEndpoint",
                "New-PlannedLoadBalancer",
                "Set-PlannedLoadBalancer",
                "Write-Host"
            ]
        );
        prop_assert_eq!(calls[0].one("Name"), texts[0].clone());
        prop_assert_eq!(calls[1].one("Address"), texts[3].clone());
        for call in &calls[2..4] {
            let members = &call.parameters["Members"];
            prop_assert_eq!(&members[0], &format!("local:{}", texts[1]));
            prop_assert_eq!(&members[1], &format!("name:{}", texts[2]));
            let settings = json(&call.one("Settings"));
            prop_assert_eq!(settings["SourceVIP"].as_str(), Some(&*texts[3]));
            prop_assert_eq!(settings["FrontendVIPs"][0].as_str(), Some(&*texts[2]));
        }
        // Nor anything out of the JSON of the other formats.
        let old = json(&plan.to_json_v1(&compiled.rules).to_string());
        let reference = old["operations"][1]["body"]["References"][0].as_str().expect("a text").to_owned();
        prop_assert_eq!(reference, format!("/endpoints/local:{}", texts[1]));
    }
}

#[test]
fn each_format_has_its_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let case = Case::named("025-lb-one-ip");
    let key = FrontendKey { vip: Some(Address::of("198.51.100.7")), protocol: 6, port: 80, ipv6: false };
    for (format, file, start) in [
        ("v2", "hns.plan.json", "{\n  \"apiVersion\""),
        ("v1", "hns.plan.v1.json", "{\n  \"apiVersion\""),
        ("powershell", "hns.plan.ps1", "# HNS load balancers"),
    ] {
        let mut command = hnsplan("compile -t hns --hns-format").arg(format).arg("--out").arg(folder.path());
        for manifest in case.manifests() {
            command = command.arg("-f").arg(manifest);
        }
        assert_eq!(command.run().succeeded(), "");
        let text = std::fs::read_to_string(folder.path().join(file)).expect(file);
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains(&key.vip.as_ref().expect("an address").to_string()), "{text}");
    }
}

/// Asks PowerShell itself, where it is installed.
#[test]
fn powershell_finds_no_mistake() {
    let parse = "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseInput(\
                 [Console]::In.ReadToEnd(), [ref]$null, [ref]$errors); $errors | ForEach-Object { \"$_\" }";
    let started = Command::new("pwsh")
        .args(["-NoProfile", "-NonInteractive", "-Command", parse])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut pwsh) = started else { return skip_always("pwsh is not installed") };
    let (_, compiled, plan) = plans().swap_remove(0);
    let script = plan.to_powershell(&compiled.rules).to_string();
    let mut stdin = pwsh.stdin.take().expect("standard input is piped");
    stdin.write_all(script.as_bytes()).expect("pwsh reads");
    drop(stdin);
    let output = pwsh.wait_with_output().expect("pwsh ends");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "");
}
