//! What nobody could verify about Windows, as switches, and whether one has made a difference.

/// What is not known about Windows, each with a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unverified {
    /// What netsh does when a line of a script fails.
    pub on_failure: OnFailure,
    /// What happens to a listener that is created again. `set` is documented to change it, `add` is not.
    pub on_existing: OnExisting,
    /// Whether a listener begins to listen when its address appears after it.
    pub listens_later: bool,
    /// Whether a listener on one address listens besides one on all addresses, and gets the connection.
    pub exact_beside_any: bool,
}

/// What netsh does when a line of a script fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It ends there.
    Stop,
    /// It goes on with the next line.
    Continue,
}

/// What happens to a listener that is created again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExisting {
    /// It gets the new target.
    Replace,
    /// The command fails.
    Fail,
}

impl Default for Unverified {
    fn default() -> Self {
        Self {
            on_failure: OnFailure::Continue,
            on_existing: OnExisting::Replace,
            listens_later: false,
            exact_beside_any: true,
        }
    }
}

impl Unverified {
    /// All that Windows might do.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16u8).map(|bits| Self {
            on_failure: if bits & 1 == 0 { OnFailure::Stop } else { OnFailure::Continue },
            on_existing: if bits & 2 == 0 { OnExisting::Replace } else { OnExisting::Fail },
            listens_later: bits & 4 == 0,
            exact_beside_any: bits & 8 == 0,
        })
    }
}

/// Whether an assumption has made a difference so far. What a node holds is the same either way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Doubt(pub(super) bool);

impl PartialEq for Doubt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Doubt {}
