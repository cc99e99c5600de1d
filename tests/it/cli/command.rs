//! Promise: the program behaves as a command should: results on standard output, everything else on standard
//! error, reliable exit codes, and an explanation of every code.

use std::fs;

use crate::support::case::{Case, spelled};
use crate::support::exe::{Hnsplan, compile, hnsplan};
use crate::support::run::{Run, assert_same};

const GOOD: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}";

/// One port of it is wrong; the other is compiled all the same.
const BAD: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, \
     spec: {clusterIP: 10.96.0.1, ports: [{name: a, port: 80}, {name: b, port: 70000}]}}";

#[test]
fn the_exit_code_is_0_when_nothing_is_wrong() {
    for arguments in ["--help", "compile --help", "--version", "explain", "explain M0107", "schema ir", "man"]
    {
        assert_ne!(hnsplan(arguments).run().succeeded(), "", "{arguments}");
    }
    // A warning is not wrong: no node is named here.
    let outcome = compile(GOOD, "");
    outcome.succeeded();
    assert!(outcome.stderr.contains("warning[N0302]"), "{}", outcome.stderr);
}

#[test]
fn rules_of_a_linux_node_in_place_of_a_windows_node_come_with_a_warning() {
    let shop = "compile -t iptables --family ipv4 -f fixtures/shop/cluster.yaml --node";
    let warning = "warning[I0502]: node win-1 runs Windows";
    let windows = hnsplan(shop).arg("win-1").run();
    assert!(windows.stderr.contains(warning), "{}", windows.stderr);
    assert!(windows.succeeded().contains("KUBE-SVC-"));
    assert!(!hnsplan(shop).arg("linux-1").run().stderr.contains("I0502"));
}

#[test]
fn an_address_of_a_family_without_cluster_ip_is_noted() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, \
         externalIPs: [192.0.2.1, '2001:db8::1'], ports: [{port: 80}]}}";
    let outcome = compile(service, "-v --message-format short");
    assert!(outcome.stderr.contains("note[K0406]: 2001:db8::1 is passed over"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("192.0.2.1 is passed over"));
}

#[test]
fn the_exit_code_is_1_when_the_manifests_are_wrong_and_the_rest_is_written() {
    let outcome = compile(BAD, "--family ipv4");
    assert!(outcome.failed(1).contains("error[M0107]"), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("default/web:a has no endpoints"));
}

#[test]
fn the_exit_code_is_2_when_the_command_line_is_wrong() {
    let wrong = [
        "",
        "no-such-command",
        "compile",
        "compile -t iptables",
        "compile -f x.yaml",
        "compile -t nftables -f x.yaml",
        "compile -t iptables -f x.yaml --family ipv5",
        "compile -t iptables -f x.yaml --kube-proxy-version 1.29",
        "compile -t iptables -f x.yaml --feature-gates Some",
        "compile -t iptables -f x.yaml --no-such-flag",
        "compile -t iptables,ir -f /dev/null",
        "completions tcsh",
    ];
    for arguments in wrong {
        let outcome = hnsplan(arguments).run();
        assert_ne!(outcome.failed(2), "", "{arguments}");
        assert_eq!(outcome.stdout, "", "{arguments}");
    }
}

#[test]
fn fail_fast_writes_nothing_when_anything_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let outcome = compile(BAD, "--fail-fast");
    assert!(outcome.failed(1).contains("nothing is written, because of --fail-fast"));
    assert_eq!(outcome.stdout, "");
    let out = folder.path().join("out");
    hnsplan("compile -t iptables -f - --fail-fast --out").arg(&out).input(BAD).run().failed(1);
    assert!(!out.exists(), "not even the directory");
    assert_ne!(compile(GOOD, "--fail-fast").succeeded(), "");
}

/// The arguments that compile a golden case.
fn compile_case(case: &Case, target: &str) -> Hnsplan {
    let mut command = hnsplan("compile --nfacct=false -t").arg(target);
    for manifest in case.manifests() {
        command = command.arg("-f").arg(manifest);
    }
    let config = case.file("kube-proxy.yaml").expect("every case has a configuration");
    command
        .arg("--config")
        .arg(config)
        .arg("--facts")
        .arg(case.file("facts.yaml").expect("every case has facts"))
}

#[test]
fn a_directory_gets_one_file_for_each_text() {
    let case = Case::named("051-dualstack");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let out = folder.path().join("new/out");
    let outcome = compile_case(&case, "iptables,ir").arg("--out").arg(&out).run();
    assert_eq!(outcome.succeeded(), "");
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["iptables.ipv4.rules", "iptables.ipv6.rules", "ir.json"]);
    for (_, family, _, wanted) in case.recorded().into_iter().filter(|text| text.0 == "1.36" && !text.2) {
        let file = out.join(format!("iptables.{}.rules", spelled(family)));
        assert_same(&wanted, &fs::read_to_string(file).unwrap(), "written");
    }
    let ir: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("ir.json")).unwrap()).unwrap();
    assert!(ir["services"].is_array(), "{ir}");
    // Again: files are replaced.
    fs::write(out.join("ir.json"), "old").unwrap();
    compile_case(&case, "ir").arg("--out").arg(&out).run().succeeded();
    assert_ne!(fs::read_to_string(out.join("ir.json")).unwrap(), "old");
}

#[test]
fn a_comment_separates_two_families_on_one_stream() {
    let both = compile(GOOD, "");
    let [ipv4, ipv6] = Run::of(GOOD).texts();
    let wanted = format!(
        "# for iptables-restore --noflush --counters\n{ipv4}# for ip6tables-restore --noflush --counters\n{ipv6}"
    );
    assert_same(&wanted, both.succeeded(), "both families");
    assert_same(&ipv6, compile(GOOD, "--family ipv6").succeeded(), "one family");
}

#[test]
fn short_messages_are_one_line_each() {
    let outcome = compile(BAD, "--message-format short");
    let mut lines: Vec<&str> = outcome.failed(1).lines().collect();
    assert_eq!(
        lines.pop(),
        Some("1 error, 1 warning, 2 notes; -v shows all; hnsplan explain CODE says more")
    );
    assert!(lines.pop().is_some_and(|line| line.starts_with("note[I0503]: ")));
    assert_eq!(lines.pop(), Some("note[M0143]: 1 × a Service without a selector has no EndpointSlice"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("warning[N0302]: "), "{}", lines[0]);
    let column = 1 + BAD.find("70000").unwrap();
    assert!(lines[1].starts_with(&format!("-:1:{column}: error[M0107]: port 70000 ")), "{}", lines[1]);
}

#[test]
fn json_messages_are_one_object_a_line() {
    let outcome = compile(BAD, "--message-format json");
    let objects: Vec<serde_json::Value> =
        outcome.failed(1).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let found = objects.iter().find(|object| object["code"] == "M0107").expect("the error is there");
    assert_eq!(found["severity"], "error");
    assert_eq!(
        found["object"],
        serde_json::json!({ "kind": "Service", "namespace": "default", "name": "web" })
    );
    let column = 1 + BAD.find("70000").unwrap();
    let place =
        serde_json::json!({ "file": "-", "line": 1, "column": column, "field": "spec.ports[1].port" });
    assert_eq!(found["place"], place);
}

#[test]
fn of_many_like_findings_some_are_shown_and_the_others_counted() {
    let document = |index: u32| {
        let service = BAD.replace("name: web", &format!("name: web-{index}"));
        service.replace("10.96.0.1", &format!("10.96.0.{index}"))
    };
    let many = (1..=9).map(document).collect::<Vec<_>>().join("\n---\n");
    let some = compile(&many, "--message-format short");
    assert_eq!(some.failed(1).matches("port 70000 is outside").count(), 5);
    assert!(some.stderr.contains("error[M0107]: 4 more × "), "{}", some.stderr);
    assert!(
        some.stderr
            .ends_with("9 errors, 1 warning, 10 notes; -v shows all; hnsplan explain CODE says more\n"),
        "{}",
        some.stderr
    );
    for arguments in ["--message-format short -v", "--message-format json"] {
        assert_eq!(
            compile(&many, arguments).failed(1).matches("port 70000 is outside").count(),
            9,
            "{arguments}"
        );
    }
}

#[test]
fn every_code_is_listed_and_explained() {
    let list = hnsplan("explain").run();
    let lines = list.succeeded().lines().filter(|line| !line.is_empty());
    let codes: Vec<&str> = lines.filter_map(|line| line.split(' ').next()).collect();
    assert!(codes.len() > 50, "{} codes", codes.len());
    for code in codes {
        let outcome = hnsplan("explain").arg(code).run();
        let (title, explanation) =
            outcome.succeeded().split_once("\n\n").expect("a title and an explanation");
        assert!(title.starts_with(code) && title.contains("): "), "{title}");
        assert!(explanation.trim_end().ends_with(['.', '?']), "{code}: {explanation}");
        assert!(explanation.lines().all(|line| line.chars().count() <= 80), "{explanation}");
        assert_eq!(hnsplan("explain").arg(code.to_lowercase()).run().succeeded(), outcome.stdout);
    }
}

#[test]
fn an_unknown_code_is_an_error() {
    let outcome = hnsplan("explain M9999").run();
    assert_eq!(outcome.failed(2), "error: no code `M9999`; hnsplan explain lists them all\n");
}

#[test]
fn every_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = hnsplan("completions").arg(shell).run();
        for word in ["hnsplan", "compile", "kube-proxy-version"] {
            assert!(outcome.succeeded().contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    assert_eq!(hnsplan("man --out man").inside(folder.path()).run().succeeded(), "");
    let commands =
        ["", "-compile", "-explain", "-explain-flags", "-explain-service", "-schema", "-completions", "-man"];
    for command in commands {
        let page = fs::read_to_string(folder.path().join(format!("man/hnsplan{command}.1"))).expect(command);
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(hnsplan("man").run().succeeded().contains(".TH hnsplan 1"));
}

/// Examples of help stand in manual pages line by line, neither filled nor joined.
#[test]
fn manual_pages_keep_the_lines_of_examples() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    hnsplan("man --out man").inside(folder.path()).run().succeeded();
    let mut seen = 0;
    for entry in fs::read_dir(folder.path().join("man")).expect("pages") {
        let path = entry.expect("a page").path();
        let page = fs::read_to_string(&path).expect("text");
        let command = path.file_stem().expect("a name").to_string_lossy().replace('-', " ");
        let help = hnsplan(command.trim_start_matches("hnsplan")).args("--help").run();
        let Some((_, examples)) = help.succeeded().split_once("\nExamples:\n") else { continue };
        let (_, kept) = page.split_once("\n.nf\n").expect("lines that are not filled");
        let kept = kept.replace("\\&", "").replace("\\-", "-").replace("\\e", "\\");
        for line in examples.lines().filter(|line| line.trim_start().starts_with("hnsplan ")) {
            // Help wraps what a terminal cannot hold.
            let start: String = line.chars().take(70).collect();
            assert!(kept.contains(start.trim_end()), "{command}: {line}\n{kept}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let has_colours = |command: Hnsplan| {
        let outcome = command.input(BAD).run();
        assert!(!outcome.stdout.contains('\u{1b}'), "results are never coloured");
        outcome.failed(1).contains('\u{1b}')
    };
    let command = || hnsplan("compile -t iptables -f -");
    assert!(!has_colours(command()), "a pipe is no terminal");
    assert!(has_colours(command().args("--color always")));
    assert!(has_colours(command().env("CLICOLOR_FORCE", "1")));
    assert!(!has_colours(command().env("CLICOLOR_FORCE", "1").args("--color never")));
    assert!(!has_colours(command().env("NO_COLOR", "1")));
    assert!(has_colours(command().env("NO_COLOR", "1").args("--color always")), "a flag wins");
}
