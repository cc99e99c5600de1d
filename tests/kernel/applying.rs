//! `hnsplan apply --executor iptables` on a real kernel: connections survive changes that are not about them, and
//! undo leaves the tables as they were.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::restore::{BackEnd, Family, load, save};
use crate::tools;
use crate::topology::{Place, Topology};

/// Rules of somebody else, in all tables that are changed.
const FOREIGN: [&str; 2] = [
    "*nat\n:MINE - [0:0]\n-A POSTROUTING -s 10.99.0.0/16 -j MASQUERADE\n-A PREROUTING -j MINE\n-A MINE -j RETURN\nCOMMIT\n\
     *filter\n-A FORWARD -s 10.99.0.1/32 -j DROP\n-A INPUT -p tcp -m tcp --dport 9999 -j ACCEPT\nCOMMIT\n",
    "*nat\n:MINE - [0:0]\n-A PREROUTING -j MINE\nCOMMIT\n*filter\n-A FORWARD -s fd00:99::1/128 -j DROP\nCOMMIT\n",
];

/// A Service with one endpoint, the pod A.
fn service(name: &str, vip: &str) -> String {
    format!(
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: shop}}, \
         spec: {{clusterIP: {vip}, ports: [{{port: 80}}]}}}}\n\
         ---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-0, namespace: shop, \
         labels: {{kubernetes.io/service-name: {name}}}}}, addressType: IPv4, ports: [{{name: '', port: 8080}}], \
         endpoints: [{{addresses: [10.244.1.5], nodeName: node-a}}]}}\n"
    )
}

const NODE: &str = "---\n{apiVersion: v1, kind: Node, metadata: {name: node-a}, \
     status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}\n";

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
        let variant = if self.back_end == BackEnd::Nft { "nft" } else { "legacy" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_hnsplan"));
        command.args(arguments.split_whitespace());
        command.args(["--executor", "iptables", "--iptables-variant", variant, "--journal", "journal"]);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        self.inside(|| command.output().expect("hnsplan can be started"))
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

    /// A connection of the client pod.
    fn connect(&self, address: &str) -> std::io::Result<TcpStream> {
        let address: SocketAddr = address.parse().expect("an address");
        let stream = self
            .topology
            .at(Place::ClientPod)
            .run(|| TcpStream::connect_timeout(&address, Duration::from_secs(3)))?;
        stream.set_read_timeout(Some(Duration::from_secs(3)))?;
        Ok(stream)
    }
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Answers each byte with the same byte, on port 8080 of pod A, as long as the test runs.
fn echo(topology: &Topology) {
    let listener = topology.at(Place::PodA).run(|| TcpListener::bind("10.244.1.5:8080")).expect("a server");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut byte = [0];
                while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
            });
        }
    });
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
    let talk = Talk::start(node.connect("10.96.0.10:80").expect("the first Service answers"));
    node.write(&[("web", "10.96.0.10"), ("api", "10.96.0.11")]);
    let applied = node.apply("");
    assert!(!applied.contains("shop/web"), "the chains of the first Service are left alone: {applied}");
    let answers = talk.answers();
    node.connect("10.96.0.11:80").expect("the second Service answers");
    succeeded(&node.hnsplan("undo --auto-approve"));
    assert_eq!(node.saved(), with_web, "the second apply is undone");
    while talk.answers() < answers + 10 {
        thread::sleep(Duration::from_millis(5));
        assert!(!talk.thread.is_finished(), "the connection broke");
    }
    talk.end().expect("the connection survives");

    succeeded(&node.hnsplan("undo --auto-approve"));
    assert_eq!(node.saved(), before, "all is undone");

    // Destroying takes all chains away, whoever made them; undo brings them back.
    node.apply("");
    let with_both = node.saved();
    node.apply("--destroy");
    assert!(!node.saved().iter().any(|line| line.contains("KUBE-SVC-") || line.contains("KUBE-SERVICES")));
    succeeded(&node.hnsplan("undo --auto-approve"));
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

/// A chain of a Service that is gone cannot be deleted, as a rule of somebody else jumps there. That is found out
/// when IPv4 is done already.
#[test]
fn what_iptables_refuses_leaves_everything_as_before() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let node = Node::new(BackEnd::Nft);
    let used = "*nat\n:KUBE-SVC-GONE - [0:0]\n-A MINE -j KUBE-SVC-GONE\n-A KUBE-SVC-GONE -j RETURN\nCOMMIT\n";
    node.inside(|| load(BackEnd::Nft, Family::Ipv6, used).expect("it loads"));
    let before = node.saved();
    node.write(&[("web", "10.96.0.10")]);
    let output = node.hnsplan(
        "apply --auto-approve --force -f cluster.yaml --node node-a --cluster-cidr 10.244.0.0/16 -o jsonl",
    );
    let events = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(events.contains(r#""event":"back","step":1"#), "IPv4 was taken back: {events}");
    assert_eq!(node.saved(), before);
}
