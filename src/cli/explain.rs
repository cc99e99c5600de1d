//! `hnsplan explain`

use clap::Args;

use super::Failure;
use super::output::Terminal;
use crate::diagnostics::Code;
use crate::name::printable;

/// Explain a diagnostic code, or list all codes.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A code, as in M0107
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let Some(id) = &self.code else {
            let line = |code: &Code| format!("{}  {:7}  {}\n", code.id(), code.severity(), code.title());
            return terminal
                .result(Code::ALL.iter().map(line).collect::<Vec<_>>().iter().map(String::as_str));
        };
        let code = Code::find(id).ok_or_else(|| {
            Failure::Message(format!("no code `{}`; hnsplan explain lists them all", printable(id)))
        })?;
        terminal.result([&*format!(
            "{} ({}): {}\n\n{}\n",
            code.id(),
            code.severity(),
            code.title(),
            wrapped(code.explanation())
        )])
    }
}

/// Breaks a text into lines of at most 80 characters.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
