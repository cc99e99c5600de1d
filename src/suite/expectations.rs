//! What becomes of single packets, for those who want less than a snapshot.
//!
//! ```yaml
//! apiVersion: hnsplan/v1alpha1
//! kind: Expectations
//! expect:
//! - {from: external, to: "shop/front:443", on: [iptables, hns], expect: dropped}
//! - {during: {restart: shop/front}, from: external, to: "shop/front:443", on: [hns], expect: neverFails}
//! ```

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde::{Deserialize, Deserializer, de};

use super::during::{During, Place, Rollouts, shortened};
use crate::name::{did_you_mean, printable};
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
    #[schemars(required, length(min = 1), with = "Vec<Written>")]
    expect: Vec<Entry>,
    /// The name of its file, as messages begin.
    #[serde(skip)]
    #[schemars(skip)]
    file: String,
}

/// What is expected of packets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
struct Entry {
    from: String,
    to: String,
    on: Vec<Side>,
    expected: Expected,
}

/// What becomes of packets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
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
    /// Who sends it, as for `hnsplan trace --from`.
    #[serde(default = "pod")]
    from: String,
    /// Where it goes, as for `hnsplan trace --to`.
    to: String,
    /// The targets that treat it so; the first two if there are none, and during a rollout those of the nodes.
    #[serde(default, deserialize_with = "sides")]
    #[schemars(schema_with = "schema_of_sides")]
    on: Vec<Side>,
    /// What becomes of it.
    #[schemars(schema_with = "schema_of_conclusion")]
    expect: String,
}

/// What is expected of packets during a rollout.
const NEVER_FAILS: &str = "neverFails";

impl TryFrom<Written> for Entry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { during, from, to, on, expect } = written;
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
        Ok(Self { from, to, on, expected })
    }
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

    /// How many verdicts are expected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.expect.iter().map(Entry::count).sum()
    }

    /// What is not as expected, one line for each verdict.
    ///
    /// # Errors
    /// When a packet cannot be sent whatever the manifests say, so that nothing is known of it: an end is not written as ends are,
    /// names several things, or there is no dump of the node.
    pub(super) fn unmet(
        &self,
        compiled: &Compiled,
        context: Context<'_>,
        place: Place<'_>,
    ) -> Result<Vec<String>, ExpectationsError> {
        let mut rollouts = Rollouts::new(place);
        let mut unmet = Vec::new();
        for (at, entry) in self.expect.iter().enumerate() {
            let found = match &entry.expected {
                Expected::Concludes(expected) => entry.unmet(*expected, compiled, context),
                Expected::NeverFails(during) => entry.failing(during, &mut rollouts),
            };
            unmet
                .extend(found.map_err(|why| ExpectationsError(format!("{}expect[{at}]: {why}", self.file)))?);
        }
        Ok(unmet)
    }

    /// With the name of their file, for messages; safe to print.
    #[must_use]
    pub fn named(self, file: &str) -> Self {
        Self { file: format!("{file}: "), ..self }
    }
}

impl Entry {
    /// How many answers are compared.
    fn count(&self) -> usize {
        match self.expected {
            Expected::Concludes(_) => self.sides().len(),
            Expected::NeverFails(_) => self.on.len().max(1),
        }
    }

    fn packet(&self) -> String {
        format!("{} → {}", printable(&self.from), printable(&self.to))
    }

    /// What fails while a change is rolled out, one line for each target.
    fn failing(&self, during: &During, rollouts: &mut Rollouts<'_>) -> Result<Vec<String>, String> {
        let named = self.on.iter().map(|side| Some(side.platform));
        let platforms: Vec<_> = if self.on.is_empty() { vec![None] } else { named.collect() };
        let told = platforms.into_iter().map(|platform| {
            let on = platform.map(|platform| format!(" on {}", platform.name())).unwrap_or_default();
            let asked = format!("during {}, {}{on}", during.words(), self.packet());
            match rollouts.failures(during, [&self.from, &self.to], platform) {
                Ok(failures) if failures.is_empty() => Ok(None),
                Ok(failures) => {
                    Ok(Some(format!("{asked}: expected {NEVER_FAILS}, fails: {}", shortened(&failures))))
                }
                Err(error) => Err(format!("{asked}: {error}")),
            }
        });
        told.filter_map(Result::transpose).collect()
    }

    fn sides(&self) -> Vec<Side> {
        if self.on.is_empty() {
            return all().iter().take(2).map(|platform| Side::wanted(*platform)).collect();
        }
        self.on.clone()
    }

    fn unmet(
        &self,
        expected: Conclusion,
        compiled: &Compiled,
        context: Context<'_>,
    ) -> Result<Vec<String>, String> {
        let (rules, cluster) = (&compiled.rules, &compiled.cluster);
        let packet = self.packet();
        let sides = self.sides();
        let mut models = Models::new(context);
        for side in &sides {
            models = models.with(*side, &mut Vec::new());
        }
        let traced = Traced::of([&self.from, &self.to], None, cluster, rules, &models.targets());
        let traced = match traced {
            Ok(traced) => traced,
            // Most likely the manifests lost it; a slip in the expectation looks the same.
            Err(error) if error.is_absent() => {
                let expected = expected.as_str();
                let unmet = |side: &Side| {
                    format!(
                        "{packet} on {}: expected {expected}, but the manifests do not have what it names: {error}; \
                         bring it back, or correct the expectation",
                        side.name()
                    )
                };
                return Ok(sides.iter().map(unmet).collect());
            }
            Err(error) => return Err(format!("{packet}: {error}")),
        };
        let answer = |side: &Side| {
            let answer = traced.answers.iter().find(|answer| answer.side == *side);
            let now = answer.map(|answer| Summary::of(&answer.verdict).conclusion);
            let name = side.name();
            match now {
                Some(now) if now == expected => Ok(None),
                Some(now) => {
                    let (expected, now) = (expected.as_str(), now.as_str());
                    Ok(Some(format!("{packet} on {name}: expected {expected}, is {now}")))
                }
                None => Err(format!(
                    "{packet} on {name}: no dump of the node is given; name one with --dump under flags of hnsplan.yaml"
                )),
            }
        };
        sides.iter().filter_map(|side| answer(side).transpose()).collect()
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
