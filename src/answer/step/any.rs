//! Steps and states without their types, for code that serves every platform.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Failure, FailureClass, Fingerprint, PlanLine, Step};

/// A step of some platform. Clones share it.
#[derive(Debug, Clone)]
pub struct AnyStep(Arc<dyn ErasedStep>);

/// What [`Step`] offers without naming its type.
trait ErasedStep: Any + Debug + Send + Sync {
    fn inverse(&self) -> AnyStep;
    fn changes(&self) -> Vec<PlanLine>;
    fn facts(&self, line: usize) -> [Vec<String>; 2];
    fn had_nothing_to_do(&self, answer: FailureClass) -> bool;
    fn to_json(&self) -> serde_json::Result<Box<RawValue>>;
    fn to_pretty_json(&self) -> serde_json::Result<String>;
    fn is(&self, other: &AnyStep) -> bool;
}

impl<S: Step> ErasedStep for S {
    fn inverse(&self) -> AnyStep {
        AnyStep::new(Step::inverse(self))
    }

    fn changes(&self) -> Vec<PlanLine> {
        Step::changes(self)
    }

    fn facts(&self, line: usize) -> [Vec<String>; 2] {
        Step::facts(self, line)
    }

    fn had_nothing_to_do(&self, answer: FailureClass) -> bool {
        Step::had_nothing_to_do(self, answer)
    }

    fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        serde_json::value::to_raw_value(self)
    }

    fn to_pretty_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn is(&self, other: &AnyStep) -> bool {
        other.typed::<S>().is_ok_and(|other| self == other)
    }
}

impl AnyStep {
    /// The step without its type.
    pub fn new(step: impl Step) -> Self {
        Self(Arc::new(step))
    }

    /// The steps without their type.
    pub fn all(steps: impl IntoIterator<Item = impl Step>) -> Vec<Self> {
        steps.into_iter().map(Self::new).collect()
    }

    /// The step with its type.
    ///
    /// # Errors
    /// When it is a step of another platform.
    pub fn typed<S: Step>(&self) -> Result<&S, Failure> {
        (&*self.0 as &dyn Any).downcast_ref().ok_or_else(|| {
            Failure::permanent(
                "the step belongs to another platform.",
                "Name the executor of the platform that the plan was made for.",
            )
        })
    }

    /// The step that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        self.0.inverse()
    }

    /// What it changes, for people.
    #[must_use]
    pub fn changes(&self) -> Vec<PlanLine> {
        self.0.changes()
    }

    /// What the object of a line of its changes does before and afterwards.
    #[must_use]
    pub fn facts(&self, line: usize) -> [Vec<String>; 2] {
        self.0.facts(line)
    }

    /// Whether such an answer means that the node was as the step wants it before the step was tried.
    #[must_use]
    pub fn had_nothing_to_do(&self, answer: FailureClass) -> bool {
        self.0.had_nothing_to_do(answer)
    }

    /// Its JSON on several lines, as it is inside of a document at this depth.
    pub(crate) fn to_json_at(&self, depth: usize) -> serde_json::Result<Box<RawValue>> {
        let text = self.0.to_pretty_json()?;
        // Within strings, line ends are escaped.
        RawValue::from_string(text.replace('\n', &format!("\n{:1$}", "", depth * 2)))
    }
}

impl PartialEq for AnyStep {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(other)
    }
}

impl Serialize for AnyStep {
    /// As the step itself, member by member in its order; only serializers of `serde_json` keep it that way.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// What a node holds of some platform, as far as its steps depend on it.
pub struct AnyState(Box<dyn ErasedState>);

/// What [`AnyState`] needs of a state, without naming its type.
trait ErasedState {
    fn state(&self) -> &dyn Any;
    fn fingerprint(&self) -> Fingerprint;
    fn outline(&self) -> Fingerprint;
}

struct WithFingerprint<T> {
    state: T,
    fingerprint: fn(&T) -> Fingerprint,
    outline: fn(&T) -> Fingerprint,
}

impl<T: Any> ErasedState for WithFingerprint<T> {
    fn state(&self) -> &dyn Any {
        &self.state
    }

    fn fingerprint(&self) -> Fingerprint {
        (self.fingerprint)(&self.state)
    }

    fn outline(&self) -> Fingerprint {
        (self.outline)(&self.state)
    }
}

impl AnyState {
    /// A state without its type, and what its fingerprint is.
    pub fn new<T: Any>(state: T, fingerprint: fn(&T) -> Fingerprint) -> Self {
        Self::outlined(state, fingerprint, fingerprint)
    }

    /// The same, of which runs change only what the outline tells of.
    pub fn outlined<T: Any>(
        state: T,
        fingerprint: fn(&T) -> Fingerprint,
        outline: fn(&T) -> Fingerprint,
    ) -> Self {
        Self(Box::new(WithFingerprint { state, fingerprint, outline }))
    }

    /// The state with its type; `None` when it is one of another platform.
    #[must_use]
    pub fn typed<T: Any>(&self) -> Option<&T> {
        self.0.state().downcast_ref()
    }

    /// What tells whether the node still holds the same.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    /// What tells whether all that runs change is as it was.
    #[must_use]
    pub fn outline(&self) -> Fingerprint {
        self.0.outline()
    }
}
