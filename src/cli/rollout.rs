//! `hnsplan rollout`

use std::path::PathBuf;

use clap::Args;

use super::request::PlatformFlags;
use super::values::platforms;
use crate::document;
use crate::pipeline::Setup;
use crate::platform::{Options, Platform, all};
use crate::rollout::{Where, replays, rollout};
use crate::shell::change::{ChangeFlags, Changed};
use crate::shell::formats::RolloutFormat;
use crate::shell::input::{Manifests, Node};
use crate::shell::{Failure, Flags, Terminal};

/// Show what clients notice while a change is rolled out.
///
/// From manifests and a change follows what the controllers of Deployments, StatefulSets and DaemonSets do, pod by pod,
/// and what kube-proxy does on the nodes at each moment. What nothing determines, as which pod is ready first, is varied:
/// the worst order and the best are shown. What manifests leave out is assumed, as hnsplan fill does.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |arg| arg.required(false).conflicts_with("old")), mut_arg("from_cluster", |arg| arg.conflicts_with("old")))]
#[command(mut_arg("context", |arg| arg.conflicts_with("old")), mut_arg("kubeconfig", |arg| arg.conflicts_with("old")))]
#[command(after_help = "Examples:\n  \
    hnsplan rollout --old main/ --new branch/ -R\n  \
    hnsplan rollout -f manifests/ --restart shop/web --node win-1\n  \
    hnsplan rollout -f cluster.yaml --scale shop/web=1 -o md\n  \
    hnsplan rollout -f cluster.yaml --drain win-1\n\n\
    Exit codes:  0 clients notice nothing in any order, 1 they do in the worst, 2 wrong usage or unreadable input")]
pub(super) struct Rollout {
    #[command(flatten)]
    change: ChangeFlags,
    /// The platform [default: those of the nodes]
    #[arg(short, long, value_name = "TARGET", value_parser = platforms())]
    target: Option<&'static dyn Platform>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    output: RolloutFormat,
    /// Write the answer into this file instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    options: Flags<PlatformFlags>,
}

impl Rollout {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut setup = self.node.setup(&self.manifests)?;
        all().iter().try_for_each(|of| of.read_node(&self.options.given, &mut setup.overrides))?;
        let assumed = Setup { assume: Some(setup.assume.take().unwrap_or_default()), ..setup.clone() };
        let assumptions = assumed.assumptions().unwrap_or_default();
        let Changed { change, cluster, sources } = self.change.read(&self.manifests, &assumptions)?;
        terminal.diagnostics(&cluster.after.diagnostics, &sources);
        terminal.say_assumed(Some(&cluster.before.assumed));
        let rollout = rollout(&cluster, &change);
        let options = Options::of(&self.options.given)?;
        let place = Where { setup: &setup, platform: self.target, options: &options };
        let replays = replays(&rollout, &place)?;
        let answer = document::rollout::Rollout::of(rollout, &replays);
        let text = self.output.format().write(&answer, terminal.is_verbose())?;
        terminal.answer(&text, self.out.as_deref())?;
        if answer.is_felt() { Err(Failure::Findings) } else { Ok(()) }
    }
}
