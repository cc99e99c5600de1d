use super::*;
use crate::answer::step::{Failure, Step};
use crate::apply::journal::Journal;
use crate::apply::{AnyStep, Order, Patience, RunOutcome, Session};
use crate::diagnostics::Code;
use crate::net::Family;
use crate::platform::Executor;
use crate::platform::netsh::model::{
    Address, Assigned, Command, Connect, ConnectionName, Endpoints, FirewallRule, Host, Listen, Listener,
    Object, PortProxy, Relay, Remote, Store,
};
use crate::platform::netsh::{
    Lowered, NodeState, Options, Planned, Unverified, codes, lower, read, write_command,
};

/// A node in memory behind the words of netsh.
struct Memory {
    node: NodeState,
    /// What it shows besides.
    shown: &'static str,
    known: Vec<Object>,
    /// The number of the change that answers this and does nothing.
    fault: Option<(usize, i32)>,
    changes: usize,
}

impl Memory {
    fn new() -> Self {
        let node = NodeState::new([], Unverified::default());
        Self { node, shown: "", known: Vec::new(), fault: None, changes: 0 }
    }

    fn show(&self) -> String {
        let present = self.known.iter().filter(|object| self.node.holds(object));
        let lines = present.map(|object| match object {
            Object::Address(address) => format!("  Adresse: {}\n", address.address.ip()),
            // A dump is as good as a table.
            Object::PortProxy(_) => {
                format!("{}\n", write_command(&Command::Create(object.clone())))
            }
            Object::Firewall(rule) => show_rule(rule),
            Object::Route(_) | Object::Interface(_) => String::new(),
        });
        lines.collect()
    }
}

/// A rule as Windows shows it, in German.
fn show_rule(rule: &FirewallRule) -> String {
    let local = rule.local_ip.map_or_else(|| "Beliebig".to_owned(), |ip| format!("{ip}/32"));
    let remote = match &rule.remote {
        Remote::Any => "Beliebig".to_owned(),
        Remote::Only(some) => {
            let ends = some.iter().map(Endpoints::ends);
            ends.map(|(first, last)| format!("{first}-{last}")).collect::<Vec<_>>().join(",")
        }
    };
    format!(
        "\nRegelname: {}\n----------------\nAktiviert: Ja\nRichtung: Eingehend\nProfile: Privat\nGruppierung:\n\
         Lokales IP: {local}\nRemote-IP: {remote}\nProtokoll: {}\nLokaler Port: {}\nRemoteport: Beliebig\n\n",
        rule.name.as_str(),
        rule.protocol.as_str().to_uppercase(),
        rule.local_port
    )
}

impl Shell for &mut Memory {
    fn netsh(&mut self, arguments: &[String]) -> Result<Answer, Failure> {
        if arguments.iter().any(|word| word == "show") {
            return Ok(Answer { code: Some(0), output: self.show() + self.shown });
        }
        self.changes += 1;
        if let Some((number, code)) = self.fault
            && number == self.changes
        {
            return Ok(Answer { code: Some(code), output: String::new() });
        }
        let quoted = |word: &String| if word.contains('=') { format!("\"{word}\"") } else { word.clone() };
        let line = arguments.iter().map(quoted).collect::<Vec<_>>().join(" ");
        let command = read(&line).commands.pop().expect("it is a command");
        if let Command::Create(object) = &command {
            self.known.push(object.clone());
        }
        let code = i32::from(self.node.run(&command).is_err());
        Ok(Answer { code: Some(code), output: String::new() })
    }
}

fn address(ip: &str) -> Object {
    Object::Address(Address {
        interface: ConnectionName::new("vEthernet (HNS Internal NIC)").unwrap(),
        address: Assigned::host(ip.parse().unwrap()),
        gateway: None,
        store: Some(Store::Active),
        skip_as_source: Some(true),
    })
}

fn listener(ip: &str, to: &str) -> Object {
    let relay = Relay { from: Family::Ipv4, to: Family::Ipv4 };
    Object::PortProxy(PortProxy {
        listener: Listener { relay, address: Listen::Ip(ip.parse().unwrap()), port: 80 },
        connect: Connect { host: Host::Ip(to.parse().unwrap()), port: 8080 },
    })
}

fn step(call: NetshCall) -> NetshStep {
    NetshStep { call, services: vec!["default/web:http".to_owned()] }
}

/// An address, a listener on it, one that changes, and one that goes.
fn all_kinds_of_steps() -> Vec<NetshStep> {
    vec![
        step(NetshCall::Delete { object: listener("10.96.0.9", "10.244.1.9") }),
        step(NetshCall::Create { object: address("10.96.0.1") }),
        step(NetshCall::Create { object: listener("10.96.0.1", "10.244.1.5") }),
        step(NetshCall::Change {
            before: listener("10.96.0.2", "10.244.1.6"),
            after: listener("10.96.0.2", "10.244.1.7"),
        }),
    ]
}

fn before() -> Memory {
    let mut memory = Memory::new();
    for object in [listener("10.96.0.9", "10.244.1.9"), listener("10.96.0.2", "10.244.1.6")] {
        memory.node.run(&Command::Create(object.clone())).unwrap();
        memory.known.push(object);
    }
    memory
}

fn apply(memory: &mut Memory, steps: Vec<NetshStep>) -> RunOutcome {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), "netsh").unwrap();
    let patience = Patience { attempts: 2, first_pause: std::time::Duration::ZERO };
    let mut session = Session::open(Box::new(NetshNode::new(memory)), journal, patience, |_| {}).unwrap();
    session.apply("netsh", AnyStep::all(steps), &mut Order::default()).unwrap()
}

#[test]
fn steps_are_done_and_their_inverses_undo_them() {
    let mut memory = before();
    let present = memory.node.clone();
    assert_eq!(apply(&mut memory, all_kinds_of_steps()), RunOutcome::Applied);
    assert!(memory.node.holds(&listener("10.96.0.2", "10.244.1.7")));
    assert!(!memory.node.holds(&listener("10.96.0.9", "10.244.1.9")));
    let inverse = all_kinds_of_steps().iter().rev().map(Step::inverse).collect();
    assert_eq!(apply(&mut memory, inverse), RunOutcome::Applied);
    assert_eq!(memory.node, present);
}

#[test]
fn a_command_that_fails_or_only_claims_success_is_rolled_back() {
    for code in [0, 1, 5] {
        for number in 1..=all_kinds_of_steps().len() {
            let mut memory = before();
            let present = memory.node.clone();
            memory.fault = Some((number, code));
            let outcome = apply(&mut memory, all_kinds_of_steps());
            assert!(
                matches!(outcome, RunOutcome::RolledBack(_)),
                "change {number}, code {code}: {outcome:?}"
            );
            assert_eq!(memory.node, present, "change {number}, code {code}");
        }
    }
}

/// A rule of a plan's name.
fn rule(port: u16, clients: &str) -> Object {
    let line = format!(
        "advfirewall firewall add rule name=k8svc-0123456789ab dir=in action=allow protocol=tcp localip=10.96.0.1 \
         localport={port} remoteip={clients}"
    );
    let Some(Command::Create(object)) = read(&line).commands.pop() else { panic!("{line}") };
    object
}

/// The steps that bring what netsh shows of a node to one wanted rule.
fn replacing(memory: &mut Memory, wanted: &Object) -> Vec<NetshStep> {
    let rules =
        crate::pipeline::compile(crate::source::Sources::default(), &crate::pipeline::Setup::default()).rules;
    let Lowered { mut plan, .. } = lower(&rules, &Options::default());
    plan.objects = vec![Planned { object: wanted.clone(), owners: vec!["default/web:http".into()] }];
    let state = Executor::read(&mut NetshNode::new(memory)).unwrap();
    steps(&plan, &state, &[])
}

/// Whether the node shows all of these, which may be written in another way.
fn has(memory: &Memory, objects: &[Object]) -> bool {
    let shown = memory.show();
    objects.iter().all(|object| match object {
        Object::Firewall(rule) => shown.contains(&show_rule(rule)),
        other => memory.node.holds(other),
    })
}

/// Rules with the name of a wanted one, which somebody changed or added, give way to it; whatever call fails, the node is
/// as before, and undo brings them back.
#[test]
fn a_rule_that_does_something_else_is_replaced_through_the_engine() {
    let wanted = rule(80, "10.0.0.0/8");
    let others = [rule(80, "192.168.0.0/16"), rule(81, "10.0.0.0/8"), rule(80, "any")];
    let mut nodes: Vec<Vec<Object>> = others.iter().map(|other| vec![other.clone()]).collect();
    nodes.push(vec![others[0].clone(), others[1].clone()]);
    nodes.push(vec![wanted.clone(), others[1].clone()]);
    nodes.push(vec![wanted.clone(), others[0].clone()]);
    for present in nodes {
        let node = || {
            let mut memory = Memory::new();
            for object in &present {
                memory.node.run(&Command::Create(object.clone())).unwrap();
                memory.known.push(object.clone());
            }
            memory
        };
        let mut memory = node();
        let planned = replacing(&mut memory, &wanted);
        let outcome = apply(&mut memory, planned.clone());
        assert_eq!(outcome, RunOutcome::Applied, "{present:?}: {planned:?}");
        assert!(memory.node.holds(&wanted), "{present:?}: {planned:?}");
        assert!(
            others.iter().all(|other| !has(&memory, std::slice::from_ref(other))),
            "{present:?}: {planned:?}"
        );
        assert_eq!(replacing(&mut memory, &wanted), [], "{present:?}");
        let inverse = planned.iter().rev().map(Step::inverse).collect();
        assert_eq!(apply(&mut memory, inverse), RunOutcome::Applied, "{present:?}");
        assert!(has(&memory, &present), "{present:?}: {planned:?}");
        for number in 1..=planned.len() {
            let mut memory = node();
            memory.fault = Some((number, 1));
            match apply(&mut memory, planned.clone()) {
                RunOutcome::RolledBack(_) => {
                    assert!(has(&memory, &present), "{present:?}, {number}");
                }
                // What a step was to delete had gone with another rule.
                RunOutcome::Applied => assert!(memory.node.holds(&wanted), "{present:?}, {number}"),
                other => panic!("{present:?}, {number}: {other:?}"),
            }
        }
    }
}

#[test]
fn steps_come_back_from_a_journal_as_they_went() {
    for step in all_kinds_of_steps() {
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<NetshStep>(&text).unwrap(), step, "{text}");
    }
    let create = r#"{"op":"Create","object":"interface ipv4 add address name=\"a\"\ninterface ipv4 add"}"#;
    assert!(serde_json::from_str::<NetshStep>(create).is_err(), "a line end would begin another command");
}

#[test]
fn what_netsh_shows_is_read_in_every_language() {
    let mut state = NetshState::default();
    state.add_addresses(
        "Configuration de l'interface « Ethernet »\n  Adresse IP :  10.96.0.1\n  (masque 255.255.255.255)",
    );
    state.add_addresses("Manuel  Préféré  infinite infinite fd00::1%7");
    assert_eq!(state.presence(&address("10.96.0.1")), Presence::Same);
    assert_eq!(state.presence(&address("fd00::1")), Presence::Same);
    assert_eq!(state.presence(&address("10.96.0.2")), Presence::Missing);
    state.add_listeners("\nПрослушивать ipv4:   Подключиться к ipv4:\n\nАдрес  Порт  Адрес  Порт\n--------------- ----------  --------------- ----------\n10.96.0.1  80  10.244.1.5  8080\n");
    assert_eq!(state.presence(&listener("10.96.0.1", "10.244.1.5")), Presence::Same);
    assert!(matches!(state.presence(&listener("10.96.0.1", "10.244.1.6")), Presence::Other(_)));
}

/// The obstacles of steps on a node that shows this besides: their codes, and what they say.
fn obstacles(shown: &'static str, steps: &[NetshStep]) -> Vec<(Code, String)> {
    let mut memory = Memory { shown, ..before() };
    let obstacles = NetshNode::new(&mut memory).obstacles(steps).unwrap();
    obstacles.into_iter().map(|of| (of.code, of.what)).collect()
}

#[test]
fn a_port_that_windows_has_reserved_is_in_the_way_of_listeners_only() {
    let ranges = "\nProtokoll tcp: Ausgeschlossene Portbereiche\n\nStart    Ende\n----------    --------\n        79          81\n";
    let said = "Windows has reserved port 80 (range 79-81)".to_owned();
    assert_eq!(obstacles(ranges, &all_kinds_of_steps()), [(codes::PORT_RESERVED, said)]);
    assert_eq!(obstacles(ranges, &all_kinds_of_steps()[..2]), [], "a listener that goes may go");
    let others = include_str!("../../../../fixtures/netsh/show-excludedportrange.txt");
    assert_eq!(obstacles(others, &all_kinds_of_steps()), []);
}

#[test]
fn an_address_on_another_interface_is_not_ours() {
    let shown = include_str!("../../../../fixtures/netsh/show-addresses.txt");
    let on = |interface: &str| {
        let Object::Address(found) = address("10.0.0.44") else { unreachable!("it is an address") };
        Object::Address(Address { interface: ConnectionName::new(interface).unwrap(), ..found })
    };
    let create = step(NetshCall::Create { object: address("10.0.0.44") });
    let said =
        "10.0.0.44 should be on interface vEthernet (HNS Internal NIC), but it is on interface Ethernet";
    let found = [(codes::ADDRESS_ELSEWHERE, said.to_owned())];
    assert_eq!(obstacles(shown, std::slice::from_ref(&create)), found);
    // It may move: what an earlier run put there is taken away first.
    let away = step(NetshCall::Delete { object: on("Ethernet") });
    assert_eq!(obstacles(shown, &[away, create]), []);
    let mut state = NetshState::default();
    state.add_addresses(shown);
    // An index, or a name in the letters of a console, may be the same interface.
    for name in ["ethernet", "7", "n\u{e4}t"] {
        assert_eq!(state.presence(&on(name)), Presence::Same, "{name}");
    }
}
