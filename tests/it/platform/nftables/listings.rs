//! Promise: what nft lists of a table, as text or as JSON, of any version, reads as the table that was loaded.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use hnsplan::answer::telling::Telling;
use hnsplan::net::Family;
use hnsplan::platform::nftables::model::Table;
use hnsplan::platform::nftables::{Format, Reading, lower, read, write};

use crate::support::case::{Case, fixtures};
use crate::support::exe::hnsplan;
use crate::support::run::assert_same;
use crate::support::torn::{Harm, damages};

/// The tables of a text, of which nothing may be lost.
fn tables(text: &str, what: &str) -> Reading {
    let reading = read(text);
    assert!(reading.problems.is_empty() && reading.broken.is_none(), "{what}: {:?}", reading.problems);
    reading
}

fn only(text: &str, what: &str) -> Table {
    let tables = tables(text, what).tables;
    tables.ipv4.or(tables.ipv6).unwrap_or_else(|| panic!("{what} has no table"))
}

fn text(table: &Table) -> String {
    write(table, Format::Knftables).to_string()
}

#[test]
fn every_recorded_text_reads_back_as_it_stands() {
    let mut compared = 0;
    for case in Case::all() {
        for (version, family, recorded) in case.recorded_nftables() {
            let table = only(&recorded, &case.name);
            assert_eq!(table.family, family);
            // Elements of one key, written once more with another verdict, are the exception that no case has.
            assert_same(&recorded, &text(&table), &format!("{} {version} {family}", case.name));
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn listings_of_all_versions_are_the_text_that_was_loaded() {
    let mut compared = 0;
    for entry in fs::read_dir(fixtures().join("nft-list")).expect("there are listings") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let Some((loaded, _)) = name.split_once(".list-") else { continue };
        let loaded = fs::read_to_string(path.with_file_name(format!("{loaded}.nft"))).expect("it was loaded");
        let listed = fs::read_to_string(&path).expect("it is text");
        let [loaded, listed] = [&loaded, &listed].map(|text| only(text, &name).normalise());
        assert_same(&text(&loaded), &text(&listed), &name);
        assert_eq!(loaded, listed, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 35);
}

/// Nothing of 1.37 was recorded: what is written of every case, with its gate and without, reads back as the model.
#[test]
fn every_text_of_1_37_reads_back_as_it_is_written() {
    let mut with_one_endpoint = 0;
    for case in Case::all() {
        for words in [&[][..], &["primary", "localhost"], &["all"]] {
            let run = case.run("1.37", false).gate("KubeProxyNFTablesLocalhostNodePorts", true);
            let run = run.configured(|config| {
                if !words.is_empty() {
                    config.node_port_addresses = words.iter().map(|word| (*word).to_owned()).collect();
                }
            });
            let rules = run.compile();
            for family in Family::ALL {
                let table = lower(&rules.rules, family);
                let written = text(&table);
                let read = only(&written, &case.name);
                assert_same(&written, &text(&read), &case.name);
                assert_eq!(read, table, "{} {family} {words:?}", case.name);
                let again = only(&text(&table.normalise()), &case.name);
                assert_eq!(again.normalise(), table.normalise(), "{} {family} {words:?}", case.name);
                with_one_endpoint += usize::from(written.contains(" dnat to "));
            }
        }
    }
    assert!(with_one_endpoint > 90, "{with_one_endpoint}");
}

#[test]
fn a_text_that_replaces_the_table_reads_as_the_table() {
    for case in ["040-itp-local-etp-local", "020-affinity-clientip-default"].map(Case::named) {
        let compiled = case.compiled("1.36", false);
        for family in Family::ALL {
            let table = lower(&compiled.rules, family);
            let twice = write(&table, Format::Nft).to_string().repeat(2);
            assert_eq!(only(&twice, &case.name), table, "{} {family}", case.name);
        }
    }
}

#[test]
fn what_is_cut_or_terse_is_told() {
    let path = fixtures().join("nft-list/6-affinity-lb-local-1.30-ip.list-1.1.3.txt");
    let whole = fs::read_to_string(path).expect("it is text");
    let half = &whole[..whole.len() / 2];
    assert!(read(half).broken.is_some());
    let lines: Vec<&str> = whole.lines().collect();
    let mut terse = String::new();
    let mut is_inside = false;
    for line in lines {
        is_inside |= line.trim_start().starts_with("elements = ");
        if !is_inside {
            terse.push_str(line);
            terse.push('\n');
        }
        is_inside &= !line.trim_end().ends_with('}');
    }
    assert!(read(&terse).gaps.get(Family::Ipv4).is_terse);
}

/// A listing of a node with another kube-proxy than rules are compiled for differs in every Service: that it is of another
/// release is told wherever the tables of the two differ.
#[test]
fn a_listing_of_another_release_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let versions = ["1.30", "1.33.5", "1.33.13", "1.35", "1.36", "1.37"];
    let mut told = 0;
    // Source ranges, a Service with one endpoint, node ports.
    for case in ["031-lb-source-ranges-node", "001-clusterip-1ep", "022-nodeport"].map(Case::named) {
        let tables = versions.map(|version| lower(&case.compiled(version, false).rules, Family::Ipv4));
        let manifests: Vec<String> =
            case.manifests().iter().map(|path| format!("-f {}", path.display())).collect();
        for (node, table) in tables.iter().enumerate() {
            let listing = as_listing(table);
            assert_eq!(only(&listing, versions[node]).normalise(), table.normalise(), "{listing}");
            let dump = folder.path().join(format!("{}-{}.txt", case.name, versions[node]));
            fs::write(&dump, &listing).expect("a file");
            for (wanted, version) in versions.iter().enumerate() {
                let command = format!(
                    "diff nftables {} {} --config {} --facts {} --kube-proxy-version {version} -v",
                    dump.display(),
                    manifests.join(" "),
                    case.file("kube-proxy.yaml").expect("it is there").display(),
                    case.file("facts.yaml").expect("it is there").display(),
                );
                let outcome = hnsplan(&command).run();
                let text = format!("{}{}", outcome.stdout, outcome.stderr);
                let what = format!("{} of {}, compiled for {version}", case.name, versions[node]);
                let differs = tables[wanted].normalise() != table.normalise();
                assert_eq!(text.contains("I0529"), differs, "{what}: {text}");
                let is = if node < wanted { "older" } else { "newer" };
                let sentence = format!("the node's tables are of a kube-proxy {is} than");
                assert_eq!(text.contains(&sentence), differs, "{what}: {text}");
                told += usize::from(differs);
            }
        }
    }
    assert!(told > 60, "{told}");
}

/// A table as `nft list` prints it: in braces.
fn as_listing(table: &Table) -> String {
    let mut out = String::from("table ip kube-proxy {\n");
    let text = text(table);
    let lines = |start: &str| -> Vec<String> {
        let start = format!("add {start} ip kube-proxy ");
        text.lines().filter_map(|line| line.strip_prefix(&start).map(str::to_owned)).collect()
    };
    for counter in lines("counter") {
        let _ = writeln!(out, "\tcounter {counter} {{\n\t\tpackets 0 bytes 0\n\t}}");
    }
    for kind in ["set", "map"] {
        for container in lines(kind) {
            let (name, inner) = container.split_once(" { ").expect("it has a type");
            let inner = inner.strip_suffix(" ; }").expect("it ends").replace(" ; ", "\n\t\t");
            let _ = writeln!(out, "\t{kind} {name} {{\n\t\t{inner}");
            let elements: Vec<String> = lines("element")
                .into_iter()
                .filter_map(|element| {
                    element.strip_prefix(&format!("{name} {{ "))?.strip_suffix(" }").map(str::to_owned)
                })
                .collect();
            if !elements.is_empty() {
                let _ = writeln!(out, "\t\telements = {{ {} }}", elements.join(",\n\t\t\t     "));
            }
            out += "\t}\n";
        }
    }
    for chain in lines("chain") {
        let (name, inner) = chain.split_once(" { ").unwrap_or((&chain, ""));
        let _ = writeln!(out, "\tchain {name} {{");
        for part in inner.trim_end_matches(" ; }").split(" ; ").filter(|part| !part.is_empty()) {
            let _ = writeln!(out, "\t\t{part}");
        }
        for rule in lines("rule").iter().filter_map(|rule| rule.strip_prefix(&format!("{name} "))) {
            let _ = writeln!(out, "\t\t{rule}");
        }
        out += "\t}\n";
    }
    out + "}\n"
}

/// Listings, each with its name.
fn listings() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(fixtures().join("nft-list")).expect("there are listings") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if name.contains(".list-") {
            found.push((name, fs::read_to_string(&path).expect("it is text")));
        }
    }
    found
}

/// Whether a text says of itself that it is not whole.
fn is_known_to_be_torn(reading: &Reading) -> bool {
    let is_open = |family: Family| reading.gaps.get(family).telling() != Telling::Whole;
    reading.broken.is_some() || Family::ALL.into_iter().any(is_open)
}

/// Wherever another tool breaks in, or a brace is lost. A rule or an element that is gone may be gone on the node.
#[test]
fn what_is_damaged_is_told() {
    let mut tried = 0;
    for (name, text) in listings() {
        for torn in damages(&text, 5) {
            let lost = &text[torn.place.clone()];
            let is_brace = |c: char| matches!(c, '{' | '}');
            let is_inside =
                text[..torn.place.start].matches('{').count() > text[..torn.place.start].matches('}').count();
            let shows = match torn.harm {
                Harm::LineLost => lost.matches('{').count() != lost.matches('}').count(),
                Harm::ByteLost => lost.contains(is_brace),
                // What stands before the first table or behind the last one takes nothing from them.
                Harm::LineInserted | Harm::LinesReplaced | Harm::BrokenOff => is_inside,
                Harm::LinesJoined | Harm::ByteChanged => false,
            };
            if shows {
                tried += 1;
                let what = format!("{name}: {:?} at {:?}: {lost:?}", torn.harm, torn.place);
                assert!(is_known_to_be_torn(&read(&torn.text)), "{what}\n{}", torn.text);
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

/// The kernel has no rule that names what is not there.
#[test]
fn a_chain_a_set_or_a_map_that_is_not_listed_is_missing() {
    let mut tried = 0;
    for (name, text) in
        listings().iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|of| of == "txt"))
    {
        assert!(!is_known_to_be_torn(&read(text)), "{name}");
        let mut at = 0;
        while let Some(start) = text[at..].find("\n\tchain ").map(|start| at + start + 1) {
            let end = start + text[start..].find("\n\t}\n").expect("it ends") + "\n\t}\n".len();
            let of = text[start..].split_whitespace().nth(1).expect("it has a name");
            let rest = format!("{}{}", &text[..start], &text[end..]);
            let ways = ["jump", "goto"].map(|verb| format!("{verb} {of}"));
            let is_named = rest.lines().any(|line| {
                ways.iter().any(|way| {
                    line.trim_end().ends_with(&**way)
                        || line.contains(&format!("{way} "))
                        || line.contains(&format!("{way},"))
                })
            });
            if is_named {
                tried += 1;
                assert!(is_known_to_be_torn(&read(&rest)), "{name} without {of}\n{rest}");
            }
            at = end;
        }
    }
    assert!(tried > 30, "{tried}");
}
