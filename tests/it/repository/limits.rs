//! Promise: every limit of docs/security.md is a constant of the sources, and has a test; those that belong to no subject
//! are here.

use std::fs;
use std::path::Path;

use crate::support::exe::hnsplan;

/// The words in backquotes of a cell.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_limit_is_in_the_sources_and_has_a_test() {
    let document = fs::read_to_string("docs/security.md").expect("it is there");
    let (_, table) = document.split_once("| what | limit |").expect("a table of limits");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [what, _, _, constant, test] = cells[..] else { panic!("{row}") };
        for (cell, what_for) in [(constant, "constant"), (test, "test")] {
            let [file, words] = code(cell)[..] else { panic!("{what}: {cell}") };
            assert!(Path::new(file).is_file(), "{what}: there is no {file}");
            let source = fs::read_to_string(file).expect("it is text");
            let wanted = if what_for == "test" { format!("fn {words}()") } else { words.to_owned() };
            assert!(source.contains(&wanted), "{what}: {file} has no `{wanted}`");
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn a_configuration_of_more_than_16_mib_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kube-proxy.yaml");
    let config = |bytes: usize| {
        let head = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n#";
        fs::write(&file, head.to_owned() + &"x".repeat(bytes - head.len())).expect("a file");
        hnsplan("compile -t iptables -f fixtures/shop/cluster.yaml --node linux-1 --config").arg(&file).run()
    };
    config(16 << 20).succeeded();
    assert!(config((16 << 20) + 1).failed(2).contains("larger"), "{}", config((16 << 20) + 1).stderr);
}

/// Rules that call each other in a circle, in a row longer than any node has, or that act on a packet again and again.
#[test]
fn a_packet_that_never_ends_is_undecided() {
    let circle = "-A A -j B\n-A B -j A\n".to_owned();
    let lines = |lines: Vec<String>| lines.concat();
    let row = lines((0..400).map(|at| format!("-A C{at} -j C{}\n", at + 1)).collect());
    let acting: String = (0..400).map(|_| "-A PREROUTING -j MARK --set-xmark 0x1/0x1\n").collect();
    for (name, chains, rules) in [
        ("circle", vec!["A".to_owned(), "B".to_owned()], format!("-A PREROUTING -j A\n{circle}")),
        ("row", (0..=400).map(|at| format!("C{at}")).collect(), format!("-A PREROUTING -j C0\n{row}")),
        ("acting", Vec::new(), acting),
    ] {
        let chains = lines(chains.iter().map(|chain| format!(":{chain} - [0:0]\n")).collect());
        let text = format!(
            "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n{chains}{rules}COMMIT\n"
        );
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("node.save");
        fs::write(&file, text).expect("a file");
        let outcome =
            hnsplan("trace --from pod:10.244.1.9 --to 10.96.0.1:443 -t iptables-save --node linux-1")
                .args("-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --dump")
                .arg(format!("iptables-save={}", file.display()))
                .run();
        let said = outcome.stdout.clone() + &outcome.stderr;
        assert!(said.to_lowercase().contains("undecided"), "{name}: {said}");
    }
}
