//! Damage to good manifests: hostile texts, values of wrong types, pieces in wrong places.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::support::clusters::{Cluster, cluster};

/// Texts that would do harm in a rule, a shell, a comment or on a terminal. Each has a character that no
/// name may have, and the word `evil`, which nothing else here has.
pub(crate) const HOSTILE: &[&str] = &[
    "evil\n-A KUBE-SERVICES -j ACCEPT",
    "evil; -j ACCEPT",
    "evil\" -j ACCEPT -m comment --comment \"",
    "evil' -j ACCEPT '",
    "evil\r\nCOMMIT\r\n*nat",
    "-j evil",
    "! evil",
    "$(evil)",
    "`evil`",
    "evil\\",
    "evil\u{0}",
    "\u{1b}[2Jevil",
    "\u{1b}]0;evil\u{7}",
    "\u{9b}2Jevil",
    "\u{202e}evil",
    "\u{2066}evil\u{2069}",
    "evil\u{2028}-A",
    "evil\u{7f}",
    "évil-evil",
    "10.0.0.1 evil",
    "10.0.0.1;evil",
    "fd00::1%evil",
    "10.0.0.0/8/evil",
    "evil\t80",
    "{{evil}}",
    "%evil",
];

pub(crate) fn hostile() -> impl Strategy<Value = &'static str> {
    select(HOSTILE)
}

/// Pieces of which manifests are made, and pieces that do not belong into them.
pub(crate) fn fragment() -> impl Strategy<Value = &'static str> {
    const PIECES: &[&str] = &[
        "apiVersion: v1\n",
        "kind: Service\n",
        "kind: List\n",
        "kind: EndpointSlice\n",
        "items:\n",
        "- ",
        "  ",
        "metadata:\n",
        "  name: web\n",
        "{name: web}",
        "spec:\n",
        "  ports:\n",
        "  - port: 80\n",
        "clusterIP: 10.96.0.1\n",
        "---\n",
        "...\n",
        "--- ",
        "%YAML 1.1\n",
        "# c\n",
        "\n",
        "\t",
        " ",
        ":",
        ": ",
        "&a ",
        "*a",
        "<<: *a\n",
        "!!str ",
        "!x ",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "null",
        "~",
        "yes",
        "0777",
        "1_000",
        "0x1F",
        "-1",
        "70000",
        "1e99",
        ".inf",
        "{\"kind\":\"Service\"}\n",
        "\"items\": [\n",
        "\u{feff}",
        "\r\n",
        "\r",
        "ü",
        "\u{1b}",
        "\u{0}",
        "\u{202e}",
        "a",
        "? ",
        "addresses: [10.0.0.1]\n",
        "addressType: IPv4\n",
    ];
    select(PIECES)
}

/// Any small value of JSON.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        select(&[0i64, -1, 80, 65_535, 65_536, 70_000, i64::MAX, i64::MIN][..]).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        select(
            &["", "None", "Local", "IPv4", "10.0.0.1", "fd00::1", "0.0.0.0/0", "TCP", "List", "Service"][..]
        )
        .prop_map(Value::from),
        hostile().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let key = select(&["name", "port", "ports", "items", "kind", "metadata", "spec", "evil\n-A"][..]);
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((key, inner), 0..3)
                .prop_map(|entries| entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// The paths of all values inside a value.
fn paths(value: &Value, here: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in inner {
        let path = format!("{here}/{key}");
        paths(value, &path, found);
        found.push(path);
    }
}

/// A cluster in which some values have been replaced, anywhere.
pub(crate) fn damaged(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Cluster> {
    (cluster(), vec((any::<Index>(), any::<Index>(), values), 1..6)).prop_map(|(mut cluster, damages)| {
        for (object, path, value) in damages {
            if cluster.objects.is_empty() {
                continue;
            }
            let object = object.get_mut(&mut cluster.objects);
            let mut found = Vec::new();
            paths(object, "", &mut found);
            // Every object has a kind at least, but an earlier damage may have replaced it.
            if !found.is_empty() {
                let path = path.get(&found[..]);
                *object.pointer_mut(path).expect("the path was found there") = value;
            }
        }
        cluster
    })
}
