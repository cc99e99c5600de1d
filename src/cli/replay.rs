//! `hnsplan replay`

use std::path::PathBuf;

use clap::Args;

use super::request::{DumpFlags, PlatformFlags};
use super::values::platforms;
use crate::flag::Flag;
use crate::platform::timeline::Keeps;
use crate::platform::{Options, Platform, all};
use crate::render::replay::{FORMAT, Format};
use crate::replay::{FLAGS, Request, Sequence, against, replay};
use crate::shell::files::with_texts;
use crate::shell::input::Node;
use crate::shell::{Failure, FlagSet, Flags, Terminal};

/// Show what kube-proxy does on a node, sync by sync, while a cluster changes.
///
/// A folder has numbered manifests, each with all Services and EndpointSlices of one moment; kube-proxy syncs once for
/// each. Beside 02.yaml, 02.hns.json says what others did to HNS before, 02.faults.json which calls fail, and
/// 02.step.json what else happened. kube-proxy.yaml, facts.yaml and node.yaml in the folder describe the
/// node, *.before.json what it holds at the beginning. First comes what clients notice in between.
#[derive(Debug, Args)]
#[command(mut_arg("output", |arg| arg.short('o')))]
#[command(after_help = "Examples:\n  \
    hnsplan replay rollout/ --node win-1\n  \
    hnsplan replay rollout/ --network-type Overlay --kube-proxy-version 1.30 -o calls\n  \
    hnsplan replay rollout/ --node win-1 --against 1.30\n\n\
    Exit codes:  0 printed, 1 clients notice it, or other things with --against, 2 wrong usage or unreadable input")]
pub(super) struct Replay {
    /// A folder, files of moments in order, or recorded watches; - is standard input
    #[arg(value_name = "SEQUENCE", required = true)]
    sequence: Vec<PathBuf>,
    /// The platform
    #[arg(short, long, value_name = "TARGET", default_value = "hns", value_parser = platforms())]
    target: &'static dyn Platform,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    options: Flags<PlatformFlags>,
    #[command(flatten)]
    dumps: Flags<DumpFlags>,
    #[command(flatten)]
    flags: Flags<ReplayFlags>,
}

/// The flags that only this command has.
#[derive(Debug, Clone, Default)]
struct ReplayFlags;

impl FlagSet for ReplayFlags {
    fn all() -> Vec<&'static Flag> {
        [&FORMAT].into_iter().chain(FLAGS).collect()
    }
}

impl Replay {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let format = Format::of(&self.flags.given)?;
        let given = with_texts(&ReplayFlags::all(), &self.flags.given, |_, _| true)?;
        let sequence = Sequence::read(&self.sequence)?.with(&given, self.target)?;
        let mut setup = sequence.complete(self.node.setup_in(None)?)?;
        all().iter().try_for_each(|of| of.read_node(&self.options.given, &mut setup.overrides))?;
        let capture = self.dumps.read(terminal)?;
        let replayed = replay(
            &sequence,
            &Request {
                setup: &setup,
                platform: self.target,
                options: &Options::of(&self.options.given)?,
                held: &capture.holdings,
                against: against(&given)?,
                keeps: Keeps { calls: format == Format::Calls, states: format == Format::State },
            },
        )?;
        replayed.remarks.iter().for_each(|of| terminal.diagnostics(&of.diagnostics, &of.sources));
        let (text, is_felt) = format.write(&replayed, terminal.is_verbose())?;
        terminal.answer(&text, self.out.as_deref())?;
        if is_felt { Err(Failure::Findings) } else { Ok(()) }
    }
}
