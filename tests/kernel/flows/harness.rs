//! The network of the tests proves nothing by itself: without rules, every destination answers for itself.

use crate::expect::{LOCALHOST, NODE, OUTSIDE, POD, POD_A, from};
use crate::restore::BackEnd;
use crate::servers::Servers;
use crate::tools;
use crate::topology::Topology;

#[test]
fn without_rules_every_packet_is_left_alone() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let topology = Topology::new();
    let _servers = Servers::start(&topology);
    for source in [POD, POD_A, NODE, OUTSIDE] {
        for destination in
            ["10.96.0.10:80", "198.51.100.7:80", "203.0.113.10:80", "10.244.2.5:8080", "192.168.10.11:30080"]
        {
            assert_eq!(from(source).tcp(destination).is_left_alone().check(&topology), Ok(()));
        }
        for destination in ["[fd00:96::10]:80", "[fd00:244:0:2::5]:8080", "[fd00:10::11]:30080"] {
            assert_eq!(from(source).tcp(destination).is_left_alone().check(&topology), Ok(()));
        }
    }
    assert_eq!(from(LOCALHOST).tcp("127.0.0.1:30080").is_left_alone().check(&topology), Ok(()));
    assert_eq!(from(OUTSIDE).tcp("127.0.0.1:32100").is_left_alone().check(&topology), Ok(()));
    assert_eq!(from(POD).udp("10.244.2.5:5514").is_left_alone().check(&topology), Ok(()));
}

#[test]
fn a_wrong_expectation_is_noticed() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let topology = Topology::new();
    let _servers = Servers::start(&topology);
    let flow = from(POD).tcp("10.96.0.10:80");
    assert!(flow.is_refused().check(&topology).is_err());
    assert!(flow.is_dropped().check(&topology).is_err());
}
