//! Promise: of two platforms, what one side does not tell is never called equal, nor missing. From a healthy dump of each
//! platform each part is taken away, and the rest is put beside the rules of every other platform, wanted and held.

use std::collections::{BTreeMap, BTreeSet};

use hnsplan::capture;
use hnsplan::diff::{Aspect, Conclusion, Directory, FrontendAt, Marks, Row, Sheet, sheet_of};
use hnsplan::net::Family;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::iptables::{self, jumps};
use hnsplan::platform::netsh::model::Store;
use hnsplan::platform::{self, DumpText, Objects};
use serde_json::Value;

use super::omission::{Node, paths, replaced};
use super::omission_of_netsh;
use crate::support::case::fixtures;
use crate::support::exe::{Hnsplan, hnsplan};

/// A dump, and what is left of it when parts are taken away.
struct Dump {
    platform: &'static str,
    whole: Vec<String>,
    /// Each with what is gone.
    rests: Vec<(String, Vec<String>)>,
}

impl Dump {
    fn new(platform: &'static str, whole: Vec<String>) -> Self {
        Self { platform, whole, rests: Vec::new() }
    }

    /// Without each of its files.
    fn without_files(mut self) -> Self {
        for file in (0..self.whole.len()).filter(|_| self.whole.len() > 1) {
            let mut rest = self.whole.clone();
            rest.remove(file);
            self.rests.push((format!("without file {file}"), rest));
        }
        self
    }

    /// With each of its files in another form.
    fn with(mut self, what: &str, change: impl Fn(&str) -> Option<String>) -> Self {
        for file in 0..self.whole.len() {
            let mut rest = self.whole.clone();
            if let Some(changed) = change(&rest[file]) {
                rest[file] = changed;
                self.rests.push((format!("file {file} {what}"), rest));
            }
        }
        self
    }

    /// With each third line of those that are meant, as something that nobody can read.
    fn with_broken_lines(mut self, is_meant: impl Fn(&str) -> bool, broken: impl Fn(&str) -> String) -> Self {
        for file in 0..self.whole.len() {
            let lines: Vec<&str> = self.whole[file].lines().collect();
            for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_meant(line)).step_by(3) {
                let broken = broken(line);
                let mut rows = lines.clone();
                rows[at] = &broken;
                let mut rest = self.whole.clone();
                rest[file] = rows.join("\n") + "\n";
                self.rests.push((format!("broken {line}"), rest));
            }
        }
        self
    }

    fn side(&self, texts: &[String]) -> Option<Box<dyn Objects>> {
        let platform = platform::find(self.platform).expect("it is registered");
        let text = |(at, text): (usize, &String)| DumpText {
            name: format!("dump-{at}"),
            text: text.clone(),
            format: None,
        };
        let texts = texts.iter().enumerate().map(text).collect();
        Some(capture::understand(platform, texts).ok()?.held.into_objects())
    }
}

fn hns(node: &Node) -> Vec<Dump> {
    let texts = |dump: super::omission::Dump| dump.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let mut found = Vec::new();
    for whole in [texts(node.current_schema()), texts(node.old_schema())] {
        let mut dump = Dump::new("hns", whole.clone()).without_files();
        for (file, text) in whole.iter().enumerate() {
            let value: Value = serde_json::from_str(text).expect("it is JSON");
            let sections = ["Endpoints", "LoadBalancers"].map(|name| vec![name.to_owned()]);
            let sections = sections.into_iter().filter(|path| value.get(&path[0]).is_some());
            for (at, path) in sections.chain(paths(&value)).enumerate() {
                let new = if at % 2 == 0 { None } else { Some(Value::Null) };
                let mut rest = whole.clone();
                rest[file] = replaced(&value, &path, new).to_string();
                dump.rests.push((format!("{file} without {path:?}"), rest));
            }
        }
        found.push(dump);
    }
    found[0].rests.push(("nothing but a table".to_owned(), texts(node.table())));
    found
}

/// What `iptables-save` prints on a node with these rules.
fn iptables(compiled: &Compiled) -> Dump {
    let saved = |family: Family| {
        let mut rules = iptables::lower(&compiled.rules, family);
        jumps::include(&mut rules);
        let program = if family == Family::Ipv4 { "iptables" } else { "ip6tables" };
        let declared = |text: &str, table: &str, chains: &str| {
            let chains = chains.replace(' ', " ACCEPT [0:0]\n:");
            text.replace(&format!("*{table}\n"), &format!("*{table}\n:{chains} ACCEPT [0:0]\n"))
        };
        let text = iptables::write(&rules.normalise());
        let text = declared(&text, "filter", "INPUT FORWARD OUTPUT");
        let text = declared(&text, "nat", "PREROUTING INPUT OUTPUT POSTROUTING");
        format!("# Generated by {program}-save v1.8.9 on Mon\n{text}# Completed on Mon\n")
    };
    let without = |table: &'static str| {
        move |text: &str| {
            let (head, rest) = text.split_once(&format!("*{table}\n"))?;
            Some(format!("{head}{}", rest.split_once("COMMIT\n")?.1))
        }
    };
    Dump::new("iptables", Family::ALL.map(saved).into())
        .without_files()
        .with("without nat", without("nat"))
        .with("without filter", without("filter"))
        .with_broken_lines(
            |line| line.starts_with("-A KUBE-S"),
            |line| {
                let chain = line.split(' ').nth(1).unwrap_or_default();
                format!("-A {chain} -j")
            },
        )
}

/// What `nft list ruleset` prints on some node.
fn nftables() -> Dump {
    let read = |name: &str| {
        std::fs::read_to_string(fixtures().join("nft-list").join(name)).expect("it is a listing")
    };
    let whole = vec![
        read("2-affinity-lb-local-1.36-ip.list-1.0.6.txt"),
        read("4-dualstack-lb-1.36-ip6.list-1.0.6.txt"),
    ];
    // As `nft --terse` prints it.
    let terse = |text: &str| {
        let mut rest = String::new();
        let mut is_element = false;
        for line in text.lines() {
            is_element |= line.trim_start().starts_with("elements = {");
            if !is_element {
                rest += line;
                rest.push('\n');
            }
            is_element &= !line.trim_end().ends_with('}');
        }
        Some(rest)
    };
    let is_rule = |line: &str| line.contains("dnat to") || line.contains("vmap");
    Dump::new("nftables", whole)
        .without_files()
        .with("terse", terse)
        .with_broken_lines(is_rule, |_| "        what ? is $ this".to_owned())
}

fn netsh() -> Dump {
    let whole = omission_of_netsh::Node::new(Store::Active).tables();
    Dump::new("netsh", whole)
        .without_files()
        .with_broken_lines(|line| line.trim_start().starts_with("10."), |line| line.replace("10.", "1?."))
}

/// What the second side does at a frontend, but for names, the words for endpoints, and what no other side has.
fn deeds(row: &Row) -> Vec<(Aspect, String)> {
    let said = row.lines.iter().filter(|pair| match pair.aspect {
        Aspect::Entry | Aspect::Settings => false,
        Aspect::Affinity => pair.sides[0].is_some(),
        _ => true,
    });
    let said = said.filter_map(|pair| Some((pair.aspect.clone(), pair.sides[1].clone()?)));
    let words = said.map(|(aspect, text)| match aspect {
        Aspect::Endpoint(_) => (aspect, String::new()),
        _ => (aspect, text),
    });
    words.collect()
}

fn by_place(sheet: &Sheet) -> BTreeMap<FrontendAt, &Row> {
    sheet.rows.iter().map(|row| (row.at, row)).collect()
}

/// What is gone of the second side is undecided, and nothing differs that did not differ before.
#[track_caller]
fn assert_not_called_equal(whole: &Sheet, rest: &Sheet, what: &str) {
    let (all, left) = (by_place(whole), by_place(rest));
    // Of a family that the first side has nothing of, nothing need be told.
    let families: BTreeSet<Family> = left.keys().map(|at| at.family).collect();
    let mut is_gone = false;
    for (at, row) in &all {
        let Some(now) = left.get(at) else {
            is_gone |= !deeds(row).is_empty() && families.contains(&at.family);
            continue;
        };
        if deeds(now) != deeds(row) {
            is_gone = true;
            let is_as_before = now.differs && row.differs;
            assert!(now.is_undecided() || is_as_before, "{what}: {} is called equal: {now:#?}", row.name());
        }
        assert!(!now.differs || row.differs, "{what}: {} differs: {now:#?}", row.name());
    }
    for (at, row) in &left {
        assert!(all.contains_key(at) || !row.differs, "{what}: {} differs: {row:#?}", row.name());
    }
    if is_gone {
        assert_ne!(rest.conclusion(), Conclusion::Same, "{what}");
        let names = ["wanted", "dump"].map(str::to_owned);
        let is_named = rest.not_compared(&names).iter().any(|line| line.contains("dump: "));
        assert!(is_named || rest.differing() > 0, "{what}: {:?}", rest.not_compared(&names));
    }
}

#[test]
fn what_a_dump_does_not_tell_is_undecided_beside_every_other_platform() {
    let node = Node::new();
    let dumps: Vec<Dump> =
        hns(&node).into_iter().chain([iptables(&node.compiled), nftables(), netsh()]).collect();
    let options = platform::Options::default();
    let held = platform::Holdings::default();
    let context = node.compiled.context(&options, &held);
    let mut sides: Vec<(String, Box<dyn Objects>)> = platform::all()
        .iter()
        .map(|platform| (format!("wanted {}", platform.name()), platform.objects(context).value))
        .collect();
    for dump in &dumps {
        sides.push((format!("held {}", dump.platform), dump.side(&dump.whole).expect("it is read")));
    }
    let directory = Directory::new(vec![&node.compiled.rules]);
    let mut tried = 0;
    for dump in &dumps {
        let whole = dump.side(&dump.whole).expect("it is read");
        let rests = dump.rests.iter().filter_map(|(what, texts)| Some((what, dump.side(texts)?)));
        let rests: Vec<(&String, Box<dyn Objects>)> = rests.collect();
        for (name, other) in sides.iter().filter(|(_, other)| other.platform().name() != dump.platform) {
            // No packet that was sent is treated otherwise, and packets cannot be sent.
            for marks in [Some(Marks::new()), None] {
                let sheet = |side: &dyn Objects| sheet_of([&**other, side], &directory, marks.as_ref());
                let all = sheet(&*whole);
                for (what, rest) in &rests {
                    let what = format!("{name} and {}, {what}", dump.platform);
                    assert_not_called_equal(&all, &sheet(&**rest), &what);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 2000, "{tried}");
}

/// A whole dump leaves nothing open.
#[test]
fn a_whole_dump_leaves_nothing_undecided_beside_other_platforms() {
    let node = Node::new();
    let options = platform::Options::default();
    let held = platform::Holdings::default();
    let context = node.compiled.context(&options, &held);
    let directory = Directory::new(vec![&node.compiled.rules]);
    for dump in hns(&node).into_iter().chain([iptables(&node.compiled), netsh()]) {
        let whole = dump.side(&dump.whole).expect("it is read");
        for platform in platform::all().iter().filter(|platform| platform.name() != dump.platform) {
            let wanted = platform.objects(context).value;
            let sheet = sheet_of([&*wanted, &*whole], &directory, Some(&Marks::new()));
            // Listeners of IPv6 are in a table of their own, which a node without them does not print.
            let open = sheet.rows.iter().filter(|row| row.is_undecided());
            let open: Vec<_> =
                open.filter(|row| dump.platform != "netsh" || row.at.family == Family::Ipv4).collect();
            assert!(open.is_empty(), "{} and {}: {open:#?}", platform.name(), dump.platform);
        }
    }
}

/// `hnsplan diff` of the shipped cluster on its Windows node.
fn shop(arguments: &str) -> Hnsplan {
    let shop = |file: &str| fixtures().join("shop").join(file);
    hnsplan("diff --node win-1 --config")
        .arg(shop("kube-proxy.yaml"))
        .arg("-f")
        .arg(shop("cluster.yaml"))
        .args(arguments)
}

#[test]
fn the_last_lines_and_the_exit_code_tell_what_was_not_compared() {
    let node = Node::new();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    };
    for (name, text) in node.old_schema() {
        write(&name, &text);
    }
    write("table.txt", &node.table()[0].1);
    let [ipv4, ipv6] = &iptables(&node.compiled).whole[..] else { panic!("two families") };
    write("both.save", &format!("{ipv4}{ipv6}"));
    let nat = ipv4.find("*nat\n").expect("it has the table");
    write("nat.save", &format!("# Generated by iptables-save v1.8.9 on Mon\n{}", &ipv4[nat..]));
    let [open, whole] =
        [(2, "nothing that differs, and not all could be compared\n"), (0, "no difference\n")];
    let part = (0, "nothing that was compared differs\n");
    let cases: [(&str, (i32, &str), &str); 12] = [
        ("hns policy.json,endpoint.json,network.json", whole, ""),
        ("hns policy.json", open, "policy.json: which endpoints are members of 11 load balancers"),
        ("hns policy.json,network.json", open, "endpoints: the dump does not contain their addresses"),
        ("hns endpoint.json", open, "endpoint.json: load balancers: the dump does not contain them"),
        ("hns table.txt", part, "table.txt: ports, affinity and flags of 11 load balancers"),
        (
            "policy.json policy.json",
            part,
            "policy.json: endpoints: the dump does not contain their addresses",
        ),
        (
            "endpoint.json endpoint.json",
            open,
            "endpoint.json: load balancers: the dump does not contain them",
        ),
        (
            "iptables network.json",
            (2, "15 frontends: 0 equal, 0 differ, 15 undecided\n"),
            "15 frontends of network.json",
        ),
        ("iptables table.txt", (2, ""), "frontends of table.txt: ports of load balancers at these addresses"),
        ("netsh nat.save", (2, ""), "frontends of nat.save: the table filter of IPv4"),
        ("both.save network.json", (2, "0 equal, 0 differ, 15 undecided\n"), "15 frontends of network.json"),
        ("endpoint.json network.json", open, "load balancers: the dump does not contain them"),
    ];
    for (sides, (code, end), gap) in cases {
        let outcome = shop(sides).inside(folder.path()).run();
        let all = format!("{sides}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.code == code || outcome.code == 1 && end.is_empty(), "{} {all}", outcome.code);
        assert!(outcome.stdout.ends_with(end), "{all}");
        let is_listed =
            outcome.stdout.lines().any(|line| line.starts_with("not compared: ") && line.contains(gap));
        assert!(gap.is_empty() || is_listed, "{all}");
        assert!(!outcome.stdout.contains("nothing here") || code != 2 || outcome.code == 1, "{all}");
    }
}
