//! The block reader against the YAML parser: what it understands, both read alike.

use proptest::prelude::*;
use serde_json::Value;

use super::from_str;

const SERVICE: &str = r#"- apiVersion: v1
  kind: Service
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {"apiVersion":"v1","kind":"Service","spec":{"a":[1, 2]}}

        second: line
      note: "say \"hi\": # no comment"
      other: 'it''s'
      preserve-destination: "true"
    creationTimestamp: "2026-03-04T05:06:07Z"
    labels: {}
    name: web
    uid: 12345678-1234-4123-a123-123456789012
  spec:
    clusterIP: 10.96.0.10
    clusterIPs:
    - 10.96.0.10
    externalIPs: []
    ports:
    - name: http
      nodePort: 30080
      port: 80
      targetPort: 8080
    - port: 53
      protocol: UDP
    selector:
      app: web
    sessionAffinity: None
    publishNotReadyAddresses: true
    empty:
    loadBalancerSourceRanges:
      - 10.0.0.0/8
      - fd00::/8
"#;

fn yaml(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

#[test]
fn what_kubectl_prints_is_understood() {
    let value: Value = from_str(SERVICE).unwrap();
    assert_eq!(Some(&value), yaml(SERVICE).as_ref());
    assert_eq!(value[0]["spec"]["ports"][1]["protocol"], "UDP");
    assert_eq!(from_str::<Value>("---\nkind: List\nitems:\n- a: 1\n"), yaml("kind: List\nitems:\n- a: 1\n"));
}

#[test]
fn all_else_is_left_to_the_yaml_parser() {
    for text in [
        "",
        "a",
        "a: &x 1",
        "a: *x",
        "a: !!str 1",
        "a: {b: 1}",
        "a: [1]",
        "a: >\n  b\n",
        "a: 1 # c",
        "# c\na: 1",
        "a: b\n  c\n",
        "a: 1\n b: 2\n",
        "a: 1\nb\n",
        "a:\tb",
        "a: 0777",
        "a: 1.5",
        "a: -1",
        "a: 1_0",
        "a: 0x1f",
        "a: .5",
        "a: True",
        "a: ~",
        "<<: x",
        "? a",
        "a : 1",
        "a: b: c",
        "- - a",
        "-\n  a: 1",
        "a: \"x",
        "a: 'x",
        "a: \"\\u0041\"",
        "a: ü",
        "a: x\r\n",
        "a: |2\n  x",
        "a: 1\n---\nb: 2",
        "a: 1\n...\n",
        "\"a\": 1",
        "a: 12345678901234567890",
        "a: 'x' y",
        "a: @x",
        "a: `x`",
        "a: %x",
        "a: x:",
        "a: - b",
        "a:\n- b\n  c: 1",
        "1: x",
        "- a\nb: 1",
        "a: 1e5",
        "a: 1e-5",
    ] {
        assert_eq!(from_str::<Value>(text), None, "{text:?}");
    }
}

#[test]
fn depth_is_limited() {
    let mut deep = String::new();
    for depth in 0..500 {
        deep.extend([" ".repeat(depth).as_str(), "a:\n"]);
    }
    assert_eq!(from_str::<Value>(&deep), None);
}

/// Pieces that are near the border of the subset.
fn fragment() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "a", "b", "name", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "\n- ", "  ", " ", "|", "|-", "|+",
        ">", "\"", "'", "\\", "1", "0", "007", "1.5", "1.2.3", "1-2-3", "1:2:3", "-1", "true", "True",
        "null", "~", "yes", "{}", "[]", "{", "]", "#", " #", "&a", "*a", "!", "%", "@", "`", "?", "<<", ",",
        "x y", "e", "0x1", "1e3", "=", ".inf", ".", "/", "---", "\t", "ü", "None", "\\n", "\"\"", "''",
        "10.0.0.1", "fd00::1",
    ];
    proptest::sample::select(WORDS).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_understood_is_what_the_yaml_parser_reads(fragments in prop::collection::vec(fragment(), 0..24)) {
        let text = fragments.concat();
        if let Some(value) = from_str::<Value>(&text) {
            prop_assert_eq!(Some(value), yaml(&text), "{:?}", text);
        }
    }

    #[test]
    fn a_damaged_service_is_read_alike(at in 0..SERVICE.len(), removed in 0usize..12, inserted in fragment()) {
        let end = (at + removed).min(SERVICE.len());
        let text = format!("{}{inserted}{}", &SERVICE[..at], &SERVICE[end..]);
        if let Some(value) = from_str::<Value>(&text) {
            prop_assert_eq!(Some(value), yaml(&text), "{}", text);
        }
    }

    #[test]
    fn damage_at_several_places_is_read_alike(
        edits in prop::collection::vec((0..SERVICE.len(), 0usize..4, fragment()), 1..4),
    ) {
        let mut text = SERVICE.to_owned();
        for (at, removed, inserted) in edits {
            let at = at.min(text.len());
            let end = (at + removed).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, &inserted);
            }
        }
        if let Some(value) = from_str::<Value>(&text) {
            prop_assert_eq!(Some(value), yaml(&text), "{}", text);
        }
    }
}
