//! Promise: a value with which kube-proxy does not start is refused at its place, whichever way the file is written, and
//! every other one is taken.

use std::fmt::Write as _;

use crate::diagnostics::Diagnostic;
use crate::node::config::Config;
use crate::node::config::fields::FIELDS;
use crate::node::config::value::Kind;
use crate::source::Sources;

/// Texts of YAML that a kind takes, and that it does not take.
fn samples(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Any => (&["1", "a", "null"], &[]),
        Kind::Text => (
            &["a", "'1'", "null", "''", "10.0.0.0/8", "\"yes\""],
            &["1", "1.5", "true", "no", "[a]", "{a: b}"],
        ),
        Kind::Bool => {
            (&["true", "false", "null", "True"], &["'true'", "1", "yes", "sometimes", "[]", "{}", "''"])
        }
        Kind::Number(0, 31) => {
            (&["0", "31", "null", "0x1f"], &["32", "-1", "'14'", "1.5", "true", "many", "[1]", "014"])
        }
        Kind::Number(..) => {
            (&["0", "10", "null"], &["'10'", "99999999999999999999", "1.5", "true", "many", "[1]", "{a: 1}"])
        }
        Kind::Duration => {
            (&["30s", "'0s'", "1h30m", "null", "1.5h"], &["30", "0", "-1s", "1d", "''", "s", "true", "[30s]"])
        }
        Kind::Word(_) => (&[], &["other", "''", "1", "null", "[a]"]),
        Kind::Words(_) => (&["''", "null"], &["other", "1", "true", "[a]", "{a: b}"]),
        Kind::Address => (&["10.0.0.1", "'::'", "''", "null"], &["here", "10.0.0", "1", "[10.0.0.1]"]),
        Kind::HostPort => (
            &["10.0.0.1:80", "'[::]:80'", "10.0.0.1", "''", "null"],
            &["':80'", "here:80", "10.0.0.1:70000", "80"],
        ),
        Kind::Networks => (
            &["10.0.0.0/8", "'10.0.0.0/8,fd00::/64'", "''", "null"],
            &[
                "10.0.0.0",
                "10.0.0.0/33",
                "'10.0.0.0/8,10.1.0.0/16'",
                "'10.0.0.0/8,'",
                "all",
                "1",
                "[10.0.0.0/8]",
            ],
        ),
        Kind::List(Kind::NodePortAddress) => (
            &["[]", "null", "[10.0.0.0/8]", "[primary]", "[10.0.0.0/8, 'fd00::/64']"],
            &["10.0.0.0/8", "[10.0.0.0]", "[1]", "[[]]", "{a: b}", "[everything]"],
        ),
        Kind::List(_) => (&["[]", "null", "[a]"], &["a", "[1]", "{a: b}", "true"]),
        Kind::NodePortAddress => unreachable!("no field is an entry of a list"),
        Kind::Mapping => (&["{}", "null"], &["a", "1", "[]", "''"]),
        Kind::Gates => (
            &["{}", "null", "{Any: true}"],
            &["{Any: 1}", "{Any: 'true'}", "[Any]", "Any=true", "{Any: yes}"],
        ),
    }
}

/// A configuration in which a field has a value, and the line of it, from 0.
fn with(path: &str, value: &str) -> (String, usize) {
    let mut text = String::new();
    for (key, head) in
        [("apiVersion", "kubeproxy.config.k8s.io/v1alpha1"), ("kind", "KubeProxyConfiguration")]
    {
        if key != path {
            writeln!(text, "{key}: {head}").unwrap();
        }
    }
    let keys: Vec<&str> = path.split('.').collect();
    let (last, outer) = keys.split_last().unwrap();
    for (depth, key) in outer.iter().enumerate() {
        writeln!(text, "{}{key}:", "  ".repeat(depth)).unwrap();
    }
    let line = text.lines().count();
    writeln!(text, "{}{last}: {value}", "  ".repeat(outer.len())).unwrap();
    (text, line)
}

/// The same text as each file that may contain it, with the lines before it and the indentation.
fn files(text: &str) -> [(String, usize, usize); 3] {
    let indented: String = text.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let map = format!("apiVersion: v1\ndata:\n  config.conf: |-\n{indented}  other: x\nkind: ConfigMap\n");
    let second = format!("# of a node\n---\nkind: Other\nmode: nothing\n---\n{text}");
    [(text.to_owned(), 0, 0), (map, 3, 4), (second, 5, 0)]
}

fn read(text: &str) -> (Result<Config, Vec<Diagnostic>>, Sources) {
    let mut sources = Sources::default();
    let source = sources.add("file.yaml", text).unwrap();
    (Config::read(source, "file.yaml", text), sources)
}

#[test]
fn every_wrong_value_of_every_field_is_refused_at_its_place() {
    let mut refused = 0;
    for field in FIELDS {
        let (good, bad) = samples(field.kind);
        for value in good {
            let (text, _) = with(field.path, value);
            for (file, ..) in files(&text) {
                assert!(read(&file).0.is_ok(), "{file}\n{:?}", read(&file).0);
            }
        }
        for value in bad {
            let (text, line) = with(field.path, value);
            for (file, before, indentation) in files(&text) {
                // Of another kind, it is another object.
                if field.path == "kind" {
                    assert!(read(&file).0.is_err(), "{file}");
                    continue;
                }
                let (result, sources) = read(&file);
                let found = result.expect_err(&file);
                assert_eq!(found.len(), 1, "{file}\n{found:?}");
                let told = &found[0];
                assert!(told.message.starts_with(field.path), "{file}\n{told:?}");
                assert!(told.allowed.is_some() && told.help.is_some(), "{told:?}");
                let spot = sources.spot(told.place.as_ref().expect("a place"));
                assert_eq!((&*spot.file, spot.line), ("file.yaml", before + line + 1), "{file}\n{told:?}");
                let own = text.lines().nth(line).unwrap();
                let at = spot.column - 1 - indentation;
                // Of a list or a mapping, its key is shown or the wrong entry.
                let is_scalar = !value.starts_with(['[', '{']);
                let from =
                    if is_scalar { own.find(value).unwrap() } else { own.len() - own.trim_start().len() };
                assert!(from <= at && at < own.len(), "{file}\n{spot:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 900, "{refused}");
}

#[test]
fn json_is_read_as_well() {
    let text = "{\n  \"apiVersion\": \"kubeproxy.config.k8s.io/v1alpha1\",\n  \"kind\": \"KubeProxyConfiguration\",\n  \"mode\": 1\n}\n";
    let (result, sources) = read(text);
    let found = result.unwrap_err();
    assert_eq!(sources.spot(found[0].place.as_ref().unwrap()).to_string(), "file.yaml:4:11");
    let inside = text.replace('\n', " ").replace('"', "\\\"");
    let map = format!("{{\"kind\": \"ConfigMap\", \"data\":\n {{\"config.conf\": \"{inside}\"}}}}");
    let (result, sources) = read(&map);
    let found = result.unwrap_err();
    assert_eq!(sources.spot(found[0].place.as_ref().unwrap()).line, 2, "{found:?}");
}

#[test]
fn a_wrong_bit_counts_in_its_own_mode_only() {
    for (mode, is_refused) in [("nftables", true), ("iptables", false), ("ipvs", false)] {
        let text = format!("kind: KubeProxyConfiguration\nmode: {mode}\nnftables: {{masqueradeBit: 40}}\n");
        assert_eq!(read(&text).0.is_err(), is_refused, "{mode}");
    }
}

#[test]
fn what_cannot_be_read_has_a_place() {
    for (text, spot) in [
        ("kind: KubeProxyConfiguration\nmode: [\n", "file.yaml:2:7"),
        // At the first of the two.
        ("kind: KubeProxyConfiguration\nmode: ''\nmode: ''\n", "file.yaml:2:7"),
        ("apiVersion: v1\nkind: Service\n", "file.yaml:2:7"),
        ("a: b\n", "file.yaml:1:1"),
        ("", "file.yaml:1:1"),
    ] {
        let (result, sources) = read(text);
        let found = result.expect_err(text);
        let place = found[0].place.as_ref().expect(text);
        assert_eq!(sources.spot(place).line.to_string(), spot.split(':').nth(1).unwrap(), "{text} {found:?}");
    }
}
