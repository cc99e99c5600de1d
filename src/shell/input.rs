//! Flags that say what to read, and for which node.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValue;

use super::files::Expected;
use super::kubectl::LiveCluster;
use super::{Failure, FlagSet, Flags, Offer};
use crate::capture::Identity;
use crate::fill::Assumptions;
use crate::flag::{Flag, OwnKind};
use crate::node::{Config, Facts, Overrides, Version};
use crate::pipeline::Setup;
use crate::source::{Exclude, Input, Sources};

/// What to read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Manifests {
    /// Manifests: a file, a directory, or - for standard input; may be repeated
    ///
    /// YAML, JSON or JSON lines, one object or many, as kubectl get nodes,services,endpointslices -A -o yaml
    /// prints them. Services, EndpointSlices, Endpoints and Nodes are read, all other kinds passed over.
    #[arg(
        short = 'f',
        long = "filename",
        value_name = "FILE",
        required = true,
        conflicts_with = "from_cluster"
    )]
    filename: Vec<String>,
    #[command(flatten)]
    cluster: LiveCluster,
    /// Read the folders of directories as well
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
    /// Leave out files and folders of directories, by name or path, with * and ?; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<Exclude>,
    /// Only Services of this namespace, which is also that of objects that name none
    #[arg(short = 'n', long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// Report fields that Kubernetes does not know
    #[arg(long)]
    strict: bool,
}

/// The node, with the flags of kube-proxy's own names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node")]
pub(crate) struct Node {
    /// kube-proxy version to emulate, 1.30 to 1.37, as in 1.34 or 1.34.2; default: the node's own, or 1.36, the newest recorded one
    ///
    /// A minor version means its newest patch release that is known, as 1.34 means 1.34.9. What is newer than 1.37 is taken for it, with a warning. Node objects tell the version of their kube-proxy.
    #[arg(long, value_name = "VERSION", hide_possible_values = true, value_parser = versions())]
    kube_proxy_version: Option<Version>,
    /// KubeProxyConfiguration, or the ConfigMap kube-proxy that contains one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// NodeFacts: what no Kubernetes object tells about the node
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Assume what manifests leave out and a cluster would decide: addresses, pods, EndpointSlices
    ///
    /// Values in the manifests always win. A file of the kind Assumptions says what else is known about the cluster.
    /// Commands that change a node refuse this flag.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Input")]
    assume: Option<String>,
    #[command(flatten)]
    flags: Flags<NodeFlags>,
}

/// The flags of kube-proxy's own names.
#[derive(Debug, Clone, Default)]
struct NodeFlags;

impl FlagSet for NodeFlags {
    fn all() -> Vec<&'static Flag> {
        crate::node::FLAGS.iter().collect()
    }
}

impl Manifests {
    /// Whether standard input is read to its end.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.filename.iter().any(|name| name == "-")
    }

    /// The files and folders that are named.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.filename.iter().map(PathBuf::from).collect()
    }

    /// Reads the texts.
    pub(crate) fn read(&self) -> Result<Sources, Failure> {
        if self.cluster.is_wanted() {
            return self.cluster.read();
        }
        let inputs: Vec<Input> = self.filename.iter().map(|name| Input::from(name.as_str())).collect();
        Ok(Sources::read_without(&inputs, self.recursive, &self.exclude)?)
    }

    /// Reads the texts; of a cluster also what makes pods.
    pub(crate) fn read_with_workloads(&self) -> Result<Sources, Failure> {
        if self.cluster.is_wanted() { self.cluster.read_with_workloads() } else { self.read() }
    }

    /// Reads other texts in the same way.
    pub(crate) fn read_in_place(&self, input: &Input) -> Result<Sources, Failure> {
        Ok(Sources::read_without(std::slice::from_ref(input), self.recursive, &self.exclude)?)
    }

    /// The words that name the same again.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for name in &self.filename {
            words.extend(["-f".to_owned(), name.clone()]);
        }
        words.extend(self.cluster.arguments());
        words.extend(self.recursive.then(|| "-R".to_owned()));
        words.extend(self.exclude.iter().map(|pattern| format!("--exclude={}", pattern.as_str())));
        words.extend(self.strict.then(|| "--strict".to_owned()));
        words.extend(self.namespace.iter().map(|namespace| format!("--namespace={namespace}")));
        words
    }

    /// Whether none are named.
    pub(crate) fn is_empty(&self) -> bool {
        self.filename.is_empty() && !self.cluster.is_wanted()
    }
}

impl Node {
    /// Whether a flag names the node.
    pub(crate) fn is_named(&self) -> bool {
        self.flags.given.has(&crate::node::NAME)
    }

    /// Whether something is assumed.
    pub(crate) fn assumes(&self) -> bool {
        self.assume.is_some()
    }

    /// The words that describe the same node again.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.kube_proxy_version.map(|version| format!("--kube-proxy-version={version}")));
        for (name, file) in [("config", &self.config), ("facts", &self.facts)] {
            words.extend(file.iter().map(|file| format!("--{name}={}", file.display())));
        }
        words.extend(self.assume.iter().map(|file| match &**file {
            "" => "--assume".to_owned(),
            file => format!("--assume={file}"),
        }));
        words.extend(self.flags.arguments());
        words
    }

    /// Reads the files that the flags name; the namespace is that of objects that name none.
    pub(crate) fn setup(&self, manifests: &Manifests) -> Result<Setup, Failure> {
        Ok(Setup { strict: manifests.strict, ..self.setup_in(manifests.namespace.as_deref())? })
    }

    /// The same for manifests that no flags name.
    pub(crate) fn setup_in(&self, namespace: Option<&str>) -> Result<Setup, Failure> {
        Ok(Setup {
            version: self.kube_proxy_version,
            config: CONFIG.placed(self.config.as_deref(), Config::read)?,
            facts: FACTS.placed(self.facts.as_deref(), Facts::read)?,
            overrides: self.overrides()?,
            default_namespace: namespace.unwrap_or("default").to_owned(),
            strict: false,
            assume: self.assume.as_ref().map(|file| assumptions_of(named(file))).transpose()?,
        })
    }

    fn overrides(&self) -> Result<Overrides, Failure> {
        Ok(Overrides::of(&self.flags.given)?)
    }
}

/// The file that a flag names, if it names one.
fn named(file: &str) -> Option<&Path> {
    Some(Path::new(file)).filter(|_| !file.is_empty())
}

/// The assumptions in a file; without one nothing is given.
pub(crate) fn assumptions_of(path: Option<&Path>) -> Result<Assumptions, Failure> {
    ASSUMPTIONS.placed(path, |source, _, text| Assumptions::read(source, text))
}

// Of Kubernetes objects in the place of a configuration its parser says more.
const CONFIG: Expected = Expected {
    what: "a configuration of kube-proxy",
    takes: &[Identity::Own(OwnKind::Configuration), Identity::Manifests],
};
const FACTS: Expected = Expected { what: "a facts file", takes: &[Identity::Own(OwnKind::Facts)] };
const ASSUMPTIONS: Expected =
    Expected { what: "assumptions about a cluster", takes: &[Identity::Own(OwnKind::Assumptions)] };

/// Versions of kube-proxy.
pub(crate) fn versions() -> Offer<Version> {
    Offer::new(
        |text| Version::of_text(text).map_err(|unknown| unknown.to_string()),
        || Version::all().map(|of| PossibleValue::new(of.to_string()).help(of.described())).collect(),
    )
}
