//! What of two sides is not compared.

/// Something that is not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The side that does not tell it; none where neither does, or where manifests leave it open.
    pub side: Option<usize>,
    /// What is not compared, why, and what would tell it; a sentence without its end.
    pub reason: String,
}

impl Gap {
    /// What a side does not tell.
    pub fn of_side(side: usize, reason: impl Into<String>) -> Self {
        Self { side: Some(side), reason: reason.into() }
    }

    /// What is not compared, whatever the sides are.
    pub fn of_both(reason: impl Into<String>) -> Self {
        Self { side: None, reason: reason.into() }
    }

    /// The sentence with the name of the side: `node.json: load balancers: the dump does not contain them`.
    #[must_use]
    pub fn named(&self, names: &[String; 2]) -> String {
        match self.side {
            Some(side) => format!("{}: {}", names[side], self.reason),
            None => self.reason.clone(),
        }
    }
}
