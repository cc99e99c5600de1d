//! Inputs of any size, each in proportion to a number of Services.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// How many endpoints a Service has.
const ENDPOINTS: usize = 3;

/// Writes all inputs for so many Services.
pub(super) fn write(folder: &Path, services: usize) {
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).expect("the folder is writable");
    let whole = cluster(services, 8080);
    put("cluster.yaml", &whole);
    put("changed.yaml", &cluster(services, 9090));
    put("1.yaml", &whole);
    put("2.yaml", &cluster(services, 9090));
    put("workloads.yaml", &workloads(services));
    put("broken.yaml", &whole.replace("protocol: TCP", "protocol: TPC"));
    put("node.json", NODE);
    put("proxy.log", &log(services));
    put("rules.txt", &made(folder, "compile -t iptables -f cluster.yaml --node node-0"));
    put("others.txt", &made(folder, "compile -t iptables -f changed.yaml --node node-0"));
    put("cluster.json", &made(folder, "fill -f cluster.yaml -o json"));
}

/// What hnsplan prints.
fn made(folder: &Path, command: &str) -> String {
    let mut hnsplan = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
    let output = hnsplan.args(command.split(' ')).current_dir(folder).output().expect("it can be started");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Two nodes, and Services with endpoints on both.
fn cluster(services: usize, target: u16) -> String {
    let mut text = String::new();
    for (node, os) in ["linux", "windows"].into_iter().enumerate() {
        let _ = writeln!(
            text,
            "apiVersion: v1\nkind: Node\nmetadata: {{name: node-{node}, labels: {{kubernetes.io/os: {os}}}}}\nstatus: {{addresses: [{{type: InternalIP, address: 192.0.2.{}}}]}}\n---",
            node + 1
        );
    }
    for service in 0..services {
        let (high, low) = (service / 200, service % 200 + 1);
        let _ = writeln!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web-{service}, namespace: shop}}\nspec:\n  type: NodePort\n  clusterIP: 10.96.{high}.{low}\n  selector: {{app: web-{service}}}\n  ports: [{{name: http, port: 80, targetPort: {target}, nodePort: {}, protocol: TCP}}]\n---",
            30_000 + service
        );
        let endpoints: Vec<String> = (0..ENDPOINTS)
            .map(|endpoint| {
                format!(
                    "{{addresses: [10.{}.{high}.{low}], nodeName: node-{}}}",
                    100 + endpoint,
                    endpoint % 2
                )
            })
            .collect();
        let _ = writeln!(
            text,
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-{service}, namespace: shop, labels: {{kubernetes.io/service-name: web-{service}}}}}\naddressType: IPv4\nports: [{{name: http, port: {target}, protocol: TCP}}]\nendpoints: [{}]\n---",
            endpoints.join(", ")
        );
    }
    text
}

/// Deployments with Services, as people keep them.
fn workloads(services: usize) -> String {
    (0..services).fold(String::new(), |mut text, service| {
        let _ = writeln!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web-{service}}}\nspec: {{selector: {{app: web-{service}}}, ports: [{{port: 80, targetPort: http}}]}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{service}}}\nspec:\n  replicas: {ENDPOINTS}\n  selector: {{matchLabels: {{app: web-{service}}}}}\n  template:\n    metadata: {{labels: {{app: web-{service}}}}}\n    spec: {{containers: [{{name: web, image: web, ports: [{{name: http, containerPort: 8080}}]}}]}}\n---"
        );
        text
    })
}

/// A log in which each Service fails with its own message.
fn log(services: usize) -> String {
    (0..services).fold(String::new(), |mut text, service| {
        let _ = writeln!(
            text,
            "E0102 03:04:05.{service:06}    4711 proxier.go:1554] \"Failed to create load balancer\" err=\"hcnCreateLoadBalancer failed in Win32: The object already exists. (0x1392) {service}\" servicePortName=\"shop/web-{service}:http\""
        );
        text
    })
}

/// A node of Windows with a network and nothing in it.
const NODE: &str = r#"{"Networks":[{"ID":"00000000-0000-4000-8000-000000000001","Name":"cbr0","Type":"L2Bridge","Subnets":[{"AddressPrefix":"10.244.1.0/24"}]}],"Endpoints":[],"LoadBalancers":[]}"#;
