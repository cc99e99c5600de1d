//! Promise: no input makes the program panic, and nothing hostile reaches a rule or a terminal.

use hnsplan::diagnostics::{json, text};
use hnsplan::net::Family;
use hnsplan::pipeline::Compiled;
use hnsplan::source::decode;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::cases::config;
use crate::support::clusters::{cluster, version};
use crate::support::damage::{HOSTILE, damaged, fragment, hostile, value};
use crate::support::exe::hnsplan;
use crate::support::restore_text::tables;
use crate::support::run::Run;

/// Asserts that a text is made of kube-proxy's kinds of lines only, and has nothing of a hostile text.
fn check_rules(text: &str) -> Result<(), TestCaseError> {
    const TARGETS: [&str; 7] = ["ACCEPT", "DROP", "REJECT", "RETURN", "MARK", "DNAT", "MASQUERADE"];
    prop_assert!(text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')), "{:?}", text);
    for line in text.lines() {
        let known = ["*", ":KUBE-", "-A KUBE-", "-X KUBE-"].iter().any(|start| line.starts_with(start));
        prop_assert!(known || line == "COMMIT", "{}", line);
        prop_assert!(line.matches(" -j ").count() <= 1, "{}", line);
    }
    for rule in tables(text).iter().flat_map(|table| &table.rules) {
        let target = rule.target().unwrap_or("KUBE-");
        prop_assert!(target.starts_with("KUBE-") || TARGETS.contains(&target), "{:?}", rule);
    }
    prop_assert!(!text.contains("evil"), "{}", text);
    Ok(())
}

/// What could steer a terminal or turn the reading direction.
fn is_dangerous(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// The text without our own colours, and without anything else: `\x1b[…m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((codes, rest)) if codes.bytes().all(|b| b.is_ascii_digit() || b == b';') => plain += rest,
            _ => plain = plain + "\u{1b}[" + part,
        }
    }
    plain
}

fn check_messages(compiled: &Compiled) -> Result<(), TestCaseError> {
    for diagnostic in &compiled.diagnostics {
        let rendered = text::render(diagnostic, &compiled.sources);
        prop_assert!(!without_colours(&rendered).chars().any(is_dangerous), "{:?}", rendered);
        let short = text::short(diagnostic, &compiled.sources);
        prop_assert!(!short.chars().any(|c| is_dangerous(c) || c == '\n'), "{:?}", short);
        let line = json::render(diagnostic, &compiled.sources);
        prop_assert!(!line.contains('\n') && serde_json::from_str::<Value>(&line).is_ok(), "{:?}", line);
    }
    Ok(())
}

/// Compiles, and checks everything that comes out.
fn check(run: &Run) -> Result<(), TestCaseError> {
    let compiled = run.compile();
    for family in Family::ALL {
        check_rules(&compiled.iptables(family).to_string())?;
        drop(compiled.iptables_problems(&[family]));
    }
    let ir = compiled.ir();
    prop_assert!(serde_json::from_str::<Value>(&ir).is_ok(), "{}", ir);
    check_messages(&compiled)
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), utf16 in any::<bool>()) {
        let bytes = if utf16 { [vec![0xff, 0xfe], bytes].concat() } else { bytes };
        if let Ok(text) = decode(bytes) {
            check(&Run::of(&text))?;
        }
    }

    #[test]
    fn any_text_that_looks_like_yaml_is_read_or_refused(pieces in vec(fragment(), 0..30)) {
        check(&Run::of(&pieces.concat()))?;
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn any_value_in_any_field_is_compiled_or_refused(cluster in damaged(value()), version in version()) {
        check(&cluster.run(version))?;
    }

    #[test]
    fn a_hostile_text_in_any_field_stays_out_of_the_rules(
        cluster in damaged(hostile().prop_map(Value::from)), version in version(),
    ) {
        check(&cluster.run(version))?;
    }

    #[test]
    fn a_hostile_text_in_yaml_stays_out_of_the_rules(
        cluster in damaged(hostile().prop_map(Value::from)), version in version(),
    ) {
        let texts = cluster.objects.iter().map(|object| serde_yaml::to_string(object).expect("YAML holds all of JSON"));
        check(&Run::of(&texts.collect::<Vec<_>>().join("---\n")).version(version))?;
    }

    #[test]
    fn hostile_settings_stay_out_of_the_rules(
        cluster in cluster(), hostile in hostile(), field in 0usize..7, version in version(),
    ) {
        let run = cluster.run(version).flags(|flags| {
            let text = hostile.to_owned();
            match field {
                0 => flags.node = Some(text),
                1 => flags.cluster_cidr = Some(text),
                2 => (flags.detect_local_mode, flags.bridge_interface) = (Some("BridgeInterface".into()), Some(text)),
                3 => {
                    flags.detect_local_mode = Some("InterfaceNamePrefix".into());
                    flags.interface_name_prefix = Some(text);
                }
                4 => flags.node_port_addresses = Some(vec![text]),
                5 => {
                    flags.node_port_addresses = Some(vec!["10.0.0.0/8".into()]);
                    flags.interface_addresses = Some(vec![text]);
                }
                _ => flags.bind_address = Some(text),
            }
        });
        check(&run)?;
    }
}

#[test]
fn a_chain_that_is_left_over_is_deleted_as_one_word_or_not_at_all() {
    let lines = Run::default().ipv4().lines().count();
    for text in HOSTILE {
        let run = Run::default().flags(|flags| {
            flags.existing_nat_chains = vec![(*text).to_owned(), format!("KUBE-SVC-{text}")];
        });
        let text = run.ipv4();
        for deleted in text.lines().filter_map(|line| line.strip_prefix("-X ")) {
            assert!(deleted.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'), "{deleted:?}");
        }
        let deleted = text.lines().filter(|line| line.starts_with("-X KUBE-SVC-")).count();
        assert!(deleted <= 1, "{text}");
        assert_eq!(text.lines().count(), lines + 2 * deleted, "declared and deleted:\n{text}");
    }
}

#[test]
fn every_hostile_text_as_every_name_is_refused_with_a_diagnostic() {
    for text in HOSTILE {
        let objects = json!([
            { "apiVersion": "v1", "kind": "Service", "metadata": { "name": text },
              "spec": { "clusterIP": "10.96.0.1", "ports": [{ "port": 80 }] } },
            { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": text },
              "spec": { "clusterIP": "10.96.0.2", "ports": [{ "port": 80 }] } },
            { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" },
              "spec": { "clusterIP": "10.96.0.3", "ports": [{ "port": 80, "name": text }] } },
        ]);
        let run = Run::of(&objects.to_string());
        check(&run).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let unsafe_texts =
            run.compile().diagnostics.iter().filter(|found| found.code.id() == "M0010").count();
        assert_eq!(unsafe_texts, 3, "{text:?}");
        assert!(!run.ipv4().contains("10.96.0."), "{text:?}");
    }
}

/// Texts that have cost other readers their stack, their memory or an hour.
#[test]
fn bombs_are_refused_and_do_not_go_off() {
    let aliases = (1..10).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let list = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("{text}a{level}: &a{level} [{list}]\n")
    });
    let bombs = [
        ("brackets", "[".repeat(100_000)),
        ("braces", "{\"a\":".repeat(100_000)),
        ("dashes", "- ".repeat(20_000)),
        ("brackets in a field that is skipped", format!("kind: Service\nx: {}", "[".repeat(20_000))),
        ("aliases", format!("kind: Service\napiVersion: v1\n{aliases}metadata: {{name: *a9}}\n")),
        ("a recursive alias", "kind: Service\napiVersion: v1\nmetadata: &a {labels: *a}\n".to_owned()),
        ("merged aliases", format!("{aliases}<<: {{kind: Service, spec: *a9}}\n")),
        ("question marks", "? ".repeat(20_000)),
        ("a long line", format!("kind: Service\nx: {}", "a".repeat(1 << 20))),
        ("many documents", "---\n".repeat(100_000)),
    ];
    for (name, text) in bombs {
        let start = std::time::Instant::now();
        let outcome = hnsplan("compile -t iptables -f -").input(text).run();
        let seconds = start.elapsed().as_secs();
        assert!(matches!(outcome.code, 0..=2), "{name}: {}", outcome.stderr);
        // Far more than a busy machine takes; what is quadratic takes longer still.
        assert!(seconds < 60, "{name} took {seconds} seconds");
        assert!(outcome.stderr.len() < 20_000, "{name}: {} bytes of messages", outcome.stderr.len());
    }
}

#[cfg(unix)]
#[test]
fn a_hostile_file_name_does_not_reach_the_terminal() {
    for bytes in [&b"kind: [\n"[..], b"\xff\xfe\x00", b"\xff", b"{kind: Service, apiVersion: v2}"] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("a\u{1b}[2J\u{202e}\r.yaml"), bytes).expect("a file can be made");
        for format in ["text", "short"] {
            let outcome = hnsplan("compile -t iptables --color always --message-format")
                .arg(format)
                .arg("-f")
                .arg(folder.path())
                .run();
            assert!(matches!(outcome.code, 0..=2), "{}", outcome.stderr);
            let shown = without_colours(&outcome.stderr);
            assert!(shown.contains("a\\u{1b}[2J"), "the name is missing: {shown:?}");
            assert!(!shown.chars().any(is_dangerous), "{shown:?}");
        }
    }
}
