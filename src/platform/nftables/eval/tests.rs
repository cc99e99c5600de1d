use super::*;
use crate::answer::verdict::{Chance, Sender};
use crate::net::Protocol;
use crate::platform::nftables::{ReadProblem, read};

const TABLE: &str = "table ip kube-proxy {
	set cluster-ips {
		type ipv4_addr
		elements = { 10.96.0.10 }
	}
	set affinity-A {
		type ipv4_addr
		flags dynamic,timeout
		timeout 10m
		elements = { 10.9.9.9 expires 9m59s }
	}
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.10 . tcp . 80 : goto service-X/web,
			     10.96.0.11 . tcp . 80 : goto service-X/kept }
	}
	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}
	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
	}
	chain filter-forward {
		type filter hook forward priority filter; policy accept;
		ct state new ip daddr @cluster-ips reject
	}
	chain services {
		ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000
		ip daddr . meta l4proto . th dport vmap @service-ips
	}
	chain service-X/web {
		meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.5 . 8080, 1 : 10.244.2.5 . 8080 }
	}
	chain service-X/kept {
		ip saddr @affinity-A goto endpoint-A
		numgen random mod 1 vmap { 0 : goto endpoint-A }
	}
	chain endpoint-A {
		update @affinity-A { ip saddr }
		meta l4proto tcp dnat to 10.244.1.9:80
	}
}
";

fn packet(source: &str, to: &str, port: u16) -> Packet {
    Packet {
        sender: Sender::Outside,
        source: source.parse().unwrap(),
        destination: to.parse().unwrap(),
        protocol: Protocol::Tcp,
        port,
        interface: None,
        remembered: None,
    }
}

fn verdict(text: &str, packet: &Packet) -> Verdict {
    let reading = read(text);
    // A rule may name a chain that is not listed.
    let is_of_missing = |problem: &ReadProblem| problem.message.contains("does not have nowhere");
    assert!(reading.problems.iter().all(is_of_missing), "{:?}", reading.problems);
    let host = Host::new(["192.168.0.2".parse().unwrap()]);
    let table = reading.tables.ipv4.expect("there is a table");
    Evaluator::new(&table, &host).verdict(packet)
}

#[test]
fn each_endpoint_is_a_way_of_its_own_with_the_mark_of_all() {
    let outside = verdict(TABLE, &packet("203.0.113.9", "10.96.0.10", 80));
    let chances: Vec<Chance> = outside.outcomes().iter().map(|outcome| outcome.chance).collect();
    assert_eq!(chances, [Chance::one_in(2), Chance::one_in(2)]);
    for outcome in outside.outcomes() {
        let Fate::Endpoint(delivery) = &outcome.fate else { panic!("{:?}", outcome.fate) };
        assert_eq!(delivery.source, SourceAddress::Masqueraded);
    }
    let pod = verdict(TABLE, &packet("10.244.1.7", "10.96.0.10", 80));
    assert!(pod.outcomes().iter().all(|outcome| matches!(
        &outcome.fate,
        Fate::Endpoint(delivery) if delivery.source == SourceAddress::Kept
    )));
}

#[test]
fn what_no_service_has_meets_the_filters() {
    let other = verdict(TABLE, &packet("10.244.1.7", "10.96.0.10", 81));
    assert_eq!(other.outcomes()[0].fate, Fate::Rejected);
    let elsewhere = verdict(TABLE, &packet("10.244.1.7", "198.51.100.1", 81));
    assert_eq!(elsewhere.outcomes()[0].fate, Fate::Unhandled(SourceAddress::Kept));
}

#[test]
fn a_client_stays_where_it_is_looked_for() {
    let kept = verdict(TABLE, &packet("10.244.1.7", "10.96.0.11", 80));
    let Fate::Endpoint(delivery) = &kept.outcomes()[0].fate else { panic!("{kept:?}") };
    assert_eq!(delivery.affinity.and_then(|of| of.timeout_seconds), Some(600));
    let never = TABLE.replace("\t\tip saddr @affinity-A goto endpoint-A\n", "");
    let Fate::Endpoint(delivery) =
        verdict(&never, &packet("10.244.1.7", "10.96.0.11", 80)).outcomes()[0].fate.clone()
    else {
        panic!("it is delivered")
    };
    assert_eq!(delivery.affinity, None);
}

/// What is not known decides nothing where another condition settles it.
#[test]
fn what_is_not_known_matters_only_where_it_could() {
    let with = |rule: &str| TABLE.replace("\t\tip daddr . meta", &format!("\t\t{rule}\n\t\tip daddr . meta"));
    let fate =
        |rule: &str| verdict(&with(rule), &packet("10.244.1.7", "10.96.0.10", 81)).outcomes()[0].fate.clone();
    assert!(matches!(fate("socket transparent 1 drop"), Fate::Undecided(_)));
    assert_eq!(fate("ip daddr 10.0.0.1 socket transparent 1 drop"), Fate::Rejected);
    assert_eq!(fate("log prefix \"x\" drop"), Fate::Dropped);
    assert!(matches!(fate("goto nowhere"), Fate::Undecided(_)));
    assert!(matches!(fate("jump services"), Fate::Undecided(_)), "a circle");
}
