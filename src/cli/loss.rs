//! `--deny-loss`: what a platform cannot do, as a reason to fail. The same for every target.

use clap::Args;

use super::Failure;
use crate::catalog;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::printable;

/// Which losses are no longer accepted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct LossFlags {
    /// End with exit code 2 if one of these losses is found: their codes, or all
    #[arg(long, value_name = "CODES|all", value_delimiter = ',', value_parser = denied)]
    deny_loss: Vec<Denied>,
}

/// One entry of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denied {
    All,
    Only(Code),
}

fn denied(text: &str) -> Result<Denied, String> {
    if text.eq_ignore_ascii_case("all") {
        return Ok(Denied::All);
    }
    catalog::find(text).filter(|code| code.is_loss()).map(Denied::Only).ok_or_else(|| {
        let losses = catalog::all().iter().filter(|code| code.is_loss()).map(|code| code.id());
        format!("`{}` is no loss; losses are {}", printable(text), losses.collect::<Vec<_>>().join(", "))
    })
}

impl LossFlags {
    /// Fails when something is lost that is not accepted.
    pub(super) fn check(&self, diagnostics: &[Diagnostic]) -> Result<(), Failure> {
        let is_denied = |code: Code| {
            code.is_loss()
                && self.deny_loss.iter().any(|denied| [Denied::All, Denied::Only(code)].contains(denied))
        };
        let mut found: Vec<Code> =
            diagnostics.iter().map(|found| found.code).filter(|code| is_denied(*code)).collect();
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Ok(());
        }
        let codes: Vec<&str> = found.iter().map(|code| code.id()).collect();
        let noun = if count == 1 { "loss is" } else { "losses are" };
        Err(Failure::Denied(format!("{count} {noun} not accepted: {} (--deny-loss)", codes.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::netsh::codes;

    #[test]
    fn a_list_names_losses_in_any_case() {
        assert_eq!(denied("all"), Ok(Denied::All));
        assert_eq!(denied("s0701"), Ok(Denied::Only(codes::UDP)));
        assert!(denied("S0711").unwrap_err().starts_with("`S0711` is no loss; losses are H0605"));
        assert!(denied("").is_err());
    }

    #[test]
    fn only_what_is_named_is_denied() {
        let found = [Diagnostic::new(codes::UDP, "x"), Diagnostic::new(codes::SHARED_SEGMENT, "x")];
        let check = |list: &[Denied]| LossFlags { deny_loss: list.to_vec() }.check(&found).is_ok();
        assert!(check(&[]));
        assert!(check(&[Denied::Only(codes::SCTP)]));
        assert!(!check(&[Denied::Only(codes::UDP)]));
        assert!(!check(&[Denied::All]));
    }
}
