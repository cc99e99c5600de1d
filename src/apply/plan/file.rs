//! Files of saved plans: read once, so that what is checked is what is carried out.

use std::path::Path;

use super::super::codes;
use super::NodePlan;
use super::fit::{LARGEST, text_of};
#[cfg(feature = "apply")]
use super::signature::VerifyingKey;
use crate::capture::{Identity, identify};
use crate::diagnostics::Diagnostic;
use crate::flag::OwnKind;
use crate::name::escaped;
use crate::platform::Platform;
use crate::source::{Input, ReadError, Sources};

/// How many bytes the file of a signature may have: it is much shorter, with any white space around it.
#[cfg(feature = "apply")]
const LARGEST_SIGNATURE: u64 = 4 << 10;

/// The text of a saved plan, not yet parsed.
pub struct PlanFile {
    /// The name of the file, safe to print.
    name: String,
    text: String,
}

impl PlanFile {
    /// Reads a file; `-` is standard input.
    ///
    /// # Errors
    /// When it cannot be read, or is plainly something else than a plan.
    pub fn read(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let (read, name) = match path.to_str() {
            Some("-") => (text_of_stdin(), "standard input".to_owned()),
            _ => (text_of(path, LARGEST), path.display().to_string()),
        };
        let text = read.map_err(|error| unusable(error.to_string()))?;
        let is_other = |identity: &Identity| *identity != Identity::Own(OwnKind::NodePlan);
        match identify(&text).filter(is_other) {
            Some(other) => Err(unusable(other.instead_of(&name, "a saved plan"))),
            None => Ok(Self { name: escaped(&name), text }),
        }
    }

    /// The plan, for a platform.
    ///
    /// # Errors
    /// When it is no plan, or one for another platform.
    pub fn plan(&self, platform: &dyn Platform) -> Result<NodePlan, Box<Diagnostic>> {
        let plan = NodePlan::from_text(&self.text).and_then(|plan| plan.only_for(platform));
        plan.map_err(|error| unusable(format!("{}: {error}", self.name)))
    }

    /// Why the owners of these keys did not sign the plan: its signature is in a file, and one of them has to have made it.
    #[cfg(feature = "apply")]
    #[must_use]
    pub fn unsigned(&self, keys: &[VerifyingKey], signature: &Path) -> Option<Diagnostic> {
        let what = match text_of(signature, LARGEST_SIGNATURE) {
            Err(error) => format!("{}: no signature of the plan: {error}", self.name),
            Ok(signature) if keys.iter().any(|key| key.has_signed(&self.text, &signature)) => return None,
            Ok(_) => {
                let file = signature.display().to_string();
                format!("{}: {} is no signature of it by a trusted key", self.name, escaped(&file))
            }
        };
        let help = "review the plan, and have it made with hnsplan plan --sign-key KEY --out FILE; the plan and FILE.sig belong \
                    together";
        Some(Diagnostic::new(codes::PLAN_UNSIGNED, what).help(help))
    }
}

fn unusable(what: String) -> Box<Diagnostic> {
    let help = "hnsplan plan --out FILE, with the same --executor, writes one";
    Box::new(Diagnostic::new(codes::PLAN_UNUSABLE, what).help(help))
}

fn text_of_stdin() -> Result<String, ReadError> {
    let sources = Sources::read(&[Input::Stdin], false)?;
    Ok(sources.iter().map(|(_, file)| file.text.as_str()).collect())
}
