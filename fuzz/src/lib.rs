//! What is fuzzed: one function for each reader of texts from outside. Each does with its text what the program does
//! with it, and asserts what has to hold for any text whatever.
//!
//! The fuzzers of `fuzz_targets/` call these functions, and so does the harness of `tests/it/fuzz`, which needs no
//! other compiler and runs with all tests.

use std::fmt::Display;

use data_encoding::HEXLOWER;
use hnsplan::answer::step::AnyStep;
use hnsplan::answer::verdict::{Host, Packet, Sender};
use hnsplan::apply::NodePlan;
use hnsplan::apply::journal::{history, past_runs};
use hnsplan::capture::without_facts;
use hnsplan::diagnostics::{Diagnostic, json, text};
use hnsplan::name::is_unprintable;
use hnsplan::net::{Family, Protocol};
use hnsplan::node::{Config, Facts};
use hnsplan::pipeline::{self, Setup};
use hnsplan::platform::{self, DumpText, hns, iptables, netsh, nftables};
use hnsplan::source::{Sources, decode, decode_capture};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A reader that is fuzzed: its name, that of its file in `fuzz_targets/` and of its line in `seeds.txt`, and all that
/// has to hold for a text.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub static TARGETS: [Target; 14] = [
    ("manifests", manifests),
    ("configuration", configuration),
    ("facts", facts),
    ("allow", allow),
    ("suite", suite),
    ("hns", hns_state),
    ("host", host_facts),
    ("switch", switch_rules),
    ("log", proxy_log),
    ("iptables", iptables_save),
    ("netsh", netsh_dump),
    ("nftables", nft_list),
    ("plan", plan),
    ("journal", journal),
];

/// Manifests: what is compiled from them is read again, and written again it is the same.
pub fn manifests(data: &[u8]) {
    let Ok(yaml) = decode(data.to_vec()) else { return };
    let mut sources = Sources::default();
    if sources.add("fuzz.yaml", yaml).is_err() {
        return;
    }
    let compiled = pipeline::compile(sources, &Setup::of_node("linux-1"));
    for family in Family::ALL {
        let rules = compiled.iptables_with_jumps(family);
        let (read, problems) = iptables::read(&rules, family);
        assert!(problems.is_empty(), "{problems:?}\n{rules}");
        let again = iptables::write(&read);
        assert_eq!(iptables::read(&again, family).0, read);
    }
    let (hns, ()) = (compiled.hns(None, hns::Semantics::KubeProxy, &hns::PlanOptions::default()), ());
    let written: String = hns.to_json(&compiled.rules).pieces().collect();
    serde_json::from_str::<Value>(&written).expect("a plan is JSON");
    let netsh = compiled.netsh(&netsh::Options::default());
    let found = compiled.diagnostics.iter().chain(&hns.diagnostics).chain(&netsh.diagnostics);
    found.take(MOST_SHOWN).for_each(|found| shown(found, &compiled.sources));
}

/// A configuration of kube-proxy.
pub fn configuration(data: &[u8]) {
    let Ok(yaml) = decode(data.to_vec()) else { return };
    if let Ok(config) = Config::parse(&yaml) {
        let setup = Setup::of_node("linux-1").config(config);
        let compiled = pipeline::compile(Sources::default(), &setup);
        compiled.diagnostics.iter().for_each(|found| shown(found, &compiled.sources));
    }
}

/// A facts file.
pub fn facts(data: &[u8]) {
    let Ok(yaml) = decode(data.to_vec()) else { return };
    if let Ok(facts) = Facts::parse(&yaml) {
        let compiled = pipeline::compile(Sources::default(), &Setup::of_node("linux-1").facts(facts));
        compiled.diagnostics.iter().for_each(|found| shown(found, &compiled.sources));
    }
}

/// An allow-list.
pub fn allow(data: &[u8]) {
    let Ok(yaml) = decode(data.to_vec()) else { return };
    let mut sources = Sources::default();
    let Ok(source) = sources.add("allow.yaml", yaml.clone()) else { return };
    let codes = hnsplan::catalog::all();
    if let Err(found) = hnsplan::allow::AllowList::read(source, &yaml, codes, &["iptables", "hns"]) {
        assert!(!found.is_empty());
        for found in &found {
            shown(found, &sources);
        }
    }
}

/// The settings of a suite.
pub fn suite(data: &[u8]) {
    let Ok(yaml) = decode(data.to_vec()) else { return };
    if let Err(error) = hnsplan::suite::Settings::parse(&yaml) {
        printable(&error);
    }
}

/// What Windows prints about itself, among anything else: what is left of the text has its lines where they were, and
/// tells nothing more of that kind.
pub fn host_facts(data: &[u8]) {
    let (text, _) = decode_capture(data.to_vec());
    let dump = |text: String| DumpText { name: "fuzz.txt".to_owned(), text, format: None };
    let (lines, mut remarks) = (text.lines().count(), Vec::new());
    if let Ok(Some(rest)) = without_facts(dump(text), &mut remarks) {
        assert_eq!(rest.text.lines().count(), lines);
        let before = remarks.iter().any(|remark| remark.ends_with("facts about the node"));
        let mut more = Vec::new();
        if before && without_facts(rest, &mut more).is_ok_and(|rest| rest.is_some()) {
            assert!(!more.iter().any(|remark| remark.contains("of Windows")), "{more:?}");
        }
    }
    remarks.iter().take(MOST_SHOWN).for_each(printable);
}

/// What HNS holds, as JSON or tables, and plans of it: written and read again it is the same.
pub fn hns_state(data: &[u8]) {
    let (dump, _) = decode_capture(data.to_vec());
    let (state, problems) = hns::read::read(&dump);
    problems.iter().take(MOST_SHOWN).for_each(|problem| printable(&problem.message()));
    let written = hns::write::state(&state);
    let (again, mut more) = hns::read::read(&written);
    // Tables of hnsdiag have no ports, and JSON without ports is a problem of its own.
    more.retain(|problem| !matches!(problem.problem, hns::read::Problem::NoPortMappings));
    if problems.is_empty() {
        assert!(more.is_empty(), "{more:?}\n{written}");
        assert_eq!(hns::write::state(&again), written);
    }
    let host = Host::new(["192.168.10.21".parse().expect("an address")]);
    let evaluator = hns::eval::Evaluator::new(&state, &host);
    for packet in packets("192.168.10.21") {
        assert_eq!(evaluator.verdict(&packet).effect(), evaluator.effect(&packet).effect());
    }
    let _ = hns::read::planned(&dump);
}

/// Rules and ports of the virtual switch: written and read again they are the same, and packets meet them.
pub fn switch_rules(data: &[u8]) {
    let (dump, _) = decode_capture(data.to_vec());
    let (mut state, problems) = hns::read::read(&dump);
    problems.iter().take(MOST_SHOWN).for_each(|problem| printable(&problem.message()));
    // Texts have no way to leave members out but to break off.
    let rules = state.switch.iter_mut().flat_map(|list| &mut list.groups).flat_map(|group| &mut group.rules);
    rules.for_each(|rule| _ = rule.members.get_or_insert_default());
    let written = hns::write::switch_lists(&state.switch);
    assert_eq!(hns::read::read(&written).0.switch, state.switch, "{written}");
    let written = hns::write::switch_ports(&state.switch_ports);
    assert_eq!(hns::read::read(&written).0.switch_ports, state.switch_ports, "{written}");
    let host = Host::new(["172.20.0.33".parse().expect("an address")]);
    let evaluator = hns::eval::Evaluator::new(&state, &host).with_switch();
    for packet in packets("172.20.0.33") {
        assert_eq!(evaluator.verdict(&packet).effect(), evaluator.effect(&packet).effect());
    }
}

/// A log of kube-proxy: every line is counted once.
pub fn proxy_log(data: &[u8]) {
    let (text, _) = decode_capture(data.to_vec());
    let report = hnsplan::explain::log(&text);
    let counted = report.explained + report.work + report.unknown + report.others;
    assert_eq!(counted, text.lines().filter(|line| !line.trim().is_empty()).count());
    printable(&hnsplan::render::explain::log(&report, 80).replace('\n', " "));
}

/// Output of iptables-save: what was read is written without a problem, and a fixed point.
pub fn iptables_save(data: &[u8]) {
    let (saved, _) = decode_capture(data.to_vec());
    for family in Family::ALL {
        let (rules, problems) = iptables::read(&saved, family);
        problems.iter().take(MOST_SHOWN).for_each(printable);
        let written = iptables::write(&rules);
        let (again, more) = iptables::read(&written, family);
        assert!(more.is_empty(), "{more:?}\n{written}");
        assert_eq!(iptables::write(&again), written);
        let normal = rules.normalise();
        assert_eq!(normal.normalise(), normal);
        let host = Host::new(["192.168.0.2".parse().expect("an address")]);
        let evaluator = iptables::eval::Evaluator::new(&rules, &host);
        for packet in packets("192.168.0.2").filter(|packet| packet.family() == family) {
            assert_eq!(evaluator.verdict(&packet).effect(), evaluator.effect(&packet).effect());
        }
        let change = iptables::Change::between(&saved, None, family);
        assert_eq!(change.inverse().inverse(), change);
    }
}

/// Output of nft, and texts for it: what was read is written without a problem, and a fixed point.
pub fn nft_list(data: &[u8]) {
    let (listed, _) = decode_capture(data.to_vec());
    let reading = nftables::read(&listed);
    for problem in reading.problems.iter().take(MOST_SHOWN) {
        printable(&problem.message);
    }
    let host = Host::new(["192.168.0.2".parse().expect("an address")]);
    for table in [reading.tables.ipv4, reading.tables.ipv6].into_iter().flatten() {
        let written = nftables::write(&table, nftables::Format::Knftables).to_string();
        let again = nftables::read(&written);
        assert!(again.problems.is_empty() && again.broken.is_none(), "{:?}\n{written}", again.problems);
        let again = [again.tables.ipv4, again.tables.ipv6].into_iter().flatten().next().expect("a table");
        assert_eq!(nftables::write(&again, nftables::Format::Knftables).to_string(), written);
        let normal = table.normalise();
        assert_eq!(normal.normalise(), normal);
        let evaluator = nftables::eval::Evaluator::new(&table, &host);
        for packet in packets("192.168.0.2").filter(|packet| packet.family() == table.family) {
            assert_eq!(evaluator.verdict(&packet).effect(), evaluator.effect(&packet).effect());
        }
    }
}

/// Output and scripts of netsh: each command that was read is written, and read again it is the same.
pub fn netsh_dump(data: &[u8]) {
    let (dump, _) = decode_capture(data.to_vec());
    let captured = netsh::read(&dump);
    for command in captured.commands.iter().take(64) {
        let written = netsh::write_command(command);
        assert_eq!(netsh::read(&written).commands, std::slice::from_ref(command), "{written}");
    }
}

/// A saved plan, and plans of its steps: what the program writes it reads.
pub fn plan(data: &[u8]) {
    let Ok(saved) = std::str::from_utf8(data) else { return };
    match NodePlan::from_text(saved) {
        Ok(plan) => written_again(&plan),
        Err(error) => printable(&error),
    }
    // A text that was changed no longer fits its fingerprint; its steps may be carried out all the same.
    let Ok(document) = serde_json::from_str::<Value>(saved) else { return };
    let name = document.get("target").and_then(Value::as_str).unwrap_or_default();
    let (Some(platform), Some(steps)) =
        (platform::find(name), document.get("steps").and_then(Value::as_array))
    else {
        return;
    };
    let steps: Vec<AnyStep> =
        steps.iter().filter_map(|step| platform.step_from_json(step.clone()).ok()).collect();
    written_again(&NodePlan::new(platform, steps));
}

fn written_again(plan: &NodePlan) {
    let written = plan.to_text();
    let again = NodePlan::from_text(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(again.to_text(), written);
    for step in &plan.steps {
        let _ = (step.changes(), step.inverse().changes());
    }
    let _ = plan.counts();
}

/// A journal as it is, and one whose lines have the right checksums.
pub fn journal(data: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    read_journal(folder.path(), data);
    let mut chain = [0; 8];
    let mut lines = Vec::new();
    for record in data.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()) {
        // Seeds are journals; their records are what stands beside the checksum.
        let of_line = serde_json::from_str::<Value>(record).ok();
        let record =
            of_line.as_ref().and_then(|line| line.get("record")).map_or(record.to_owned(), Value::to_string);
        let digest = Sha256::new().chain_update(chain).chain_update(&record).finalize();
        chain.copy_from_slice(&digest[..8]);
        lines.extend(
            format!("{{\"sum\":\"{}\",\"record\":{record}}}\n", HEXLOWER.encode(&chain)).into_bytes(),
        );
    }
    read_journal(folder.path(), &lines);
}

fn read_journal(folder: &std::path::Path, text: &[u8]) {
    std::fs::write(folder.join("000001.jsonl"), text).expect("the folder is there");
    if let Err(error) = past_runs(folder) {
        printable(&error);
    }
    for platform in platform::all() {
        let _ = history(folder, &|step| platform.step_from_json(step));
    }
}

/// How many messages of one text are looked at.
const MOST_SHOWN: usize = 64;

/// A message in each form holds no character that could steer a terminal or begin another line.
fn shown(found: &Diagnostic, sources: &Sources) {
    printable(&text::short(found, sources));
    let long = text::render(found, sources);
    assert!(long.lines().all(|line| !line.chars().any(is_steering)), "{long:?}");
    serde_json::from_str::<Value>(&json::render(found, sources)).expect("a message is JSON");
}

/// The escape sequences of our own colours are no danger.
fn is_steering(character: char) -> bool {
    is_unprintable(character) && !matches!(character, '\u{1b}' | '\t')
}

fn printable(text: &impl Display) {
    let text = text.to_string();
    assert!(!text.chars().any(is_steering), "{text:?}");
}

/// Some packets to addresses that the seeds have, and to the node.
fn packets(node: &str) -> impl Iterator<Item = Packet> {
    let destinations = [node, "10.96.0.10", "10.96.0.1", "198.51.100.7", "fd00:96::10", "127.0.0.1"];
    let ends = destinations.map(|to| (to.parse().expect("an address"), [80, 30080, 53]));
    let senders = [Sender::Pod, Sender::Node, Sender::Outside];
    ends.into_iter().flat_map(|(to, ports)| ports.map(move |port| (to, port))).flat_map(move |(to, port)| {
        senders.map(move |sender| {
            let source = if Family::of(to) == Family::Ipv4 { "10.244.1.20" } else { "fd00:244::20" };
            Packet {
                sender,
                source: source.parse().expect("an address"),
                destination: to,
                protocol: if port == 53 { Protocol::Udp } else { Protocol::Tcp },
                port,
                interface: None,
                remembered: None,
            }
        })
    })
}
