//! What a run of a suite is asked to do about outputs that differ, and where it must not.

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The first files of a suite are written.
    pub init: bool,
    /// What is given now is taken as expected.
    pub accept: bool,
    /// A person decides about each output.
    pub review: bool,
}

impl Asked {
    /// Why it is refused: nothing is written where the variable `CI` is set, and only people on a terminal are asked.
    #[must_use]
    pub fn refusal(self, in_ci: bool, is_quiet: bool, is_on_terminal: bool) -> Option<&'static str> {
        match (self.accept, self.review) {
            _ if in_ci && self.init => {
                Some("--init writes files, and CI is set: write them elsewhere, and commit")
            }
            (true, _) if in_ci => {
                Some("--accept writes files, and CI is set: accept where you can review, and commit")
            }
            (_, true) if in_ci => Some("--review asks a person, and CI is set: review elsewhere, and commit"),
            (_, true) if is_quiet => {
                Some("--review shows differences, and -q prints none: leave out one of them")
            }
            (_, true) if !is_on_terminal => {
                Some("--review asks on a terminal, and here is none: --accept takes all without a question")
            }
            _ => None,
        }
    }
}
