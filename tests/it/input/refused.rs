//! Promise: what could not be read is never taken for what is not there. Every command ends with 2 and answers
//! nothing; `--keep-going` is the deliberate way on, which commands that change a node do not have. Where the input
//! says nothing about a node, nothing on it is deleted.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

pub(super) const WHOLE: &str = "fixtures/shop/cluster.yaml";
const CONFIG: &str = "fixtures/shop/kube-proxy.yaml";

/// Ways in which a Service of the shop is damaged, so that it cannot be read.
fn damages(whole: &str) -> Vec<(&'static str, String)> {
    let start = whole.find("kind: Service\n").expect("the shop has Services");
    let (before, after) = whole.split_at(start);
    let ports = after.find("ports:").expect("a Service has ports");
    let name = after.find("name:").expect("a Service has a name");
    let change = |from: &str, to: &str| format!("{before}{}", after.replacen(from, to, 1));
    vec![
        ("a tab", format!("{before}{}", after.replacen("\n  ", "\n\t", 1))),
        ("an open quote", format!("{before}{}\"{}", &after[..name + 6], &after[name + 6..])),
        ("an open bracket", change("ports:\n", "ports: [\n")),
        (
            "a text for a list",
            format!("{before}{}ports: none\n{}", &after[..ports], drop_block(&after[ports..])),
        ),
        ("a list for a mapping", change("spec:\n", "spec: [1]\nother:\n")),
        ("a key given twice", change("kind: Service\n", "kind: Service\nkind: Service\n")),
        ("a name that no object has", change("name: ", "name: ../")),
    ]
}

/// The text without the block of its first line.
fn drop_block(text: &str) -> &str {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let mut at = text.find('\n').map_or(text.len(), |end| end + 1);
    while let Some(line) =
        text[at..].lines().next().filter(|line| indent(line) > 2 || line.starts_with("  -"))
    {
        at += line.len() + 1;
    }
    &text[at..]
}

pub(super) fn commands(file: &str) -> Vec<String> {
    let input = format!("-f {file} --config {CONFIG} --node win-1");
    vec![
        format!("compile -t iptables {input}"),
        format!("compile -t hns --message-format json {input}"),
        format!("check {input}"),
        format!("check -o json {input}"),
        format!("diff iptables hns {input}"),
        format!("diff --old {WHOLE} --new {file} --config {CONFIG} --node win-1"),
        format!("diff --old {file} --new {WHOLE} --config {CONFIG} --node win-1 -o json"),
        format!("trace --matrix -t iptables {input}"),
        format!("graph -t hns {input}"),
        format!("explain service shop/front {input}"),
    ]
}

pub(super) fn changing(file: &str, node: &Path) -> [String; 3] {
    let input = format!("-f {file} --config {CONFIG} --node win-1 --executor sim:{}", node.display());
    [
        format!("plan {input}"),
        format!("apply {input} --allow-lossy --allow-errors --auto-approve"),
        format!("apply {input} --allow-lossy --allow-errors --auto-approve --destroy"),
    ]
}

/// A folder with a node that holds what the shop wants, and what the file of that node says.
pub(super) fn node() -> (tempfile::TempDir, std::path::PathBuf, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let node = folder.path().join("node.json");
    fs::copy("fixtures/shop/win-1.json", &node).expect("the shop has a node");
    let wanted = format!(
        "apply -f {WHOLE} --config {CONFIG} --node win-1 --executor sim:{} --allow-lossy --auto-approve",
        node.display()
    );
    hnsplan(&wanted).run().succeeded();
    let holds = fs::read_to_string(&node).expect("it is a file");
    (folder, node, holds)
}

#[track_caller]
pub(super) fn is_refused(outcome: &Outcome, about: &str) {
    assert_eq!(outcome.code, 2, "{about}\n{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.stdout, "", "{about}");
}

#[test]
fn what_cannot_be_read_is_refused_by_every_command() {
    let (folder, node, holds) = node();
    let whole = fs::read_to_string(WHOLE).expect("the shop is shipped");
    let file = folder.path().join("damaged.yaml");
    let name = file.display().to_string();
    for (damage, text) in damages(&whole) {
        fs::write(&file, &text).expect("it can be written");
        for command in commands(&name) {
            let outcome = hnsplan(&command).run();
            is_refused(&outcome, &format!("{damage}: {command}"));
            assert!(outcome.stderr.contains("M0"), "{damage}: {command}: {}", outcome.stderr);
        }
        for command in changing(&name, &node) {
            is_refused(&hnsplan(&command).run(), &format!("{damage}: {command}"));
            assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds, "{damage}: {command}");
        }
    }
    // The deliberate way on, where nothing is changed.
    for command in commands(&name) {
        let outcome = hnsplan(&command).args("--keep-going").run();
        assert_ne!(outcome.code, 2, "{command}: {}", outcome.stderr);
        let says_equal = command.starts_with("check") || command.starts_with("diff");
        assert!(outcome.code == 1 || !says_equal, "{command}: it is not complete");
    }
    for command in changing(&name, &node) {
        is_refused(&hnsplan(&command).args("--keep-going").run(), &command);
    }
}

#[test]
fn where_nothing_is_wanted_nothing_is_deleted() {
    let (folder, node, holds) = node();
    let whole = fs::read_to_string(WHOLE).expect("the shop is shipped");
    let nodes_only = whole.replace("kind: Service\n", "kind: Secret\n");
    let no_addresses = whole.replace("clusterIP", "x-clusterIP");
    let elsewhere = whole.replace("kind: Node\n", "kind: Secret\n").replace("win-1", "win-9");
    let file = folder.path().join("input.yaml");
    let inputs = [
        ("nothing", String::new()),
        ("a comment", "# nothing here yet\n".to_owned()),
        ("an empty document", "---\n---\n".to_owned()),
        ("an empty list", "apiVersion: v1\nkind: List\nitems: []\n".to_owned()),
        ("an empty list of JSON", r#"{"apiVersion": "v1", "kind": "ServiceList", "items": []}"#.to_owned()),
        ("Nodes only", nodes_only),
        ("Services without addresses", no_addresses),
        ("nothing about the node", elsewhere),
        ("other kinds", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}".to_owned()),
    ];
    for (input, text) in inputs {
        fs::write(&file, &text).expect("it can be written");
        for command in &changing(&file.display().to_string(), &node)[..2] {
            is_refused(&hnsplan(command).run(), &format!("{input}: {command}"));
            assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds, "{input}: {command}");
        }
        let piped = format!("apply -f - --node win-1 --executor sim:{} --auto-approve", node.display());
        is_refused(&hnsplan(&piped).input(text).run(), &format!("{input}: {piped}"));
    }
    assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds);
    // To delete all deliberately there is a flag of its own.
    let destroy =
        format!("apply -f {WHOLE} --config {CONFIG} --node win-1 --executor sim:{}", node.display());
    hnsplan(&destroy).args("--destroy --allow-lossy --auto-approve").run().succeeded();
    assert_ne!(fs::read_to_string(&node).expect("it is a file"), holds);
}

#[test]
fn losses_and_errors_are_accepted_by_flags_of_their_own() {
    let (folder, node, holds) = node();
    let whole = fs::read_to_string(WHOLE).expect("the shop is shipped");
    let file = folder.path().join("wrong.yaml");
    let wrong = whole.replacen("port: 443", "port: 70000", 1);
    assert_ne!(wrong, whole);
    fs::write(&file, wrong).expect("it can be written");
    let apply = format!(
        "apply -f {} --config {CONFIG} --node win-1 --executor sim:{} --auto-approve",
        file.display(),
        node.display()
    );
    for flag in ["", "--allow-lossy", "--allow-errors"] {
        let outcome = hnsplan(&apply).args(flag).run();
        assert_eq!(outcome.code, 2, "{flag}: {}", outcome.stderr);
        assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds, "{flag}");
    }
    hnsplan(&apply).args("--allow-lossy --allow-errors").run().succeeded();
}

const REPOSITORY: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n";
const SERVED: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: served}\nspec:\n  clusterIP: 10.96.0.9\n  ports: [{port: 80}]\n";

/// Services of a repository have no addresses: what is not compared is never called equal.
#[test]
fn no_difference_is_said_of_what_was_compared_only() {
    let many =
        |count: usize| (0..count).map(|at| format!("---\n{}", REPOSITORY.replace("web", &format!("w{at}"))));
    for count in [1, 3] {
        let none: String = many(count).collect();
        let outcome = hnsplan("check -f - --node linux-1").input(none.clone()).run();
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(!outcome.stdout.contains("no difference"), "{}", outcome.stdout);
        let why = if count == 1 { "1 of 1 Service has" } else { "3 of 3 Services have" };
        assert!(outcome.stdout.contains(&format!("{why} no cluster IP")), "{}", outcome.stdout);

        let outcome = hnsplan("check -f - --node linux-1").input(none.clone() + SERVED).run();
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        let told = outcome.stdout.lines().any(|line| line.starts_with(&format!("not compared: {count} of")));
        assert!(told, "{}", outcome.stdout);
        assert!(outcome.stderr.contains("M0013"), "{}", outcome.stderr);

        let folder = tempfile::tempdir().expect("a folder can be made");
        let [partial, missing] = ["partial.yaml", "missing.yaml"].map(|name| folder.path().join(name));
        fs::write(&partial, none.clone() + SERVED).expect("it can be written");
        fs::write(&missing, none).expect("it can be written");
        let diff = |old: &Path, new: &Path| {
            hnsplan(&format!("diff --old {} --new {} --node linux-1", old.display(), new.display())).run()
        };
        let outcome = diff(&partial, &partial);
        assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.stderr.matches("not compared: ").count(), 2, "per side: {}", outcome.stderr);
        for outcome in [diff(&partial, &missing), diff(&missing, &missing)] {
            is_refused(&outcome, "nothing has rules");
        }
    }
}

#[test]
fn a_node_of_no_manifest_is_refused() {
    for name in ["win-2", "win", "linux"] {
        for command in [
            format!("check -f {WHOLE} --node {name}"),
            format!("compile -t hns -f {WHOLE} --node {name}"),
            format!("diff iptables hns -f {WHOLE} --node {name}"),
            format!("plan -f {WHOLE} --node {name} --executor sim:fixtures/shop/win-1.json"),
        ] {
            let outcome = hnsplan(&command).run();
            is_refused(&outcome, &command);
            assert!(outcome.stderr.contains("win-1"), "the Nodes there are: {}", outcome.stderr);
        }
    }
}

/// A suite that keeps nothing which could change.
#[test]
fn a_case_that_cannot_fail_is_refused() {
    let broken = REPOSITORY.replace("  selector", "\tselector");
    let headless = REPOSITORY.replace("  selector", "  clusterIP: None\n  selector");
    let wrong = SERVED.replace("{port: 80}", "{port: 80, name: a}, {port: 90, name: b, protocol: tcp}");
    for (text, outputs, refused) in [
        (REPOSITORY, "ipv4.rules, hns.json, check.txt, messages.txt", true),
        (&*broken, "ipv4.rules", true),
        (&*broken, "ipv4.rules, messages.txt", true),
        (&*headless, "ipv4.rules", true),
        (&*headless, "messages.txt", false),
        (&*wrong, "ipv4.rules", true),
        (&*wrong, "ipv4.rules, messages.txt", false),
        (SERVED, "ipv4.rules", false),
    ] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let settings = format!(
            "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1]\noutputs: [{outputs}]\n"
        );
        fs::write(folder.path().join("hnsplan.yaml"), settings).expect("it can be written");
        fs::write(folder.path().join("web.yaml"), text).expect("it can be written");
        let test = |flags: &str, ci: &str| hnsplan("test").arg(folder.path()).args(flags).env("CI", ci).run();
        let accepted = test("--accept", "");
        assert_eq!(accepted.code, if refused { 2 } else { 0 }, "{outputs}: {text}{}", accepted.stderr);
        if !refused {
            test("", "true").succeeded();
            // And it can fail.
            let changed = text.replace("port: 80", "port: 81").replace("tcp", "udp").replace('\t', "\t\t");
            fs::write(
                folder.path().join("web.yaml"),
                changed.replace("name: web}", "name: web, labels: {a: [}"),
            )
            .expect("it can be written");
            assert_ne!(test("", "true").code, 0, "{outputs}: {text}");
        }
    }
}
