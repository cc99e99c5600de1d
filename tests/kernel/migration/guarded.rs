//! A node whose host has a firewall: what kube-proxy accepts, drops and marks in iptables mode, it leaves to the host in
//! nftables mode.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use super::report::Report;
use super::{compiled, delete_iptables, load_iptables, load_nftables};
use crate::client::{Reply, Transport, ask};
use crate::nft;
use crate::packets::{Listener, send_invalid};
use crate::restore::{BackEnd, Family, load};
use crate::servers::Servers;
use crate::tools;
use crate::topology::{Place, Topology};

const FOLDER: &str = "fixtures/migration/guarded";

/// What drops whatever is forwarded and nobody accepted, and nearly all that is for the node.
const FIREWALL: &str = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n\
     -A INPUT -p tcp -m tcp --dport 32100 -j DROP\n\
     -A FORWARD -s 10.244.0.0/16 -j ACCEPT\n\
     -A FORWARD -d 10.244.1.20/32 -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n";

/// What drops packets that have a bit of the mark, which somebody else uses.
const MARKS: &str = "table ip host {\n\tchain marked {\n\t\ttype filter hook postrouting priority filter; policy accept;\n\
     \t\tmeta mark & 0x8000 == 0x8000 drop\n\t}\n}\n";

/// A packet, and what becomes of it.
struct Case {
    place: Place,
    client: &'static str,
    to: &'static str,
    before: End,
    after: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Answered,
    Lost,
}

#[test]
fn a_firewall_drops_what_kube_proxy_no_longer_accepts() {
    use End::{Answered, Lost};
    let case = |place, client, to, before, after| Case { place, client, to, before, after };
    let moved = Moved::new(|| load(BackEnd::Nft, Family::Ipv4, FIREWALL));
    let Some(moved) = moved else { return };
    assert!(moved.report.facts().is_superset(&["L0934", "L0939"].into()), "{:?}", moved.report.facts());
    moved.assert(&[
        // The health check of load balancers, and Services for others than pods.
        case(Place::Outside, "10.0.5.50", "192.168.10.11:32100", Answered, Lost),
        case(Place::Outside, "10.0.5.50", "192.168.10.11:30081", Answered, Lost),
        case(Place::Outside, "10.0.5.50", "10.96.0.11:80", Answered, Lost),
        // What the host accepts itself goes on.
        case(Place::ClientPod, "10.244.1.20", "10.96.0.11:80", Answered, Answered),
        case(Place::Node, "192.168.10.11", "10.96.0.11:80", Answered, Answered),
        case(Place::Outside, "10.0.5.50", "192.168.10.11:8080", Answered, Answered),
    ]);
}

#[test]
fn another_bit_of_the_mark_is_set() {
    use End::{Answered, Lost};
    let case = |place, client, to, before, after| Case { place, client, to, before, after };
    let Some(moved) = Moved::new(|| nft::load(MARKS)) else { return };
    assert!(moved.report.facts().contains("L0937"), "{:?}", moved.report.facts());
    moved.assert(&[
        // Masqueraded, and so marked.
        case(Place::Outside, "10.0.5.50", "192.168.10.11:30081", Lost, Answered),
        case(Place::ClientPod, "10.244.1.20", "10.96.0.11:80", Answered, Answered),
    ]);
}

#[test]
fn invalid_packets_are_forwarded() {
    let Some(moved) = Moved::new(|| Ok(())) else { return };
    assert!(moved.report.facts().contains("L0940"), "{:?}", moved.report.facts());
    let server: SocketAddrV4 = "10.244.1.5:8080".parse().expect("an address");
    let arrives = |topology: &Topology| {
        let mut listener = Listener::new(topology.at(Place::PodA));
        let client = Ipv4Addr::new(10, 0, 5, 50);
        send_invalid(topology.at(Place::Outside), client, server).expect("a packet can be sent");
        !listener.arrivals().is_empty()
    };
    let before = arrives(&moved.topology);
    moved.change();
    assert_eq!([before, arrives(&moved.topology)], [false, true]);
}

/// A node that is to change its mode.
struct Moved {
    topology: Topology,
    compiled: hnsplan::pipeline::Compiled,
    report: Report,
}

impl Moved {
    /// In iptables mode, with rules of the host that are there first; `None` where it cannot be tried.
    fn new(host: impl FnOnce() -> Result<(), String> + Send) -> Option<Self> {
        if !tools::are_there(BackEnd::Nft) {
            return None;
        }
        let (topology, compiled) = (Topology::new(), compiled(FOLDER, "node-a"));
        topology.at(Place::Node).run(host).expect("the rules of the host load");
        load_iptables(&topology, &compiled);
        Some(Self { topology, compiled, report: Report::of(FOLDER, "node-a") })
    }

    fn change(&self) {
        delete_iptables(&self.topology);
        load_nftables(&self.topology, &self.compiled);
    }

    fn assert(&self, cases: &[Case]) {
        let ports = [8080, 32100, 30080, 30081, 80].into_iter().collect();
        let _servers = Servers::on(&self.topology, &ports, &[].into());
        let before: Vec<End> = cases.iter().map(|case| case.end(&self.topology)).collect();
        self.change();
        for (case, before) in cases.iter().zip(before) {
            let Case { client, to, .. } = case;
            let after = case.end(&self.topology);
            assert_eq!([before, after], [case.before, case.after], "from {client} to {to}");
        }
    }
}

impl Case {
    fn end(&self, topology: &Topology) -> End {
        let to: SocketAddr = self.to.parse().expect("an address");
        let client = self.client.parse().expect("an address");
        let patience = Duration::from_secs(1);
        match topology.at(self.place).run(|| ask(Transport::Tcp, client, to, patience)) {
            Reply::From { .. } => End::Answered,
            Reply::Silence => End::Lost,
            other => panic!("{} from {}: {other:?}", self.to, self.client),
        }
    }
}
