//! Promise: recorded texts, compiled rules and dumps of the kernel give the same verdicts, and these are what
//! Kubernetes wants.

use std::fs;

use hnsplan::answer::verdict::{Chance, Fate, Packet, Verdict};
use hnsplan::ir::{Pool, Route, ServicePort};
use hnsplan::net::{Family, Protocol};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::iptables::eval::Evaluator;
use hnsplan::platform::iptables::model::Ruleset;
use hnsplan::platform::iptables::{lower, read};

use crate::support::case::{Case, fixtures, spelled};
use crate::support::packets::{CLIENTS, OUTSIDE, host, packets};

/// Cases with an address that iptables refuses, so that their rules are on no node.
const REFUSED: [(&str, &str); 2] = [("115-wrong-family-in-slice", "1.36"), ("116-sloppy-ips", "1.30")];

fn understood(text: &str, family: Family, of: &str) -> Ruleset {
    let (rules, problems) = read(text, family);
    assert_eq!(problems, [], "{of}");
    rules
}

/// What holds for every verdict about kube-proxy's rules: equal shares that add up, and nothing is unknown.
fn is_shared_out(verdict: &Verdict) -> bool {
    let chances = || verdict.outcomes().iter().map(|outcome| outcome.chance);
    let share = Chance::one_in(u32::try_from(verdict.outcomes().len()).unwrap());
    chances().all(|chance| chance == share)
        && chances().try_fold(Chance::NEVER, Chance::or) == Some(Chance::CERTAIN)
        && verdict.undecided().next().is_none()
}

#[test]
fn the_golden_texts_and_our_rules_mean_the_same() {
    let host = host();
    let mut handled = 0;
    for case in Case::all() {
        for (version, family, nfacct, text) in case.recorded() {
            let what = format!("{} {version} {family}", case.name);
            let compiled = case.compiled(version, nfacct);
            let (golden, ours) = (understood(&text, family, &what), lower(&compiled.rules, family));
            let (golden, ours) = (Evaluator::new(&golden, &host), Evaluator::new(&ours, &host));
            let refused = family == Family::Ipv4 && REFUSED.contains(&(&*case.name, version));
            for packet in packets(&compiled.rules, family) {
                let verdict = golden.verdict(&packet);
                assert_eq!(verdict, ours.verdict(&packet), "{what}: {packet:?}");
                assert!(refused || is_shared_out(&verdict), "{what}: {packet:?}: {verdict:?}");
                handled += usize::from(!matches!(verdict.outcomes()[0].fate, Fate::Unhandled(_)));
            }
        }
    }
    assert!(handled > 10_000, "only {handled} packets met a Service");
}

/// The fate that Kubernetes wants for packets to a cluster IP: who may get them, each with the same chance.
fn wanted(port: &ServicePort, route: Route) -> Result<&Pool, Fate> {
    match route {
        Route::Cluster | Route::Local => Ok(port.pool(route).expect("a route to endpoints has a pool")),
        Route::Reject => Err(Fate::Rejected),
        Route::Drop => Err(Fate::Dropped),
    }
}

#[test]
fn packets_to_cluster_ips_reach_the_endpoints_that_kubernetes_means() {
    let (host, mut reached) = (host(), 0);
    for case in Case::all() {
        for (version, family, nfacct, _) in case.recorded() {
            // Counting packets changes nothing for them.
            if nfacct || REFUSED.contains(&(&*case.name, version)) {
                continue;
            }
            let Compiled { rules, .. } = case.compiled(version, nfacct);
            let lowered = lower(rules, family);
            let evaluator = Evaluator::new(&lowered, &host);
            for (port, client) in
                rules.services_of(family).flat_map(|port| CLIENTS.map(|client| (port, client)))
            {
                let frontend = port.cluster_ip();
                let address = (frontend.address.expect("cluster IPs have an address"), frontend.port).into();
                let Some(packet) = client.packet(port.protocol, address) else { continue };
                let verdict = evaluator.verdict(&packet);
                let what = || format!("{} {version}: {packet:?}", case.name);
                match wanted(port, frontend.inside) {
                    Ok(pool) => {
                        let members = pool.members.iter().map(|id| port.endpoint(*id).text.parse().unwrap());
                        assert_eq!(
                            verdict.endpoints().collect::<Vec<_>>(),
                            members.collect::<Vec<_>>(),
                            "{}",
                            what()
                        );
                        reached += 1;
                    }
                    Err(fate) => assert_eq!(verdict.outcomes()[0].fate, fate, "{}", what()),
                }
            }
        }
    }
    assert!(reached > 1000, "only {reached} packets reached endpoints");
}

/// What was saved on a host after loading a golden text.
const SAVED: [(&str, &str, &str, &str, Family); 4] = [
    ("019-affinity-clientip-timeout", "1.30", "ipv4", "nft-1.8.9", Family::Ipv4),
    ("031-lb-source-ranges-node", "1.36", "ipv4", "legacy-1.8.9", Family::Ipv4),
    ("051-dualstack", "1.36", "ipv6", "nft-1.8.9", Family::Ipv6),
    ("080-stale-chains", "1.30", "ipv4", "legacy-1.8.9", Family::Ipv4),
];

#[test]
fn what_iptables_save_printed_means_what_was_loaded() {
    let host = host();
    for (name, version, protocol, back_end, family) in SAVED {
        let case = Case::named(name);
        let compiled = case.compiled(version, false);
        let golden =
            case.read(&format!("{version}/iptables.{}.rules", spelled(family))).expect("it was recorded");
        let path = fixtures().join(format!("iptables-save/{name}.{version}.{protocol}.{back_end}.save"));
        let saved = fs::read_to_string(&path).expect("it was saved");
        let (golden, saved) = (understood(&golden, family, name), understood(&saved, family, name));
        let (golden, saved) = (Evaluator::new(&golden, &host), Evaluator::new(&saved, &host));
        assert!(golden.assumes_jumps() && !saved.assumes_jumps(), "{name}");
        let packets = packets(&compiled.rules, family);
        assert!(packets.len() > 20, "{name}: {}", packets.len());
        for packet in packets {
            assert_eq!(
                golden.verdict(&packet).effect(),
                saved.verdict(&packet).effect(),
                "{name}: {packet:?}"
            );
        }
    }
}

#[test]
fn rules_of_others_are_undecided_only_where_they_matter() {
    let path = fixtures().join("iptables-save/foreign-rules.ipv4.nft-1.8.9.save");
    let saved = understood(&fs::read_to_string(path).expect("it was saved"), Family::Ipv4, "foreign rules");
    // All packets meet this rule first.
    let text = "-j TTL --ttl-set 64";
    let host = host();
    let verdict = |rules: &Ruleset, packet: &Packet| Evaluator::new(rules, &host).verdict(packet);
    let packet = OUTSIDE.packet(Protocol::Tcp, "192.168.10.11:443".parse().unwrap()).unwrap();
    let why = verdict(&saved, &packet).undecided().next().map(str::to_owned);
    let wanted =
        format!("`{text}` in rule 1 of mangle PREROUTING cannot be evaluated: it is not known to hnsplan");
    assert_eq!(why, Some(wanted));

    let mut rest = saved;
    rest.tables.retain(|table| table.name.as_str() != "mangle");
    let why = verdict(&rest, &packet).undecided().next().map(str::to_owned);
    assert_eq!(
        why.as_deref(),
        Some(
            "`--dport 8000:8010` in rule 1 of nat PREROUTING cannot be evaluated: it is not known to hnsplan"
        )
    );
    let udp = Packet { protocol: Protocol::Udp, interface: None, ..packet };
    assert_eq!(
        verdict(&rest, &udp).undecided().collect::<Vec<_>>(),
        [
            "`! -i lo+` in rule 5 of filter INPUT cannot be evaluated: the interface by which the packet comes in is not told"
        ]
    );
}
