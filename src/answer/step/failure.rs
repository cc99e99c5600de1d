//! Why a step did not work, in the words of the platform, and what to do next.

use std::fmt;

/// What to make of an answer of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// The object is not there. Something to be deleted is gone, which is what was wanted.
    NotFound,
    /// The object is there already. What is there may be adopted.
    AlreadyExists,
    /// Another object has what is wanted.
    Conflict,
    /// Other objects use the object, so it cannot be deleted yet.
    InUse,
    /// The platform is busy or down, or lacks something for now.
    Retry,
    /// The object is half broken.
    Degraded,
    /// This version of the platform cannot do it that way.
    NotImplemented,
    /// It fails as often as it is tried.
    Permanent,
}

/// Whether a call that failed may succeed when it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Unchanged, after a while, and after the node has been read again.
    Later,
    /// After something else has been done.
    After(&'static str),
    /// No.
    Never,
}

impl FailureClass {
    /// The words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Conflict => "conflict",
            Self::InUse => "in use",
            Self::Retry => "temporary",
            Self::Degraded => "degraded",
            Self::NotImplemented => "not implemented",
            Self::Permanent => "permanent",
        }
    }

    /// Whether to make the call again.
    #[must_use]
    pub fn again(self) -> Again {
        match self {
            Self::NotFound => Again::After("the node is read again and a new plan is made"),
            Self::AlreadyExists => Again::After("what is there is adopted or deleted"),
            Self::Conflict => Again::After("the owner of the address and port is found and removed"),
            Self::InUse => Again::After("the objects that use it are deleted or changed"),
            Self::Retry => Again::Later,
            Self::Degraded => Again::After("the object is deleted and made again"),
            Self::NotImplemented => Again::After("the object is deleted and made again instead"),
            Self::Permanent => Again::Never,
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later => f.write_str("yes, after a while and after reading the node again"),
            Self::After(what) => write!(f, "only after {what}"),
            Self::Never => f.write_str("no"),
        }
    }
}

/// Why something could not be done on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What to make of it.
    pub class: FailureClass,
    /// The code, as tools print it: `0x803B0013 HCN_E_PORT_ALREADY_EXISTS`. Empty where there is none.
    pub code: String,
    /// What happened.
    pub meaning: String,
    /// What to do next.
    pub advice: String,
    /// Whether the platform refused the step as a whole, so that nothing has changed.
    pub changed_nothing: bool,
}

impl Failure {
    /// One that stays however often it is tried.
    #[must_use]
    pub fn permanent(meaning: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            class: FailureClass::Permanent,
            code: String::new(),
            meaning: meaning.into(),
            advice: advice.into(),
            changed_nothing: false,
        }
    }

    /// The same, of a step that the platform refused as a whole.
    #[must_use]
    pub fn that_changed_nothing(self) -> Self {
        Self { changed_nothing: true, ..self }
    }

    /// Whether the same may work a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.class.again() == Again::Later
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blank = if self.code.is_empty() { "" } else { ": " };
        write!(f, "{}{blank}{}", self.code, self.meaning)
    }
}

impl std::error::Error for Failure {}
