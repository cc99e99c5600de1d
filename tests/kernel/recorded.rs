//! Recorded sequences of events: what kube-proxy loaded at each step, and what a replay says of the node after it.

use std::collections::BTreeMap;

use hnsplan::answer::verdict::{Packet, Verdict};
use hnsplan::ir::RuleSet;
use hnsplan::pipeline::{Setup, compile};
use hnsplan::platform::iptables::jumps::JUMPS;
use hnsplan::platform::iptables::model::{Command, Ruleset, TableName};
use hnsplan::platform::iptables::{eval, write_command};
use hnsplan::platform::nftables;
use hnsplan::platform::nftables::model::Table;
use hnsplan::platform::timeline::{Disturbance, Keeps};
use hnsplan::source::Sources;
use serde_json::Value;

use crate::case_packets::host;
use crate::loading::understood;
use crate::nft;
use crate::packed::{Files, linux, replayed, sequences};
use crate::restore::{self, BackEnd, Family};

/// Which rules the node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Iptables,
    Nftables,
}

/// A sequence, and what kube-proxy of a version made of it.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    /// What clients notice by the replay.
    pub(crate) disturbances: Vec<Disturbance>,
}

/// A step.
pub(crate) struct Step {
    pub(crate) number: usize,
    /// What is wanted.
    pub(crate) rules: RuleSet,
    /// What the replay says the node holds after it.
    pub(crate) held: BTreeMap<hnsplan::net::Family, Held>,
    /// What happens to the rules, in order.
    acts: Vec<Act>,
}

/// What happens to the rules of a node.
enum Act {
    /// Someone deletes all of them.
    Flush,
    /// kube-proxy loads a text; the jumps are ensured before a full one.
    Load { family: Family, text: String, ensures: bool, is_refused: bool },
}

/// The rules of a family that a node holds.
pub(crate) enum Held {
    Iptables(Ruleset),
    Nftables(Table),
}

impl Held {
    fn read(kind: Kind, family: Family, text: &str) -> Self {
        match kind {
            Kind::Iptables => Self::Iptables(understood(text, family)),
            Kind::Nftables if text.is_empty() => Self::Nftables(Table::empty(family.into())),
            Kind::Nftables => Self::Nftables(nft::understood(text, family)),
        }
    }

    /// What becomes of packets.
    pub(crate) fn judge<T>(&self, with: impl FnOnce(&dyn Fn(&Packet) -> Verdict) -> T) -> T {
        let host = host();
        match self {
            Self::Iptables(rules) => {
                let evaluator = eval::Evaluator::new(rules, &host);
                with(&|packet| evaluator.effect(packet))
            }
            Self::Nftables(table) => {
                let evaluator = nftables::eval::Evaluator::new(table, &host);
                with(&|packet| evaluator.effect(packet))
            }
        }
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
        }
    }

    /// The recording of the texts that were loaded.
    fn recording(self, name: &str, version: &str, family: Family) -> String {
        let number = name.split('-').next().expect("a number comes first");
        let texts = if self == Self::Iptables { "rules" } else { "transactions.nft" };
        format!("{version}/{number}.{}.{family}.{texts}", self.name())
    }

    /// What empties the lists of clients of the current namespace.
    pub(crate) fn forget_clients(self) -> fn() {
        match self {
            Self::Iptables => restore::forget_clients,
            Self::Nftables => nft::forget_clients,
        }
    }

    /// Does what happens at a step, in the current namespace.
    pub(crate) fn act(self, step: &Step) {
        for act in &step.acts {
            match act {
                Act::Flush => self.flush(),
                Act::Load { family, text, ensures, is_refused } => {
                    if *ensures && self == Self::Iptables {
                        ensure_jumps(*family);
                    }
                    let loaded = match self {
                        Self::Iptables => restore::load(BackEnd::Nft, *family, text),
                        Self::Nftables => nft::load(text),
                    };
                    assert_eq!(loaded.is_err(), *is_refused, "step {}: {loaded:?}\n{text}", step.number);
                }
            }
        }
    }

    fn flush(self) {
        match self {
            Self::Iptables => Family::BOTH.into_iter().for_each(|family| {
                let chains = |table: &str, base: &[&str]| {
                    let flush: String = base.iter().flat_map(|chain| ["-F ", chain, "\n"]).collect();
                    format!("*{table}\n{flush}COMMIT\n")
                };
                let text = chains("nat", &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"])
                    + &chains("filter", &["INPUT", "FORWARD", "OUTPUT"]);
                restore::load(BackEnd::Nft, family, &text).expect("base chains can be emptied");
                let saved = understood(&restore::save(BackEnd::Nft, family), family);
                let delete = |deleted: fn(&str) -> String| {
                    saved.tables.iter().fold(String::new(), |text, table| {
                        let own = table.chains.iter().filter(|chain| chain.policy.is_none());
                        let lines: String = own.map(|chain| deleted(chain.name.as_str())).collect();
                        format!("{text}*{}\n{lines}COMMIT\n", table.name.as_str())
                    })
                };
                for text in [delete(|chain| format!("-F {chain}\n")), delete(|chain| format!("-X {chain}\n"))]
                {
                    restore::load(BackEnd::Nft, family, &text).expect("chains can be deleted");
                }
            }),
            Self::Nftables => {
                // Not all of them: without any rule that asks for it, the kernel would track no connection meanwhile.
                let table =
                    |word: &str| format!("add table {word} kube-proxy\ndelete table {word} kube-proxy\n");
                nft::load(&(table("ip") + &table("ip6"))).expect("tables can be deleted");
            }
        }
    }
}

/// Makes the chains and jumps that are missing, as kube-proxy does before a full sync.
fn ensure_jumps(family: Family) {
    let held = understood(&restore::save(BackEnd::Nft, family), family);
    for jump in JUMPS {
        let table = held.tables.iter().find(|table| table.name == jump.table);
        let rule = jump.rule();
        let is_there = |rule| table.is_some_and(|table| table.commands.contains(&Command::Append(rule)));
        if is_there(rule.clone()) {
            continue;
        }
        let mut insert = String::new();
        write_command(&mut insert, &Command::Insert(rule));
        let has_chain = table.is_some_and(|table| table.chains.iter().any(|chain| chain.name == jump.to));
        let declared = if has_chain { String::new() } else { format!(":{} - [0:0]\n", jump.to) };
        let name = if jump.table == TableName::Nat { "nat" } else { "filter" };
        restore::load(BackEnd::Nft, family, &format!("*{name}\n{declared}{insert}\nCOMMIT\n"))
            .expect("a jump can be made");
    }
}

/// All sequences that were recorded, with what kube-proxy of a version loaded.
pub(crate) struct Recordings {
    inputs: BTreeMap<String, Files>,
    outputs: BTreeMap<String, Files>,
}

impl Recordings {
    pub(crate) fn new() -> Self {
        Self { inputs: sequences(), outputs: linux() }
    }

    /// The names of those of which a version loaded other texts than another one, or of all.
    pub(crate) fn names(&self, kind: Kind, version: &str, unlike: Option<&str>) -> Vec<String> {
        let texts = |name: &str, version: &str| {
            let of = |family| self.outputs[name].get(&kind.recording(name, version, family));
            Family::BOTH.map(of)
        };
        let is_other = |name: &&String| {
            unlike.is_none_or(|unlike| texts(name, version) != texts(name, unlike))
                && texts(name, version) != [None, None]
        };
        self.inputs.keys().filter(is_other).cloned().collect()
    }

    /// A sequence, gone through by the replay.
    pub(crate) fn sequence(&self, name: &str, kind: Kind, version: &str) -> Recorded {
        let inputs = &self.inputs[name];
        let mut setup = Setup::default();
        // The recorder gave the list of the configuration to the proxier as it is; kube-proxy itself takes an empty one
        // for `primary` since 1.31.
        let as_recorded = |of: &mut Setup| {
            if kind == Kind::Nftables && version != "1.30" && of.config.node_port_addresses.is_empty() {
                of.config.node_port_addresses = vec!["0.0.0.0/0".to_owned(), "::/0".to_owned()];
            }
            setup = of.clone();
        };
        let begin = Setup::default().version(version.parse().expect("a version of kube-proxy"));
        let keeps = Keeps { calls: false, states: true };
        let replayed = replayed(kind.name(), inputs, begin, keeps, as_recorded)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let texts = Family::BOTH.map(|family| {
            let text = self.outputs[name].get(&kind.recording(name, version, family));
            (family, text.map(|text| sections(text)).unwrap_or_default())
        });
        let states = replayed.timeline.states();
        let states = states.as_array().expect("a list of states");
        let steps = states.iter().map(|state| step(kind, inputs, &setup, &texts, state)).collect();
        Recorded { name: name.to_owned(), steps, disturbances: replayed.timeline.disturbances() }
    }
}

/// A text of a step, by what its first line says.
struct Section {
    step: usize,
    is_full: bool,
    has_failed: bool,
    text: String,
}

/// The texts under lines as `# step 04 partial transaction 1 of 1 failed`.
fn sections(text: &str) -> Vec<Section> {
    let of = |section: &str| {
        let (head, text) = section.split_once('\n').unwrap_or((section, ""));
        let words: Vec<&str> = head.split(' ').collect();
        Section {
            step: words[0].parse().expect("a number"),
            is_full: words[1] == "full",
            has_failed: words.last() == Some(&"failed"),
            text: text.to_owned(),
        }
    };
    text.split("# step ").skip(1).map(of).collect()
}

fn step(
    kind: Kind,
    inputs: &Files,
    setup: &Setup,
    texts: &[(Family, Vec<Section>); 2],
    state: &Value,
) -> Step {
    let number = usize::try_from(state["step"].as_u64().expect("a number")).expect("a small one");
    let manifests = format!("steps/{number:02}.yaml");
    let mut sources = Sources::default();
    for file in ["node.yaml", &*manifests] {
        sources.add(file.to_owned(), &inputs[file]).expect("it is not too large");
    }
    let beside = |what: &str| -> Value {
        let text = inputs.get(&format!("steps/{number:02}.{what}.json"));
        text.map(|text| serde_json::from_str(text).expect("it is JSON")).unwrap_or_default()
    };
    let mut acts = Vec::new();
    if beside("step")["flush"] == true {
        acts.push(Act::Flush);
    }
    // What failed although nothing was made to fail, the kernel refuses.
    let is_made_to_fail = beside("faults").as_array().is_some_and(|faults| !faults.is_empty());
    let mut held = BTreeMap::new();
    for (family, sections) in texts {
        for section in sections.iter().filter(|section| section.step == number) {
            if !section.has_failed || !is_made_to_fail {
                let Section { is_full, has_failed, ref text, .. } = *section;
                let (text, ensures) = (text.clone(), is_full);
                acts.push(Act::Load { family: *family, text, ensures, is_refused: has_failed });
            }
        }
        let net = hnsplan::net::Family::from(*family);
        if let (Some(text), false) = (state[kind.name()][net.to_string()].as_str(), sections.is_empty()) {
            held.insert(net, Held::read(kind, *family, text));
        }
    }
    Step { number, rules: compile(sources, setup).rules, held, acts }
}
