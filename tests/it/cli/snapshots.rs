//! Promise: what people and programs see stays as it was reviewed: help, error messages, the rule IR and its
//! schema. The texts are in `snapshots/`; `cargo insta review` shows what a change does to them.

use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::{PlanOptions, Semantics, read};
use hnsplan::platform::netsh::{Mode, Options, Style, write};

use crate::support::case::Case;
use crate::support::exe::{compile, hnsplan};
use crate::support::snapshots::assert_snapshot;

#[test]
fn help() {
    assert_snapshot("help", hnsplan("--help").run().succeeded());
}

#[test]
fn help_of_compile() {
    assert_snapshot("help.compile", hnsplan("compile --help").run().succeeded());
}

#[test]
fn short_help_of_compile() {
    assert_snapshot("help.compile.short", hnsplan("compile -h").run().succeeded());
}

#[test]
fn help_of_trace() {
    assert_snapshot("help.trace", hnsplan("trace --help").run().succeeded());
}

#[test]
fn help_of_check() {
    assert_snapshot("help.check", hnsplan("check --help").run().succeeded());
}

#[test]
fn help_of_diff() {
    assert_snapshot("help.diff", hnsplan("diff --help").run().succeeded());
}

#[test]
fn help_of_test() {
    assert_snapshot("help.test", hnsplan("test --help").run().succeeded());
}

#[test]
fn help_of_graph() {
    assert_snapshot("help.graph", hnsplan("graph --help").run().succeeded());
}

#[test]
fn list_of_codes() {
    assert_snapshot("explain", hnsplan("explain").run().succeeded());
}

#[test]
fn error_port_out_of_range() {
    let manifest = "\
apiVersion: v1
kind: Service
metadata:
  name: front
  namespace: shop
spec:
  clusterIP: 10.96.0.20
  ports:
  - name: http
    port: 80
  - name: https
    port: 70000
";
    assert_snapshot("error.port", compile(manifest, "--node node-a").failed(1));
}

#[test]
fn error_unsafe_name() {
    let manifest = "{apiVersion: v1, kind: Service, metadata: {name: \"web; -j ACCEPT\\e[31m\"},\n \
                    spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}\n";
    assert_snapshot("error.unsafe-name", compile(manifest, "--node node-a").failed(2));
}

#[test]
fn error_shared_cluster_ip() {
    let service = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  \
             clusterIP: 10.96.0.20\n  ports:\n  - port: 80\n"
        )
    };
    let manifest = format!("{}---\n{}", service("front"), service("back"));
    assert_snapshot("error.shared-cluster-ip", compile(&manifest, "--node node-a").failed(1));
}

#[test]
fn error_not_yaml() {
    assert_snapshot("error.not-yaml", compile("kind: Service\nspec: {ports: [\n", "--node node-a").failed(2));
}

#[test]
fn error_list_instead_of_text() {
    let manifest = "apiVersion: v1\nkind: Service\nmetadata:\n  name: [web]\n";
    assert_snapshot("error.wrong-shape", compile(manifest, "--node node-a").failed(2));
}

/// The script for the cluster DNS in each mode, and in the default mode in each style.
#[test]
fn netsh_scripts() {
    let run = Case::named("075-kube-dns").run("1.36", false);
    for (mode, styles) in [
        (Mode::Portproxy, &[Style::Script, Style::Cmd, Style::Powershell, Style::Dump][..]),
        (Mode::LegacyAddresses, &[Style::Script, Style::Dump]),
        (Mode::LegacyPortproxy, &[Style::Script]),
    ] {
        let plan = run.netsh(&Options { mode, ..Options::default() }).plan;
        let texts = styles.iter().map(|style| {
            let scripts = [plan.create(), plan.undo()].map(|script| write(&script, *style));
            format!("=== {style:?}\n\n{}", scripts.join("\n--- undo\n\n").replace("\r\n", "\n"))
        });
        assert_snapshot(&format!("netsh.{}", mode.as_str()), &texts.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn rule_ir() {
    let compiled: Compiled = Case::named("031-lb-source-ranges-node").run("1.36", false).compile();
    assert_snapshot("ir", &compiled.ir());
}

/// The plan of a recorded case, made from what HNS held before.
fn hns_plan(case: &str, network_type: &str) -> String {
    let case = Case::named(case);
    let before = case.read(&format!("hns.{network_type}.before.json")).expect("a state");
    let compiled = case.compiled("1.36", false);
    let plan = compiled.hns(Some(&read::read(&before).0), Semantics::KubeProxy, &PlanOptions::default());
    plan.to_json(&compiled.rules).to_string()
}

#[test]
fn hns_plan_of_a_small_cluster() {
    assert_snapshot("hns.small", &hns_plan("002-clusterip-2ep", "l2bridge"));
}

#[test]
fn hns_plan_of_a_dns_service() {
    assert_snapshot("hns.dns", &hns_plan("075-kube-dns", "l2bridge"));
}

#[test]
fn hns_plan_on_an_overlay() {
    assert_snapshot("hns.overlay", &hns_plan("096-win-overlay-two-services-share-remote", "overlay"));
}

#[test]
fn hns_plan_with_direct_server_return() {
    assert_snapshot("hns.dsr", &hns_plan("089-win-dsr-nodeport-lb", "l2bridge"));
}

#[test]
fn hns_plan_of_the_shop() {
    let shop =
        "compile -t hns -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1 -v";
    let outcome = hnsplan(shop).run();
    assert_snapshot("hns.shop", &format!("{}{}", outcome.stdout, outcome.stderr));
}

/// A recorded case as arguments, with what HNS held before.
fn case_arguments(
    command: crate::support::exe::Hnsplan,
    case: &str,
    network_type: &str,
) -> crate::support::exe::Hnsplan {
    let folder = format!("fixtures/golden/{case}");
    command.args(&format!(
        "-f {folder}/manifests.yaml -f {folder}/node.yaml --config {folder}/kube-proxy.yaml \
         --facts {folder}/facts.yaml --hns-state {folder}/hns.{network_type}.before.json"
    ))
}

#[test]
fn hns_plan_of_the_old_api() {
    let command = hnsplan("compile -t hns --hns-format v1 -v");
    let outcome = case_arguments(command, "085-win-preserve-destination", "l2bridge").run();
    assert_snapshot("hns.v1", &format!("{}{}", outcome.stdout, outcome.stderr));
}

/// The prologue is a file of its own; what is written for a plan stands around it.
#[test]
fn hns_plan_as_a_script() {
    let command = hnsplan("compile -t hns --hns-format powershell");
    let outcome = case_arguments(command, "091-win-overlay-remote", "overlay").run();
    let script = outcome.succeeded().replace("\r\n", "\n");
    let prologue = include_str!("../../../src/platform/hns/write/powershell/prologue.ps1").trim_end();
    let (head, calls) = script.split_once(prologue).expect("every script has the prologue");
    assert_snapshot("hns.powershell", &format!("{head}(prologue.ps1){calls}"));
}

#[test]
fn service_with_health_checks() {
    let command = hnsplan("explain service demo/web");
    let outcome = case_arguments(command, "098-win-forward-healthcheck", "l2bridge").run();
    assert_snapshot("explain.service", &format!("{}{}", outcome.stdout, outcome.stderr));
}

#[test]
fn service_of_both_families() {
    let command = hnsplan("explain service demo/web");
    let outcome = case_arguments(command, "051-dualstack", "l2bridge").run();
    assert_snapshot("explain.service.dualstack", &format!("{}{}", outcome.stdout, outcome.stderr));
}

#[test]
fn service_on_an_overlay_as_json() {
    let command = hnsplan("explain service demo/web -o json");
    let outcome = case_arguments(command, "091-win-overlay-remote", "overlay").run();
    assert_snapshot("explain.service.json", &outcome.stdout);
}

#[test]
fn help_of_explain() {
    assert_snapshot("help.explain", hnsplan("explain --help").run().succeeded());
}

#[test]
fn answer_of_hns() {
    assert_snapshot("explain.hresult", hnsplan("explain HCN_E_PORT_ALREADY_EXISTS").run().succeeded());
}

#[test]
fn schema_of_the_plan() {
    assert_snapshot("hns.schema", hnsplan("schema hns-plan").run().succeeded());
}

#[test]
fn schema_of_the_rule_ir() {
    assert_snapshot("ir.schema", hnsplan("schema ir").run().succeeded());
}
