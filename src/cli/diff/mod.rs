//! `hnsplan diff`

mod input;
mod json;
mod sides;
mod structure;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use self::input::{Asked, Format, side_format};
use self::sides::{Pair, Reading};
use super::Failure;
use super::hns::Dumps;
use super::input::{Manifests, Node};
use super::netsh::NetshFlags;
use super::output::{MessageFormat, Terminal};
use crate::diff::{Comparison, Directory, Ownership, Platform};

/// Put two sets of rules side by side: what should be against what is, one platform against another,
/// yesterday against today.
///
/// A and B are each a target (iptables, hns, netsh), compiled from the manifests of -f; a file or folder of
/// manifests; a plan of hnsplan compile -t hns; or what a node holds: iptables-save, JSON of HNS, hnsdiag, the
/// folder of the log collector, netsh dump. What a file is, its contents tell. Several files of one node are
/// joined by commas. Objects are told by what they are for: ids and order count for nothing where the platform
/// gives them no meaning.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |arg| arg.required(false)))]
#[command(mut_arg("style", |arg| arg.hide(true)), mut_arg("undo", |arg| arg.hide(true)))]
#[command(after_help = "Examples:\n  \
    hnsplan diff hns policy.json,endpoint.json,network.json -f cluster.yaml --node win-1\n  \
    hnsplan diff iptables node.save -f cluster.yaml --node linux-1 -q || echo drifted\n  \
    hnsplan diff --old yesterday.yaml --new today.yaml -t hns --node win-1\n\n\
    Exit codes:  0 no difference, 1 differences, 2 wrong usage or unreadable input")]
pub(super) struct Diff {
    /// The first side, the old one, or what should be
    #[arg(value_name = "A", required_unless_present = "old", conflicts_with = "old")]
    a: Option<Asked>,
    /// The second side, the new one, or what is
    #[arg(value_name = "B", required_unless_present = "new", conflicts_with = "new")]
    b: Option<Asked>,
    /// Manifests of the first side
    #[arg(long, value_name = "FILE", requires = "new")]
    old: Option<String>,
    /// Manifests of the second side
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<String>,
    /// What manifests are compiled to [default: what the other side is, or else iptables]
    #[arg(short, long, value_name = "TARGET")]
    target: Option<TargetName>,
    /// What a side is, as in a=hns or b=netsh, where its contents do not tell
    #[arg(long = "format", value_name = "SIDE=FORMAT", value_delimiter = ',', value_parser = side_format)]
    formats: Vec<(usize, Format)>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// Write nothing: the exit code is the answer
    #[arg(short, long)]
    quiet: bool,
    /// Network that cluster IPs come from; may be repeated. What a node has in it is taken for a Service's
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    service_cidr: Vec<IpNet>,
    /// How diagnostics of the manifests are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    message_format: MessageFormat,
    /// Show everything: objects of others, all diagnostics
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: Dumps,
    #[command(flatten)]
    netsh: NetshFlags,
}

/// A target, as the flag spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TargetName {
    /// What kube-proxy writes on Linux
    Iptables,
    /// What HNS should hold
    Hns,
    /// What netsh does for Services
    Netsh,
}

impl From<TargetName> for Platform {
    fn from(name: TargetName) -> Self {
        match name {
            TargetName::Iptables => Self::Iptables,
            TargetName::Hns => Self::Hns,
            TargetName::Netsh => Self::Netsh,
        }
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Diff {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        self.compare(terminal).map_err(|failure| match failure {
            // Exit code 1 is for differences.
            Failure::Message(message) => Failure::Usage(message),
            other => other,
        })
    }

    fn compare(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let pair = self.reading().read(terminal)?;
        if !self.quiet {
            pair.say(self.message_format, self.verbose, terminal);
        }
        let Pair { names, mut sides, compiled, .. } = pair;
        let directory = Directory::new(compiled.iter().map(|compiled| &compiled.rules).collect());
        let Some(comparison) = crate::diff::compare(&mut sides, &directory, &self.ownership()) else {
            let message = "A and B are of two platforms, which have no object in common";
            return Err(Failure::Usage(message.to_owned()));
        };
        if !self.quiet {
            self.draw(&names, &comparison, terminal)?;
        }
        let differs = !comparison.is_empty();
        // The process ends here: the system takes the memory back faster than piece by piece.
        std::mem::forget(directory);
        std::mem::forget((sides, compiled));
        if differs { Err(Failure::Findings) } else { Ok(()) }
    }

    fn draw(
        &self,
        names: &[String; 2],
        comparison: &Comparison,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        match self.output {
            Output::Text => terminal.painted(&structure::draw(names, comparison, self.verbose)),
            Output::Json => terminal.result([&*json::draw(names, comparison)?]),
        }
    }

    fn ownership(&self) -> Ownership {
        Ownership { service_networks: self.service_cidr.clone(), ..Ownership::default() }
    }

    fn reading(&self) -> Reading<'_> {
        let files = |path: &String| if path == "-" { Asked::Stdin } else { Asked::Files(vec![path.into()]) };
        let side = |asked: &Option<Asked>, path: &Option<String>| {
            asked.clone().or_else(|| path.as_ref().map(files)).expect("clap asks for one of them")
        };
        let mut formats = [None, None];
        for (side, format) in &self.formats {
            formats[*side] = Some(*format);
        }
        if self.old.is_some() {
            formats = formats.map(|format| format.or(Some(Format::Manifests)));
        }
        Reading {
            asked: [side(&self.a, &self.old), side(&self.b, &self.new)],
            formats,
            target: self.target.map(Platform::from),
            manifests: &self.manifests,
            node: &self.node,
            dumps: &self.dumps,
            netsh: &self.netsh,
        }
    }
}
