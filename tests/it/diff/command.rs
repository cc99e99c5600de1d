//! Promise: `hnsplan diff` finds the differences between any two sets of rules, reports them in the terms of
//! the platform, and reflects them in its exit code.

use crate::support::case::fixtures;
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::snapshots::assert_snapshot;

/// `hnsplan diff` of the shipped cluster.
fn shop(arguments: &str) -> Hnsplan {
    hnsplan("diff --config")
        .arg(fixtures().join("shop/kube-proxy.yaml"))
        .arg("-f")
        .arg(fixtures().join("shop/cluster.yaml"))
        .args(arguments)
}

/// What compiling the shipped cluster prints.
fn compiled(arguments: &str) -> String {
    let command = hnsplan("compile --config").arg(fixtures().join("shop/kube-proxy.yaml"));
    let outcome = command.arg("-f").arg(fixtures().join("shop/cluster.yaml")).args(arguments).run();
    outcome.succeeded().to_owned()
}

fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

#[test]
fn what_compile_writes_is_what_diff_compiles() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    for (target, node) in [("iptables", "linux-1"), ("hns", "win-1"), ("netsh", "win-1")] {
        let text = compiled(&format!("-t {target} --node {node}"));
        let path = file(&directory, target, &text);
        let outcome = shop(&format!("{target} {path} --node {node}")).run();
        assert!(outcome.succeeded().ends_with("no difference\n"), "{target}: {}", outcome.stdout);
        // A platform is known by the contents of the file, in whatever place.
        shop(&format!("{path} {target} --node {node}")).run().succeeded();
    }
}

#[test]
fn manifests_become_what_the_other_side_is() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let path = file(&directory, "plan.json", &compiled("-t hns --node win-1"));
    let cluster = fixtures().join("shop/cluster.yaml");
    let outcome = hnsplan("diff --node win-1 --config").arg(fixtures().join("shop/kube-proxy.yaml"));
    let outcome = outcome.arg(&cluster).arg(&path).run();
    assert!(outcome.succeeded().contains("11 load balancers: 11 equal"), "{}", outcome.stdout);
}

#[test]
fn two_manifests_are_compared_as_a_target() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let new = file(&directory, "new.yaml", &cluster.replace("- 10.244.2.30", "- 10.244.2.99"));
    let old = file(&directory, "old.yaml", &cluster);
    let outcome = hnsplan(&format!("diff --old {old} --new {new} -t hns --node win-1")).run();
    assert_eq!(outcome.code, 1);
    for line in [
        "shop/catalog:http\n",
        "  ~ load balancer 10.96.10.2:80/TCP",
        "HostComputeEndpoints[10.244.2.30]  - remote",
        "HostComputeEndpoints[10.244.2.99]  + remote",
        "  - endpoint 10.244.2.30 (remote)",
        "used by 1 → 0",
        ": 3 differences\n",
    ] {
        assert!(outcome.stdout.contains(line), "{line}\n{}", outcome.stdout);
    }
    let quiet = hnsplan(&format!("diff -q --old {old} --new {new} -t hns --node win-1")).run();
    assert_eq!((quiet.code, &*quiet.stdout, &*quiet.stderr), (1, "", ""));
    hnsplan(&format!("diff -q --old {old} --new {old} -t hns --node win-1")).run().succeeded();
}

#[test]
fn a_service_with_another_name_is_renamed_and_a_node_port_moved() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let old = file(&directory, "old.yaml", &cluster);
    let renamed = file(&directory, "renamed.yaml", &cluster.replace(": catalog\n", ": catalogue\n"));
    let outcome = hnsplan(&format!("diff --old {old} --new {renamed} -t iptables --node linux-1")).run();
    assert!(outcome.stdout.contains("was of shop/catalog:http"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(": 1 difference\n"), "{}", outcome.stdout);

    let moved = file(&directory, "moved.yaml", &cluster.replace("nodePort: 30443", "nodePort: 30444"));
    let outcome = hnsplan(&format!("diff --old {old} --new {moved} -t hns --node win-1")).run();
    assert!(outcome.stdout.contains("~ load balancer node port 30444/TCP"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("moved from node port 30443/TCP"), "{}", outcome.stdout);
}

#[test]
fn an_unrecognised_file_is_refused_with_the_kinds_that_were_tried() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let path = file(&directory, "x", "what is this\n");
    let outcome = shop(&format!("hns {path} --node win-1")).run();
    let message = outcome.failed(2);
    assert!(message.contains("nor a dump: iptables-save") && message.contains("--format"), "{message}");
    // An empty file tells nothing; that a node has nothing is told by empty lists.
    let empty = file(&directory, "empty.json", "");
    shop(&format!("hns {empty} --node win-1")).run().failed(2);
    let none = file(&directory, "none.json", r#"{"Networks": [], "Endpoints": [], "LoadBalancers": []}"#);
    let outcome = shop(&format!("hns {none} --node win-1")).run();
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("0 of 11 present"), "{}", outcome.stdout);
    let missing = hnsplan("diff iptables hns").run();
    assert!(missing.failed(2).contains("add -f FILE"), "{}", missing.stderr);
}

#[test]
fn the_json_has_the_same_differences() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let plan = compiled("-t hns --node win-1").replace("\"InternalPort\":8080", "\"InternalPort\":8081");
    let path = file(&directory, "plan.json", &plan);
    let outcome = shop(&format!("hns {path} --node win-1 -o json")).run();
    assert_eq!(outcome.code, 1);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    assert_eq!(document["equal"], false);
    let change = &document["changes"][0];
    assert_eq!(change["kind"], "load balancer");
    assert_eq!(change["fields"][0]["path"], "PortMappings[0].InternalPort");
    assert_eq!(
        (&change["fields"][0]["before"], &change["fields"][0]["after"]),
        (&"8080".into(), &"8081".into())
    );
    assert!(change["services"][0].as_str().is_some_and(|service| service.contains('/')), "{change}");
}

#[test]
fn the_dump_of_the_source_documents_has_three_other_masks() {
    let service = |(name, ip): (&str, &str)| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{clusterIP: {ip}, ports: [{{port: 80}}]}}}}\n---\n\
             {{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-1, labels: {{kubernetes.io/service-name: {name}}}}}, \
             addressType: IPv4, ports: [{{port: 8080}}], endpoints: [{{addresses: [100.1.2.9]}}]}}\n"
        )
    };
    let services = [("a", "100.2.2.1"), ("b", "100.2.2.10"), ("c", "100.2.2.246")].map(service).join("---\n");
    let diff = |mode: &str| {
        let command = hnsplan("diff netsh").arg(fixtures().join("netsh/node-dump.txt"));
        command
            .args("-f - --node win-1 --service-cidr 100.2.0.0/16 --netsh-mode")
            .arg(mode)
            .input(&*services)
            .run()
    };
    let outcome = diff("legacy-addresses");
    // It has no listeners, which the dump does not tell.
    assert!(outcome.succeeded().ends_with(": nothing that was compared differs\n"), "{}", outcome.stdout);
    let outcome = diff("portproxy");
    assert_eq!(outcome.code, 1);
    let masks =
        outcome.stdout.lines().filter(|line| line.contains("mask  255.255.255.255 → 255.0.0.0")).count();
    assert_eq!(masks, 3, "{}", outcome.stdout);
    assert!(outcome.stdout.contains(": 3 differences\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("default/a"), "{}", outcome.stdout);
}

#[test]
fn two_platforms_are_shown_side_by_side_in_their_own_terms() {
    let shop_here = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";
    let command = hnsplan(&format!("diff iptables hns --node win-1 --width 110 {shop_here}"));
    let outcome = command.inside(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let text = outcome.stdout;
    assert_snapshot("diff.side-by-side", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    // Narrow terminals get narrow columns.
    let narrow = shop("iptables hns --node win-1 --width 64").run();
    let is_cut = |line: &&str| line.contains(" │ ") && line.contains('…');
    assert!(narrow.stdout.lines().any(|line| is_cut(&line)), "{}", narrow.stdout);
}

#[test]
fn what_changed_within_a_line_is_marked() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let new = file(&directory, "new.yaml", &cluster.replace("timeoutSeconds: 600", "timeoutSeconds: 900"));
    let old = file(&directory, "old.yaml", &cluster);
    let arguments = format!("diff --old {old} --new {new} --node linux-1 --view side-by-side --width 110");
    let outcome = hnsplan(&format!("{arguments} --color always")).run();
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("for \u{1b}[31m600\u{1b}[0m s"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("for \u{1b}[32m900\u{1b}[0m s"), "{}", outcome.stdout);
    let plain = hnsplan(&arguments).run().stdout;
    assert!(!plain.contains('\u{1b}') && plain.contains("  ~ session affinity for 600 s"), "{plain}");
    // What is equal takes no room.
    assert!(!plain.contains("kube-dns") && plain.contains("equal"), "{plain}");
}

#[test]
fn texts_in_normal_order_are_compared_line_by_line() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let new = file(&directory, "new.yaml", &cluster.replace("- 10.244.2.30", "- 10.244.2.99"));
    let old = file(&directory, "old.yaml", &cluster);
    let outcome = hnsplan(&format!("diff --old {old} --new {new} -t hns --node win-1 --view unified")).run();
    assert_eq!(outcome.code, 1);
    let text = &outcome.stdout;
    assert!(text.starts_with("--- ") && text.contains("hns.json\n+++ ") && text.contains("\n@@ "), "{text}");
    assert!(text.contains("-    \"remote:10.244.2.30\","), "{text}");
    let same = hnsplan(&format!("diff --old {old} --new {old} -t hns --node win-1 --view unified")).run();
    assert_eq!(same.succeeded(), "");
}

#[cfg(unix)]
#[test]
fn a_program_of_the_user_compares_and_its_exit_code_counts() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let new = file(&directory, "new.yaml", &cluster.replace("- 10.244.2.30", "- 10.244.2.99"));
    let old = file(&directory, "old.yaml", &cluster);
    let diff = |new: &str, program: &str| {
        let command = hnsplan(&format!("diff --old {old} --new {new} -t hns --node win-1"));
        command.env("HNSPLAN_EXTERNAL_DIFF", program).run()
    };
    let outcome = diff(&new, "diff -r -u -N");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("+++ ") && outcome.stdout.contains("10.244.2.99"), "{}", outcome.stdout);
    diff(&old, "diff -r -u -N").succeeded();
    // No shell reads it.
    let outcome = diff(&old, "diff -r $(true) ; true");
    assert!(outcome.failed(2).contains("failed"), "{}", outcome.stderr);
    assert!(diff(&old, "/nonexistent/differ").failed(2).contains("cannot run"));
}

#[test]
fn flows_with_another_verdict_are_reported_with_a_packet_and_both_paths() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let new = file(&directory, "new.yaml", &cluster.replace("- 203.0.113.0/24", "- 203.0.114.0/24"));
    let old = file(&directory, "old.yaml", &cluster);
    let arguments = format!("diff --semantic --old {old} --new {new} --node linux-1");
    let outcome = hnsplan(&arguments).run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let text = &outcome.stdout;
    assert!(text.contains("D0802") && text.contains("shop/front:https"), "{text}");
    assert!(text.contains("203.0.11") && text.contains("DROPPED") && text.contains("DELIVERED"), "{text}");
    assert!(text.contains("KUBE-PROXY-FIREWALL") && text.contains("  ⇒ "), "{text}");
    let same = hnsplan(&format!("diff --semantic --old {old} --new {old} --node linux-1")).run();
    assert!(same.succeeded().contains("no packet is treated differently"), "{}", same.stdout);
    let json = hnsplan(&format!("{arguments} -o json")).run();
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert!(
        document["differences"][0]["example"]["sides"][1]["steps"][0]["rule"].is_string(),
        "{document:#}"
    );
    // Without manifests there are no Services to ask about.
    let dump = fixtures().join("netsh/node-dump.txt").display().to_string();
    let outcome = hnsplan(&format!("diff --semantic {dump} {dump}")).run();
    assert!(outcome.failed(2).contains("add -f FILE"), "{}", outcome.stderr);
}

#[test]
fn what_manifests_change_is_not_put_down_to_hints_or_policies() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = std::fs::read_to_string(fixtures().join("shop/cluster.yaml")).expect("it is text");
    let old = file(&directory, "old.yaml", &cluster);
    // Of a Service with hints, and of one with the local policy.
    for (before, after, code) in [
        ("- 10.244.1.30", "- 10.244.1.99", "D0808 warning"),
        ("10.96.10.2\n", "10.96.10.99\n", "D0801 error"),
        ("nodePort: 30443", "nodePort: 30999", "D0801 error"),
    ] {
        assert!(cluster.contains(before), "{before}");
        let new = file(&directory, "new.yaml", &cluster.replace(before, after));
        let outcome = hnsplan(&format!("diff --semantic --old {old} --new {new} --node linux-1")).run();
        let kinds = outcome.stdout.lines().filter(|line| line.starts_with("D08"));
        let kinds: Vec<&str> = kinds.map(|line| line.get(..code.len()).unwrap_or(line)).collect();
        assert_eq!(kinds, [code], "{before} → {after}: {}", outcome.stdout);
    }
}

#[test]
fn packets_go_by_the_dump_of_netsh_as_well() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let dump = compiled("-t netsh --node win-1 --style dump");
    let same = file(&directory, "same.txt", &dump);
    let outcome = shop(&format!("--semantic netsh {same} --node win-1")).run();
    assert!(outcome.succeeded().contains("no packet is treated differently"), "{}", outcome.stdout);
    // No dump shows firewall rules.
    assert!(outcome.stderr.contains("are taken to be there"), "{}", outcome.stderr);
    let other = dump.replace("connectaddress=10.244.3.21", "connectaddress=10.244.9.99");
    assert_ne!(dump, other);
    let other = file(&directory, "other.txt", &other);
    let outcome = shop(&format!("--semantic netsh {other} --node win-1")).run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("shop/front:https"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("10.244.9.99"), "{}", outcome.stdout);
}

#[test]
fn dumps_of_two_platforms_are_compared_by_endpoints_where_no_manifests_are() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let rules = file(&directory, "rules", &compiled("-t iptables --family ipv4 --node win-1"));
    let dump = file(&directory, "dump", &compiled("-t netsh --style dump --node win-1"));
    let outcome = hnsplan(&format!("diff {rules} {dump} --view side-by-side --width 110")).run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("by address, port and endpoints only"), "{}", outcome.stderr);
    // Both lead clients from outside to the one endpoint on the node; only iptables serves UDP.
    assert!(outcome.stdout.contains("\n  LoadBalancer 198.51.100.7:443/TCP  equal\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("10.96.0.10:53/UDP\n"), "{}", outcome.stdout);
    let sums = outcome.stdout.lines().last().expect("the last line sums up");
    // The rules are of IPv4, and the dump has a listener of IPv6.
    assert!(sums.ends_with("frontends: 2 equal, 13 differ, 1 undecided"), "{sums}");
    assert_eq!(hnsplan(&format!("diff {rules} {dump} -q")).run().code, 1);
}

#[test]
fn unknown_lines_of_netsh_are_reported() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let dump = compiled("-t netsh --style dump --node win-1") + "what\nis\nall\nof\nthis\n";
    let outcome = shop(&format!("netsh {} --node win-1", file(&directory, "dump", &dump))).run();
    let dump_lines = dump.lines().count();
    assert!(outcome.stderr.contains(&format!("dump:{}: not read: ", dump_lines - 2)), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("dump: 2 more lines not read"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn manifests_from_a_pipe_are_not_taken_for_empty_ones() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let cluster = fixtures().join("shop/cluster.yaml");
    let pipe = directory.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let write = |pipe: std::path::PathBuf| {
        let text = std::fs::read(&cluster).expect("it is a file");
        // Whoever is refused does not read all of it.
        std::thread::spawn(move || std::fs::write(pipe, text).ok())
    };
    let writer = write(pipe.clone());
    let outcome = hnsplan("diff -t hns --node win-1").arg(&pipe).arg(&cluster).run();
    writer.join().expect("writing does not panic");
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert!(
        outcome.stderr.contains("a pipe can only be read once; pass manifests with -f, --old or --new"),
        "{}",
        outcome.stderr
    );
    let writer = write(pipe.clone());
    let outcome = hnsplan("diff -t hns --node win-1 --old").arg(&pipe).args("--new").arg(&cluster).run();
    writer.join().expect("writing does not panic");
    assert!(outcome.succeeded().ends_with("no difference\n"), "{}", outcome.stdout);
}

#[test]
fn markdown_is_safe_to_post() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let plan = compiled("-t hns --node win-1").replace("\"InternalPort\":8080", "\"InternalPort\":8081");
    let path = file(&directory, "a`|b.json", &plan);
    let outcome = hnsplan("diff -o md --node win-1 --config").arg(fixtures().join("shop/kube-proxy.yaml"));
    let outcome = outcome.arg("-f").arg(fixtures().join("shop/cluster.yaml")).arg("hns").arg(&path).run();
    assert_eq!(outcome.code, 1);
    let text = &outcome.stdout;
    assert!(text.starts_with("### hns `hns` → ``"), "{text}");
    assert!(
        text.contains("| load balancers | 11 | 11 | 9 | 2 | 0 | 0 |")
            || text.contains("| load balancers | 11 | 11 |"),
        "{text}"
    );
    assert!(text.contains("`PortMappings[0].InternalPort`: `8080` → `8081`"), "{text}");
}
