//! What two sides of one platform differ in, as a saved document tells it: the comparison, made of the document again.

use serde::Deserialize;

use crate::answer::change::{
    Comparison, Counts, Defect, FieldChange, Gap, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::catalog;
use crate::diagnostics::Code;
use crate::platform::find;

/// What two sides of one platform differ in.
#[derive(Deserialize)]
#[serde(try_from = "Members")]
pub struct SavedDiff {
    /// The names of both sides.
    pub names: [String; 2],
    /// What they differ in.
    pub comparison: Comparison,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    platform: String,
    sides: [SideMembers; 2],
    equal: bool,
    objects: Vec<CountsMembers>,
    changes: Vec<ChangeMembers>,
    findings: Vec<FindingMembers>,
    not_compared: Vec<String>,
}

#[derive(Deserialize)]
struct SideMembers {
    name: String,
    is: StandingWord,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StandingWord {
    Wanted,
    Held,
}

#[derive(Deserialize)]
struct CountsMembers {
    kind: Kind,
    equal: u32,
    changed: u32,
    only: [u32; 2],
    foreign: u32,
    undecided: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Kind(ObjectKind);

#[derive(Deserialize)]
struct ChangeMembers {
    change: VerbWord,
    kind: Kind,
    name: String,
    id: Option<String>,
    services: Vec<String>,
    #[serde(default)]
    from: Vec<String>,
    fields: Vec<FieldMembers>,
    references: Option<[u32; 2]>,
    weight: WeightWord,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum VerbWord {
    Created,
    Deleted,
    Changed,
    Moved,
    Renamed,
    Replaced,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WeightWord {
    Counts,
    Foreign,
    Undecided,
}

#[derive(Deserialize)]
struct FieldMembers {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Deserialize)]
struct FindingMembers {
    code: KnownCode,
    kind: Kind,
    name: String,
    id: Option<String>,
    services: Vec<String>,
    message: String,
    help: Option<String>,
    cause: Option<String>,
}

/// A code that this program knows.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct KnownCode(pub(super) Code);

impl TryFrom<String> for KnownCode {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let code = catalog::find(&id).filter(|code| code.id() == id);
        let unknown = || {
            format!("`{id}` is not a code of this version; show the document with the hnsplan that wrote it")
        };
        code.map(Self).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Kind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        ObjectKind::named(&word).map(Self).ok_or_else(|| format!("`{word}` is no kind of object"))
    }
}

impl TryFrom<Members> for SavedDiff {
    type Error = String;

    fn try_from(of: Members) -> Result<Self, String> {
        let platform = find(&of.platform).ok_or_else(|| format!("`{}` is no platform", of.platform))?;
        let standings = of.sides.each_ref().map(|side| match side.is {
            StandingWord::Wanted => Standing::Wanted,
            StandingWord::Held => Standing::Held,
        });
        let mut comparison = Comparison {
            platform: platform.name(),
            standings,
            changes: of.changes.into_iter().map(ChangeMembers::read).collect::<Result<_, _>>()?,
            findings: of.findings.into_iter().map(FindingMembers::read).collect(),
            counts: of.objects.iter().map(|counts| (counts.kind.0, counts.read())).collect(),
            // The sentences have the names of their sides already.
            gaps: of.not_compared.into_iter().map(Gap::of_both).collect(),
            left_open: 0,
        };
        comparison.left_open = usize::from(!of.equal && comparison.is_empty());
        Ok(Self { names: of.sides.map(|side| side.name), comparison })
    }
}

impl CountsMembers {
    fn read(&self) -> Counts {
        let [equal, changed, foreign, undecided] =
            [self.equal, self.changed, self.foreign, self.undecided].map(|count| count as usize);
        Counts { equal, changed, only: self.only.map(|count| count as usize), foreign, undecided }
    }
}

impl ChangeMembers {
    fn read(self) -> Result<ObjectChange, String> {
        let verb = match self.change {
            VerbWord::Created => Verb::Created,
            VerbWord::Deleted => Verb::Deleted,
            VerbWord::Changed => Verb::Changed,
            VerbWord::Replaced => Verb::Replaced,
            VerbWord::Renamed => Verb::Renamed { from: self.from },
            VerbWord::Moved => {
                let [from] = <[String; 1]>::try_from(self.from)
                    .map_err(|_| "what is moved has one name in the field `from`".to_owned())?;
                Verb::Moved { from }
            }
        };
        let field = |FieldMembers { path, before, after }| FieldChange { path, before, after };
        Ok(ObjectChange {
            verb,
            subject: Subject { kind: self.kind.0, name: self.name, id: self.id, services: self.services },
            fields: self.fields.into_iter().map(field).collect(),
            references: self.references.map(|counts| counts.map(|count| count as usize)),
            weight: match self.weight {
                WeightWord::Counts => Weight::Counts,
                WeightWord::Foreign => Weight::Foreign,
                WeightWord::Undecided => Weight::Undecided,
            },
        })
    }
}

impl FindingMembers {
    fn read(self) -> Defect {
        let Self { code, kind, name, id, services, message, help, cause } = self;
        let subject = Subject { kind: kind.0, name, id, services };
        Defect { code: code.0, subject, message, help, cause }
    }
}
