//! `hnsplan diff`

pub(super) mod effect;
mod html;
mod input;
pub(super) mod json;
mod markdown;
mod objects;
mod planned;
mod prometheus;
mod side_by_side;
mod sides;
mod structure;
mod unified;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use self::effect::Asking;
use self::input::{Asked, Format, side_format};
use self::sides::{Pair, Reading};
use super::Failure;
use super::hns::Dumps;
use super::input::{Manifests, Node};
use super::netsh::NetshFlags;
use super::output::{MessageFormat, Terminal};
use crate::diff::Platform;
use crate::net::Family;
use crate::platform::netsh;

/// Put two sets of rules side by side: what should be against what is, one platform against another,
/// yesterday against today.
///
/// A and B are each a target (iptables, hns, netsh), compiled from the manifests of -f; a file or folder of
/// manifests; a plan of hnsplan plan or compile -t hns; or what a node holds: iptables-save, JSON of HNS, hnsdiag, the
/// folder of the log collector, netsh dump. What a file is, its contents tell. Several files of one node are
/// joined by commas. Objects are told by what they are for: ids and order count for nothing where the platform
/// gives them no meaning.
#[derive(Debug, Args)]
#[command(mut_arg("filename", |arg| arg.required(false)))]
#[command(mut_arg("style", |arg| arg.hide(true)), mut_arg("undo", |arg| arg.hide(true)))]
#[command(after_help = "Examples:\n  \
    hnsplan diff hns policy.json,endpoint.json,network.json -f cluster.yaml --node win-1\n  \
    hnsplan diff iptables node.save -f cluster.yaml --node linux-1 -q || echo drifted\n  \
    hnsplan diff iptables hns -f cluster.yaml --node win-1\n  \
    hnsplan diff --semantic --old yesterday.yaml --new today.yaml --node linux-1\n  \
    hnsplan diff --old yesterday.yaml --new today.yaml -t hns --node win-1\n\n\
    HNSPLAN_EXTERNAL_DIFF names a program that compares the texts of both sides instead, as in diff -u -N;\n\
    it gets two folders, and its exit code counts.\n\n\
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
    /// How two sides are shown [default: side-by-side on a terminal and for two platforms, or else structural]
    #[arg(long, value_name = "VIEW", hide_default_value = true)]
    view: Option<View>,
    /// Ask both sides about packets: which flows have another verdict, with an example and both ways
    #[arg(long, conflicts_with = "view")]
    semantic: bool,
    /// How many columns the answer may have [default: those of the terminal, by COLUMNS]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
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
    /// Markdown, for comments on pull requests
    Md,
    /// A page for the browser, one file
    Html,
    /// Counters for Prometheus: wanted, present, missing, extra, changed
    Prom,
}

/// How two sides are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum View {
    /// Next to each other, frontend by frontend, each in the words of its platform
    SideBySide,
    /// The texts of both sides in normal order, as diff -u shows them
    Unified,
    /// Object by object, with what changed in each
    Structural,
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
        let pair = self.reading()?.read(terminal)?;
        if !self.quiet {
            pair.say(self.message_format, self.verbose, terminal);
        }
        // A page has room for objects and flows.
        let asks_flows_only = self.semantic && self.output != Output::Html;
        let differs =
            if asks_flows_only { self.semantic(&pair, terminal) } else { self.objects(pair, terminal) }?;
        if differs { Err(Failure::Findings) } else { Ok(()) }
    }

    /// What flows have another verdict.
    fn semantic(&self, pair: &Pair, terminal: &mut Terminal) -> Result<bool, Failure> {
        let netsh = self.netsh.options(&Family::ALL)?;
        let asking = asking(pair, &netsh);
        if !self.quiet {
            asking.assumptions().iter().for_each(|assumption| terminal.say(assumption));
        }
        let (text, differs) = match self.output {
            Output::Text => asking.draw(self.verbose)?,
            Output::Json => asking.json()?,
            Output::Html | Output::Md | Output::Prom => {
                return Err(Failure::Usage("--semantic is written as text, json or html".to_owned()));
            }
        };
        if !self.quiet {
            terminal.painted(&text)?;
        }
        Ok(differs)
    }

    fn reading(&self) -> Result<Reading<'_>, Failure> {
        let files = |path: &String| if path == "-" { Asked::Stdin } else { Asked::Files(vec![path.into()]) };
        let side = |asked: &Option<Asked>, path: &Option<String>| {
            asked.clone().or_else(|| path.as_ref().map(files)).expect("clap asks for one of them")
        };
        let asked = [side(&self.a, &self.old), side(&self.b, &self.new)];
        if asked == [Asked::Stdin, Asked::Stdin] {
            return Err(Failure::Usage("only one side can come from standard input".to_owned()));
        }
        let mut formats = [None, None];
        for (side, format) in &self.formats {
            formats[*side] = Some(*format);
        }
        if self.old.is_some() {
            formats = formats.map(|format| format.or(Some(Format::Manifests)));
        }
        Ok(Reading {
            asked,
            formats,
            target: self.target.map(Platform::from),
            manifests: &self.manifests,
            node: &self.node,
            dumps: &self.dumps,
            netsh: &self.netsh,
            asks_packets: self.semantic || !self.is_of_one_platform(),
        })
    }

    /// Whether it is plain that both sides are of one platform, before anything is read.
    fn is_of_one_platform(&self) -> bool {
        match (&self.a, &self.b) {
            (None, _) | (_, None) => true,
            (Some(Asked::Target(one)), Some(Asked::Target(other))) => one == other,
            _ => false,
        }
    }
}

fn asking<'c>(pair: &'c Pair, netsh: &'c netsh::Options) -> Asking<'c> {
    Asking {
        names: &pair.names,
        materials: &pair.materials,
        compiled: &pair.compiled,
        state: pair.state.as_ref(),
        netsh,
    }
}
