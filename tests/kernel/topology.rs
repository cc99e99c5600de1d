//! A node of a cluster with everything around it that can send packets.
//!
//! ```text
//!  client pod  10.244.1.20 ──┐                        ┌── eth0 ── neighbours: node-b, node-c and their pods,
//!  pod A       10.244.1.5  ──┤ cni0 ──  node-a  ──────┤           the API servers, the default gateway
//!  pod B       10.244.1.6  ──┘                        └── eth1 ── outside: hosts of other networks
//! ```
//!
//! Whatever the node's rules leave alone follows the default route to the neighbours, where *every* service
//! address is answered, or stays on the node, which listens too. So nothing is refused or lost unless a rule
//! does it, and an untranslated packet is seen as what it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::netns::Namespace;

/// The places where sockets are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Node,
    ClientPod,
    PodA,
    PodB,
    Neighbours,
    Outside,
}

/// A pod of the node: where it is, the name of its link on the node, its addresses.
struct Pod {
    place: Place,
    link: &'static str,
    addresses: &'static [&'static str],
}

const PODS: [Pod; 3] = [
    Pod { place: Place::ClientPod, link: "client", addresses: &["10.244.1.20/32", "fd00:244:0:1::20/128"] },
    Pod {
        place: Place::PodA,
        link: "pod-a",
        addresses: &[
            "10.244.1.5/32",
            "10.244.1.3/32",
            "10.244.1.9/32",
            "10.244.1.21/32",
            "fd00:244:0:1::5/128",
            "fd00:244:0:1::21/128",
        ],
    },
    Pod {
        place: Place::PodB,
        link: "pod-b",
        addresses: &[
            "10.244.1.6/32",
            "10.244.1.7/32",
            "10.244.1.8/32",
            "10.244.1.30/32",
            "fd00:244:0:1::6/128",
        ],
    },
];

const POD_SETUP: &str = "
    route add 10.244.1.1 dev eth0
    route add default via 10.244.1.1
    route add fd00:244:0:1::1 dev eth0
    route add ::/0 via fd00:244:0:1::1
";

const NODE_SETUP: &str = "
    addr add 10.244.1.1/24 dev cni0
    addr add fd00:244:0:1::1/64 dev cni0 nodad
    addr add 192.168.10.11/24 dev eth0
    addr add fd00:10::11/64 dev eth0 nodad
    addr add 10.0.5.4/24 dev eth1
    addr add fd00:5::4/64 dev eth1 nodad
    route add default via 192.168.10.12
    route add ::/0 via fd00:10::12
    route add 203.0.113.50 via 10.0.5.50
    route add 192.0.2.50 via 10.0.5.50
";

/// `local` routes make the neighbours answer for the remote pods and for every address of a service.
const NEIGHBOURS_SETUP: &str = "
    addr add 192.168.10.12/24 dev eth0
    addr add 192.168.10.2/24 dev eth0
    addr add 192.168.10.5/24 dev eth0
    addr add 192.168.10.6/24 dev eth0
    addr add fd00:10::12/64 dev eth0 nodad
    route add 10.0.0.0/8 via 192.168.10.11
    route add 203.0.113.50 via 192.168.10.11
    route add 192.0.2.50 via 192.168.10.11
    route add ::/0 via fd00:10::11
    route add local 10.244.2.0/24 dev lo
    route add local 10.244.3.0/24 dev lo
    route add local 10.244.4.0/24 dev lo
    route add local 10.244.5.0/24 dev lo
    route add local 10.244.9.0/24 dev lo
    route add local 10.96.0.0/16 dev lo
    route add local 198.51.100.0/24 dev lo
    route add local 203.0.113.0/24 dev lo
    route add local 192.0.2.80 dev lo
    route add local 93.184.216.34 dev lo
    route add local fd00:244:0:2::/64 dev lo
    route add local fd00:244:0:3::/64 dev lo
    route add local fd00:96::/64 dev lo
";

/// The hosts outside take the node's localhost for one more address that they may try.
const OUTSIDE_SETUP: &str = "
    addr del 127.0.0.1/8 dev lo
    addr add 10.0.5.50/24 dev eth0
    addr add fd00:5::50/64 dev eth0 nodad
    addr add 203.0.113.50/32 dev eth0
    addr add 192.0.2.50/32 dev eth0
    route add default via 10.0.5.4
    route add 127.0.0.0/8 via 10.0.5.4
    route add ::/0 via fd00:5::4
";

/// Nobody may correct the routes, and no answer may be lost to a rate limit.
const SYSCTLS: &[(&str, &str)] = &[
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
    ("ipv6/conf/all/accept_redirects", "0"),
    ("ipv6/conf/default/accept_redirects", "0"),
    ("ipv4/icmp_ratelimit", "0"),
    ("ipv4/icmp_ratemask", "0"),
    ("ipv6/icmp/ratelimit", "0"),
];

/// What kube-proxy and the kubelet set on a node.
const NODE_SYSCTLS: &[(&str, &str)] =
    &[("ipv4/ip_forward", "1"), ("ipv6/conf/all/forwarding", "1"), ("ipv4/conf/all/route_localnet", "1")];

/// Lets packets with a loopback address onto the wire.
const OUTSIDE_SYSCTLS: &[(&str, &str)] = &[("ipv4/conf/all/route_localnet", "1")];

/// The node always routes between its pods. Where `br_netfilter` is there it would bridge translated packets
/// too, and a pod could meet itself only through a bridge port in hairpin mode.
const BRIDGE_SYSCTLS: &[(&str, &str)] =
    &[("bridge/bridge-nf-call-iptables", "0"), ("bridge/bridge-nf-call-ip6tables", "0")];

/// The namespaces of one test, linked, addressed and routed.
pub(crate) struct Topology {
    node: Namespace,
    pods: [Namespace; 3],
    neighbours: Namespace,
    outside: Namespace,
}

impl Topology {
    pub(crate) fn new() -> Self {
        let namespace = || Namespace::new().expect("a network namespace can be made");
        let topology = Self {
            node: namespace(),
            pods: [namespace(), namespace(), namespace()],
            neighbours: namespace(),
            outside: namespace(),
        };
        topology.set_sysctls();
        topology.configure();
        topology
    }

    pub(crate) fn at(&self, place: Place) -> &Namespace {
        match place {
            Place::Node => &self.node,
            Place::ClientPod => &self.pods[0],
            Place::PodA => &self.pods[1],
            Place::PodB => &self.pods[2],
            Place::Neighbours => &self.neighbours,
            Place::Outside => &self.outside,
        }
    }

    /// Gives the node one more address, as some load balancers do with their VIP.
    pub(crate) fn add_node_address(&self, address: &str) {
        ip(&self.node, &format!("addr add {address} dev lo"));
    }

    /// Gives the client pod more addresses.
    pub(crate) fn add_client_addresses(&self, addresses: &BTreeSet<IpAddr>) {
        let add = |address: &IpAddr| format!("addr add {address} dev eth0 nodad\n");
        ip(self.at(Place::ClientPod), &addresses.iter().map(add).collect::<String>());
    }

    /// Lets packets come from outside with these addresses as their sources, also such as neighbours have: what answers
    /// them finds the way back. So a pod of another node can send to a Service, and be the endpoint that gets the packet.
    pub(crate) fn let_in(&self, addresses: &BTreeSet<IpAddr>) {
        const WAYS: &str = "table inet ways {
            chain in {
                type filter hook prerouting priority -149; policy accept;
                iifname \"eth1\" ct mark set 0x1
                ct direction reply ct mark 0x1 meta mark set meta mark | 0x1
            }
            chain out {
                type route hook output priority -149; policy accept;
                ct direction reply ct mark 0x1 meta mark set meta mark | 0x1
            }
        }";
        self.node.run(|| crate::nft::load(WAYS)).expect("the ways back can be told apart");
        set_sysctls(&self.neighbours, &[("ipv4/conf/all/accept_local", "1"), ("ipv6/ip_nonlocal_bind", "1")]);
        for (family, outside, node) in
            [("-4", "10.0.5.50", "192.168.10.11"), ("-6", "fd00:5::50", "fd00:10::11")]
        {
            let of_family: Vec<&IpAddr> =
                addresses.iter().filter(|ip| ip.is_ipv4() == (family == "-4")).collect();
            let each =
                |line: &dyn Fn(&IpAddr) -> String| of_family.iter().map(|ip| line(ip)).collect::<String>();
            ip_of(Some(family), &self.outside, &each(&|ip| format!("addr replace {ip} dev eth0 nodad\n")));
            ip_of(
                Some(family),
                &self.node,
                &format!("rule add fwmark 0x1/0x1 lookup 100\n route add default via {outside} table 100\n"),
            );
            // What the neighbours answer leaves them, whoever has the address.
            let first = format!("route add default via {node} table 100\n rule add pref 20 lookup local\n");
            let rules = each(&|ip| format!("rule add pref 10 iif lo to {ip} lookup 100\n"));
            ip_of(Some(family), &self.neighbours, &(first + &rules + "rule del pref 0\n"));
        }
    }

    fn set_sysctls(&self) {
        let others = self.pods.iter().chain([&self.neighbours, &self.outside]);
        others.for_each(|namespace| set_sysctls(namespace, SYSCTLS));
        set_sysctls(&self.node, &[SYSCTLS, NODE_SYSCTLS].concat());
        set_sysctls(&self.outside, OUTSIDE_SYSCTLS);
        if Path::new("/proc/sys/net/bridge").exists() {
            set_sysctls(&self.node, BRIDGE_SYSCTLS);
        }
    }

    fn configure(&self) {
        ip(&self.node, &(self.links() + NODE_SETUP));
        for pod in &PODS {
            let mut setup = String::from("link set lo up\n link set eth0 up\n");
            for address in pod.addresses {
                writeln!(setup, "addr add {address} dev eth0 nodad").unwrap();
            }
            ip(self.at(pod.place), &(setup + POD_SETUP));
        }
        for (namespace, setup) in [(&self.neighbours, NEIGHBOURS_SETUP), (&self.outside, OUTSIDE_SETUP)] {
            ip(namespace, &format!("link set lo up\n link set eth0 up\n{setup}"));
        }
    }

    /// The interfaces of the node, and the other ends of its cables.
    fn links(&self) -> String {
        let mut links = String::from("link set lo up\n link add cni0 type bridge\n link set cni0 up\n");
        let mut cable = |link: &str, other: &Namespace| {
            writeln!(links, "link add {link} type veth peer name eth0 netns {}", other.path()).unwrap();
            writeln!(links, "link set {link} up").unwrap();
        };
        cable("eth0", &self.neighbours);
        cable("eth1", &self.outside);
        for pod in &PODS {
            cable(pod.link, self.at(pod.place));
        }
        for pod in &PODS {
            writeln!(links, "link set {} master cni0", pod.link).unwrap();
        }
        links
    }
}

fn set_sysctls(namespace: &Namespace, sysctls: &[(&str, &str)]) {
    namespace.run(|| {
        for (name, value) in sysctls {
            fs::write(format!("/proc/sys/net/{name}"), value)
                .unwrap_or_else(|error| panic!("net/{name} cannot be set: {error}"));
        }
    });
}

/// Runs a batch of `ip` commands, one a line.
fn ip(namespace: &Namespace, commands: &str) {
    ip_of(None, namespace, commands);
}

/// The same, of one family: `-4` or `-6`.
fn ip_of(family: Option<&str>, namespace: &Namespace, commands: &str) {
    let output = namespace.run(|| {
        let mut ip = Command::new("ip")
            .args(family)
            .args(["-batch", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ip can be run");
        ip.stdin.take().expect("standard input is a pipe").write_all(commands.as_bytes()).expect("ip reads");
        ip.wait_with_output().expect("ip ends")
    });
    assert!(output.status.success(), "{}\nin:{commands}", String::from_utf8_lossy(&output.stderr));
}
