//! Promise: the pages of check and diff contain all that the texts contain, Service by Service, with the
//! numbers.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::case::fixtures;
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::snapshots::assert_snapshot;

fn shop(command: &str) -> Hnsplan {
    hnsplan(command)
        .arg("-f")
        .arg(fixtures().join("shop/cluster.yaml"))
        .arg("--config")
        .arg(fixtures().join("shop/kube-proxy.yaml"))
        .args("-o html")
}

/// What stands in a script of the page.
fn script<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.split(&format!("id=\"{id}\">")).nth(1).expect("the page has it");
    start.split("</script>").next().expect("it ends")
}

fn list(page: &str) -> Value {
    serde_json::from_str(script(page, "list")).expect("the list is JSON")
}

/// What the entry of this name unfolds to: changes and frontends.
fn view(page: &str, name: &str) -> Value {
    let list = list(page);
    let entries = list["entries"].as_array().expect("a list");
    let at = entries.iter().position(|entry| entry[0] == name).unwrap_or_else(|| panic!("{name}: {list}"));
    let line = script(page, "views").lines().nth(at).expect("each entry has a line");
    serde_json::from_str(line).expect("what unfolds is JSON")
}

/// The part of the page that people read without a script, without what every page has.
fn text_of(page: &str) -> String {
    let main = page.split("<main>").nth(1).and_then(|rest| rest.split("</main>").next()).expect("a page");
    let skip = |line: &&str| !line.contains("<input") && !line.contains("fieldset");
    main.lines().filter(skip).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_of_differences_has_numbers_faults_and_fields() {
    let node = "fixtures/reports/16-shared-endpoint/node.json";
    let command = format!("diff hns {node} -f fixtures/reports/cluster.yaml --node win-1 -o html");
    let outcome = hnsplan(&command).run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let page = &outcome.stdout;
    assert_snapshot(
        "page.diff",
        &format!("{}{}\n{}", text_of(page), script(page, "list"), script(page, "views")),
    );
    // What is equal is counted, and listed where all is asked for.
    assert_eq!(list(page)["entries"].as_array().map(Vec::len), Some(3));
    let all = hnsplan(&format!("{command} -v")).run().stdout;
    assert_eq!(list(&all)["entries"].as_array().map(Vec::len), Some(7));
    assert_eq!(view(&all, "kube-system/kube-dns:dns")[1][0][2], Value::Array(Vec::new()), "equal is folded");
}

#[test]
fn the_exit_code_is_that_of_the_text() {
    let files = "-f fixtures/reports/cluster.yaml --node win-1";
    let same = hnsplan(&format!("diff hns hns {files} -o html")).run();
    assert!(list(same.succeeded())["entries"].as_array().is_some_and(Vec::is_empty));
    let node = "fixtures/reports/16-shared-endpoint/node.json";
    assert_eq!(hnsplan(&format!("diff hns {node} {files} -o html -q")).run().stdout, "");
    for (views, code) in [("hns hns", 0), ("iptables hns", 1), ("hns hns --semantic", 0)] {
        let [page, text] = ["html", "text"].map(|output| {
            let side_by_side =
                if output == "text" && !views.contains("semantic") { "--view side-by-side" } else { "" };
            hnsplan(&format!("diff {views} {files} -o {output} {side_by_side}")).run().code
        });
        assert_eq!((page, text), (code, code), "{views}");
    }
}

/// Another endpoint on the second side: another field, and another verdict, with both ways.
#[test]
fn the_page_shows_flows_with_another_verdict() {
    let directory = tempfile::tempdir().expect("a folder can be made");
    let old = fixtures().join("shop/cluster.yaml");
    let new = directory.path().join("new.yaml");
    let text = std::fs::read_to_string(&old).expect("it is text").replace("- 10.244.3.30", "- 10.244.3.99");
    std::fs::write(&new, text).expect("a file can be written");
    let outcome = hnsplan("diff -o html --semantic -t iptables --node linux-1 --old")
        .arg(&old)
        .args("--new")
        .arg(&new)
        .run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let text = text_of(&outcome.stdout);
    for part in [
        "Packets treated differently",
        "<summary>Trace</summary>",
        "<summary>Graph</summary>",
        "10.244.3.30:8080",
        "10.244.3.99:8080",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let view = view(&outcome.stdout, "shop/catalog:http");
    assert!(view[0].to_string().contains("KUBE-SEP-"), "{view}");
    assert!(view[1].to_string().contains(r#"[" 1/2  10.244.3.30:8080",null]"#), "{view}");
}

#[test]
fn a_check_shows_every_service_with_a_finding_on_all_sides() {
    let page = shop("check -t iptables,hns,netsh --node win-1").run().stdout;
    let list = list(&page);
    assert_eq!(list["sides"], serde_json::json!(["iptables", "hns", "netsh"]));
    assert_eq!(list["isOneLanguage"], false);
    for entry in list["entries"].as_array().expect("a list") {
        let name = entry[0].as_str().expect("a name");
        let view = view(&page, name);
        let lines = view[1].as_array().expect("frontends").iter().map(|frontend| frontend[2].as_array());
        assert!(lines.flatten().flatten().all(|line| line[1].as_array().map(Vec::len) == Some(3)), "{view}");
        assert!(!view[1].as_array().expect("frontends").is_empty(), "{name} has no frontends");
    }
    assert_snapshot("page.check", &format!("{:#}\n", view(&page, "shop/catalog:http")));
}

#[test]
fn two_versions_speak_one_language() {
    let page = shop("check -t iptables --kube-proxy-version 1.30 --against 1.36 --node linux-1").run().stdout;
    assert_eq!(list(&page)["isOneLanguage"], true);
    let view = view(&page, "shop/catalog:http").to_string();
    assert!(view.contains(r#"[" 1/3  10.244.1.30:8080"," 1/2  10.244.1.30:8080"]"#), "{view}");
    assert!(view.contains(r#"[" 1/3  10.244.2.30:8080",null]"#), "{view}");
}

/// The inputs that a page says it was made from: name, size, hash.
fn inputs(page: &str) -> Vec<String> {
    let footer = page.split("<footer>").nth(1).expect("a page has one");
    footer.split("<li>").skip(1).map(|item| item.split("</li>").next().expect("it ends").to_owned()).collect()
}

#[test]
fn a_page_names_the_command_and_what_it_was_made_from() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let hostile = folder.path().join("a\u{202e}<b>.yaml");
    std::fs::write(&hostile, "kind: List\napiVersion: v1\nitems: []\n").expect("a file can be written");
    let standard = std::fs::read(fixtures().join("reports/cluster.yaml")).expect("it is there");
    let node = "fixtures/reports/16-shared-endpoint/node.json";
    for (command, name) in
        [("check -t hns,hns-state --fail-on never -o html --dump", "check"), ("diff -o html hns", "diff")]
    {
        let outcome = hnsplan(command)
            .arg(node)
            .args("--node win-1 -f - -f")
            .arg(&hostile)
            .env("SOURCE_DATE_EPOCH", "951782400")
            .input(standard.clone())
            .run();
        let page = &outcome.stdout;
        assert!(
            page.contains(", 2000-02-29 00:00 UTC. This file is complete"),
            "{command}: {}",
            outcome.stderr
        );
        assert!(page.contains(&format!("<code>hnsplan {name} ")) && !page.contains('\u{202e}'), "{command}");
        let inputs = inputs(page);
        let hashed = |name: &str, bytes: &[u8]| {
            let (digest, many) = (HEXLOWER.encode(&Sha256::digest(bytes)), bytes.len());
            let is_it = |input: &&String| {
                input.contains(name) && input.contains(&digest) && input.contains(&format!(", {many} bytes"))
            };
            assert_eq!(inputs.iter().filter(is_it).count(), 1, "{command}: {name}: {inputs:#?}");
        };
        hashed("standard input", &standard);
        hashed("node.json", &std::fs::read(node).expect("it is there"));
        hashed(r"a\u{202e}&#60;b&#62;.yaml", b"kind: List\napiVersion: v1\nitems: []\n");
        assert_eq!(inputs.len(), 3, "{command}: {inputs:#?}");
    }
    let page = shop("check --node win-1").run().stdout;
    assert_eq!(inputs(&page).len(), 2);
    assert!(page.contains(". This file is complete"), "no time is invented");
}
