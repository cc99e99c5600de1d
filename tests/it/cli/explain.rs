//! Promise: `hnsplan explain` explains every code, number and member of kube-proxy's state, and its ids are
//! those of the plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hnsplan::answer::verdict::Confidence;
use hnsplan::catalog;
use hnsplan::explain::explain;
use hnsplan::platform::hns::errors::ERRORS;
use hnsplan::platform::hns::eval::RULES;
use hnsplan::platform::hns::model::Guid;
use hnsplan::platform::hns::service_info::{Balancer, Fate, Provenance, ServiceInfo};
use hnsplan::platform::hns::{Action, PlanOptions, Semantics, read};
use serde_json::Value;

use crate::support::case::{Case, VERSIONS};
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::run::Run;

#[test]
fn an_answer_of_hns_is_explained_in_every_spelling() {
    let wanted = hnsplan("explain 0x803b0013").run().succeeded().to_owned();
    assert!(
        wanted.starts_with("HCN_E_PORT_ALREADY_EXISTS (0x803B0013, 2151350291): conflict\n\n"),
        "{wanted}"
    );
    for text in ["803B0013", "2151350291", "-2143617005", "HCN_E_PORT_ALREADY_EXISTS"] {
        assert_eq!(hnsplan("explain").arg(text).run().succeeded(), wanted, "{text}");
    }
    let exists = hnsplan("explain 0xb7").run();
    assert!(exists.succeeded().starts_with("ERROR_ALREADY_EXISTS (0x800700B7, 2147942583, Win32 0xb7)"));
}

#[test]
fn every_answer_of_hns_has_advice() {
    for error in ERRORS {
        let outcome = hnsplan("explain").arg(error.symbol).run();
        let text = outcome.succeeded();
        assert!(text.replace('\n', " ").contains(&error.class.to_string()), "{text}");
        assert!(text.contains("\nagain    ") && text.contains("\nnext     "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

/// The switches of HNS that the images of AKS set are explained in any case, with what is known, by whom and how surely.
#[test]
fn switches_in_the_registry_are_explained() {
    let switches: Vec<_> = hnsplan::explain::switches().collect();
    assert!(switches.len() >= 20, "{}", switches.len());
    for switch in switches {
        for spelling in [switch.name.to_owned(), switch.name.to_lowercase()] {
            let outcome = hnsplan("explain").arg(&spelling).run();
            let text = outcome.succeeded();
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let head = format!("{} (registry): {}", switch.name, switch.confidence.as_str());
            assert!(text.starts_with(&head), "{text}");
            for part in [switch.effect, switch.set_by, switch.key] {
                assert!(flat.contains(part), "{part}: {text}");
            }
            assert!(text.contains("\nsource ") && text.contains("\nconfidence "), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        }
        // Nothing is made up: what only a name tells is believed, and says so.
        let is_guess = switch.effect.contains("By its name");
        assert_eq!(is_guess, switch.confidence == Confidence::Believed, "{}", switch.name);
        assert!(switch.source.contains("Azure/AgentBaker"), "{}", switch.name);
    }
    hnsplan("explain HNSControlFlags").run().failed(2);
}

#[test]
fn numbers_are_taken_apart() {
    let head = |arguments: &str| {
        let outcome = hnsplan("explain flags").args(arguments).run();
        outcome.succeeded().lines().next().expect("a line").to_owned()
    };
    assert_eq!(head("loadbalancer 3"), "Flags of a load balancer 3: EnableDirectServerReturn + IPv6");
    assert_eq!(head("port 0x1c"), "Flags of a port mapping 28: UseMux + EnablePreserveDip + IsVipExternalIp");
    assert_eq!(head("endpoint 1"), "Flags of an endpoint 1: RemoteEndpoint");
    assert_eq!(head("distribution 2"), "DistributionType of a port mapping 2: SourceIP");
    assert_eq!(head("distribution 9"), "DistributionType of a port mapping 9: no meaning is known");
    assert_eq!(head("port 0"), "Flags of a port mapping 0: nothing is set");
    let unknown = hnsplan("explain flags endpoint 65").run();
    assert!(unknown.succeeded().ends_with("  64  unknown                   No meaning is known.\n"));
    let all = hnsplan("explain flags port").run();
    assert_eq!(all.succeeded().lines().filter(|line| line.starts_with("   1  ")).count(), 1);
    for wrong in ["port x", "port -1", "port 4294967296", "colour 1"] {
        hnsplan("explain flags").args(wrong).run().failed(2);
    }
}

fn balancers(info: &ServiceInfo<'_>) -> Vec<Balancer> {
    let mut all = vec![info.hns_id.value, info.node_port_hns_id.value];
    all.extend(info.external_ips.value.iter().map(|ip| ip.hns_id.value));
    for ip in &info.load_balancer_ingress_ips.value {
        all.extend([ip.hns_id.value, ip.health_check_hns_id.value]);
    }
    all.into_iter().flatten().collect()
}

/// Every load balancer of a plan is in the table of a Service, under the same id, and no other.
#[test]
fn the_ids_of_all_tables_are_those_of_the_plan() {
    let mut seen = 0;
    for case in Case::all() {
        for (version, network_type) in VERSIONS.into_iter().flat_map(|v| [(v, "l2bridge"), (v, "overlay")]) {
            let Some(before) = case.read(&format!("hns.{network_type}.before.json")) else { continue };
            let name = format!("{} {version} {network_type}", case.name);
            let compiled = case.compiled(version, false);
            let (state, _) = read::read(&before);
            let plan = compiled.hns(Some(&state), Semantics::KubeProxy, &PlanOptions::default());
            let mut wanted: BTreeMap<Guid, Fate> = BTreeMap::new();
            for operation in &plan.operations {
                match operation.action {
                    Action::CreateLoadBalancer(_) => wanted.insert(operation.id, Fate::Made),
                    Action::ModifyLoadBalancer(_) => wanted.insert(operation.id, Fate::Changed),
                    _ => None,
                };
            }
            wanted.extend(plan.kept.iter().map(|kept| (kept.id, Fate::Kept)));
            let mut got = BTreeMap::new();
            let mut ports = 0;
            for service in &compiled.cluster.services {
                let (namespace, name) = (service.namespace.as_str(), service.name.as_str());
                let infos = compiled.service_infos(Some(&state), namespace, name);
                ports += infos.len();
                got.extend(infos.iter().flat_map(balancers).map(|of| (of.id, of.fate)));
            }
            assert_eq!(got, wanted, "{name}");
            assert_eq!(ports, compiled.rules.services.len(), "{name}");
            seen += wanted.len();
        }
    }
    assert!(seen > 1000, "only {seen} load balancers were seen");
}

const LOCAL: &str = "
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    preserve-destination: \"true\"
    winProxyOptimization: disabled
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.10
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  healthCheckNodePort: 32100
  externalIPs: [203.0.113.9, 203.0.113.10]
  ports:
  - {name: admin, port: 81, targetPort: 9000}
  - name: http
    port: 80
    targetPort: http
    nodePort: 30080
status:
  loadBalancer:
    ingress:
    - ip: 198.51.100.7
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-1
  namespace: shop
  labels: {kubernetes.io/service-name: web}
addressType: IPv4
ports:
- {name: admin, port: 9000}
- {name: http, port: 8080}
endpoints:
- {addresses: [10.244.1.5], nodeName: win-1}
- {addresses: [10.244.2.5], nodeName: win-2}
";

fn local(hns_version: &str) -> Run {
    Run::of(LOCAL).on("win-1").flags(|flags| {
        flags.hns_version = Some(hns_version.to_owned());
        flags.forward_health_check_vip = Some(true);
    })
}

/// A field of the manifest, as `LINE FIELD`.
fn place(from: &Provenance) -> String {
    match from {
        Provenance::Manifest { field, line, .. } => format!("{line} {field}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_member_has_its_value_and_its_place() {
    let compiled = local("15.4").compile();
    let infos = compiled.service_infos(None, "shop", "web");
    assert_eq!(
        infos.iter().map(|info| info.service).collect::<Vec<_>>(),
        ["shop/web:admin", "shop/web:http"]
    );
    let http = &infos[1];
    assert_eq!(http.target_port.value, 8080);
    assert_eq!(place(&http.target_port.from[0]), "37 ports[1].port of EndpointSlice web-1");
    let external: Vec<String> = http.external_ips.value.iter().map(|ip| place(&ip.ip.from[0])).collect();
    assert_eq!(external, ["16 spec.externalIPs[0]", "16 spec.externalIPs[1]"]);
    let ingress = &http.load_balancer_ingress_ips.value[0];
    assert_eq!(place(&ingress.ip.from[0]), "26 status.loadBalancer.ingress[0].ip");
    assert!(ingress.hns_id.value.is_some() && ingress.health_check_hns_id.value.is_some());
    assert_eq!(place(&http.hns_id.from[0]), "12 spec.clusterIP");
    assert_eq!(place(&http.node_port_hns_id.from[0]), "22 spec.ports[1].nodePort");
    assert!(http.policy_applied.value);
    assert_eq!(http.remote_endpoint.value, None);
    assert!(http.preserve_dip.value && http.local_traffic_dsr.value && http.internal_traffic_local.value);
    assert_eq!(place(&http.preserve_dip.from[0]), "8 metadata.annotations[\"preserve-destination\"]");
    assert_eq!(place(&http.local_traffic_dsr.from[0]), "13 spec.externalTrafficPolicy");
    assert_eq!(place(&http.internal_traffic_local.from[0]), "14 spec.internalTrafficPolicy");
    assert!(!http.win_proxy_optimization.value);
    let admin = &infos[0];
    assert_eq!(admin.target_port.value, 9000);
    assert_eq!(admin.node_port_hns_id.value, None);
    assert_eq!(
        admin.node_port_hns_id.from[0],
        Provenance::Default { field: "spec.ports[0].nodePort".to_owned() }
    );
}

#[test]
fn what_hns_cannot_do_is_off_with_the_reason() {
    let compiled = local("9.2").compile();
    let infos = compiled.service_infos(None, "shop", "web");
    let http = &infos[1];
    assert!(!http.preserve_dip.value && !http.local_traffic_dsr.value);
    assert!(http.internal_traffic_local.value, "the cluster IP needs no DSR for it");
    for known in [&http.preserve_dip, &http.local_traffic_dsr] {
        assert!(known.effect.contains("no direct server return"), "{}", known.effect);
        assert!(matches!(known.from[1], Provenance::Hns { assumed: false, .. }), "{:?}", known.from);
    }
}

#[test]
fn the_target_port_comes_from_where_the_version_looks() {
    // The Service says 8080, the pods listen on 9090.
    let case = Case::named("109-targetport-number-mismatch");
    let of = |version: &str| {
        let compiled = case.compiled(version, false);
        let service = &compiled.cluster.services[0];
        let infos = compiled.service_infos(None, service.namespace.as_str(), service.name.as_str());
        (infos[0].target_port.value, place(&infos[0].target_port.from[0]))
    };
    let (old, old_place) = of("1.30");
    let (new, new_place) = of("1.36");
    assert_ne!(old, new);
    assert!(old_place.ends_with(" spec.ports[0].targetPort"), "{old_place}");
    assert!(new_place.contains(" ports[0].port of EndpointSlice "), "{new_place}");
}

#[test]
fn without_endpoints_nothing_is_applied_and_each_row_has_the_reason() {
    let manifest = LOCAL.split("---").next().expect("a Service");
    let compiled = Run::of(manifest).on("win-1").compile();
    let infos = compiled.service_infos(None, "shop", "web");
    assert_eq!(infos.len(), 2);
    for info in &infos {
        assert!(balancers(info).is_empty());
        assert!(!info.policy_applied.value);
        assert_eq!(info.hns_id.effect, "No load balancer: no endpoint can be used.");
    }
    assert_eq!(infos[1].target_port.value, 0, "a name that no slice explains");
}

#[test]
fn the_first_port_of_a_service_owns_the_endpoint_of_its_cluster_ip() {
    let overlay = |run: Run| {
        run.flags(|flags| {
            flags.network_type = Some("Overlay".parse().expect("a type"));
            flags.source_vip = Some("10.244.1.2".to_owned());
            flags.host_mac = Some("00:15:5d:0a:0b:0c".to_owned());
        })
    };
    let compiled = overlay(local("15.4")).compile();
    let infos = compiled.service_infos(None, "shop", "web");
    let owners: Vec<bool> = infos.iter().map(|info| info.remote_endpoint.value.is_some()).collect();
    assert_eq!(owners, [true, false]);
    let plan = compiled.hns(None, Semantics::KubeProxy, &PlanOptions::default());
    let made: BTreeSet<Guid> = plan.operations.iter().map(|operation| operation.id).collect();
    assert!(made.contains(&infos[0].remote_endpoint.value.expect("an id")));
}

#[test]
fn two_services_with_one_address_are_not_both_applied() {
    let second = LOCAL.replace("name: web", "name: web2");
    let second = second.replace("10.244.1.5", "10.244.1.6");
    let compiled = Run::of(&format!("{LOCAL}---\n{second}")).on("win-1").compile();
    // `shop/web2:admin` sorts before `shop/web:admin`.
    assert!(compiled.service_infos(None, "shop", "web2")[0].policy_applied.value);
    let refused = &compiled.service_infos(None, "shop", "web")[0];
    assert!(!refused.policy_applied.value);
    assert_eq!(refused.hns_id.value, None);
    assert!(refused.hns_id.effect.contains("another Service has its address"), "{}", refused.hns_id.effect);
}

fn explain_case(case: &str) -> Hnsplan {
    let case = Case::named(case);
    let mut command = hnsplan("explain service demo/web");
    for manifest in case.manifests() {
        command = command.arg("-f").arg(manifest);
    }
    let config = case.file("kube-proxy.yaml").expect("a configuration");
    let facts = case.file("facts.yaml").expect("facts");
    let state = case.file("hns.l2bridge.before.json").expect("a state");
    command.arg("--config").arg(config).arg("--facts").arg(facts).arg("--hns-state").arg(state)
}

#[test]
fn the_table_fits_a_terminal_and_has_every_member() {
    for case in ["025-lb-one-ip", "051-dualstack", "098-win-forward-healthcheck", "081-externalips-odd"] {
        let outcome = explain_case(case).run();
        for line in outcome.stdout.lines() {
            assert!(line.chars().count() <= 100, "{case}: {line}");
            assert_eq!(line, line.trim_end(), "{case}");
        }
        for member in [
            "targetPort",
            "externalIPs",
            "loadBalancerIngressIPs",
            "hnsID",
            "nodePorthnsID",
            "policyApplied",
            "remoteEndpoint",
            "hns",
            "preserveDIP",
            "localTrafficDSR",
            "internalTrafficLocal",
            "winProxyOptimization",
        ] {
            let rows = outcome
                .stdout
                .lines()
                .filter(|line| line.strip_prefix(member).is_some_and(|rest| rest.starts_with([' ', '['])));
            assert!(rows.count() > 0, "{case}: {member}\n{}", outcome.stdout);
        }
    }
}

#[test]
fn the_json_contains_the_same() {
    let outcome = explain_case("098-win-forward-healthcheck").args("-o json").run();
    let infos: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    assert_eq!(infos["kind"], "ServiceInfo");
    let info = &infos["ports"][0];
    assert_eq!((&info["service"], &info["family"]), (&"demo/web:http".into(), &"IPv4".into()));
    assert_eq!(info["targetPort"]["value"], 8080);
    assert_eq!(info["localTrafficDSR"]["value"], true);
    let ingress = &info["loadBalancerIngressIPs"]["value"][0];
    assert_eq!(ingress["ip"]["value"], "198.51.100.7");
    let id = ingress["healthCheckHnsID"]["value"]["id"].as_str().expect("an id");
    assert!(id.parse::<Guid>().is_ok());
    assert_eq!(info["hns"]["value"]["version"], "15.4");
    for (member, known) in info.as_object().expect("an object") {
        let is_known = known.is_object();
        assert_eq!(
            is_known,
            !matches!(&**member, "service" | "protocol" | "family" | "frontend"),
            "{member}"
        );
        assert!(!is_known || known["effect"].as_str().is_some_and(|text| text.ends_with('.')), "{member}");
    }
}

#[test]
fn a_service_that_is_not_there_has_neighbours() {
    let explain = |name: &str| {
        hnsplan("explain service").arg(name).args("-f fixtures/shop/cluster.yaml --node win-1").run()
    };
    let outcome = explain("shop/catalogue");
    assert!(
        outcome.failed(2).contains("no Service shop/catalogue; is it shop/catalog?"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout, "");
    assert!(explain("x/y").failed(2).contains("no Service x/y among the "));
    assert!(explain("catalog").failed(2).contains("`catalog` is no NAMESPACE/NAME"));
    let headless = "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None, ports: [{port: 1}]}}";
    let outcome = hnsplan("explain service shop/db -f -").input(headless).run();
    assert!(
        outcome.failed(2).contains("kube-proxy does not serve shop/db: it is headless"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("a\u{1b}[31m\u{202e}b.yaml");
    fs::write(&file, LOCAL).expect("the file can be written");
    let outcome =
        hnsplan("explain service shop/web --network-name").arg("c\u{1b}[2J\nd").arg("-f").arg(&file).run();
    assert!(outcome.stdout.contains("targetPort"), "{}", outcome.stderr);
    let is_safe = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}'));
    assert!(outcome.stdout.chars().all(is_safe), "{:?}", outcome.stdout);
    assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 100), "{}", outcome.stdout);
    let unknown = hnsplan("explain").arg("x\u{1b}[31m").run();
    assert!(unknown.failed(2).chars().all(is_safe), "{:?}", unknown.stderr);
}

#[test]
fn rules_that_verdicts_rely_on_are_explained() {
    let outcome = hnsplan("explain h14").run();
    let text = outcome.succeeded();
    assert!(
        text.starts_with("H14 (rule of hns): open\n\nIt is unknown what a DistributionType means"),
        "{text}"
    );
    assert!(
        text.contains("\nconfidence    Unknown;") && text.contains("\nsource        HCN schema"),
        "{text}"
    );
}

#[test]
fn a_line_of_a_log_names_its_codes() {
    let explain = |line: &str| hnsplan("explain").arg(line).run().succeeded().to_owned();
    let line = "E1109 15:13:55.097793 4228 proxier.go:1067] \"Policy creation failed\" err=\"hcnCreateLoadBalancer \
                failed in Win32: The specified port already exists. (0x803b0013) {\\\"ErrorCode\\\":2151350291}\"";
    assert_eq!(explain(line), explain("0x803b0013"));
    let both = explain("error[H0612]: shop/web relies on H11");
    assert_eq!(both, format!("{}\n{}", explain("H0612"), explain("H11")));
    let outcome = hnsplan("explain").arg("all is well").run();
    assert!(outcome.failed(2).contains("no known code in `all is well`"), "{}", outcome.stderr);
}

/// Every code that any text of the tables names can be looked up.
#[test]
fn what_texts_name_is_explained() {
    let of_codes = catalog::all().iter().flat_map(|code| [code.title(), code.explanation(), code.advice()]);
    let of_errors = ERRORS.iter().flat_map(|error| [error.meaning, error.advice]);
    let of_rules = RULES.iter().flat_map(|rule| [rule.sentence, rule.source]);
    let mut seen = 0;
    for text in of_codes.chain(of_errors).chain(of_rules) {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
            let is_code =
                word.len() == digits.len() + 1 && digits.len() == 4 && digits.parse::<u16>().is_ok();
            if is_code
                || word.starts_with("0x") && word.len() > 2
                || word.starts_with("100") && word.len() == 5
            {
                seen += 1;
                assert!(explain(word).is_ok(), "{word} in: {text}");
            }
        }
    }
    assert!(seen > 10, "only {seen} were seen");
}
