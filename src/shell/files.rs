//! Files that flags name: read whole, refused where they are plainly something else, and their faults told with a place.

use std::path::Path;

use super::{Failure, misplaced};
use crate::capture::Identity;
use crate::diagnostics::Diagnostic;
use crate::flag::{Flag, Given, NamedText, Takes};
use crate::source::{SourceFile, SourceId, Sources};

/// How many bytes a configuration, or another file that people write, may have.
const LARGEST: u64 = 16 << 20;

/// What a flag takes, in words and by kind; also kinds about which the flag's own parser says more.
pub(crate) struct Expected {
    /// With an article, as in "a facts file".
    pub(crate) what: &'static str,
    /// The kinds.
    pub(crate) takes: &'static [Identity],
}

impl Expected {
    /// Parses a file with places; without one nothing is given.
    pub(crate) fn placed<T: Default>(
        &self,
        path: Option<&Path>,
        parse: impl Fn(SourceId, &str, &str) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<T, Failure> {
        let Some(path) = path else { return Ok(T::default()) };
        let mut sources = Sources::default();
        let id = self.read(path, &mut sources)?;
        let SourceFile { name, text, .. } = sources.file(id);
        parse(id, name, text).map_err(|wrong| Failure::Invalid(wrong, Box::new(sources)))
    }

    fn read(&self, path: &Path, sources: &mut Sources) -> Result<SourceId, Failure> {
        let id = sources.read_small(path, LARGEST)?;
        let (file, text) = (path.display().to_string(), &sources.file(id).text);
        misplaced::check(&file, text, self.what, |identity| self.takes.contains(&identity))?;
        Ok(id)
    }
}

/// What was given of flags, with the texts of the files that they name; `takes` is whether a flag takes a text of a kind.
pub(crate) fn with_texts(
    flags: &[&'static Flag],
    given: &Given,
    takes: impl Fn(&Flag, Identity) -> bool,
) -> Result<Given, Failure> {
    let mut all = given.clone();
    for flag in flags.iter().filter(|flag| matches!(flag.takes, Takes::Files(_))) {
        for name in given.all(flag) {
            let mut sources = Sources::default();
            let id = sources.read_small(name.as_ref(), u64::from(u32::MAX))?;
            let text = sources.file(id).text.clone();
            let expected = format!("what --{} takes", flag.name);
            misplaced::check(name, &text, &expected, |identity| takes(flag, identity))?;
            all.add_text(flag, NamedText { name: name.clone(), text });
        }
    }
    Ok(all)
}
