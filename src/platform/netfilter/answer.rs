//! Whether a condition holds: yes, no, or a reason why that cannot be told.

/// Whether a condition holds, or why that cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::platform) enum Answer<Why> {
    Yes,
    No,
    Unknown(Why),
}

impl<Why: Copy + PartialEq> Answer<Why> {
    pub(in crate::platform) fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    /// The answer to the condition, given that to what it compares.
    pub(in crate::platform) fn negated_if(self, not: bool) -> Self {
        match self {
            Self::Yes => Self::of(!not),
            Self::No => Self::of(not),
            Self::Unknown(_) => self,
        }
    }

    /// The answer for one of several values of which it is not known which: the same for all of them, or none.
    pub(in crate::platform) fn of_one_among(mut answers: impl Iterator<Item = Self>, why: Why) -> Self {
        let first = answers.next().unwrap_or(Self::Unknown(why));
        if answers.all(|answer| answer == first) { first } else { Self::Unknown(why) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stays_so() {
        type Of = Answer<&'static str>;
        assert_eq!(Of::Unknown("why").negated_if(true), Of::Unknown("why"));
        assert_eq!((Of::Yes.negated_if(true), Of::No.negated_if(false)), (Of::No, Of::No));
        assert_eq!(Of::of_one_among([Of::Yes, Of::Yes].into_iter(), "which"), Of::Yes);
        assert_eq!(Of::of_one_among([Of::Yes, Of::No].into_iter(), "which"), Of::Unknown("which"));
        assert_eq!(Of::of_one_among([].into_iter(), "which"), Of::Unknown("which"));
    }
}
