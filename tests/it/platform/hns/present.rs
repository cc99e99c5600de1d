//! Promise: given a dump of HNS in any form, a plan contains the necessary changes only, and deletes nothing
//! that something else needs.

use hnsplan::platform::hns::{Action, Owned, Plan, PlanOptions, Semantics, read};

use crate::support::exe::hnsplan;
use crate::support::manifests::{NODE, endpoint, service, slice};
use crate::support::run::Run;

const NETWORK: &str = r#"{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"L2Bridge"}"#;

fn pod(id: u32, address: &str, remote: bool) -> String {
    format!(
        r#"{{"ID":"00000000-0000-4000-8000-{id:012}","HostComputeNetwork":"00000000-0000-4000-8000-000000000100",
            "IpConfigurations":[{{"IpAddress":"{address}"}}],"Flags":{}}}"#,
        u8::from(remote)
    )
}

fn balancer(id: u32, vip: &str, members: &[u32]) -> String {
    let members: Vec<_> = members.iter().map(|id| format!(r#""00000000-0000-4000-8000-{id:012}""#)).collect();
    format!(
        r#"{{"ID":"00000000-0000-4000-8000-{id:012}","HostComputeEndpoints":[{}],"FrontendVIPs":["{vip}"],
            "PortMappings":[{{"Protocol":6,"InternalPort":80,"ExternalPort":80,"DistributionType":0,"Flags":0}}]}}"#,
        members.join(",")
    )
}

fn state(endpoints: &[String], balancers: &[String]) -> String {
    let (endpoints, balancers) = (endpoints.join(","), balancers.join(","));
    format!(r#"{{"Networks":[{NETWORK}],"Endpoints":[{endpoints}],"LoadBalancers":[{balancers}]}}"#)
}

/// `default/web` at 10.96.0.1:80 with these endpoints, on other nodes unless they begin with `10.244.0.`.
fn web(addresses: &[&str]) -> Run {
    let node = |address: &str| if address.starts_with("10.244.0.") { "node-a" } else { "node-b" };
    let endpoints: Vec<String> =
        addresses.iter().map(|address| endpoint(address, &format!("nodeName: {}", node(address)))).collect();
    let endpoints: Vec<&str> = endpoints.iter().map(String::as_str).collect();
    Run::of(&format!("{}{}{NODE}", service("", ""), slice("a", &endpoints))).on("node-a").flags(|flags| {
        flags.network_name = Some("net".to_owned());
        flags.hns_version = Some("15.5".to_owned());
    })
}

fn plan_with(run: &Run, dump: &str, options: &PlanOptions) -> Plan {
    let (state, problems) = read::read(dump);
    assert!(problems.is_empty(), "{problems:?}");
    run.compile().hns(Some(&state), Semantics::KubeProxy, options)
}

/// The operations in words: `+` make, `~` change, `-` delete; an endpoint by its address, anything that is
/// there by the last digits of its id.
fn changes(plan: &Plan) -> Vec<String> {
    let short =
        |id: &str| id.trim_start_matches("00000000-0000-4000-8000-").trim_start_matches('0').to_owned();
    let change = |operation: &hnsplan::platform::hns::Operation| match &operation.action {
        Action::CreateEndpoint(endpoint) => format!("+ {}", endpoint.ip_configurations[0].ip_address),
        Action::CreateLoadBalancer(balancer) => format!("+ {}", balancer.frontend_vips[0]),
        Action::ModifyLoadBalancer(balancer) => {
            format!("~ {} {}", short(&operation.id.to_string()), balancer.frontend_vips[0])
        }
        Action::DeleteLoadBalancer | Action::DeletePolicyList | Action::DeleteEndpoint => {
            format!("- {}", short(&operation.id.to_string()))
        }
    };
    plan.operations.iter().map(change).collect()
}

#[track_caller]
fn assert_changes(run: &Run, dump: &str, wanted: &[&str]) {
    assert_eq!(changes(&plan_with(run, dump, &PlanOptions::default())), wanted);
}

#[test]
fn what_is_there_stays() {
    let present = state(
        &[pod(1, "10.244.0.4", false), pod(2, "10.244.1.4", true)],
        &[balancer(50, "10.96.0.1", &[2, 1])],
    );
    let run = web(&["10.244.0.4", "10.244.1.4"]);
    assert_changes(&run, &present, &[]);
    let plan = plan_with(&run, &present, &PlanOptions::default());
    assert_eq!(plan.kept[0].frontend.as_ref().unwrap().to_string(), "10.96.0.1:80/TCP");
    // HNS fills in a source VIP by itself.
    let filled = present.replace(r#""FrontendVIPs""#, r#""SourceVIP":"192.168.0.2","FrontendVIPs""#);
    assert_changes(&run, &filled, &[]);
}

#[test]
fn a_load_balancer_with_other_members_is_changed_where_hns_can_and_else_replaced() {
    let present = state(&[pod(1, "10.244.0.4", false)], &[balancer(50, "10.96.0.1", &[1])]);
    let run = web(&["10.244.0.4", "10.244.1.4"]);
    assert_changes(&run, &present, &["+ 10.244.1.4", "~ 50 10.96.0.1"]);
    let older = run.clone().flags(|flags| flags.hns_version = Some("15.4".to_owned()));
    assert_changes(&older, &present, &["+ 10.244.1.4", "- 50", "+ 10.96.0.1"]);
    assert_changes(&run.version("1.30"), &present, &["+ 10.244.1.4", "- 50", "+ 10.96.0.1"]);
}

#[test]
fn everything_that_a_load_balancer_does_is_compared() {
    let present = state(&[pod(1, "10.244.0.4", false)], &[balancer(50, "10.96.0.1", &[1])]);
    let run = web(&["10.244.0.4"]);
    assert_changes(&run, &present, &[]);
    for (is, should) in [
        (r#""InternalPort":80"#, r#""InternalPort":81"#),
        (r#""DistributionType":0"#, r#""DistributionType":2"#),
        (r#""DistributionType":0,"Flags":0"#, r#""DistributionType":0,"Flags":16"#),
        (r#""FrontendVIPs""#, r#""Flags":1,"FrontendVIPs""#),
    ] {
        let other = present.replace(is, should);
        assert_ne!(other, present);
        assert_changes(&run, &other, &["~ 50 10.96.0.1"]);
    }
}

#[test]
fn a_load_balancer_of_a_service_without_endpoints_is_deleted_and_a_foreign_one_reported() {
    let present = state(
        &[pod(1, "10.244.0.4", false)],
        &[balancer(50, "10.96.0.1", &[1]), balancer(51, "10.96.9.9", &[1])],
    );
    let plan = plan_with(&web(&[]), &present, &PlanOptions::default());
    assert_eq!(changes(&plan), ["- 50"]);
    assert_eq!(plan.foreign.len(), 1);
    assert!(
        plan.diagnostics
            .iter()
            .any(|found| found.code.id() == "H0628" && found.message.contains("10.96.9.9"))
    );
}

#[test]
fn a_leaked_copy_of_a_load_balancer_is_deleted() {
    let present = state(
        &[pod(1, "10.244.0.4", false), pod(2, "10.244.1.4", true)],
        &[balancer(50, "10.96.0.1", &[2]), balancer(51, "10.96.0.1", &[1])],
    );
    assert_changes(&web(&["10.244.0.4"]), &present, &["- 50"]);
}

#[test]
fn what_an_earlier_plan_made_goes_when_nothing_needs_it() {
    let present = state(
        &[pod(1, "10.244.0.4", false), pod(2, "10.244.1.4", true), pod(3, "10.244.1.5", true)],
        &[balancer(50, "10.96.5.5", &[2]), balancer(51, "10.96.9.9", &[3])],
    );
    let earlier = r#"{"kind":"HnsPlan","operations":[
        {"settings":{"IpConfigurations":[{"IpAddress":"10.244.1.4"}]}},
        {"settings":{"IpConfigurations":[{"IpAddress":"10.244.1.5"}]}},
        {"settings":{"IpConfigurations":[{"IpAddress":"10.244.0.4"}]}},
        {"settings":{"FrontendVIPs":["10.96.5.5"],"PortMappings":[{"Protocol":6,"ExternalPort":80}]}}]}"#;
    let mut owned = Owned::default();
    owned.add_plan(earlier).unwrap();
    let options = PlanOptions { owned, ..PlanOptions::default() };
    let plan = plan_with(&web(&[]), &present, &options);
    // 3 is a member of a foreign load balancer, and 1 is a pod's own endpoint.
    assert_eq!(changes(&plan), ["- 50", "- 2"]);
    // As long as a Service needs it, it stays.
    let plan = plan_with(&web(&["10.244.1.4"]), &present, &options);
    assert_eq!(changes(&plan), ["+ 10.96.0.1", "- 50"]);
    assert_changes(&web(&[]), &present, &[]);
    // An endpoint of another network is somebody else's, whatever its address.
    let elsewhere = pod(2, "10.244.1.4", true).replace("000000000100", "000000000101");
    let present = state(&[elsewhere], &[]);
    assert_eq!(changes(&plan_with(&web(&[]), &present, &options)), [""; 0]);
}

#[test]
fn a_left_over_endpoint_with_the_address_of_a_pod_goes_after_its_load_balancer_has_let_it_go() {
    let present =
        state(&[pod(1, "10.244.0.4", false), pod(2, "10.244.0.4", true)], &[balancer(50, "10.96.0.1", &[2])]);
    let run = web(&["10.244.0.4"]);
    assert_changes(&run, &present, &["~ 50 10.96.0.1", "- 2"]);
    // Up to 1.33 it hides the pod's own one.
    assert_changes(&run.version("1.33"), &present, &[]);
}

#[test]
fn dumps_of_the_old_schema_and_tables_are_compared_as_far_as_they_go() {
    let network =
        r#"{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"L2Bridge","Subnets":[]}"#;
    let endpoint = r#"{"ID":"00000000-0000-4000-8000-000000000001","IPAddress":"10.244.0.4",
        "VirtualNetwork":"00000000-0000-4000-8000-000000000100","VirtualNetworkName":"net"}"#;
    let list = r#"{"ID":"00000000-0000-4000-8000-000000000050","References":["/endpoints/00000000-0000-4000-8000-000000000001"],
        "Policies":[{"Type":"ELB","Protocol":6,"InternalPort":80,"ExternalPort":80,"VIPs":["10.96.0.1"]}]}"#;
    let old = format!("{network}\n{endpoint}\n{list}\n");
    let run = web(&["10.244.0.4"]);
    assert_changes(&run, &old, &[]);
    // Either the id of the network or its name is enough.
    let named = old.replace(r#""VirtualNetwork":"00000000-0000-4000-8000-000000000100","#, "");
    assert_ne!(named, old);
    assert_changes(&run, &named, &[]);
    let elsewhere = named.replace(r#""VirtualNetworkName":"net""#, r#""VirtualNetworkName":"other""#);
    assert_changes(&run, &elsewhere, &["- 50"]);
    let other_port = old.replace(r#""InternalPort":80"#, r#""InternalPort":81"#);
    assert_changes(&run, &other_port, &["~ 50 10.96.0.1"]);
    let table = "ID                                   | Virtual IPs      | Direct IP IDs\n\
         00000000-0000-4000-8000-000000000050 |  10.96.0.1       | 00000000-0000-4000-8000-000000000001\n";
    let tables = format!("{network}\n{endpoint}\nLoadBalancers:\n{table}");
    assert_changes(&run, &tables, &[]);
    assert_changes(&run, &tables.replace("10.96.0.1 ", "10.96.0.9 "), &["+ 10.96.0.1"]);
}

#[test]
fn dumps_come_from_files_folders_and_standard_input() {
    let dump = state(&[pod(1, "10.244.0.4", false)], &[]);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let manifest = folder.path().join("manifest.yaml");
    let local = endpoint("10.244.0.4", "nodeName: node-a");
    std::fs::write(&manifest, format!("{}{}", service("", ""), slice("a", &[&local])))
        .expect("it can be written");
    let collected = folder.path().join("logs");
    std::fs::create_dir(&collected).expect("a folder can be made");
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(dump.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    std::fs::write(collected.join("endpoint.txt"), utf16).expect("it can be written");
    std::fs::write(collected.join("routes.txt"), "no dump").expect("it can be written");
    let compile = || {
        hnsplan(
            "compile -t hns --node node-a --network-name net --hns-version 15.4 --message-format short -f",
        )
        .arg(&manifest)
    };
    let from_folder = compile().arg("--hns-state").arg(&collected).run();
    let from_stdin = compile().args("--hns-state -").input(dump).run();
    assert_eq!(from_folder.succeeded(), from_stdin.succeeded());
    assert!(
        from_folder.stdout.contains(r#"["00000000-0000-4000-8000-000000000001"]"#),
        "{}",
        from_folder.stdout
    );

    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{\"Endpoints\":[\n{\"ID\":\"x\"},\n").expect("it can be written");
    let outcome = compile().arg("--hns-state").arg(&broken).run();
    let message = format!("warning[H0606]: {}:2: ", broken.display());
    assert!(outcome.stderr.contains(&message), "{}", outcome.stderr);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder can be made");
    let outcome = compile().arg("--hns-state").arg(&empty).run();
    assert!(outcome.stderr.contains("contains no dump of a node"), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "nothing is written");
    let outcome = compile().arg("--previous-plan").arg(&manifest).run();
    assert!(outcome.stderr.contains("manifest.yaml: "), "{}", outcome.stderr);
}
