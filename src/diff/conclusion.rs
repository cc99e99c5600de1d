//! What a comparison comes to.

use crate::answer::change::Comparison;
use crate::sheet::Sheet;

/// Whether two sides are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// All that sides like these can tell was compared, and nothing differs.
    Same,
    /// Something differs, whatever else was not compared.
    Differs,
    /// Nothing differs as far as it was compared, and a side does not tell what decides.
    Open,
}

impl Conclusion {
    /// What differs counts whatever is open.
    #[must_use]
    pub fn of(differs: bool, is_open: bool) -> Self {
        match (differs, is_open) {
            (true, _) => Self::Differs,
            (false, true) => Self::Open,
            (false, false) => Self::Same,
        }
    }

    /// Whether something differs.
    ///
    /// # Errors
    /// When it is open: a sentence that says so.
    pub fn differs(self) -> Result<bool, &'static str> {
        match self {
            Self::Same => Ok(false),
            Self::Differs => Ok(true),
            Self::Open => Err(
                "a dump leaves out what decides whether the sides are equal; the answer says what was not compared, and \
                 what to add to the dump",
            ),
        }
    }
}

impl Comparison {
    /// What it comes to.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        Conclusion::of(!self.is_empty(), self.left_open > 0)
    }
}

impl Sheet {
    /// What it comes to.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        Conclusion::of(self.differing() > 0, self.is_open())
    }
}
