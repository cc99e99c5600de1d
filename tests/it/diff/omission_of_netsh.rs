//! Promise: what a dump of netsh leaves out is never taken for what is not there. From the dump of a healthy node a
//! file, a section or the rest after any byte is taken away, or a row is made unreadable: no fault appears, nothing is
//! planned, and what is gone is not called equal.

use std::fmt::Write;

use hnsplan::answer::change::{Comparison, ObjectKind, Ownership};
use hnsplan::answer::verdict::{Host, Packet};
use hnsplan::capture;
use hnsplan::diff::{Directory, compare};
use hnsplan::net::{Family, Protocol};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::netsh::model::{Connect, Host as ProxyHost, Listen, Object, PortProxy, Store};
use hnsplan::platform::netsh::{self, Plan, Style};
use hnsplan::platform::{self, Context, DumpText, Holdings, Options, PlanRequest};
use hnsplan::scope::Selector;

use super::unharmed::{Answers, decided, of_pod};
use crate::support::case::fixtures;
use crate::support::run::Run;

pub(super) struct Node {
    compiled: Compiled,
    options: Options,
    plan: Plan,
}

impl Node {
    pub(super) fn new(store: Store) -> Self {
        let shop = |file: &str| std::fs::read_to_string(fixtures().join("shop").join(file)).expect("a text");
        let run = Run::default().and("cluster.yaml", &shop("cluster.yaml")).config(&shop("kube-proxy.yaml"));
        let compiled = run.on("win-1").compile();
        let of_netsh = netsh::Options { store, families: vec![Family::Ipv4], ..netsh::Options::default() };
        let plan = compiled.netsh(&of_netsh).plan;
        let mut options = Options::default();
        options.set(of_netsh);
        Self { compiled, options, plan }
    }

    fn objects(&self) -> impl Iterator<Item = &Object> {
        self.plan.objects.iter().map(|planned| &planned.object)
    }

    /// What `show addresses` and `show all` print.
    pub(super) fn tables(&self) -> Vec<String> {
        let name = self.plan.interface.as_str();
        let mut addresses =
            format!("\nConfiguration for interface \"{name}\"\n    DHCP enabled:         No\n");
        let mut listeners = "\nListen on ipv4:             Connect to ipv4:\n\n\
            Address         Port        Address         Port\n\
            --------------- ----------  --------------- ----------\n"
            .to_owned();
        for object in self.objects() {
            match object {
                Object::Address(address) => {
                    let net = address.address.net();
                    let (ip, mask) = (net.addr(), net.netmask());
                    write!(
                        addresses,
                        "    IP Address:           {ip}\n    Subnet Prefix:        {} (mask {mask})\n",
                        net.trunc()
                    )
                    .expect("a String takes all text");
                }
                Object::PortProxy(PortProxy {
                    listener,
                    connect: Connect { host: ProxyHost::Ip(host), port },
                }) => {
                    let Listen::Ip(ip) = listener.address else { panic!("{listener:?}") };
                    writeln!(listeners, "{ip:15} {:<11} {host:15} {port}", listener.port)
                        .expect("a String takes all text");
                }
                _ => {}
            }
        }
        addresses.push_str("    InterfaceMetric:      25\n\n");
        vec![addresses, listeners + "\n"]
    }

    fn dump(&self) -> Vec<String> {
        vec![netsh::write(&self.plan.create(), Style::Dump)]
    }

    /// What every command says about a dump; nothing where it is refused.
    fn judge(&self, dump: &[String]) -> Option<Answers> {
        let platform = platform::find("netsh").expect("it is registered");
        let texts = dump.iter().map(|text| DumpText {
            name: "node.txt".to_owned(),
            text: text.clone(),
            format: None,
        });
        let held = capture::understand(platform, texts.collect()).ok()?.held;
        let mut holdings = Holdings::default();
        holdings.add(held.duplicate());
        let context = self.compiled.context(&self.options, &holdings);
        let context = Context { families: &[Family::Ipv4], ..context };
        let mut sides = [platform.objects(context).value, held.duplicate().into_objects()];
        let directory = Directory::new(vec![&self.compiled.rules]);
        let mut comparison =
            compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform");
        // They are in no dump.
        comparison.counts.remove(&ObjectKind::FirewallRule);
        let state = platform.state_of(&*held).expect("it is of the platform");
        let selector = Selector::default();
        let request = PlanRequest { state: Some(&state), ..PlanRequest::new(&selector) };
        let is_firewall = |step: &hnsplan::answer::step::AnyStep| {
            step.changes().iter().all(|line| line.kind == "firewall rule")
        };
        let steps = platform.steps(context, &request).ok();
        let steps = steps.map(|planned| planned.steps.iter().filter(|step| !is_firewall(step)).count());
        let host = Host::new(["192.168.10.21".parse().expect("an address")]);
        let model = held.model(context);
        let evaluator = model.evaluator(&host, &self.compiled.rules);
        let fates = decided(&*evaluator, &self.packets());
        Some(Answers { comparison, steps, fates })
    }

    fn packets(&self) -> Vec<Packet> {
        let packets = self.objects().filter_map(|object| match object {
            Object::PortProxy(PortProxy { listener, .. }) => match listener.address {
                Listen::Ip(to) => Some(of_pod("10.244.3.99", to, listener.port, Protocol::Tcp)),
                _ => None,
            },
            _ => None,
        });
        packets.collect()
    }

    /// Judges a dump from which something is gone.
    #[track_caller]
    fn assert_unharmed(&self, whole: &Answers, dump: &[String], what: &str) -> Option<Comparison> {
        let answers = self.judge(dump)?;
        answers.assert_unharmed(whole, &self.packets(), &format_args!("{what}\n{dump:?}"));
        Some(answers.comparison)
    }
}

fn nodes() -> [(Node, Vec<String>); 2] {
    let [active, persistent] = [Store::Active, Store::Persistent].map(Node::new);
    let (tables, dump) = (active.tables(), persistent.dump());
    [(active, tables), (persistent, dump)]
}

#[test]
fn the_whole_dump_is_healthy_and_an_explicit_empty_section_is_empty() {
    for (node, dump) in nodes() {
        let Answers { comparison, steps, fates } = node.judge(&dump).expect("it is read");
        assert!(comparison.is_equal(), "{:#?} {:?}", comparison.changes, comparison.gaps);
        assert!(comparison.total().equal > 10 && steps == Some(0), "{steps:?}");
        assert!(fates.len() > 5 && fates.iter().all(|decided| !decided.is_empty()), "{fates:?}");
    }
    let node = Node::new(Store::Persistent);
    let empty = ["pushd interface ipv4\nreset\npopd\npushd interface portproxy\nreset\npopd\n".to_owned()];
    let answers = node.judge(&empty).expect("it is read");
    assert!(!answers.comparison.is_empty() && answers.steps.is_some_and(|steps| steps > 10));
}

#[test]
fn a_file_or_a_section_that_is_missing_is_not_compared() {
    let [(active, tables), (persistent, dump)] = nodes();
    let whole = active.judge(&tables).expect("it is read");
    for table in &tables {
        let found =
            active.assert_unharmed(&whole, std::slice::from_ref(table), "one file").expect("it is read");
        assert!(!found.is_equal() && found.total().undecided > 0, "equal with one file");
    }
    let whole = persistent.judge(&dump).expect("it is read");
    let at = dump[0].find("pushd interface portproxy").expect("it has listeners");
    for part in [&dump[0][..at], &dump[0][at..]] {
        let found =
            persistent.assert_unharmed(&whole, &[part.to_owned()], "one section").expect("it is read");
        assert!(!found.is_equal() && found.total().undecided > 0, "equal with one section");
    }
}

/// A table has no end, so one that is cut between two rows is a whole one with fewer rows.
#[test]
fn a_dump_that_is_cut_anywhere_harms_nothing() {
    for (node, dump) in nodes() {
        let whole = node.judge(&dump).expect("it is read");
        for file in 0..dump.len() {
            let text = &dump[file];
            let is_table = dump.len() > 1;
            for at in (1..text.len()).filter(|at| *at < 700 || at % 13 == 0) {
                let is_between_rows = text[..at].ends_with('\n');
                if is_table && is_between_rows {
                    continue;
                }
                let mut cut = dump.clone();
                cut[file].truncate(at);
                node.assert_unharmed(&whole, &cut, &format!("file {file} cut at {at}"));
            }
        }
    }
}

#[test]
fn a_row_that_cannot_be_read_is_not_missing() {
    for (node, dump) in nodes() {
        let whole = node.judge(&dump).expect("it is read");
        for file in 0..dump.len() {
            let lines: Vec<&str> = dump[file].lines().collect();
            let is_row = |line: &str| line.contains("10.") && !line.starts_with('#');
            for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_row(line)) {
                let broken = line.replace("10.", "1?.");
                let mut rows = lines.clone();
                rows[at] = &broken;
                let mut less = dump.clone();
                less[file] = rows.join("\n") + "\n";
                let found = node.assert_unharmed(&whole, &less, &broken);
                assert!(found.is_none_or(|found| !found.is_equal()), "{broken}: equal");
            }
        }
    }
}
