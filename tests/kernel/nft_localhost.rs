//! Node ports on loopback addresses, as nftables tables of kube-proxy 1.37 have them with the gate for them: rejected on a
//! real kernel, or left to whoever listens there, as kube-proxy itself does.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hnsplan::answer::verdict::{Fate, Packet, Sender};
use hnsplan::ir::RuleSet;
use hnsplan::net::{Family as NetFamily, Protocol};
use hnsplan::node::Overrides;
use hnsplan::pipeline::{Loaded, Setup};
use hnsplan::platform::nftables::eval::Evaluator;
use hnsplan::platform::nftables::{Format, lower, write};
use hnsplan::source::Sources;

use crate::case_packets::host;
use crate::client::{Reply, Transport, ask};
use crate::nft::{list, list_json, load, understood};
use crate::restore::{BackEnd, Family};
use crate::servers::Servers;
use crate::tools;
use crate::topology::{Place, Topology};

/// Node ports of both protocols, with one endpoint and with none.
const MANIFESTS: &str = "
apiVersion: v1
kind: Node
metadata: {name: node-a}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}, {type: InternalIP, address: 'fd00:10::11'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, 'fd00:96::10']
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  ports: [{name: t, port: 80, nodePort: 30080}, {name: u, port: 53, protocol: UDP, nodePort: 30053}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: t, port: 8080, protocol: TCP}, {name: u, port: 53, protocol: UDP}]
endpoints: [{addresses: [10.244.1.5], nodeName: node-a}]
";

/// A port that no Service has.
const OTHER_PORT: u16 = 30099;

fn rules(words: &[&str], version: &str, gate: bool) -> RuleSet {
    let mut sources = Sources::default();
    sources.add("manifests.yaml", MANIFESTS).expect("it is small");
    let setup = Setup {
        version: Some(version.parse().expect("it is a version")),
        overrides: Overrides {
            node: Some("node-a".to_owned()),
            node_port_addresses: Some(words.iter().map(|word| (*word).to_owned()).collect()),
            cluster_cidr: Some("10.244.0.0/16,fd00:244::/48".to_owned()),
            feature_gates: [("KubeProxyNFTablesLocalhostNodePorts".to_owned(), gate)].into(),
            ..Overrides::default()
        },
        ..Setup::default()
    };
    Loaded::new(sources).parse(&setup).resolve(&setup).compile().rules
}

/// What a process of the node meets at a loopback address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meets {
    /// A server that listens there, of whatever process.
    Server,
    Refusal,
}

#[test]
fn node_ports_on_loopback_addresses_are_rejected_or_left_to_kube_proxy() {
    use Meets::{Refusal, Server};
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    for (words, version, gate, tcp, udp) in [
        (&["primary", "localhost"][..], "1.37", true, Server, Refusal),
        (&["primary"], "1.37", true, Refusal, Refusal),
        (&["all"], "1.37", true, Refusal, Refusal),
        (&["primary", "localhost"], "1.37", false, Server, Server),
        (&["primary"], "1.36", true, Server, Server),
    ] {
        let rules = rules(words, version, gate);
        let topology = Topology::new();
        let ports = |of: &[u16]| of.iter().copied().collect::<BTreeSet<u16>>();
        let udp_at = |port| ["127.0.0.1", "::1"].map(|ip| (Place::Node, SocketAddr::new(parse(ip), port)));
        let bound: BTreeSet<_> = [30053, OTHER_PORT].into_iter().flat_map(udp_at).collect();
        let _servers = Servers::on(&topology, &ports(&[30080, OTHER_PORT]), &bound);
        for family in Family::BOTH {
            let what = format!("{words:?}, {version}, gate {gate}, {family}");
            let wanted = lower(&rules, NetFamily::from(family));
            let text = write(&wanted, Format::Nft).to_string();
            let [listed, json] = topology.at(Place::Node).run(|| {
                load(&text)
                    .and_then(|()| load(&text))
                    .unwrap_or_else(|error| panic!("{what}: {error}\n{text}"));
                [list(family), list_json(family)]
            });
            for listing in [&listed, &json] {
                assert_eq!(understood(listing, family).normalise(), wanted.normalise(), "{what}");
            }
            let listed = understood(&listed, family);
            let host = host();
            let evaluator = Evaluator::new(&listed, &host);
            let loopback = parse(if family == Family::Ipv4 { "127.0.0.1" } else { "::1" });
            for (protocol, port, meets) in [
                (Protocol::Tcp, 30080, tcp),
                (Protocol::Udp, 30053, udp),
                (Protocol::Tcp, OTHER_PORT, Server),
                (Protocol::Udp, OTHER_PORT, Server),
            ] {
                let packet = Packet {
                    source: loopback,
                    destination: loopback,
                    port,
                    protocol,
                    sender: Sender::Node,
                    interface: None,
                    remembered: None,
                };
                let verdict = evaluator.verdict(&packet);
                let fates: Vec<&Fate> = verdict.outcomes().iter().map(|outcome| &outcome.fate).collect();
                let is_told = match meets {
                    Refusal => matches!(fates[..], [Fate::Rejected]),
                    Server => matches!(fates[..], [Fate::Unhandled(_)]),
                };
                assert!(is_told, "{what}: {protocol} {port}: {fates:?}");
                let to = SocketAddr::new(loopback, port);
                let transport = if protocol == Protocol::Udp { Transport::Udp } else { Transport::Tcp };
                let patience = Duration::from_secs(5);
                let reply = topology.at(Place::Node).run(|| ask(transport, loopback, to, patience));
                let expected = match meets {
                    Refusal => Reply::Refused,
                    Server => Reply::From { server: to, client: loopback },
                };
                assert_eq!(reply, expected, "{what}: {protocol} {port}");
            }
        }
    }
}

fn parse(ip: &str) -> IpAddr {
    ip.parse().expect("an address")
}
