//! Parts of rules that this program does not know, kept as they stood in a foreign dump.

/// A match or a target that this program does not know: an option, and the options that belong to it.
///
/// **Invariant:** only the reader makes one, of the words of one line, so there is at least one option
/// and no word has a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign(pub(in crate::platform::iptables) Vec<ForeignOption>);

impl Foreign {
    /// The options: `-m set` and `--match-set x src`, or just `-o eth0`.
    #[must_use]
    pub fn options(&self) -> &[ForeignOption] {
        &self.0
    }

    /// Whether the match holds for every packet: a comment that is no [`Comment`](super::Comment).
    #[must_use]
    pub fn always_matches(&self) -> bool {
        match &self.0[..] {
            [module, comments @ ..] => {
                module.is("-m", "comment") && comments.iter().all(|option| &*option.name == "--comment")
            }
            [] => false,
        }
    }
}

/// An option with its values: `! --match-set x src`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOption {
    /// Whether a `!` stands before it.
    pub(in crate::platform::iptables) not: bool,
    /// The option itself, with its dashes.
    pub(in crate::platform::iptables) name: Box<str>,
    /// The words after it, without quotes.
    pub(in crate::platform::iptables) values: Vec<Box<str>>,
}

impl ForeignOption {
    /// Whether a `!` stands before it.
    #[must_use]
    pub fn not(&self) -> bool {
        self.not
    }

    /// The option itself, with its dashes; those that every rule knows in their short form.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The words after it.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        !self.not && &*self.name == name && self.values().eq([value])
    }
}
