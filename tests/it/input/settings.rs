//! Promise: what a configuration says and kube-proxy does not do with it is told; no input takes all of memory.

use std::fs;

use crate::support::exe::{Outcome, hnsplan};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n";

fn with_config(config: &str, node: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("config.yaml");
    fs::write(
        &file,
        format!("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n{config}"),
    )
    .expect("it can be written");
    let windows =
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: win-1, labels: {kubernetes.io/os: windows}}\n";
    let linux =
        "---\napiVersion: v1\nkind: Node\nmetadata: {name: linux-1, labels: {kubernetes.io/os: linux}}\n";
    hnsplan("compile -t iptables --family ipv4 -f - --node")
        .args(node)
        .arg("--config")
        .arg(&file)
        .input(format!("{SERVICE}{windows}{linux}"))
        .run()
}

#[test]
fn misspelt_keys_are_told() {
    for (config, wrong, meant) in [
        ("clusterCidr: 10.0.0.0/8\n", "clusterCidr", "clusterCIDR"),
        ("iptables: {masqueradeall: true}\n", "iptables.masqueradeall", "masqueradeAll"),
        ("detectlocalmode: NodeCIDR\n", "detectlocalmode", "detectLocalMode"),
    ] {
        let outcome = with_config(config, "linux-1");
        outcome.succeeded();
        let told = format!("unknown key `{wrong}`");
        assert!(outcome.stderr.contains(&told) && outcome.stderr.contains(meant), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("config.yaml:3:"), "{}", outcome.stderr);
    }
}

#[test]
fn the_mode_is_that_of_the_platform() {
    for mode in ["iptables", "ipvs", "nftables"] {
        let outcome = with_config(&format!("mode: {mode}\n"), "win-1");
        assert!(outcome.failed(1).contains("allowed: kernelspace, or none"), "{}", outcome.stderr);
    }
    for mode in ["kernelspace", "''"] {
        let outcome = with_config(&format!("mode: {mode}\n"), "win-1");
        assert!(!outcome.stderr.contains("N0304"), "{}", outcome.stderr);
    }
}

#[test]
fn a_long_interface_name_is_compiled_as_it_is_passed_on() {
    for (length, is_told) in [(15, false), (16, true), (40, true)] {
        let name = "b".repeat(length);
        for (mode, field) in
            [("BridgeInterface", "bridgeInterface"), ("InterfaceNamePrefix", "interfaceNamePrefix")]
        {
            let outcome = with_config(
                &format!("detectLocalMode: {mode}\ndetectLocal: {{{field}: {name}}}\n"),
                "linux-1",
            );
            assert_eq!(outcome.stderr.contains("N0311"), is_told, "{}", outcome.stderr);
            assert!(!outcome.stderr.contains("would not start"), "{}", outcome.stderr);
        }
    }
}

#[test]
fn rules_of_the_api_server_are_those_of_the_version() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, clusterIP: 10.96.0.50, ports: [{port: 10250, nodePort: 30000}]}\n";
    for (version, is_refused) in [("1.30", true), ("1.32", true), ("1.33", false), ("1.36", false)] {
        let outcome = hnsplan("compile -t iptables -f - --node a --kube-proxy-version")
            .arg(version)
            .input(service)
            .run();
        assert_eq!(outcome.stderr.contains("M0113"), is_refused, "{version}: {}", outcome.stderr);
        assert_eq!(outcome.code, i32::from(is_refused), "{version}");
    }
}

#[test]
fn brackets_and_aliases_do_not_take_time_or_memory() {
    let start = std::time::Instant::now();
    let config = format!("x: {}\n", "[".repeat(100_000));
    assert!(with_config(&config, "linux-1").failed(2).contains("nested"));
    let keys: Vec<String> = (0..3000).map(|key| format!("k{key}: 1")).collect();
    for kind in ["Service", "Foo"] {
        let items = format!("- {{<<: *x, apiVersion: v1, kind: {kind}}}\n").repeat(3000);
        let text = format!("apiVersion: v1\nkind: List\nx: &x {{{}}}\nitems:\n{items}", keys.join(", "));
        hnsplan("compile -t iptables --node a -f -").input(text).run().failed(2);
    }
    let word = with_config(&"x".repeat(1 << 20), "linux-1");
    assert!(word.failed(2).len() < 10_000);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[cfg(unix)]
#[test]
fn devices_are_refused_at_once() {
    for flags in [
        "compile -t iptables --node a -f /dev/zero",
        "compile -t iptables --node a -f fixtures/shop/cluster.yaml --config /dev/zero",
    ] {
        assert!(hnsplan(flags).run().failed(2).contains("is a device"), "{flags}");
    }
}

/// What only the version or the system of the node makes wrong names its place as well.
#[test]
fn every_message_about_a_setting_names_its_place() {
    for (config, node, version, code, place) in [
        ("mode: iptables\n", "win-1", "1.36", "N0304", "3:7"),
        ("mode: kernelspace\n", "linux-1", "1.36", "N0304", "3:7"),
        ("mode: ipvs\n", "linux-1", "1.36", "N0305", "3:7"),
        ("nodePortAddresses:\n- 10.0.0.0/8\n- primary\n", "linux-1", "1.36", "N0304", "5:3"),
        ("nodePortAddresses: [primary]\n", "linux-1", "1.30", "N0304", "3:21"),
        ("nodePortAddresses: [10.0.0.0/8]\n", "linux-1", "1.36", "N0306", "3:1"),
        ("detectLocalMode: BridgeInterface\n", "linux-1", "1.36", "N0304", "3:18"),
        (
            "detectLocalMode: BridgeInterface\ndetectLocal:\n  bridgeInterface: 'a b'\n",
            "linux-1",
            "1.36",
            "N0304",
            "5:20",
        ),
        (
            "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: aaaaaaaaaaaaaaaaa}\n",
            "linux-1",
            "1.36",
            "N0311",
            "4:32",
        ),
        ("hostnameOverride: 'a b'\n", "linux-1", "1.36", "", ""),
        ("winkernel: {sourceVip: here}\n", "win-1", "1.36", "N0304", "3:24"),
        ("featureGates: {LoadBalancerIPMode: false}\n", "linux-1", "1.36", "N0307", "3:36"),
        ("featureGates: {LoadBalancerIPMod: false}\n", "linux-1", "1.36", "N0319", "3:35"),
        ("featureGates:\n  AllBeta: true\n", "linux-1", "1.36", "N0319", "4:12"),
        ("featureGates: {ContextualLogging: true}\n", "linux-1", "1.36", "N0320", "3:35"),
        ("clusterCidr: x\n", "linux-1", "1.36", "N0310", "3:14"),
    ] {
        let outcome = with_config(config, &format!("{node} -v --kube-proxy-version {version}"));
        if code.is_empty() {
            assert!(!outcome.stderr.contains("N0304"), "--node wins: {config}{}", outcome.stderr);
            continue;
        }
        assert!(outcome.stderr.contains(&format!("[{code}]")), "{config}{}", outcome.stderr);
        let place = if place.is_empty() { String::new() } else { format!("config.yaml:{place}\n") };
        assert!(outcome.stderr.contains(&place), "{config}{place}{}", outcome.stderr);
        assert!(!outcome.stderr.contains("default is used here"), "{}", outcome.stderr);
    }
}

/// Runs about many nodes have the same places, whatever else is read beside the manifests.
#[test]
fn messages_about_many_nodes_name_their_places() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("config.yaml");
    fs::write(&file, "kind: KubeProxyConfiguration\nclusterCidr: x\nnodePortAddresses: [primary]\n")
        .expect("a file");
    let shop = "fixtures/shop/cluster.yaml";
    for command in [
        format!("check -f {shop} --nodes all --allow fixtures/shop/allow.yaml"),
        format!("check -f {shop} --nodes os=linux --kube-proxy-version 1.30 --against 1.36"),
        format!(
            "check -f {shop} --node linux-1 --allow fixtures/shop/allow.yaml --against 1.36 --kube-proxy-version 1.30"
        ),
        format!("diff --old {shop} --new {shop} --nodes all"),
        format!("diff --old {shop} --new {shop} --node linux-1"),
        format!("trace -f {shop} --node linux-1 --to shop/catalog --allow fixtures/shop/allow.yaml"),
        format!("explain service shop/catalog -f {shop} --node win-1"),
        format!("graph -t iptables -f {shop} --node linux-1"),
        format!("compile -t hns -f {shop} --node win-1"),
    ] {
        let outcome = hnsplan(&command).arg("--config").arg(&file).run();
        let told = &outcome.stderr;
        assert_eq!(told.contains("unknown key"), told.contains("config.yaml:2:14"), "{command}: {told}");
        // Of a comparison and a drawing only errors are shown.
        let shows_warnings = ["check", "trace", "compile"].iter().any(|word| command.starts_with(word));
        assert_eq!(told.contains("unknown key"), shows_warnings, "{command}: {told}");
    }
}

/// A configuration with which kube-proxy does not start is not answered for, in any command.
#[test]
fn a_wrong_configuration_is_refused_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("kube-proxy.yaml");
    for (config, message) in [
        ("mode: nftable\n", "did you mean nftables"),
        ("mode: userspace\n", "allowed: iptables, nftables, ipvs, kernelspace, or none"),
        ("mode: 1\n", "`1`, a number"),
        ("clusterCIDR: 10.0.0.0\n", "kube-proxy does not start"),
        ("featureGates: {A: 1}\n", "true or false"),
    ] {
        fs::write(&file, format!("kind: KubeProxyConfiguration\n{config}")).expect("it can be written");
        let (given, shop) =
            (format!("--config {}", file.display()), "-f fixtures/shop/cluster.yaml --node linux-1");
        for command in [
            format!("compile -t iptables {shop} {given}"),
            format!("check {shop} {given}"),
            format!("trace {shop} {given} --to shop/catalog"),
            format!(
                "diff --old fixtures/shop/cluster.yaml --new fixtures/shop/cluster.yaml --node linux-1 {given}"
            ),
            format!("graph -t iptables {shop} {given}"),
            format!("check -f fixtures/shop/cluster.yaml --nodes all {given}"),
        ] {
            let outcome = hnsplan(&command).run();
            let told = outcome.failed(2);
            assert!(told.contains(message) && told.contains("kube-proxy.yaml:2:"), "{command}: {told}");
            assert!(outcome.stdout.is_empty(), "{command}: {}", outcome.stdout);
        }
    }
}

/// Where no target is named, the mode of the node names it; one that is not modelled gets no answer.
#[test]
fn the_mode_chooses_the_target() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("config.yaml");
    let linux = "fixtures/shop/cluster.yaml --node linux-1";
    let saves = ["iptables-save", "ip6tables-save"].map(|name| {
        let file = folder.path().join(name);
        fs::write(&file, "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n")
            .expect("a file");
        format!("--{name} {}", file.display())
    });
    let dumps = saves.join(" ");
    for (mode, target) in [
        ("iptables", Some("iptables")),
        ("''", Some("iptables")),
        ("nftables", Some("nftables")),
        ("ipvs", None),
        ("kernelspace", None),
    ] {
        fs::write(&file, format!("kind: KubeProxyConfiguration\nmode: {mode}\n")).expect("it can be written");
        let given = format!("--config {}", file.display());
        let flag = format!("--proxy-mode {mode}");
        for given in [&given, &flag].into_iter().filter(|given| !given.ends_with("''")) {
            let trace = hnsplan(&format!("trace --to shop/catalog -f {linux} {given} -o json")).run();
            let check = hnsplan(&format!("check -f {linux} {given}")).run();
            let old = format!("diff --old fixtures/shop/cluster.yaml --new {linux} {given}");
            let diff = hnsplan(&old).run();
            let plan = hnsplan(&format!("plan -f {linux} {given} {dumps}")).run();
            if let Some(target) = target {
                let answer = format!("\"target\": \"{target}\"");
                assert!(trace.stdout.contains(&answer), "{given} {mode}: {}{}", trace.stdout, trace.stderr);
                assert!(check.stdout.contains(&format!("{target} and hns:")), "{mode}: {}", check.stdout);
                assert_eq!(diff.stdout.contains("elements"), target == "nftables", "{mode}: {}", diff.stdout);
                assert!(diff.stdout.contains("no difference"), "{mode}: {}{}", diff.stdout, diff.stderr);
                let is_refused = plan.stderr.contains("runs in mode `nftables`");
                assert_eq!(is_refused, target == "nftables", "{mode}: {}", plan.stderr);
            } else {
                for outcome in [trace, check, diff] {
                    let told = outcome.failed(2);
                    assert!(told.contains("are not modelled on this node"), "{mode}: {told}");
                    assert!(outcome.stdout.is_empty(), "{mode}: {}", outcome.stdout);
                }
                assert!(plan.failed(2).contains(&format!("runs in mode `{mode}`")), "{}", plan.stderr);
            }
            // Targets that are named are answered for.
            let named = hnsplan(&format!("trace -t iptables --to shop/catalog -f {linux} {given}")).run();
            assert!(named.stdout.contains("iptables"), "{mode}: {}", named.stderr);
        }
    }
}
