//! Promise: on a node in memory, a script makes what the plan wants, a second run changes nothing, and the undo
//! script restores the node, under every combination of unverified assumptions about Windows.

use std::net::IpAddr;

use hnsplan::ir::{FrontendKind, Route};
use hnsplan::net::{Family, Protocol};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::netsh::model::{Action, Command, Host, Listen, Object};
use hnsplan::platform::netsh::{
    Answer, Connection, Empty, FirewallUse, Lowered, Mode, NodeState, OnFailure, Options, Pick, Style,
    Unverified, read, write,
};

use crate::platform::netsh::scripts::file;
use crate::support::case::Case;
use crate::support::run::Run;

const STYLES: [Style; 3] = [Style::Script, Style::Cmd, Style::Powershell];

fn node_ips() -> Vec<IpAddr> {
    ["192.168.10.11", "fd00:10::11"].map(|ip| ip.parse().unwrap()).to_vec()
}

/// Every mode, and the switches that change what a plan is made of.
fn all_options() -> Vec<Options> {
    let base = Options { node_ips: node_ips(), ..Options::default() };
    let mut all: Vec<Options> = [Mode::Portproxy, Mode::LegacyAddresses, Mode::LegacyPortproxy]
        .map(|mode| Options { mode, ..base.clone() })
        .to_vec();
    all.push(Options { pick: Pick::Spread, empty: Empty::Address, ..base.clone() });
    all.push(Options { firewall: FirewallUse::AllowAndBlock, ..base.clone() });
    all.push(Options { firewall: FirewallUse::None, node_ips: Vec::new(), ..base });
    all
}

/// Goes through all golden cases in two versions with all options.
fn for_each_plan(mut check: impl FnMut(&str, &Options, &Compiled, &Lowered)) {
    let mut plans = 0;
    for case in Case::all() {
        for version in ["1.30", "1.36"] {
            let compiled = case.compiled(version, false);
            for options in all_options() {
                let what = format!("{} {version} {:?} {:?}", case.name, options.mode, options.firewall);
                check(&what, &options, compiled, &compiled.netsh(&options));
                plans += 1;
            }
        }
    }
    assert!(plans > 1000, "{plans} plans");
}

/// A node that others have used before.
fn used_node(unverified: Unverified) -> NodeState {
    const OTHERS: &str = "\
interface ipv4 add address name=\"vEthernet (HNS Internal NIC)\" address=172.31.0.1 mask=255.255.255.0
interface portproxy set v4tov4 listenport=80 connectaddress=10.7.7.7 connectport=80 listenaddress=172.31.0.1 protocol=tcp
advfirewall firewall add rule name=theirs dir=in action=allow profile=any protocol=tcp localip=any localport=80 remoteip=any description=\"\"
";
    let mut node = NodeState::new(node_ips(), unverified);
    let others = read(OTHERS);
    assert_eq!(others.commands.len(), 3);
    assert_eq!(node.apply(&others.commands).failed, []);
    node
}

#[test]
fn every_script_of_every_plan_is_read_back_as_what_it_was_written_from() {
    for_each_plan(|what, _, _, lowered| {
        for (script, style) in [lowered.plan.create(), lowered.plan.undo()]
            .iter()
            .flat_map(|script| STYLES.map(|style| (script, style)))
        {
            let text = write(script, style);
            let captured = read(&text);
            assert!(captured.commands == script.commands, "{what} {style:?}\n{text}");
            assert!(
                captured.unknown.is_empty() && captured.notes.is_empty(),
                "{what} {style:?} {captured:?}"
            );
            assert!(!captured.resets, "{what}");
        }
    });
}

#[test]
fn a_script_makes_what_is_wanted_again_changes_nothing_and_is_undone() {
    for_each_plan(|what, _, _, lowered| {
        let (create, undo) = (lowered.plan.create().commands, lowered.plan.undo().commands);
        for unverified in Unverified::all() {
            let first = used_node(unverified);
            let mut node = first.clone();
            assert_eq!(node.apply(&create).failed, [], "{what} {unverified:?}");
            let wanted = node.clone();
            assert!(lowered.plan.objects.iter().all(|planned| node.holds(&planned.object)), "{what}");
            node.apply(&create);
            assert_eq!(node.in_effect(), wanted.in_effect(), "{what} {unverified:?}, again");
            assert_eq!(node.apply(&undo).failed, [], "{what} {unverified:?}, undo");
            assert_eq!(node, first, "{what} {unverified:?}, undo");
        }
    });
}

#[test]
fn undo_is_the_exact_reverse() {
    for_each_plan(|what, _, _, lowered| {
        let keys = |commands: Vec<Command>| -> Vec<_> {
            let key = |command| match command {
                Command::Create(object) => object.key().expect("everything planned can be deleted"),
                Command::Delete(key) => key,
            };
            commands.into_iter().map(key).collect()
        };
        let created = keys(lowered.plan.create().commands);
        let mut undone = keys(lowered.plan.undo().commands);
        undone.reverse();
        assert_eq!(created, undone, "{what}");
        let mut once = created.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), created.len(), "{what}: a key is created twice");
    });
}

/// A script that stopped half-way can be taken back, though half of the undo script finds nothing.
#[test]
fn half_a_script_is_undone_as_well() {
    let (create, undo) = load_balancer();
    for stopped in 0..create.len() {
        let unverified = Unverified { on_failure: OnFailure::Continue, ..Unverified::default() };
        let first = used_node(unverified);
        let mut node = first.clone();
        node.apply(&create[..stopped]);
        assert_eq!(node.apply(&undo).failed.len(), create.len() - stopped);
        assert_eq!(node, first, "stopped after {stopped}");
    }
}

fn load_balancer() -> (Vec<Command>, Vec<Command>) {
    let options =
        Options { node_ips: node_ips(), firewall: FirewallUse::AllowAndBlock, ..Options::default() };
    let plan = Run::of(&file("load-balancer/manifests.yaml")).on("win-1").netsh(&options).plan;
    (plan.create().commands, plan.undo().commands)
}

#[test]
fn an_address_comes_before_its_listener() {
    let (create, _) = load_balancer();
    let silent = |commands: &[Command]| {
        let unverified = Unverified { listens_later: false, ..Unverified::default() };
        let mut node = NodeState::new(node_ips(), unverified);
        node.apply(commands);
        let to = Connection { source: None, destination: "100.64.12.7".parse().unwrap(), port: 443 };
        matches!(node.answer(to), Answer::NobodyListens { silent: Some(_) })
    };
    assert!(!silent(&create));
    let turned: Vec<Command> = create.iter().rev().cloned().collect();
    assert!(silent(&turned), "in the wrong order the listener has no address to listen on");
}

#[test]
fn a_listener_falls_silent_when_its_address_goes() {
    const SET: &str = "interface portproxy set v4tov4 listenport=80 connectaddress=10.1.1.1 connectport=1 listenaddress=10.5.5.5 protocol=tcp";
    const ADD: &str = "interface ipv4 add address name=a address=10.5.5.5/32 store=active";
    const DELETE: &str = "interface ipv4 delete address name=A address=10.5.5.5 store=active";
    let to = Connection { source: None, destination: [10, 5, 5, 5].into(), port: 80 };
    for listens_later in [true, false] {
        let mut node = NodeState::new(node_ips(), Unverified { listens_later, ..Unverified::default() });
        let mut answer = |line: &str| {
            assert_eq!(node.apply(&read(line).commands).failed, [], "{line}");
            match node.answer(to) {
                Answer::Relayed { .. } => "relayed",
                Answer::NobodyListens { silent: Some(_) } => "silent",
                Answer::NotHere => "not here",
                _ => "other",
            }
        };
        assert_eq!([ADD, SET, DELETE].map(&mut answer), ["other", "relayed", "not here"]);
        assert_eq!(answer(ADD), if listens_later { "relayed" } else { "silent" });
        assert_eq!(answer(SET), "relayed", "setting it again lets it listen");
    }
}

#[test]
fn blocks_stand_before_listeners_and_listeners_before_allows() {
    let (create, _) = load_balancer();
    let position = |is: &dyn Fn(&Object) -> bool| {
        let matching = |command: &Command| matches!(command, Command::Create(object) if is(object));
        let at: Vec<usize> =
            create.iter().enumerate().filter(|(_, command)| matching(command)).map(|(at, _)| at).collect();
        (*at.first().unwrap(), *at.last().unwrap())
    };
    let rules =
        |action| move |object: &Object| matches!(object, Object::Firewall(rule) if rule.action == action);
    let blocks = position(&rules(Action::Block));
    let allows = position(&rules(Action::Allow));
    let listeners = position(&|object| matches!(object, Object::PortProxy(_)));
    assert!(blocks.1 < listeners.0 && listeners.1 < allows.0);
}

#[test]
fn after_a_restart_active_addresses_are_gone_and_their_listeners_silent() {
    let (create, undo) = load_balancer();
    let first = used_node(Unverified::default());
    let mut node = first.clone();
    node.apply(&create);
    let vip = Connection { source: None, destination: "100.64.12.7".parse().unwrap(), port: 443 };
    let node_port = Connection { destination: node_ips()[0], port: 31443, ..vip };
    assert!(matches!(node.answer(vip), Answer::Relayed { .. }));
    node.restart();
    assert_eq!(node.answer(vip), Answer::NotHere);
    assert!(matches!(node.answer(node_port), Answer::Relayed { .. }));
    node.apply(&undo);
    node.apply(&create);
    assert!(matches!(node.answer(vip), Answer::Relayed { .. }));
    node.apply(&undo);
    assert_eq!(node, first);
}

/// The answers of a node with nothing but a plan, against what the rules say.
#[test]
fn a_node_answers_as_the_rules_say() {
    let mut relayed = 0;
    let mut dropped = 0;
    for_each_plan(|what, options, compiled, lowered| {
        let conflicts = lowered.diagnostics.iter().any(|found| ["S0720", "S0721"].contains(&found.code.id()));
        if options.mode != Mode::Portproxy || conflicts || options.node_ips.is_empty() {
            return;
        }
        let node = NodeState::after(&lowered.plan, Unverified::default());
        let rules = &compiled.rules;
        for port in &rules.services {
            for frontend in port.frontends.iter().filter(|frontend| frontend.served) {
                let own = options.node_ips.iter().copied().find(|ip| Family::of(*ip) == port.family);
                let Some(destination) = frontend.address.or(own) else { continue };
                let outsider: IpAddr = match port.family {
                    Family::Ipv4 => [192, 0, 2, 200].into(),
                    Family::Ipv6 => "2001:db8:ffff::1".parse().unwrap(),
                };
                if Family::of(destination) != port.family || port.protocol != Protocol::Tcp {
                    continue;
                }
                let to = Connection { source: Some(outsider), destination, port: frontend.port };
                let allowed =
                    !frontend.restricted || port.source_ranges.iter().any(|net| net.contains(&outsider));
                let members = port.pool(frontend.outside).map_or(&[][..], |pool| &pool.members);
                let targets: Vec<(Option<IpAddr>, u16)> = members
                    .iter()
                    .map(|id| port.endpoint(*id))
                    .map(|endpoint| (rules.backend(endpoint.backend).address.ip(), endpoint.port))
                    .collect();
                match node.answer(to) {
                    Answer::Relayed { to: connect, .. } => {
                        relayed += 1;
                        let Host::Ip(ip) = connect.host else { panic!("a plan has no names") };
                        assert!(
                            targets.contains(&(Some(ip), connect.port)),
                            "{what} {} {destination}",
                            port.id
                        );
                        assert!(allowed, "{what} {} {destination}", port.id);
                        if options.firewall == FirewallUse::AllowAndBlock {
                            let mut open = node.clone();
                            open.inbound = Action::Allow;
                            assert!(matches!(open.answer(to), Answer::Relayed { .. }), "{what}");
                        }
                    }
                    Answer::Dropped { rule: None } if !allowed => dropped += 1,
                    Answer::Dropped { rule: Some(rule) } if !allowed => {
                        dropped += 1;
                        assert_eq!(rule.action, Action::Block);
                    }
                    answer => {
                        let nobody =
                            targets.iter().all(|(ip, _)| ip.is_none_or(|ip| Family::of(ip) != port.family));
                        assert!(nobody, "{what} {} {destination}: {answer:?}", port.id);
                        assert!(
                            frontend.kind != FrontendKind::ClusterIp || frontend.outside != Route::Cluster
                        );
                    }
                }
            }
        }
    });
    assert!(relayed > 500 && dropped > 2, "{relayed} relayed, {dropped} dropped");
}

#[test]
fn without_a_rule_the_firewall_drops_what_comes_from_elsewhere() {
    let run = Run::of(&file("kube-dns/manifests.yaml")).on("win-1");
    let plan = run.netsh(&Options { firewall: FirewallUse::None, ..Options::default() }).plan;
    let node = NodeState::after(&plan, Unverified::default());
    let destination: IpAddr = "100.64.0.10".parse().unwrap();
    let own = Connection { source: None, destination, port: 53 };
    assert!(matches!(node.answer(own), Answer::Relayed { .. }));
    let outside = Connection { source: Some([10, 1, 1, 1].into()), ..own };
    assert_eq!(node.answer(outside), Answer::Dropped { rule: None });
    assert_eq!(node.answer(Connection { port: 54, ..own }), Answer::NobodyListens { silent: None });
    assert_eq!(node.answer(Connection { destination: [100, 64, 0, 11].into(), ..own }), Answer::NotHere);
}

#[test]
fn a_rule_that_blocks_wins_in_any_order() {
    const LINES: [&str; 3] = [
        "interface portproxy set v4tov4 listenport=80 connectaddress=10.1.1.1 connectport=1 protocol=tcp",
        "advfirewall firewall add rule name=a dir=in action=allow protocol=tcp localport=80",
        "advfirewall firewall add rule name=b dir=in action=block protocol=tcp localport=80 remoteip=10.9.0.0/16",
    ];
    for order in [[0, 1, 2], [2, 1, 0]] {
        let mut node = NodeState::new(node_ips(), Unverified::default());
        node.apply(&read(&order.map(|at| LINES[at]).join("\n")).commands);
        let from = |source: [u8; 4]| {
            node.answer(Connection { source: Some(source.into()), destination: node_ips()[0], port: 80 })
        };
        assert!(
            matches!(from([10, 9, 1, 1]), Answer::Dropped { rule: Some(rule) } if rule.action == Action::Block)
        );
        assert!(matches!(from([10, 8, 1, 1]), Answer::Relayed { .. }));
    }
}

#[test]
fn the_more_exact_listener_wins_unless_windows_lets_only_one_listen() {
    const LINES: &str = "\
interface portproxy set v4tov4 listenport=80 connectaddress=10.1.1.1 connectport=1 protocol=tcp
interface portproxy set v4tov4 listenport=80 connectaddress=10.1.1.1 connectport=2 listenaddress=192.168.10.11 protocol=tcp
";
    for (exact_beside_any, wanted) in [(true, 2), (false, 1)] {
        let mut node = NodeState::new(node_ips(), Unverified { exact_beside_any, ..Unverified::default() });
        node.apply(&read(LINES).commands);
        let to = Connection { source: None, destination: node_ips()[0], port: 80 };
        let Answer::Relayed { to: connect, listener } = node.answer(to) else { panic!("nobody listens") };
        assert_eq!(connect.port, wanted);
        assert_eq!(listener.address == Listen::Any, !exact_beside_any);
    }
}
