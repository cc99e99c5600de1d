//! Promise: an answer about many nodes says the same in every form, and first of all what it comes to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Synthetic;
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

const SHOP: &str =
    "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --fail-on never";

fn run(arguments: &str) -> String {
    hnsplan(arguments).run().succeeded().to_owned()
}

/// Kinds of findings and nodes of a severity, from the document.
fn reach(document: &Value, severity: &str) -> (usize, usize) {
    let all = document["findings"].as_array().expect("a list").iter();
    let of: Vec<&Value> = all.filter(|of| of["severity"] == severity && of["class"] != "missing").collect();
    let nodes = of.iter().flat_map(|of| of["on"].as_array().expect("a list"));
    let nodes = nodes.flat_map(|on| on["nodes"].as_array().expect("a list")).map(Value::to_string);
    (of.len(), nodes.collect::<BTreeSet<_>>().len())
}

/// How many articles of the page each of its tiles shows, and the number on it.
fn tiles(page: &str) -> BTreeMap<String, (usize, usize)> {
    let tile = |part: &str| {
        let name = part.split('"').next().expect("a name").to_owned();
        let number = part.split("<b>").nth(1).and_then(|rest| rest.split("</b>").next()).expect("a number");
        let shown = match &*name {
            "all" => page.matches("<article ").count(),
            _ => page.matches(&format!("<article data-severity=\"{name}\"")).count(),
        };
        (name, (shown, number.parse().expect("a number")))
    };
    page.split("id=\"show-").skip(1).map(tile).collect()
}

#[test]
fn every_form_begins_with_what_the_answer_comes_to() {
    for nodes in ["all", "os=linux", "win-1"] {
        let of = |form: &str| run(&format!("{SHOP} --nodes {nodes} -o {form}"));
        let document: Value = serde_json::from_str(&of("json")).expect("it is JSON");
        let asked = document["compared"].as_object().expect("nodes").len();
        let ([errors, on_errors], [warnings, on_warnings]) =
            (<[usize; 2]>::from(reach(&document, "error")), <[usize; 2]>::from(reach(&document, "warning")));
        let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        assert!(errors > 0 && warnings > 0, "{nodes}");
        let verdict = format!(
            "{} on {on_errors} of {}, {} on {on_warnings}",
            many(errors, "error"),
            many(asked, "node"),
            many(warnings, "warning"),
        );
        let page = of("html");
        assert!(page.contains(&format!("<p class=\"verdict error\">{verdict}</p>")), "{verdict}\n{page}");
        assert!(of("md").starts_with(&format!("### {verdict}\n")), "{verdict}");
        assert!(of("junit").contains(&format!("<testsuite name=\"{verdict}\"")), "{verdict}");
        assert!(
            of("text").contains(&format!("errors on {on_errors}, warnings on {on_warnings}\n")),
            "{verdict}"
        );
        let tiles = tiles(&page);
        assert_eq!(tiles["error"], (errors, errors), "{nodes}");
        assert_eq!(tiles["warning"], (warnings, warnings), "{nodes}");
        assert!(tiles.values().all(|(shown, number)| shown == number), "{tiles:?}");
        // Errors are open, and nothing runs or is loaded.
        assert_eq!(page.matches("<details open>").count(), errors, "{nodes}");
        assert!(
            !page.contains("<script")
                && !page.contains("http://")
                && !page.contains("https://")
                && !page.contains(" src="),
            "{nodes}"
        );
    }
}

#[test]
fn the_forms_name_every_node_and_service() {
    let document: Value =
        serde_json::from_str(&run(&format!("{SHOP} --nodes all -o json"))).expect("it is JSON");
    let (page, md) =
        (run(&format!("{SHOP} --nodes all -o html")), run(&format!("{SHOP} --nodes all -o md -v")));
    let mut seen = 0;
    for finding in document["findings"].as_array().expect("a list") {
        let code = finding["code"].as_str().expect("a code");
        assert!(
            page.contains(&format!("data-code=\"{code}\"")) && md.contains(&format!("**{code} ")),
            "{code}"
        );
        for item in finding["on"]
            .as_array()
            .expect("a list")
            .iter()
            .flat_map(|on| on["items"].as_array().expect("a list"))
        {
            for service in item["services"].as_array().into_iter().flatten() {
                let service = service.as_str().expect("a name");
                assert!(page.contains(service) && md.contains(service), "{code} {service}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert_snapshot("fleet.check.md", &run(&format!("{SHOP} --nodes all -o md")));
}

/// The columns of a table of the page, and its rows: the name and the codes of each cell.
type Table = (Vec<String>, BTreeMap<String, Vec<BTreeSet<String>>>);

fn table_of_services(page: &str) -> Table {
    let table = page.split("<h2 id=\"services\">").nth(1).and_then(|rest| rest.split("</table>").next());
    let table = table.expect("the page has it");
    let texts = |text: &str, tag: &str| -> Vec<String> {
        let (start, end) = (format!("<{tag}"), format!("</{tag}>"));
        let inside = |part: &str| {
            let (_, rest) = part.split_once('>').expect("a tag");
            rest.split(&end).next().expect("it ends").to_owned()
        };
        // `<th` begins `<thead` as well.
        let parts = text.split(&start).skip(1).filter(|part| part.starts_with([' ', '>']));
        parts.map(inside).collect()
    };
    let mut rows = texts(table, "tr").into_iter();
    let columns = texts(&rows.next().expect("a head"), "th").into_iter().skip(1).collect();
    let row = |row: String| {
        let codes = |cell: String| texts(&cell, "abbr").into_iter().collect();
        (texts(&row, "th").remove(0), texts(&row, "td").into_iter().map(codes).collect())
    };
    (columns, rows.map(row).collect())
}

#[test]
fn the_page_has_what_was_found_about_each_service_on_which_nodes() {
    let document: Value =
        serde_json::from_str(&run(&format!("{SHOP} --nodes all -o json"))).expect("it is JSON");
    let (columns, rows) = table_of_services(&run(&format!("{SHOP} --nodes all -o html")));
    let mut wanted: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let counted =
        document["findings"].as_array().expect("a list").iter().filter(|of| of["severity"] != "note");
    for finding in counted {
        for on in finding["on"].as_array().expect("a list") {
            for item in on["items"].as_array().expect("a list") {
                for service in item["services"].as_array().into_iter().flatten() {
                    for node in on["nodes"].as_array().expect("a list") {
                        let [service, node, code] = [service, node, &finding["code"]]
                            .map(|text| text.as_str().expect("a text").to_owned());
                        wanted.entry((service, node)).or_default().insert(code);
                    }
                }
            }
        }
    }
    let services: BTreeSet<&String> = wanted.keys().map(|(service, _)| service).collect();
    assert_eq!(rows.keys().collect::<BTreeSet<_>>(), services);
    let mut seen = 0;
    for (service, cells) in &rows {
        assert_eq!(cells.len(), columns.len());
        for (column, codes) in columns.iter().zip(cells) {
            // A group of nodes is named after its first one.
            let node = column.split(" and ").next().expect("a name").to_owned();
            let wanted = wanted.get(&(service.clone(), node)).cloned().unwrap_or_default();
            assert_eq!(codes, &wanted, "{service} on {column}");
            seen += codes.len();
        }
    }
    assert!(columns.len() > 1 && seen > 20, "{columns:?} {seen}");
}

#[test]
fn the_page_names_its_input() {
    let page = run(&format!("{SHOP} --nodes all -o html"));
    let line = run(&format!("{SHOP} --nodes all -o jsonl"));
    let head: Value = serde_json::from_str(line.lines().next().expect("a head")).expect("it is JSON");
    let input = head["input"].as_str().expect("a text");
    assert!(page.contains(&format!(" from the input {input}. This file is complete")), "{input}");
}

#[test]
fn what_fails_is_a_failure_on_each_of_its_nodes() {
    let failures = |flags: &str| {
        let text = hnsplan(&format!("{} --nodes all -o junit", SHOP.replace("never", flags))).run().stdout;
        let first = text.split("</testsuite>").next().expect("the nodes").to_owned();
        (first.matches("<failure").count(), text.matches("<failure").count())
    };
    assert_eq!(failures("never"), (0, 0));
    let (nodes, all) = failures("error");
    assert!(nodes == 3 && all > 3, "{nodes} {all}");
    // Only one of the Linux nodes has terminating endpoints in the place of ready ones.
    let (nodes, all) = failures("D0805");
    assert!((1..3).contains(&nodes) && all >= 2, "{nodes} {all}");
}

/// A node without a dump is not known, and no node that is fine; what is missing has a tile of its own.
#[test]
fn what_is_not_known_is_said_in_every_form() {
    let fleet = Synthetic::new(8, 8);
    std::fs::remove_dir_all(fleet.path("dumps/win-004")).expect("a dump");
    std::fs::create_dir(fleet.path("dumps/win-900")).expect("a folder");
    let of = |form: &str| {
        let diff = "diff -f cluster.yaml --config kube-proxy.yaml --service-cidr 10.96.0.0/12 --dumps dumps";
        let outcome = hnsplan(&format!("{diff} -o {form}")).inside(fleet.folder()).run();
        assert_eq!(outcome.code, 1, "{form}: {}", outcome.stderr);
        outcome.stdout
    };
    let says = "1 of 8 nodes not compared or only in part, no errors and no warnings on the others";
    let page = of("html");
    assert!(page.contains(&format!("<p class=\"verdict error\">{says}</p>")), "{page}");
    assert_eq!(tiles(&page)["missing"], (2, 2));
    let (md, junit, sarif) = (of("md"), of("junit"), of("sarif"));
    assert!(md.starts_with(&format!("### {says}\n")), "{md}");
    for (form, text) in [("html", &page), ("md", &md), ("junit", &junit), ("sarif", &sarif)] {
        for needle in ["R1401", "R1402", "win-004", "win-900"] {
            assert!(text.contains(needle), "{form}: {needle}\n{text}");
        }
    }
    // The node without a dump, and the dump without a node.
    let nodes = junit.split("</testsuite>").next().expect("the nodes");
    assert_eq!(nodes.matches("<failure").count(), 2, "{nodes}");
}

#[test]
fn forms_of_joined_shares_are_those_of_one_run() {
    let fleet = Synthetic::new(12, 8);
    fleet.change("win-002", |state| state["LoadBalancers"] = serde_json::json!([]));
    let diff = "diff -f cluster.yaml --config kube-proxy.yaml --service-cidr 10.96.0.0/12 --dumps dumps";
    let run = |arguments: &str| hnsplan(arguments).inside(fleet.folder()).run();
    for index in 0..3 {
        run(&format!("{diff} --share {index}/3 -o jsonl --out {index}.jsonl"));
    }
    for form in ["html", "md", "junit", "prom"] {
        let (one, joined) =
            (run(&format!("{diff} -o {form}")), run(&format!("merge 2.jsonl 0.jsonl 1.jsonl -o {form}")));
        assert_eq!((one.code, joined.code), (1, 1), "{form}");
        assert!(
            one.stdout.len() > 100 && one.stdout == joined.stdout,
            "{form}: {}\n{}",
            one.stdout,
            joined.stdout
        );
    }
    // Of a share that is missing nothing is known.
    let part = run("merge 0.jsonl 1.jsonl -o html").stdout;
    assert!(part.contains("data-code=\"R1405\"") && part.contains("not compared or only in part"), "{part}");
}
