//! `hnsplan explain`

mod flags;
mod service;
pub(super) use clap::{Args, Subcommand};

use super::Failure;
use super::output::Terminal;
use crate::catalog;
use crate::diagnostics::Code;
use crate::name::printable;
use crate::platform::hns::errors::HnsError;
use crate::render::columns::{block, wrapped};

/// How long a line of text may be.
const WIDTH: usize = 80;

/// Explain a code, a number of HNS, or what kube-proxy on Windows does with a Service.
///
/// A CODE is one of hnsplan's own, as in M0107, or an answer of HNS as kube-proxy logs it: an HRESULT in
/// hexadecimal or decimal, a Win32 code, or a symbol. Without one, all codes of hnsplan are listed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:\n  \
    hnsplan explain M0107\n  \
    hnsplan explain 0x803b0013\n  \
    hnsplan explain HCN_E_PORT_ALREADY_EXISTS\n  \
    hnsplan explain flags port 28\n  \
    hnsplan explain service shop/web -f cluster.yaml --node win-1 --config kube-proxy.yaml")]
pub(super) struct Explain {
    /// A code, as in M0107 or 0x803b0013
    #[arg(allow_negative_numbers = true)]
    code: Option<String>,
    #[command(subcommand)]
    topic: Option<Topic>,
}

#[derive(Debug, Subcommand)]
enum Topic {
    Flags(flags::Flags),
    Service(Box<service::Service>),
}

impl Explain {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        match (&self.topic, &self.code) {
            (Some(Topic::Flags(flags)), _) => flags.run(terminal),
            (Some(Topic::Service(service)), _) => service.run(terminal),
            (None, Some(text)) => explain(text, terminal),
            (None, None) => list(terminal),
        }
    }
}

/// All codes of hnsplan, one a line.
fn list(terminal: &mut Terminal) -> Result<(), Failure> {
    let line = |code: &Code| format!("{}  {:7}  {}\n", code.id(), code.severity(), code.title());
    terminal.result(catalog::all().iter().map(line).collect::<Vec<_>>().iter().map(String::as_str))
}

fn explain(text: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    if let Some(code) = catalog::find(text) {
        let explanation = wrapped(code.explanation(), WIDTH).join("\n");
        let head = format!("{} ({}): {}", code.id(), code.severity(), code.title());
        return terminal.result([&*format!("{head}\n\n{explanation}\n")]);
    }
    match HnsError::find(text) {
        Some(error) => terminal.result([&*answer_of_hns(error)]),
        None => {
            Err(Failure::Message(format!("no code `{}`; hnsplan explain lists them all", printable(text))))
        }
    }
}

fn answer_of_hns(error: &HnsError) -> String {
    let HnsError { code, symbol, class, meaning, advice } = error;
    let win32 = error.win32().map(|code| format!(", Win32 {code:#x}")).unwrap_or_default();
    let meaning = wrapped(meaning, WIDTH).join("\n");
    let rows = [("again", class.again().to_string()), ("next", (*advice).to_owned())];
    let rows: String = rows.iter().map(|(name, text)| block(name, 9, text, WIDTH)).collect();
    format!("{symbol} (0x{code:08X}, {code}{win32}): {class}\n\n{meaning}\n\n{rows}")
}
