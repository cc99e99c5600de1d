//! What becomes of single packets, for those who want less than a snapshot.
//!
//! ```yaml
//! apiVersion: hnsplan/v1alpha1
//! kind: Expectations
//! expect:
//! - {from: external, to: "shop/front:443", on: [iptables, hns], expect: dropped}
//! ```

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde::{Deserialize, Deserializer, de};

use crate::name::printable;
use crate::pipeline::Compiled;
use crate::platform::{Context, JsonDocument, Side, all};
use crate::trace::{Conclusion, Models, Summary, Traced};

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
    #[schemars(required, length(min = 1))]
    expect: Vec<Entry>,
}

/// What is expected of one packet.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Expectation")]
struct Entry {
    /// Who sends it, as for `hnsplan trace --from`.
    #[serde(default = "pod")]
    from: String,
    /// Where it goes, as for `hnsplan trace --to`.
    to: String,
    /// The targets that treat it so; the first two if there are none.
    #[serde(default, deserialize_with = "sides")]
    #[schemars(schema_with = "schema_of_sides")]
    on: Vec<Side>,
    /// What becomes of it.
    #[serde(rename = "expect", deserialize_with = "conclusion")]
    #[schemars(schema_with = "schema_of_conclusion")]
    conclusion: Conclusion,
}

/// What is wrong with expectations; the text has line and column.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ExpectationsError(String);

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

fn schema_of_conclusion(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": CONCLUSIONS.map(Conclusion::as_str)})
}

fn pod() -> String {
    "pod".to_owned()
}

fn sides<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Side>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| name.parse().map_err(de::Error::custom)).collect()
}

fn conclusion<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Conclusion, D::Error> {
    let word = String::deserialize(deserializer)?;
    CONCLUSIONS.into_iter().find(|conclusion| conclusion.as_str() == word).ok_or_else(|| {
        let words = CONCLUSIONS.map(Conclusion::as_str).join(", ");
        de::Error::custom(format!("unknown verdict `{}`; expected one of {words}", printable(&word)))
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

    /// How many verdicts are expected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.expect.iter().map(|entry| entry.sides().len()).sum()
    }

    /// What is not as expected, one line for each verdict.
    #[must_use]
    pub fn unmet(&self, compiled: &Compiled, context: Context<'_>) -> Vec<String> {
        self.expect.iter().flat_map(|entry| entry.unmet(compiled, context)).collect()
    }
}

impl Entry {
    fn sides(&self) -> Vec<Side> {
        if self.on.is_empty() {
            return all().iter().take(2).map(|platform| Side::wanted(*platform)).collect();
        }
        self.on.clone()
    }

    fn unmet(&self, compiled: &Compiled, context: Context<'_>) -> Vec<String> {
        let (rules, cluster) = (&compiled.rules, &compiled.cluster);
        let packet = format!("{} → {}", printable(&self.from), printable(&self.to));
        let sides = self.sides();
        let mut models = Models::new(context);
        for side in &sides {
            models = models.with(*side, &mut Vec::new());
        }
        let traced = match Traced::of([&self.from, &self.to], None, cluster, rules, &models.targets()) {
            Ok(traced) => traced,
            Err(error) => return vec![format!("{packet}: {error}")],
        };
        let expected = self.conclusion;
        let answer = |side: &Side| {
            let answer = traced.answers.iter().find(|answer| answer.side == *side);
            let now = answer.map(|answer| Summary::of(&answer.verdict).conclusion);
            let name = side.name();
            match now {
                Some(now) if now == expected => None,
                Some(now) => {
                    Some(format!("{packet} on {name}: expected {}, is {}", expected.as_str(), now.as_str()))
                }
                None => Some(format!("{packet} on {name}: no dump of the node is given")),
            }
        };
        sides.iter().filter_map(answer).collect()
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
        assert_eq!((read.expect[0].from.as_str(), read.count()), ("pod", 2));
        for (bad, expected) in [
            ("expect: [{to: a/b, expect: lost}]", "unknown verdict `lost`; expected one of delivered"),
            ("expect: [{to: a/b, expect: dropped, on: [ipvs]}]", "`ipvs` is not a target"),
            ("expect: [{expect: dropped}]", "missing field `to`"),
            ("expect: [{to: a/b, expect: dropped, when: x}]", "unknown field `when`"),
            ("expect: []", "nothing is expected"),
        ] {
            let error = Expectations::parse(&format!("{head}{bad}\n")).expect_err(bad).to_string();
            assert!(error.contains(expected), "{error}");
            assert!(error.starts_with("3:") || bad == "expect: []", "{error}");
        }
        assert!(Expectations::parse("kind: Suite\nexpect: []\n").is_err());
    }
}
