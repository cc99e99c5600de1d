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
        .arg(node)
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
        let told = format!("unknown key `{wrong}` in line 3");
        assert!(outcome.stderr.contains(&told) && outcome.stderr.contains(meant), "{}", outcome.stderr);
    }
}

#[test]
fn the_mode_is_that_of_the_platform() {
    for mode in ["iptables", "ipvs", "nftables", "userspace"] {
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
