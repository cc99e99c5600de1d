//! Promise: a file that is passed in the place of another one is named for what it is, with the next step, wherever it is
//! passed; nothing is done then.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::exe::hnsplan;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --node win-1";

/// A file of each kind: its name, a word of what it is called, and of what to do with it.
const KINDS: [(&str, &str, &str); 11] = [
    ("hns.json", "a dump of a node (hns-state)", "--dump"),
    ("node.save", "a dump of a node (iptables-save)", "--dump"),
    ("netsh.txt", "a dump of a node (netsh-dump)", "--dump"),
    ("plan.json", "a plan of hnsplan plan", "hnsplan apply"),
    ("compiled.json", "a plan of hnsplan compile", "--previous-plan"),
    ("journal.jsonl", "a journal of hnsplan apply", "hnsplan history"),
    ("cluster.yaml", "Kubernetes objects", "-f"),
    ("kube-proxy.yaml", "a configuration of kube-proxy", "--config"),
    ("facts.yaml", "a facts file", "--facts"),
    ("allow.yaml", "an allow-list", "--allow"),
    ("assumptions.yaml", "assumptions about a cluster", "--assumptions"),
];

/// The places, and the kinds that each takes or about which its own reader says more.
const PLACES: [(&str, &[&str]); 12] = [
    ("compile -t iptables --node win-1 -f FILE", &["cluster.yaml"]),
    ("compile -t iptables --node win-1 --assume -f FILE", &["cluster.yaml"]),
    ("fill -f FILE", &["cluster.yaml"]),
    ("check SHOP -f FILE", &["cluster.yaml"]),
    ("compile -t iptables SHOP --config FILE", &["kube-proxy.yaml", "cluster.yaml"]),
    ("compile -t iptables SHOP --facts FILE", &["facts.yaml"]),
    ("check SHOP --allow FILE", &["allow.yaml"]),
    ("trace SHOP --to 10.96.0.1:443 -t hns --dump FILE", &["hns.json", "node.save", "netsh.txt"]),
    ("compile -t iptables SHOP --existing-rules FILE", &["node.save", "compiled.json"]),
    ("compile -t hns SHOP --previous-plan FILE", &["hns.json", "compiled.json"]),
    ("apply FILE --executor sim:NODE --dry-run", &["plan.json"]),
    ("fill -f fixtures/shop/cluster.yaml --assumptions FILE", &["assumptions.yaml"]),
];

/// Makes one file of each kind.
fn files(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    for (name, file) in [
        ("hns.json", "win-1.json"),
        ("cluster.yaml", "cluster.yaml"),
        ("kube-proxy.yaml", "kube-proxy.yaml"),
        ("facts.yaml", "facts.yaml"),
        ("allow.yaml", "allow.yaml"),
    ] {
        write(name, &fs::read_to_string(PathBuf::from("fixtures/shop").join(file)).expect("a fixture"));
    }
    write("assumptions.yaml", "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\nnodes: []\n");
    let compiled = |command: &str| hnsplan(&format!("compile {SHOP} {command}")).run().stdout;
    write("node.save", &compiled("-t iptables --family ipv4 --include-jumps"));
    write("netsh.txt", &compiled("-t netsh --style dump"));
    write("compiled.json", &compiled("-t hns"));
    let plan = hnsplan(&format!("plan {SHOP} --dump fixtures/shop/win-1.json -o json")).run().stdout;
    write("plan.json", &plan);
    let journal =
        fs::read_dir("fuzz/seeds/journal").expect("seeds").next().expect("one").expect("a file").path();
    fs::copy(journal, folder.join("journal.jsonl")).expect("a journal");
}

#[test]
fn a_file_in_the_place_of_another_is_named_for_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (place, takes) in PLACES {
        for (name, words, advice) in KINDS.iter().filter(|(name, ..)| !takes.contains(name)) {
            let command =
                place.replace("SHOP", SHOP).replace("FILE", &path(name)).replace("NODE", &path("hns.json"));
            let outcome = hnsplan(&command).run();
            let message = outcome.failed(2);
            assert!(message.contains(words) && message.contains(advice), "{place}, {name}: {message}");
            assert!(message.contains(name), "{place}, {name}: {message}");
            // One cause is one message.
            let errors = message.lines().filter(|line| line.starts_with("error")).count();
            assert_eq!(errors, 1, "{place}, {name}: {message}");
            assert_eq!(outcome.stdout, "", "{place}, {name}");
        }
    }
}

/// Beside objects, in one text, it is named as well; what is only found in a folder is passed over, and kinds of other
/// groups are other kinds.
#[test]
fn a_document_of_another_kind_among_objects_is_named() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n";
    for (kind, flag) in [
        ("NodeFacts", "--facts"),
        ("AllowList", "--allow"),
        ("ApplyPlan", "hnsplan apply"),
        ("HnsPlan", "--previous-plan"),
    ] {
        for items in ["", "items: 3\n", "spec: []\n"] {
            let own = format!("apiVersion: hnsplan/v1alpha1\nkind: {kind}\n{items}");
            for text in [format!("{service}---\n{own}"), format!("{own}---\n{service}")] {
                let outcome = hnsplan("compile -t iptables --node a -f -").input(&*text).run();
                let message = outcome.failed(2);
                assert!(message.contains(flag) && message.matches("error").count() <= 2, "{text}{message}");
                let outcome = hnsplan("compile -t iptables --node a --keep-going -f -").input(&*text).run();
                assert_eq!((outcome.code, outcome.stdout.contains("default/web")), (1, true), "{text}");
            }
            let other = own.replace("hnsplan/", "example.com/");
            if kind == "AllowList" && !items.is_empty() {
                continue;
            }
            hnsplan("compile -t iptables --node a -f -")
                .input(format!("{service}---\n{other}"))
                .run()
                .succeeded();
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    for name in ["hns.json", "compiled.json", "journal.jsonl"] {
        fs::remove_file(folder.path().join(name)).expect("it is there");
    }
    hnsplan("compile -t iptables --node win-1 -f").arg(folder.path()).run().succeeded();
}

/// A text without anything is what a command that failed leaves: what it asks for is not known.
#[test]
fn an_input_without_anything_ends_no_command_with_success() {
    let empty = ["", "\n", "---\n", "# nothing\n---\n...\n", "%YAML 1.1\n---\nnull\n", "\u{feff}"];
    for text in empty {
        for command in [
            "compile -t iptables -f -",
            "compile -t iptables --assume -f -",
            "check -f -",
            "trace -t iptables --to 10.96.0.1:443 -f -",
            "graph -t iptables -f -",
            "fill -f -",
            "diff --old - --new fixtures/shop/cluster.yaml -t iptables",
            "plan --dump fixtures/shop/win-1.json -f -",
            "explain service shop/web -f -",
        ] {
            let command = if command.starts_with("fill") {
                command.to_owned()
            } else {
                format!("{command} --node win-1")
            };
            let outcome = hnsplan(&command).input(text).run();
            let message = outcome.failed(2);
            assert!(message.contains("standard input is empty"), "{command} {text:?}: {message}");
            assert!(message.contains("kubectl get"), "{command} {text:?}: {message}");
            assert_eq!(outcome.stdout, "", "{command} {text:?}");
        }
        // Beside a text with objects something is missing all the same.
        let outcome =
            hnsplan("compile -t iptables --node win-1 -f - -f fixtures/shop/cluster.yaml").input(text).run();
        assert!(outcome.failed(2).contains("standard input is empty"), "{text:?}: {}", outcome.stderr);
    }
    // A list that says that it has no items is no mistake.
    let outcome =
        hnsplan("compile -t iptables --node a -f -").input("apiVersion: v1\nkind: List\nitems: []\n").run();
    outcome.succeeded();
    assert!(outcome.stderr.contains("M0011"), "{}", outcome.stderr);
}

/// A long list before its kind does not make an object a dump.
#[test]
fn objects_with_sorted_members_are_objects() {
    let endpoints = vec![r#"{"addresses":["10.1.2.3"],"conditions":{}}"#; 200].join(",");
    let slice = format!(
        r#"{{"addressType":"IPv4","apiVersion":"discovery.k8s.io/v1","endpoints":[{endpoints}],"kind":"EndpointSlice","metadata":{{"name":"a","namespace":"shop"}},"ports":"none"}}"#
    );
    let outcome = hnsplan("compile -t iptables -f -").input(slice).run();
    assert!(outcome.failed(2).contains("error[M0002]"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("dump"), "{}", outcome.stderr);
}

/// What kubectl prints in the place of objects is named for that, whichever file it got into.
#[test]
fn messages_of_kubectl_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cluster.yaml");
    let log = "E1130 12:00:00.000000   12345 memcache.go:265] couldn't get current server API group list: Get \"https://10.0.0.1\"";
    for message in [
        "error: You must be logged in to the server (Unauthorized)",
        "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
        "Error from server (Forbidden): services is forbidden: User \"x\" cannot list resource \"services\"",
        "Error from server (NotFound): services \"web\" not found",
        "Unable to connect to the server: dial tcp: lookup api.example: no such host",
        "error: the server doesn't have a resource type \"svcs\"",
        "error: unknown flag: --nope",
        "No resources found in default namespace.",
        "bash: kubectl: command not found",
        log,
    ] {
        for text in [
            format!("{message}\n"),
            format!("{message}\r\n"),
            message.to_owned(),
            format!("{log}\n{message}\n"),
        ] {
            fs::write(&file, text).expect("a file");
            let name = file.display();
            for command in [
                format!("check --node win-1 -f {name}"),
                format!("compile -t hns --node win-1 -f {name}"),
                format!("fill -f {name}"),
                format!("diff iptables {name} {SHOP}"),
                format!("check -t hns,hns-state --dump {name} {SHOP}"),
                format!("plan --dump {name} {SHOP}"),
            ] {
                let outcome = hnsplan(&command).run();
                let told = outcome.failed(2);
                assert!(
                    told.contains("is a message of kubectl") && told.contains("mended"),
                    "{command}: {told}"
                );
                assert!(told.contains(message), "{command}: {told}");
                assert!(!told.contains("netsh"), "{command}: {told}");
            }
        }
    }
}

/// Whatever is no document of hnsplan, `show` says so.
#[test]
fn show_names_what_it_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    for text in [
        "kind: Service\n",
        "[]",
        "[1, {}]",
        "{}",
        "{\"a\": {}}",
        "{\"kind\": {}}",
        "{\"kind\": 1}",
        "{\"kind\": null}",
        "1",
        "\"a\"",
        "null",
        "",
        "{",
        "{\"kind\": \"Service\"}",
        "text",
        "{\"kind\": \"History\", \"runs\": 1}",
        "{\"kind\": \"PlanSummary\", \"steps\": {}}",
        "{\"kind\": \"ApplyPlan\", \"steps\": 1}",
    ] {
        fs::write(&file, text).expect("a file");
        let outcome = hnsplan("show").arg(&file).run();
        let told = outcome.failed(2);
        for word in ["invalid type", "invalid value", "i64", "u64", "struct", "map,", "sequence"] {
            assert!(!told.contains(word), "{text}: {told}");
        }
        assert!(
            told.contains("expected") || told.contains("missing") || told.contains("pass it with"),
            "{text}: {told}"
        );
    }
}
