//! `hnsplan apply --executor iptables` on a real kernel: connections survive changes that are not about them, and
//! undo leaves the tables as they were.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::node::{NODE, connect, echo, service, succeeded};
use crate::restore::{BackEnd, Family, load, save};
use crate::tools;
use crate::topology::{Place, Topology};

/// Rules of somebody else, in all tables that are changed.
const FOREIGN: [&str; 2] = [
    "*nat\n:MINE - [0:0]\n-A POSTROUTING -s 10.99.0.0/16 -j MASQUERADE\n-A PREROUTING -j MINE\n-A MINE -j RETURN\nCOMMIT\n\
     *filter\n-A FORWARD -s 10.99.0.1/32 -j DROP\n-A INPUT -p tcp -m tcp --dport 9999 -j ACCEPT\nCOMMIT\n",
    "*nat\n:MINE - [0:0]\n-A PREROUTING -j MINE\nCOMMIT\n*filter\n-A FORWARD -s fd00:99::1/128 -j DROP\nCOMMIT\n",
];

/// A node with its network, and a folder for manifests and journal.
struct Node {
    topology: Topology,
    back_end: BackEnd,
    folder: TempDir,
}

impl Node {
    fn new(back_end: BackEnd) -> Self {
        let node =
            Self { topology: Topology::new(), back_end, folder: tempfile::tempdir().expect("a folder") };
        for (family, rules) in Family::BOTH.into_iter().zip(FOREIGN) {
            node.inside(|| load(back_end, family, rules).expect("foreign rules load"));
        }
        node
    }

    fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.topology.at(Place::Node).run(work)
    }

    fn hnsplan(&self, arguments: &str) -> Output {
        let mut command = self.command(arguments);
        self.inside(|| command.output().expect("hnsplan can be started"))
    }

    /// The same, with programs of a folder in the place of those of the machine.
    fn hnsplan_with(&self, programs: &Path, arguments: &str) -> Output {
        let mut command = self.command(arguments);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", programs.display()));
        self.inside(|| command.output().expect("hnsplan can be started"))
    }

    fn command(&self, arguments: &str) -> Command {
        let variant = if self.back_end == BackEnd::Nft { "nft" } else { "legacy" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
        command.args(arguments.split_whitespace());
        command.args(["--executor", "iptables", "--iptables-variant", variant, "--journal", "journal"]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Loads a text besides what is there.
    fn load(&self, family: Family, text: &str) {
        self.inside(|| load(self.back_end, family, text).expect("it loads"));
    }

    fn write(&self, services: &[(&str, &str)]) {
        let services: String = services.iter().map(|(name, vip)| service(name, vip)).collect();
        fs::write(self.folder.path().join("cluster.yaml"), format!("{NODE}{services}")).expect("a file");
    }

    fn apply(&self, more: &str) -> String {
        // Other tests may have processes by the name of kube-proxy.
        let arguments =
            "apply --auto-approve --force -f cluster.yaml --node node-a --cluster-cidr 10.244.0.0/16";
        succeeded(&self.hnsplan(&format!("{arguments} {more}")))
    }

    /// What iptables-save prints, without the time and the counters.
    fn saved(&self) -> Vec<String> {
        let both = Family::BOTH.map(|family| self.inside(|| save(self.back_end, family)));
        let lines = both.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split(" [").next().unwrap_or(line).to_owned()).collect()
    }
}

/// A client that says something again and again, and counts the answers.
struct Talk {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    thread: thread::JoinHandle<std::io::Result<()>>,
}

impl Talk {
    fn start(mut stream: TcpStream) -> Self {
        let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (until, count) = (Arc::clone(&stop), Arc::clone(&answers));
        let thread = thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                stream.write_all(b"x")?;
                stream.read_exact(&mut [0])?;
                count.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        });
        Self { stop, answers, thread }
    }

    fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    fn end(self) -> std::io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("a talk does not panic")
    }
}

fn a_node_is_changed_and_brought_back(back_end: BackEnd) {
    if !tools::are_there(back_end) {
        return;
    }
    let node = Node::new(back_end);
    echo(&node.topology);
    let before = node.saved();

    node.write(&[("web", "10.96.0.10")]);
    let applied = node.apply("");
    assert!(applied.contains("+ chain  iptables nat KUBE-SERVICES"), "{applied}");
    let with_web = node.saved();
    assert_eq!(node.apply(""), "No changes. Node matches the manifests.\n");
    assert_eq!(node.saved(), with_web);

    // A connection through the first Service lives on while another one comes and goes.
    let talk = Talk::start(connect(&node.topology, "10.96.0.10:80").expect("the first Service answers"));
    node.write(&[("web", "10.96.0.10"), ("api", "10.96.0.11")]);
    let applied = node.apply("");
    let is_of_web = |line: &str| line.contains(" chain ") && line.contains("shop/web");
    assert!(!applied.lines().any(is_of_web), "the chains of the first Service are left alone: {applied}");
    let answers = talk.answers();
    connect(&node.topology, "10.96.0.11:80").expect("the second Service answers");
    succeeded(&node.hnsplan("undo --auto-approve --force"));
    assert_eq!(node.saved(), with_web, "the second apply is undone");
    while talk.answers() < answers + 10 {
        thread::sleep(Duration::from_millis(5));
        assert!(!talk.thread.is_finished(), "the connection broke");
    }
    talk.end().expect("the connection survives");

    succeeded(&node.hnsplan("undo --auto-approve --force"));
    assert_eq!(node.saved(), before, "all is undone");

    // Destroying takes all chains away, whoever made them; undo brings them back.
    node.apply("");
    let with_both = node.saved();
    node.apply("--destroy");
    assert!(!node.saved().iter().any(|line| line.contains("KUBE-SVC-") || line.contains("KUBE-SERVICES")));
    succeeded(&node.hnsplan("undo --auto-approve --force"));
    assert_eq!(node.saved(), with_both);
}

#[test]
fn a_node_is_changed_and_brought_back_with_iptables_nft() {
    a_node_is_changed_and_brought_back(BackEnd::Nft);
}

#[test]
fn a_node_is_changed_and_brought_back_with_iptables_legacy() {
    a_node_is_changed_and_brought_back(BackEnd::Legacy);
}

const APPLY: &str = "apply --auto-approve --force -f cluster.yaml --node node-a --cluster-cidr 10.244.0.0/16";
const UNDO: &str = "undo --auto-approve --force";

#[track_caller]
fn refused(output: &Output, parts: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for part in parts {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// A chain of a Service that is gone cannot be deleted, as a rule of somebody else jumps there. That is known before
/// anything is touched.
#[test]
fn a_chain_that_others_use_keeps_everything_from_being_touched() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new(BackEnd::Nft);
    let used = "*nat\n:KUBE-SVC-GONE - [0:0]\n-A MINE -j KUBE-SVC-GONE\n-A KUBE-SVC-GONE -j RETURN\nCOMMIT\n";
    node.load(Family::Ipv6, used);
    let before = node.saved();
    node.write(&[("web", "10.96.0.10")]);
    refused(&node.hnsplan(APPLY), &["error[A1221]", "-A MINE -j KUBE-SVC-GONE"]);
    assert_eq!(node.saved(), before);
}

/// Programs that stand before those of the machine: the restore with this number is refused, or killed.
fn failing_restore(at: usize, end: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let count = folder.path().join("count");
    let text = format!(
        "#!/bin/sh\nn=$(cat {count} 2>/dev/null || echo 0)\nn=$((n + 1))\necho $n >{count}\n\
         if [ $n = {at} ]; then cat >/dev/null; echo 'line 3 failed' >&2; {end}; fi\n\
         PATH=${{PATH#*:}}\nexec \"$(basename \"$0\")\" \"$@\"\n",
        count = count.display()
    );
    for name in ["iptables-nft-restore", "ip6tables-nft-restore"] {
        let path = folder.path().join(name);
        fs::write(&path, &text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    folder
}

/// Whichever table is refused, in apply and in undo: all is as before, line for line, and the same command works
/// as soon as nothing is refused any more.
#[test]
fn what_iptables_refuses_leaves_everything_as_before() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new(BackEnd::Nft);
    let before = node.saved();
    node.write(&[("web", "10.96.0.10")]);
    for (at, end) in [(1, "exit 1"), (3, "exit 1"), (4, "exit 2"), (2, "kill -9 $$")] {
        let programs = failing_restore(at, end);
        let output = node.hnsplan_with(programs.path(), &format!("{APPLY} -o jsonl"));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{at} {end}: {message}");
        assert_eq!(node.saved(), before, "{at} {end}");
    }
    node.apply("");
    let applied = node.saved();
    for (at, end) in [(1, "exit 1"), (2, "exit 1"), (4, "exit 4"), (3, "kill -9 $$")] {
        let programs = failing_restore(at, end);
        let output = node.hnsplan_with(programs.path(), UNDO);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{at} {end}: {message}");
        assert_eq!(node.saved(), applied, "{at} {end}");
    }
    succeeded(&node.hnsplan(UNDO));
    assert_eq!(node.saved(), before);
}

/// What others put into chains of kube-proxy, or let lead there, keeps undo from starting; it stays, and is named.
fn what_others_added_stops_undo(back_end: BackEnd) {
    if !tools::are_there(back_end) {
        return;
    }
    let node = Node::new(back_end);
    // Of no concern to anybody, whatever is in it.
    node.load(Family::Ipv4, "*filter\n-A INPUT -m comment --comment \"a\rb\" -j ACCEPT\nCOMMIT\n");
    let before = node.saved();
    node.write(&[("web", "10.96.0.10")]);
    node.apply("");
    let applied = node.saved();

    node.load(Family::Ipv4, "*nat\n-I KUBE-SERVICES 1 -d 203.0.113.4/32 -j RETURN\nCOMMIT\n");
    let with_rule = node.saved();
    refused(&node.hnsplan("undo --auto-approve"), &["error[A1220]", "203.0.113.4/32 -j RETURN"]);
    assert_eq!(node.saved(), with_rule);
    node.load(Family::Ipv4, "*nat\n-D KUBE-SERVICES -d 203.0.113.4/32 -j RETURN\nCOMMIT\n");

    node.load(Family::Ipv4, "*nat\n-A OUTPUT -d 203.0.113.9/32 -j KUBE-MARK-MASQ\nCOMMIT\n");
    let with_reference = node.saved();
    refused(&node.hnsplan(UNDO), &["error[A1221]", "-D OUTPUT -d 203.0.113.9/32 -j KUBE-MARK-MASQ"]);
    assert_eq!(node.saved(), with_reference);
    node.load(Family::Ipv4, "*nat\n-D OUTPUT -d 203.0.113.9/32 -j KUBE-MARK-MASQ\nCOMMIT\n");

    assert_eq!(node.saved(), applied);
    // A jump that is there twice goes twice; one that is gone already is not missed.
    let jump = |command: &str, chain: &str| {
        format!(
            "*nat\n{command} {chain} -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\nCOMMIT\n"
        )
    };
    node.load(Family::Ipv4, &jump("-A", "OUTPUT"));
    node.load(Family::Ipv4, &jump("-D", "PREROUTING"));
    succeeded(&node.hnsplan(UNDO));
    assert_eq!(node.saved(), before);
}

#[test]
fn what_others_added_stops_undo_with_iptables_nft() {
    what_others_added_stops_undo(BackEnd::Nft);
}

#[test]
fn what_others_added_stops_undo_with_iptables_legacy() {
    what_others_added_stops_undo(BackEnd::Legacy);
}

/// A process that is killed at any time: one more command, and the node is as before or as planned.
#[test]
fn one_command_is_enough_after_a_kill() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new(BackEnd::Nft);
    let before = node.saved();
    node.write(&[("web", "10.96.0.10"), ("api", "10.96.0.11")]);
    node.apply("");
    let applied = node.saved();
    succeeded(&node.hnsplan(UNDO));
    assert_eq!(node.saved(), before);
    let killed = |arguments: &str, after: Duration| {
        let mut command = node.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = node.inside(|| command.spawn().expect("hnsplan can be started"));
        thread::sleep(after);
        // It may have ended already.
        let _ = child.kill();
        child.wait().expect("it ends");
        // The iptables-restore that it may have started ends by itself.
        thread::sleep(Duration::from_millis(50));
    };
    for number in 0..8 {
        let after = Duration::from_millis(20 + 35 * number);
        killed(APPLY, after);
        succeeded(&node.hnsplan(UNDO));
        assert_eq!(node.saved(), before, "apply killed after {after:?}, then undo");
        killed(APPLY, after);
        succeeded(&node.hnsplan(APPLY));
        assert_eq!(node.saved(), applied, "apply killed after {after:?}, then apply");
        killed(UNDO, after);
        succeeded(&node.hnsplan(UNDO));
        assert_eq!(node.saved(), before, "undo killed after {after:?}, then undo");
    }
}
