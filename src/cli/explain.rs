//! `hnsplan explain`

mod service;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};

use super::values::explained;
use crate::explain;
use crate::node::Version;
use crate::render::explain::{describe, describe_number, list, log, version};
use crate::shell::input::{Manifests, versions};
use crate::shell::{Failure, Terminal};

/// How long a line of text may be where no flag says so.
const WIDTH: usize = 80;

/// Explain a code, a number of HNS, or what kube-proxy on Windows does with a Service.
///
/// A CODE is one that hnsplan prints, as in M0107 or H09; an error of Windows as kube-proxy logs it: an HRESULT in
/// hexadecimal or decimal, a Win32 or Winsock code, or a symbol; or the name of a switch of HNS in the registry. Codes
/// are also found in a whole line of a log. Without a CODE, all are listed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:\n  \
    hnsplan explain M0107\n  \
    hnsplan explain 0x803b0013\n  \
    hnsplan explain HCN_E_PORT_ALREADY_EXISTS\n  \
    hnsplan explain flags port 28\n  \
    hnsplan explain service shop/web -f cluster.yaml --node win-1 --config kube-proxy.yaml")]
pub(super) struct Explain {
    /// A code, or a line with codes in it, as in M0107 or 0x803b0013
    #[arg(allow_negative_numbers = true, hide_possible_values = true, value_parser = explained())]
    code: Option<String>,
    #[command(subcommand)]
    topic: Option<Topic>,
}

#[derive(Debug, Subcommand)]
enum Topic {
    /// Take a number of an HCN object apart.
    #[command(after_help = "Examples:\n  \
        hnsplan explain flags loadbalancer 3\n  \
        hnsplan explain flags port 28\n  \
        hnsplan explain flags endpoint 0x1\n  \
        hnsplan explain flags distribution 2")]
    Flags {
        /// Whose number it is
        #[arg(value_parser = kinds())]
        kind: String,
        /// The number, in decimal or as 0x1c; without one, all meanings are listed
        #[arg(value_parser = explain::parse_number)]
        number: Option<u32>,
    },
    Service(Box<service::Service>),
    /// Say what a log of kube-proxy on Windows tells, and what to do.
    #[command(mut_arg("filename", |arg| arg.required(false)))]
    Log {
        /// The log, or - for standard input
        file: String,
        #[command(flatten)]
        manifests: Manifests,
    },
    /// Show in which releases kube-proxy changed its rules, and which of that a version has.
    #[command(after_help = "Examples:\n  \
        hnsplan explain version 1.34.2\n  \
        hnsplan explain version 1.34.2 --against 1.34.9\n  \
        hnsplan explain version")]
    Version {
        /// A version, as in 1.34 or 1.34.2; without one, all changes are listed
        #[arg(value_name = "VERSION", hide_possible_values = true, value_parser = versions())]
        release: Option<Version>,
        /// Only what this version does otherwise
        #[arg(long, value_name = "VERSION", requires = "release", hide_possible_values = true, value_parser = versions())]
        against: Option<Version>,
    },
}

fn kinds() -> PossibleValuesParser {
    explain::numbers().map(|number| PossibleValue::new(number.name).help(number.title)).into()
}

impl Explain {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        match (&self.topic, &self.code) {
            (Some(Topic::Flags { kind, number }), _) => {
                let kind = explain::find_number(kind).expect("other words are refused");
                terminal.result([describe_number(kind, *number, terminal.columns_or(WIDTH))])
            }
            (Some(Topic::Service(service)), _) => service.run(terminal),
            (Some(Topic::Log { file, manifests }), _) => {
                let told = explain::log_of(file)?;
                let told = if manifests.is_empty() { told } else { told.joined_to(manifests.read()?) };
                terminal.result([log(&told, terminal.columns_or(WIDTH))])
            }
            (Some(Topic::Version { release, against }), _) => {
                terminal.result([version::shown(*release, *against, terminal.columns_or(WIDTH))])
            }
            (None, Some(text)) => {
                let found = explain::explain(text).map_err(|of| Failure::Message(of.to_string()))?;
                terminal.result([describe(&found, terminal.columns_or(WIDTH))])
            }
            (None, None) => terminal.result([list()]),
        }
    }
}
