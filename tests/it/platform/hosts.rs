//! Promise: a platform that a program registers by one line gets every command, and no file of `src` knows it. The
//! platform is that of `examples/hosts`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::support::exe::{Hnsplan, program};

/// The command with the platform: the example, built as the program was.
fn executable() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let hnsplan = PathBuf::from(env!("CARGO_BIN_EXE_hnsplan"));
        let folder = hnsplan.parent().expect("it is in the folder of its profile");
        let profile = match folder.file_name().and_then(|name| name.to_str()).expect("it has a name") {
            "debug" => "dev",
            other => other,
        };
        let status = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--example",
                "hosts",
                "--profile",
                profile,
                "--target-dir",
            ])
            .arg(folder.parent().expect("it is in the target folder"))
            .status();
        assert!(status.expect("cargo can be started").success(), "the example does not build");
        folder.join("examples/hosts").with_extension(std::env::consts::EXE_EXTENSION)
    })
}

/// A folder with the shop, and with the lines that it is compiled to.
struct Folder(tempfile::TempDir);

const SHOP: &str = "-f cluster.yaml --node win-1 --cluster-cidr 10.244.0.0/16";

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder can be made"));
        let cluster = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop/cluster.yaml");
        std::fs::copy(cluster, folder.0.path().join("cluster.yaml")).expect("it can be copied");
        let lines = folder.run(&format!("compile -t hosts {SHOP}")).run();
        folder.write("hosts.txt", lines.succeeded());
        folder
    }

    fn run(&self, arguments: &str) -> Hnsplan {
        program(executable(), arguments).inside(self.0.path())
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("it is text")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("a file can be written");
    }

    /// Another node: one line is gone, and one has another endpoint.
    fn with_old_lines(self) -> Self {
        let lines = self.read("hosts.txt").replace("10.244.3.30:8080", "10.244.3.99:8080");
        let kept: Vec<&str> = lines.lines().filter(|line| !line.starts_with("10.96.10.1:443")).collect();
        self.write("old.txt", &(kept.join("\n") + "\n"));
        self
    }
}

#[test]
fn it_is_compiled_and_listed() {
    let folder = Folder::new();
    let lines = folder.read("hosts.txt");
    assert!(lines.contains("10.96.10.2:80/TCP 10.244.1.30:8080 10.244.3.30:8080\n"), "{lines}");
    let help = folder.run("compile --help").run();
    assert!(help.succeeded().contains("A line for each cluster IP and port"), "{}", help.stdout);
    let wrong = folder.run(&format!("compile -t hsots {SHOP}")).run();
    assert!(wrong.failed(2).contains("did you mean hosts?"), "{}", wrong.stderr);
}

#[test]
fn packets_are_traced_through_what_is_wanted_and_what_is_held() {
    let folder = Folder::new().with_old_lines();
    let trace = format!("trace -t hosts,hosts-file {SHOP} --to 10.96.10.2:80 --dump old.txt");
    let outcome = folder.run(&trace).run();
    for endpoint in ["1/2  10.244.3.30:8080", "1/2  10.244.3.99:8080"] {
        assert!(outcome.stdout.contains(endpoint), "{}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn it_is_checked_against_other_platforms_and_dumps() {
    let folder = Folder::new().with_old_lines();
    let outcome = folder.run(&format!("check -t hosts,iptables {SHOP} -o json")).run();
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    assert!(report.to_string().contains("X1901"), "{report:#}");
    let held = folder.run(&format!("check -t hosts,hosts-file {SHOP} --dump hosts.txt -o json")).run();
    let same: serde_json::Value = serde_json::from_str(&held.stdout).expect("it is JSON");
    let held = folder.run(&format!("check -t hosts,hosts-file {SHOP} --dump old.txt")).run();
    assert!(held.stdout.contains("shop/catalog:http"), "{}{}", held.stdout, held.stderr);
    assert!(!same.to_string().contains("shop/catalog:http"), "{same:#}");
}

#[test]
fn it_is_compared_object_by_object_and_drawn_beside_others() {
    let folder = Folder::new().with_old_lines();
    let same = folder.run(&format!("diff hosts hosts.txt {SHOP}")).run();
    assert!(same.succeeded().ends_with("no difference\n"), "{}", same.stdout);
    let old = folder.run(&format!("diff old.txt hosts {SHOP}")).run();
    assert_eq!(old.code, 1, "{}", old.stderr);
    for line in ["  + line 10.96.10.1:443/TCP", "  ~ line 10.96.10.2:80/TCP", "10 lines: 8 equal"] {
        assert!(old.stdout.contains(line), "{line}\n{}", old.stdout);
    }
    let beside = folder.run(&format!("diff hosts iptables {SHOP}")).run();
    assert!(beside.stdout.contains("KUBE-SVC-"), "{}{}", beside.stdout, beside.stderr);
    let shown = [("json", "10.96.10.2:80/TCP"), ("html", "10.96.10.2:80/TCP"), ("md", "10.96.10.2:80/TCP")];
    for (format, text) in shown.into_iter().chain([("prom", "object=\"line\"")]) {
        let outcome = folder.run(&format!("diff old.txt hosts {SHOP} -o {format}")).run();
        assert!(outcome.stdout.contains(text), "{format}: {}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn it_is_drawn_as_a_graph() {
    let folder = Folder::new().with_old_lines();
    for format in ["text", "json", "dot", "mermaid", "svg"] {
        for (side, endpoint) in [("hosts", "10.244.3.30:8080"), ("hosts-file", "10.244.3.99:8080")] {
            let outcome = folder.run(&format!("graph -t {side} {SHOP} --dump old.txt -o {format}")).run();
            assert!(outcome.succeeded().contains(endpoint), "{format} {}", outcome.stdout);
        }
    }
}

#[test]
fn its_plans_are_made_shown_and_compared() {
    let folder = Folder::new().with_old_lines();
    let plan = folder.run(&format!("plan {SHOP} --dump old.txt --out plan.json")).run();
    assert!(plan.succeeded().contains("Plan: 1 to add, 1 to change, 0 to destroy."), "{}", plan.stdout);
    assert_eq!(folder.run("show plan.json").run().succeeded(), plan.stdout);
    let done = folder.run(&format!("diff plan.json hosts {SHOP} --dump old.txt")).run();
    assert!(done.succeeded().ends_with("no difference\n"), "{}", done.stdout);
    let none = folder.run(&format!("plan {SHOP} --dump hosts.txt")).run();
    assert!(none.succeeded().contains("No changes"), "{}", none.stdout);
}

#[test]
fn its_codes_are_explained() {
    let outcome = Folder::new().run("explain X1901").run();
    assert!(outcome.succeeded().contains("a hosts file has cluster IPs only"), "{}", outcome.stdout);
}

#[test]
fn a_dump_that_nobody_knows_is_refused_with_its_format_among_the_others() {
    let folder = Folder::new();
    folder.write("unknown.txt", "evil\n");
    let outcome = folder.run(&format!("graph -t hosts-file {SHOP} --dump unknown.txt")).run();
    assert!(outcome.failed(2).contains("hosts (A file with a line"), "{}", outcome.stderr);
    let outcome = folder.run(&format!("graph -t hosts-file {SHOP} --dump hosts=unknown.txt")).run();
    assert!(outcome.stderr.contains("unknown.txt:1: not read"), "{}", outcome.stderr);
}
