//! Promise: a suite says what clients may notice while a change is rolled out, and that agrees with `hnsplan rollout`.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const FRONT: &str = "fixtures/rollouts/front.yaml";
const QUIET: &str = "fixtures/rollouts/quiet.yaml";

fn folder(app: &str, flags: &str, entries: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room");
    fs::copy(app, folder.path().join("app.yaml")).expect("it can be copied");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
    let settings = format!("apiVersion: hnsplan/v1alpha1\nkind: Suite\nassume: true\nflags: [{flags}]\n");
    write("hnsplan.yaml", &settings);
    let entries = entries.join("\n- ");
    write(
        "app.expect.yaml",
        &format!("apiVersion: hnsplan/v1alpha1\nkind: Expectations\nexpect:\n- {entries}\n"),
    );
    folder
}

fn test(folder: &Path, arguments: &str) -> Outcome {
    hnsplan(&format!("test . {arguments}")).inside(folder).env("CI", "true").run()
}

fn never_fails(during: &str, from: &str, to: &str, on: &str) -> String {
    format!("{{during: {{{during}}}, from: {from}, to: '{to}', on: [{on}], expect: neverFails}}")
}

#[test]
fn a_rollout_that_no_client_notices_passes() {
    let entries = [
        never_fails("restart: shop/web", "pod", "shop/web:80", "iptables, nftables"),
        never_fails("scale: [shop/web=4]", "node", "shop/web", ""),
    ];
    let folder = folder(QUIET, "", &entries);
    let told = test(folder.path(), "");
    assert_eq!(told.succeeded(), "1 case: 3 outputs as expected, 0 differ\n");
}

#[test]
fn a_rollout_that_clients_notice_fails_with_what_they_notice() {
    let entries = [
        never_fails("restart: shop/front", "external", "shop/front:80", "hns"),
        never_fails("restart: shop/front", "external", "shop/front", ""),
    ];
    let folder = folder(FRONT, "--hns-version, '16.0'", &entries);
    let outcome = test(folder.path(), "");
    outcome.failed(1);
    let asked = "during restart of shop/front, external → shop/front:80 on hns: expected neverFails, fails: \
                 shop/front has no endpoint on win-1 for as long as one pod takes to start, since externalTrafficPolicy is Local";
    assert!(outcome.stdout.contains(asked), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("0 outputs as expected, 2 differ"), "{}", outcome.stdout);
    let junit = test(folder.path(), "-o junit");
    assert!(
        junit.stdout.contains("<failure") && junit.stdout.contains("since externalTrafficPolicy is Local")
    );
}

/// Pods use the cluster IP, which the policy says nothing about.
#[test]
fn a_policy_for_clients_outside_is_no_failure_for_pods() {
    let one = |from: &str| never_fails("restart: shop/front", from, "shop/front:http", "hns");
    for (from, code) in [("pod", 0), ("node", 0), ("external", 1)] {
        let folder = folder(FRONT, "--hns-version, '16.0'", &[one(from)]);
        let outcome = test(folder.path(), "");
        assert_eq!(outcome.code, code, "{from}: {}{}", outcome.stdout, outcome.stderr);
    }
}

/// What the command tells is what the clients of all kinds are asked about one by one.
#[test]
fn a_suite_agrees_with_the_command() {
    let mut codes = [0, 0];
    for (app, service, workload, hns) in [
        (FRONT, "shop/front", "shop/front", "16.0"),
        (FRONT, "shop/front", "shop/front", "15.4"),
        (QUIET, "shop/web", "shop/web", "16.0"),
        (QUIET, "shop/web", "shop/web", "15.4"),
    ] {
        let scale = if app == FRONT { None } else { Some(("--scale", format!("{workload}=1"))) };
        let node = if app == FRONT { "win-1" } else { "linux-1" };
        let changes = [Some(("--restart", workload.to_owned())), scale, Some(("--drain", node.to_owned()))];
        for (flag, value) in changes.into_iter().flatten() {
            for target in ["hns", "iptables", "nftables"] {
                let command = hnsplan("rollout --hns-version")
                    .args(&format!("{hns} -t {target} -f {app} {flag} {value}"));
                let code = command.run().code;
                let during = format!("{}: '{value}'", flag.trim_start_matches("--"));
                let filled = hnsplan("fill -o json -f").arg(app).run();
                let ip = cluster_ip(filled.succeeded());
                let node_port = (app == FRONT).then(|| "node:30080".to_owned());
                let places: Vec<String> = [format!("{ip}:80")].into_iter().chain(node_port).collect();
                let of_place = |to: &String| {
                    ["pod", "node", "external"].map(|from| never_fails(&during, from, to, target))
                };
                let entries: Vec<String> = places.iter().flat_map(of_place).collect();
                let folder = folder(app, &format!("--hns-version, '{hns}'"), &entries);
                let outcome = test(folder.path(), "");
                let told = format!("{}{}", outcome.stdout, outcome.stderr);
                assert_eq!(outcome.code, code, "{app} {hns} {flag} {target} {service}: {told}");
                codes[usize::from(code == 1)] += 1;
            }
        }
    }
    assert!(codes.iter().all(|many| *many > 4), "{codes:?}");
}

fn cluster_ip(filled: &str) -> String {
    let at = filled.find("\"clusterIP\"").expect("the Service has an address");
    filled[at..].split('"').nth(3).expect("it is a text").to_owned()
}

/// What no manifests could make possible is an error; what they may have lost is a difference.
#[test]
fn what_cannot_be_rolled_out_is_an_error() {
    for (entry, expected) in [
        (never_fails("restart: shop/web", "pod", "shop/web:80", "netsh"), "netsh"),
        (never_fails("restart: shop/web", "pod", "shop/web:0", "iptables"), "shop/web:0 has no such"),
        (never_fails("restart: shop/web", "pod", "10.96.0.1", "iptables"), "10.96.0.1"),
        (never_fails("old: missing.yaml", "pod", "shop/web:80", "iptables"), "missing.yaml"),
    ] {
        let folder = folder(QUIET, "", std::slice::from_ref(&entry));
        let outcome = test(folder.path(), "");
        assert!(outcome.failed(2).contains(expected), "{entry}: {}", outcome.stderr);
    }
}

/// The manifests before the change are named from the folder of the case.
#[test]
fn a_change_of_the_manifests_is_rolled_out() {
    let app = fs::read_to_string(QUIET).expect("it can be read");
    let old = tempfile::tempdir().expect("there is room");
    fs::write(old.path().join("app.yaml"), &app).expect("it can be written");
    let path = old.path().join("app.yaml").display().to_string();
    let entry = [never_fails(&format!("old: '{path}'"), "pod", "shop/web:80", "iptables")];
    let strategy = "rollingUpdate:\n      maxSurge: 1\n      maxUnavailable: 0";
    for (strategy_after, image, code) in [(strategy, 4, 0), (strategy, 3, 0), ("type: Recreate", 4, 1)] {
        let folder = folder(QUIET, "", &entry);
        assert!(app.contains(strategy));
        let new = app.replace(strategy, strategy_after).replace("web:3", &format!("web:{image}"));
        fs::write(folder.path().join("app.yaml"), new).expect("it can be written");
        let outcome = test(folder.path(), "");
        assert_eq!(outcome.code, code, "{strategy_after}: {}{}", outcome.stdout, outcome.stderr);
        assert_eq!(
            outcome.stdout.contains("shop/web has no endpoint at all"),
            code == 1,
            "{}",
            outcome.stdout
        );
    }
}

#[test]
fn wrong_words_are_refused_with_their_place() {
    for (entry, expected) in [
        ("{during: {restart: shop/web}, to: shop/web, expect: dropped}", "with during, expected neverFails"),
        ("{to: shop/web, expect: neverFails}", "add during"),
        ("{during: {restarts: shop/web}, to: shop/web, expect: neverFails}", "unknown field `restarts`"),
        ("{during: {scale: shop/web}, to: shop/web, expect: neverFails}", "`shop/web` is no scale"),
    ] {
        let folder = folder(QUIET, "", &[entry.to_owned()]);
        let outcome = test(folder.path(), "");
        let told = outcome.failed(2);
        assert!(told.contains("app.expect.yaml:4:") && told.contains(expected), "{entry}: {told}");
    }
}
