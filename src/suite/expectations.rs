//! What becomes of single packets, for those who want less than a snapshot.
//!
//! ```yaml
//! apiVersion: hnsplan/v1alpha1
//! kind: Expectations
//! expect:
//! - {from: external, to: "shop/front:443", on: [iptables, hns], expect: dropped}
//! - {during: {restart: shop/front}, from: external, to: "shop/front:443", on: [hns], expect: neverFails}
//! - {nodes: os=windows, from: external, to: "shop/front:443", expect: delivered}
//! ```

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde::{Deserialize, Deserializer, de};

use super::during::During;
use super::nodes::one_or_more_terms;
use crate::name::{did_you_mean, printable};
use crate::node::NodeTerm;
use crate::platform::{JsonDocument, Side};
use crate::trace::Conclusion;

/// The expectations about the packets of a case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Expectations")]
pub struct Expectations {
    /// `hnsplan/v1alpha1`
    #[serde(default)]
    #[schemars(required, extend("const" = "hnsplan/v1alpha1"))]
    api_version: String,
    /// `Expectations`
    #[serde(default)]
    #[schemars(required, extend("const" = "Expectations"))]
    kind: String,
    /// One for each packet.
    #[serde(default)]
    #[schemars(required, length(min = 1), with = "Vec<Written>")]
    pub(super) expect: Vec<Entry>,
    /// The name of its file, as messages begin.
    #[serde(skip)]
    #[schemars(skip)]
    pub(super) file: String,
}

/// What is expected of packets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Entry {
    pub(super) nodes: Vec<NodeTerm>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) on: Vec<Side>,
    pub(super) expected: Expected,
}

/// What becomes of packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// One packet.
    Concludes(Conclusion),
    /// Packets at any moment of a rollout, in the worst order.
    NeverFails(During),
}

/// What is expected of one packet, or of packets while a change is rolled out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Expectation")]
struct Written {
    /// What is rolled out meanwhile; then `neverFails` is what can be expected.
    #[serde(default)]
    during: Option<During>,
    /// The nodes of the suite that it is about, as for `--nodes`, where hnsplan.yaml names several; without it all of them.
    #[serde(default, deserialize_with = "one_or_more_terms")]
    #[schemars(schema_with = "schema_of_texts")]
    nodes: Vec<NodeTerm>,
    /// Who sends it, as for `hnsplan trace --from`.
    #[serde(default = "pod")]
    from: String,
    /// Where it goes, as for `hnsplan trace --to`.
    to: String,
    /// The targets that treat it so, on nodes of several those of the node's system; without them the first two, during a
    /// rollout those of the nodes, and on one of several nodes that of its kube-proxy.
    #[serde(default, deserialize_with = "sides")]
    #[schemars(schema_with = "schema_of_sides")]
    on: Vec<Side>,
    /// What becomes of it.
    #[schemars(schema_with = "schema_of_conclusion")]
    expect: String,
}

/// What is expected of packets during a rollout.
pub(super) const NEVER_FAILS: &str = "neverFails";

impl TryFrom<Written> for Entry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { during, nodes, from, to, on, expect } = written;
        let word = printable(&expect);
        let expected = match during {
            Some(during) if during.is_empty() => {
                return Err("during says no change; add restart, scale, drain or old".to_owned());
            }
            Some(during) if expect == NEVER_FAILS => Expected::NeverFails(during),
            Some(_) => {
                return Err(format!(
                    "`{word}` is expected of one packet; with during, expected {NEVER_FAILS}"
                ));
            }
            None if expect == NEVER_FAILS => {
                return Err(format!(
                    "{NEVER_FAILS} is expected of a rollout; add during, as {{restart: shop/web}}"
                ));
            }
            None => Expected::Concludes(conclusion(&expect)?),
        };
        let is_held = |side: &&Side| side.is_held();
        if let (Expected::NeverFails(_), Some(held)) = (&expected, on.iter().find(is_held)) {
            let (held, wanted) = (held.name(), held.platform.name());
            return Err(format!("{held} is what a node holds now; during a rollout, expected {wanted}"));
        }
        Ok(Self { nodes, from, to, on, expected })
    }
}

/// What is wrong with expectations; the text has line and column.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExpectationsError(pub(super) String);

const CONCLUSIONS: [Conclusion; 7] = [
    Conclusion::Delivered,
    Conclusion::Answered,
    Conclusion::Unhandled,
    Conclusion::Rejected,
    Conclusion::Dropped,
    Conclusion::Undecided,
    Conclusion::Mixed,
];

/// The document, for those who ask for schemas.
pub const EXPECTATIONS: JsonDocument = JsonDocument {
    name: "expectations",
    about: "What hnsplan test reads as NAME.expect.yaml",
    schema: || schema_for!(Expectations),
};

fn schema_of_sides(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Side::all().map(Side::name).collect();
    json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
}

fn schema_of_texts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}

fn schema_of_conclusion(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = CONCLUSIONS.map(Conclusion::as_str).into_iter().chain([NEVER_FAILS]).collect();
    json_schema!({"type": "string", "enum": words})
}

fn pod() -> String {
    "pod".to_owned()
}

fn sides<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Side>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| name.parse().map_err(de::Error::custom)).collect()
}

fn conclusion(word: &str) -> Result<Conclusion, String> {
    CONCLUSIONS.into_iter().find(|conclusion| conclusion.as_str() == word).ok_or_else(|| {
        let words = CONCLUSIONS.map(Conclusion::as_str);
        let near = did_you_mean(word, words.into_iter().chain([NEVER_FAILS]));
        format!("unknown verdict `{}`; {near}expected one of {}", printable(word), words.join(", "))
    })
}

impl Expectations {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is none of expectations, has unknown fields or words, or expects nothing.
    pub fn parse(text: &str) -> Result<Self, ExpectationsError> {
        let read: Self = serde_yaml::from_str(text).map_err(|error| {
            let spot = error.location().map(|at| format!("{}:{}: ", at.line(), at.column()));
            ExpectationsError(format!("{}{}", spot.unwrap_or_default(), printable(&error.to_string())))
        })?;
        if read.api_version != "hnsplan/v1alpha1" || read.kind != "Expectations" {
            let message = "this is no document of expectations; allowed: apiVersion: hnsplan/v1alpha1, kind: Expectations";
            return Err(ExpectationsError(message.to_owned()));
        }
        if read.expect.is_empty() {
            return Err(ExpectationsError("nothing is expected; add packets under expect".to_owned()));
        }
        Ok(read)
    }

    /// With the name of their file, for messages; safe to print.
    #[must_use]
    pub fn named(self, file: &str) -> Self {
        Self { file: format!("{file}: "), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_name_their_kind_and_known_words() {
        let head = "apiVersion: hnsplan/v1alpha1\nkind: Expectations\n";
        let read = Expectations::parse(&format!("{head}expect: [{{to: 'shop/web:80', expect: dropped}}]\n"))
            .unwrap();
        assert_eq!((read.expect[0].from.as_str(), read.expect[0].nodes.len()), ("pod", 0));
        let of_nodes = "expect: [{nodes: 'win-1,zone=a', to: a/b, expect: dropped}, {nodes: [os=linux], to: a/b, expect: dropped}]";
        let read = Expectations::parse(&format!("{head}{of_nodes}\n")).unwrap();
        assert_eq!(read.expect.iter().map(|entry| entry.nodes.len()).collect::<Vec<_>>(), [2, 1]);
        for (bad, expected) in [
            ("expect: [{to: a/b, expect: lost}]", "unknown verdict `lost`; expected one of delivered"),
            ("expect: [{to: a/b, expect: dropped, on: [ipvs]}]", "`ipvs` is not a target"),
            ("expect: [{expect: dropped}]", "missing field `to`"),
            ("expect: [{nodes: os=mac, to: a/b, expect: dropped}]", "`mac` is neither windows nor linux"),
            ("expect: [{to: a/b, expect: dropped, when: x}]", "unknown field `when`"),
            ("expect: []", "nothing is expected"),
            ("expect: [{to: a/b, expect: droped}]", "did you mean dropped?"),
            ("expect: [{to: a/b, expect: neverFails}]", "add during"),
            ("expect: [{during: {restart: a/b}, to: a/b, expect: dropped}]", "expected neverFails"),
            ("expect: [{during: {}, to: a/b, expect: neverFails}]", "add restart, scale, drain or old"),
            ("expect: [{during: {restart: b}, to: a/b, expect: neverFails}]", "`b` is no workload"),
            ("expect: [{during: {scale: [a/b=x]}, to: a/b, expect: neverFails}]", "`x` is no number"),
            ("expect: [{during: {scales: a/b=1}, to: a/b, expect: neverFails}]", "unknown field `scales`"),
            (
                "expect: [{during: {drain: n}, to: a/b, on: [hns-state], expect: neverFails}]",
                "during a rollout, expected hns",
            ),
        ] {
            let error = Expectations::parse(&format!("{head}{bad}\n")).expect_err(bad).to_string();
            assert!(error.contains(expected), "{error}");
            assert!(error.starts_with("3:") || bad == "expect: []", "{error}");
        }
        assert!(Expectations::parse("kind: Suite\nexpect: []\n").is_err());
    }
}
