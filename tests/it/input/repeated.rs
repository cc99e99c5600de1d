//! Promise: one cause is one message with a count. A fault that is there ten times as often makes no longer answer,
//! whoever reads it, and ends with the same exit code.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

/// A fault, many times.
struct Repeated {
    name: &'static str,
    command: &'static str,
    /// The text of FILE, with so many of it.
    text: fn(usize) -> String,
}

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

fn service(number: usize, metadata: &str, spec: &str) -> String {
    let (high, low) = (number / 250, number % 250 + 1);
    let spec = spec.replace("CLUSTER", &format!("clusterIP: 10.96.{high}.{low}"));
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web-{number}, namespace: shop{metadata}}}\nspec: {{{spec}}}\n---\n"
    )
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn services(count: usize, metadata: &str, spec: &str) -> String {
    lines(count, |number| service(number, metadata, spec))
}

const CONFIG: &str = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
const FACTS: &str = "apiVersion: hnsplan/v1alpha1\nkind: NodeFacts\n";
const ALLOW: &str = "apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow:\n";
const ASSUMPTIONS: &str = "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\nnodes:\n";

const FAULTS: &[Repeated] = &[
    Repeated {
        name: "Services without a cluster IP",
        command: "check --node a -f FILE",
        text: |count| services(count, "", "ports: [{port: 80}]"),
    },
    Repeated {
        name: "ports that are none",
        command: "compile -t iptables --node a -f FILE",
        text: |count| services(count, "", "CLUSTER, ports: [{port: 70000}]"),
    },
    Repeated {
        name: "values of the wrong type",
        command: "compile -t iptables --node a -f FILE",
        text: |count| services(count, "", "CLUSTER, ports: 80"),
    },
    Repeated {
        name: "documents that are no YAML",
        command: "compile -t iptables --node a -f FILE",
        text: |count| lines(count, |_| "apiVersion: v1\nkind: [Service}\n---\n".to_owned()),
    },
    Repeated {
        name: "unknown fields",
        command: "compile -t iptables --strict --node a -f FILE",
        text: |count| services(count, ", colour: red", "CLUSTER, ports: [{port: 80}]"),
    },
    Repeated {
        name: "names that the API server refuses",
        command: "compile -t iptables --node a -f FILE",
        text: |count| {
            lines(count, |at| service(at, "", "CLUSTER, ports: [{port: 80}]").replace("web-", "Web-"))
        },
    },
    Repeated {
        name: "objects of other versions",
        command: "compile -t iptables --node a -f FILE",
        text: |count| services(count, "", "CLUSTER").replace("apiVersion: v1", "apiVersion: v2"),
    },
    Repeated {
        name: "cluster IPs that two Services have",
        command: "compile -t iptables --node a -f FILE",
        text: |count| services(count, "", "clusterIP: 10.96.0.9, ports: [{port: 80}]"),
    },
    Repeated {
        name: "Services without slices",
        command: "check --node a -f FILE",
        text: |count| services(count, "", "CLUSTER, selector: {app: web}, ports: [{port: 80}]"),
    },
    Repeated {
        name: "objects of other kinds",
        command: "compile -t iptables --node a -f FILE",
        text: |count| {
            lines(count, |at| format!("apiVersion: apps/v1\nkind: Kind{at}\nmetadata: {{name: a}}\n---\n"))
        },
    },
    Repeated {
        name: "templates",
        command: "compile -t iptables --node a -f FILE",
        text: |count| lines(count, |_| "kind: Service\nname: x-{{ .Values.name }}-y\n---\n".to_owned()),
    },
    Repeated {
        name: "facts files among objects",
        command: "compile -t iptables --node a -f FILE",
        text: |count| {
            lines(count, |_| format!("{FACTS}---\n")) + &service(1, "", "CLUSTER, ports: [{port: 80}]")
        },
    },
    Repeated {
        name: "losses of a platform",
        command: "compile -t hns --node a -f FILE",
        text: |count| services(count, "", "CLUSTER, sessionAffinity: ClientIP, ports: [{port: 80}]"),
    },
    Repeated {
        name: "unknown keys of a configuration",
        command: "check SHOP --config FILE",
        text: |count| lines(count, |at| format!("key{at}: 1\n")) + CONFIG,
    },
    Repeated {
        name: "addresses of a configuration that are none",
        command: "check SHOP --config FILE",
        text: |count| {
            format!("{CONFIG}nodePortAddresses:\n") + &lines(count, |at| format!("- nowhere-{at}\n"))
        },
    },
    Repeated {
        name: "facts that are none",
        command: "check SHOP --facts FILE",
        text: |count| {
            format!("{FACTS}interfaceAddresses:\n") + &lines(count, |at| format!("- nowhere-{at}\n"))
        },
    },
    Repeated {
        name: "excluded ports that are none",
        command: "check SHOP --facts FILE",
        text: |count| format!("{FACTS}excludedPorts:\n") + &lines(count, |at| format!("- {at}-none\n")),
    },
    Repeated {
        name: "entries of an allow-list without a reason",
        command: "check SHOP --allow FILE",
        text: |count| ALLOW.to_owned() + &lines(count, |_| "- code: H0612\n".to_owned()),
    },
    Repeated {
        name: "entries of an allow-list with unknown codes",
        command: "check SHOP --allow FILE",
        text: |count| ALLOW.to_owned() + &lines(count, |at| format!("- {{code: X{at:04}, reason: none}}\n")),
    },
    Repeated {
        name: "assumptions that are none",
        command: "fill -f fixtures/shop/cluster.yaml --assumptions FILE",
        text: |count| {
            ASSUMPTIONS.to_owned() + &lines(count, |at| format!("- {{name: node-{at}, colour: red}}\n"))
        },
    },
    Repeated {
        name: "rules of iptables that cannot be read",
        command: "diff iptables FILE --format b=iptables-save SHOP",
        text: |count| {
            format!(
                "*nat\n:PREROUTING ACCEPT [0:0]\n{}COMMIT\n",
                lines(count, |at| format!("-A PREROUTING -m never{at} -j\n"))
            )
        },
    },
    Repeated {
        name: "lines of iptables that are none",
        command: "diff iptables FILE --format b=iptables-save SHOP",
        text: |count| {
            format!(
                "*nat\n:PREROUTING ACCEPT [0:0]\n{}COMMIT\n",
                lines(count, |at| format!("what is this {at}\n"))
            )
        },
    },
    Repeated {
        name: "lines of nftables that are none",
        command: "diff nftables FILE --format b=nft-list SHOP",
        text: |count| {
            format!("table ip kube-proxy {{\n{}}}\n", lines(count, |at| format!("what is this {at}\n")))
        },
    },
    Repeated {
        name: "tables of nftables that are cut",
        command: "diff nftables FILE --format b=nft-list SHOP",
        text: |count| lines(count, |at| format!("table ip of-{at} {{\n\tchain a {{\n")),
    },
    Repeated {
        name: "endpoints of HNS that are none",
        command: "diff hns FILE --format b=hns SHOP",
        text: |count| {
            let endpoints: Vec<String> =
                (0..count).map(|at| format!(r#"{{"ID":"none-{at}","IpConfigurations":7}}"#)).collect();
            format!(r#"{{"Networks":[],"Endpoints":[{}],"LoadBalancers":[]}}"#, endpoints.join(","))
        },
    },
    Repeated {
        name: "load balancers of HNS with ports that are none",
        command: "diff hns FILE --format b=hns SHOP",
        text: |count| {
            let balancers: Vec<String> = (0..count)
                .map(|at| {
                    format!(
                        r#"{{"ID":"{at:08}-0000-0000-0000-000000000000","PortMappings":[{{"Protocol":"x"}}],"FrontendVIPs":["x"],"HostComputeEndpoints":[]}}"#
                    )
                })
                .collect();
            format!(r#"{{"Networks":[],"Endpoints":[],"LoadBalancers":[{}]}}"#, balancers.join(","))
        },
    },
    Repeated {
        name: "lines of a dump of HNS that are none",
        command: "diff hns FILE --format b=hns SHOP",
        text: |count| "{\n".to_owned() + &lines(count, |at| format!("  what is this {at}\n")),
    },
    Repeated {
        name: "rows of netsh that are none",
        command: "diff netsh FILE --format b=netsh SHOP",
        text: |count| {
            format!(
                "pushd interface portproxy\n\nreset\n{}\npopd\n",
                lines(count, |at| format!("add v4tov4 listenport=x{at} listenaddress=y\n"))
            )
        },
    },
    Repeated {
        name: "lines of netsh that are none",
        command: "diff netsh FILE --format b=netsh SHOP",
        text: |count| {
            format!(
                "pushd interface portproxy\n\nreset\n{}\npopd\n",
                lines(count, |at| format!("what is this {at}\n"))
            )
        },
    },
];

fn run(repeated: &Repeated, count: usize, file: &Path) -> Outcome {
    fs::write(file, (repeated.text)(count)).expect("a file");
    let shop = if repeated.command.contains("--config") {
        SHOP.replace("--config fixtures/shop/kube-proxy.yaml ", "")
    } else {
        SHOP.to_owned()
    };
    hnsplan(&repeated.command.replace("SHOP", &shop).replace("FILE", &file.display().to_string())).run()
}

#[test]
fn a_fault_that_is_there_ten_times_as_often_makes_no_longer_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.txt");
    let mut wrong = Vec::new();
    for repeated in FAULTS {
        let [few, many] = [40, 400].map(|count| run(repeated, count, &file));
        let measure = |text: &str| (text.lines().count(), text.len());
        let ((few_lines, few_bytes), (lines, bytes)) = (measure(&few.stderr), measure(&many.stderr));
        // Numbers get longer, and nothing else does.
        if few_lines == 0
            || lines > few_lines + 2
            || bytes > few_bytes * 5 / 4
            || lines > 100
            || few.code != many.code
        {
            let first: Vec<&str> = many.stderr.lines().take(8).collect();
            wrong.push(format!(
                "{}: {few_lines} to {lines} lines, {few_bytes} to {bytes} bytes, exit {} and {}\n{}",
                repeated.name,
                few.code,
                many.code,
                first.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
