//! Promise: the exact command lines reach netsh, whatever the interface is called; what netsh does not do is
//! noticed and taken back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::standin::Standin;
use crate::tools;
use crate::wine::{outcome, windows};

/// A name that Windows and people give, with what a shell would take apart, and letters of another language.
const INTERFACE: &str = "vEthernet (n\u{e4}t #2), [~{*}] @ \u{fc}ber";

const MANIFEST: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.244.1.5]}]
---
apiVersion: v1
kind: Node
metadata: {name: win-1}
";

/// A node whose netsh writes down how it is called.
struct Node {
    standin: Standin,
}

impl Node {
    fn new() -> Self {
        let standin = Standin::holding("{}");
        fs::write(standin.folder().join("web.yaml"), MANIFEST).expect("the folder is writable");
        Self { standin }
    }

    fn run(&self, name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
        let windows = windows().expect("it was there before");
        self.run_as(windows.hnsplan(Some(&self.standin)), name, arguments)
    }

    fn run_as(&self, mut command: Command, name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
        command.current_dir(self.standin.folder()).arg(name);
        command.args(["--executor", "netsh", "--auto-approve", "--journal", "journal"]).args(arguments);
        outcome(&command.output().expect("hnsplan can be started"))
    }

    fn apply(&self) -> (Option<i32>, String, String) {
        self.run("apply", &["-f", "web.yaml", "--node", "win-1", "--allow-lossy", "--interface", INTERFACE])
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.standin.folder().join(name)).unwrap_or_default()
    }

    /// The lines that netsh was called with and that change something, without the program's path.
    fn changes(&self) -> Vec<String> {
        let log = self.text("netsh.log");
        let lines = log.lines().filter(|line| !line.contains(" show "));
        lines
            .map(|line| {
                line.split_once("netsh.exe").expect("it is netsh").1.trim_start_matches('"').trim().to_owned()
            })
            .collect()
    }

    fn holds(&self) -> Value {
        let node: Value = serde_json::from_str(&self.text("netsh.json")).expect("netsh was called");
        json!({ "addresses": node["addresses"], "listeners": node["listeners"], "rules": node["rules"] })
    }
}

#[test]
fn the_exact_command_lines_reach_netsh_and_are_undone() {
    if windows().is_none() {
        return;
    }
    let node = Node::new();
    let (code, stdout, stderr) = node.apply();
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    let wanted = [
        format!(
            "interface ipv4 add address \"name={INTERFACE}\" address=10.96.0.1 mask=255.255.255.255 store=active skipassource=true"
        ),
        "interface portproxy set v4tov4 listenport=80 connectaddress=10.244.1.5 connectport=8080 listenaddress=10.96.0.1 protocol=tcp".to_owned(),
    ];
    assert_eq!(node.changes()[..2], wanted);
    assert!(node.changes()[2].starts_with("advfirewall firewall add rule name="), "{:?}", node.changes());
    assert_eq!(node.holds()["addresses"], json!([[INTERFACE, "10.96.0.1"]]));
    let (code, stdout, stderr) = node.apply();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(format!("{stdout}{stderr}").contains("No changes"), "{stdout}\n{stderr}");
    let (code, stdout, stderr) = node.run("undo", &[]);
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    assert_eq!(node.holds(), json!({ "addresses": [], "listeners": [], "rules": [] }));
    let last = node.changes().pop().expect("netsh was called");
    assert_eq!(
        last,
        format!("interface ipv4 delete address \"name={INTERFACE}\" address=10.96.0.1 store=active")
    );
}

#[test]
fn a_command_that_fails_or_only_claims_success_is_rolled_back() {
    if windows().is_none() {
        return;
    }
    for fault in ["1=1", "2=1", "2=0", "3=1", "3=0"] {
        let node = Node::new();
        fs::write(node.standin.folder().join("netsh.fail"), fault).expect("the folder is writable");
        let (code, stdout, stderr) = node.apply();
        assert_eq!(code, Some(1), "{fault}: {stdout}\n{stderr}");
        assert_eq!(
            node.holds(),
            json!({ "addresses": [], "listeners": [], "rules": [] }),
            "{fault}: {stderr}"
        );
    }
}

#[test]
fn what_would_never_listen_or_be_refused_is_found_before_anything_is_touched() {
    if windows().is_none() {
        return;
    }
    let empty = json!({ "addresses": [], "listeners": [], "rules": [], "reserved": [], "changes": 0 });
    for (list, present, message) in [
        ("reserved", json!([50, 99]), "error[A1208]: Windows has reserved port 80 (range 50-99)"),
        (
            "addresses",
            json!(["Ethernet", "10.96.0.1"]),
            "error[A1209]: 10.96.0.1 should be on interface vEthernet (HNS Internal NIC), but it is on interface Ethernet",
        ),
    ] {
        let node = Node::new();
        let mut there = empty.clone();
        there[list] = json!([present]);
        fs::write(node.standin.folder().join("netsh.json"), there.to_string())
            .expect("the folder is writable");
        let (code, stdout, stderr) =
            node.run("apply", &["-f", "web.yaml", "--node", "win-1", "--allow-lossy"]);
        assert_eq!(code, Some(2), "{stdout}\n{stderr}");
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(node.changes(), Vec::<String>::new());
    }
}

const PLAIN: [&str; 5] = ["-f", "web.yaml", "--node", "win-1", "--allow-lossy"];

#[test]
fn programs_of_windows_are_those_of_its_own_folder_whatever_the_environment_says() {
    let Some(windows) = windows() else { return };
    for setting in
        ["SystemRoot=C:\\nowhere", "windir=C:\\nowhere", "PATH=C:\\nowhere", "ProgramData=C:\\nowhere"]
    {
        let node = Node::new();
        let command = windows.hnsplan_where(setting, Some(&node.standin));
        let (code, stdout, stderr) = node.run_as(command, "apply", &PLAIN);
        assert_eq!(code, Some(0), "{setting}: {stdout}\n{stderr}");
        assert_eq!(node.changes().len(), 3, "{setting}: {:?}", node.changes());
    }
}

#[test]
fn a_journal_is_for_its_user_alone_and_refused_where_others_may_write_it() {
    if windows().is_none() {
        return;
    }
    let node = Node::new();
    let (code, _, stderr) = node.run("apply", &PLAIN);
    assert_eq!(code, Some(0), "{stderr}");
    let journal = node.standin.folder().join("journal");
    let mode = || fs::metadata(&journal).expect("it is there").permissions().mode() & 0o777;
    // Wine keeps of a list of rights what the mode of a file can hold.
    assert_eq!(mode() & 0o007, 0, "{:o}", mode());
    for open in [0o777, 0o757] {
        fs::set_permissions(&journal, fs::Permissions::from_mode(open)).expect("it is ours");
        let before = node.holds();
        let (code, _, stderr) = node.run("undo", &[]);
        assert_eq!(code, Some(2), "{open:o}: {stderr}");
        assert!(stderr.contains("is writable for other users (WD)"), "{stderr}");
        assert!(stderr.contains("icacls"), "{stderr}");
        assert_eq!(node.holds(), before);
    }
}

#[test]
fn on_another_platform_netsh_is_refused_with_the_reason() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hnsplan"))
        .args(["apply", "--executor", "netsh", "-f", "fixtures/shop/cluster.yaml", "--auto-approve"])
        .current_dir(tools::sources())
        .output()
        .expect("hnsplan can be started");
    let (code, _, stderr) = outcome(&output);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("only Windows has netsh"), "{stderr}");
}
