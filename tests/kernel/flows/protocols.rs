//! Transports other than TCP, and TCP beside them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::expect::{OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;
use crate::nft;
use crate::packets::{Arrival, Listener, send_inits};
use crate::restore::BackEnd;
use crate::tools;
use crate::topology::{Place, Topology};

#[test]
fn a_udp_service_answers_datagrams_only() {
    golden("006-udp").expect(&[
        from(POD).udp("10.96.0.10:514").reaches(&["10.244.1.5:5514", "10.244.2.5:5514"], AsItself),
        from(OUTSIDE).udp("10.96.0.10:514").reaches(&["10.244.1.5:5514", "10.244.2.5:5514"], AsNode),
        from(POD).tcp("10.96.0.10:80").is_left_alone(),
    ]);
}

#[test]
fn one_port_number_serves_tcp_and_udp() {
    golden("083-sharing-cluster-ip-port-protocols").expect(&[
        from(POD).tcp("10.96.0.10:5000").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsItself),
        from(POD).udp("10.96.0.10:5000").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsItself),
    ]);
}

#[test]
fn the_dns_service_answers_in_both_transports() {
    golden("075-kube-dns").expect(&[
        from(POD).udp("10.96.0.10:53").reaches(&["10.244.1.3:53", "10.244.2.3:53"], AsItself),
        from(POD).tcp("10.96.0.10:53").reaches(&["10.244.1.3:53", "10.244.2.3:53"], AsItself),
        from(POD).tcp("10.96.0.10:9153").reaches(&["10.244.1.3:9153", "10.244.2.3:9153"], AsItself),
    ]);
}

#[test]
fn an_sctp_association_is_translated_like_a_connection() {
    if tools::are_there(BackEnd::Nft) {
        assert_associations_are_translated(&golden("007-sctp").node(BackEnd::Nft));
    }
}

#[test]
fn an_sctp_association_is_translated_by_nftables_as_well() {
    if tools::are_there(BackEnd::Nft) {
        for version in ["1.30", "1.36", "1.37"] {
            assert_associations_are_translated(&nft::node("007-sctp", version));
        }
    }
}

fn assert_associations_are_translated(node: &Topology) {
    let places = [Place::PodA, Place::Neighbours];
    let mut listeners = places.map(|place| Listener::new(node.at(place)));
    let service = "10.96.0.10:3868".parse().unwrap();
    for (place, client) in [(Place::ClientPod, [10, 244, 1, 20]), (Place::Outside, [10, 0, 5, 50])] {
        send_inits(node.at(place), Ipv4Addr::from(client), service, 40_000..40_048)
            .expect("packets can be sent");
    }
    let arrivals: BTreeSet<Arrival> = listeners.iter_mut().flat_map(Listener::arrivals).collect();
    let expected = BTreeSet::from([
        Arrival::new("10.244.1.20", "10.244.1.5:3868"),
        Arrival::new("10.244.1.20", "10.244.2.5:3868"),
        // Outside clients are masqueraded.
        Arrival::new("10.244.1.1", "10.244.1.5:3868"),
        Arrival::new("192.168.10.11", "10.244.2.5:3868"),
    ]);
    assert_eq!(arrivals, expected);
}
