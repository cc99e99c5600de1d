//! What commands about rules have in common: manifests, the node, options of platforms, dumps, Services.

use std::ops::Deref;

use clap::Args;

use crate::capture::{self, Capture, HostFacts, Identity};
use crate::diagnostics::Diagnostic;
use crate::flag::{Flag, Given, OwnKind};
use crate::pipeline::{Compiled, Setup, Unserved, compile};
use crate::platform::{Asked, Options, Side, all};
use crate::scope::{Pattern, Selector};
use crate::shell::files::with_texts;
use crate::shell::input::{Manifests, Node};
use crate::shell::{Failure, FlagSet, Flags, Terminal, quoted};
use crate::source::Sources;

/// What rules are made from, and dumps of the node.
#[derive(Debug, Args)]
pub(super) struct Request {
    #[command(flatten)]
    pub(super) wanted: WantedRules,
    #[command(flatten)]
    pub(super) dumps: Flags<DumpFlags>,
    /// Go on without documents and objects that cannot be read
    ///
    /// Answers are about the rest only. Commands that change a node do not have this flag.
    #[arg(long, help_heading = "Input")]
    pub(super) keep_going: bool,
}

/// What rules are made from.
#[derive(Debug, Args)]
pub(super) struct WantedRules {
    #[command(flatten)]
    pub(super) manifests: Manifests,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    pub(super) node: Node,
    #[command(flatten)]
    options: Flags<PlatformFlags>,
}

impl Deref for Request {
    type Target = WantedRules;

    fn deref(&self) -> &WantedRules {
        &self.wanted
    }
}

/// Which Services a command is about.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct Selection {
    // As an attribute, since a comment would make a link of the brackets.
    #[arg(
        short = 'S',
        long = "service",
        value_name = "SERVICE",
        value_delimiter = ',',
        help = "Only these Services: NAMESPACE/NAME[:PORT] or NAME, with * and ?; may be repeated"
    )]
    service: Vec<Pattern>,
    /// Services of all namespaces; without -n this is the default
    #[arg(short = 'A', long)]
    all_namespaces: bool,
}

/// The flags of all platforms.
#[derive(Debug, Clone, Default)]
pub(super) struct PlatformFlags;

impl FlagSet for PlatformFlags {
    fn all() -> Vec<&'static Flag> {
        all().iter().flat_map(|platform| platform.flags()).collect()
    }
}

/// The flags that decide how texts of platforms are written.
#[derive(Debug, Clone, Default)]
pub(super) struct WritingFlags;

impl FlagSet for WritingFlags {
    fn all() -> Vec<&'static Flag> {
        all().iter().flat_map(|platform| platform.writing_flags()).collect()
    }
}

/// The flags that name dumps.
#[derive(Debug, Clone, Default)]
pub(super) struct DumpFlags;

impl FlagSet for DumpFlags {
    fn all() -> Vec<&'static Flag> {
        capture::flags().iter().collect()
    }
}

impl Flags<DumpFlags> {
    /// Reads the dumps, and prints what of them could not be read and has no code.
    pub(super) fn read(&self, terminal: &mut Terminal) -> Result<Capture, Failure> {
        let files = capture::files_of(&self.given).map_err(Failure::usage)?;
        let capture = capture::read(&files).map_err(Failure::usage)?;
        capture.remarks.iter().for_each(|remark| terminal.say(remark));
        Ok(capture)
    }

    /// The same for sides, each of which has to be in them if a node holds it.
    pub(super) fn read_for(&self, sides: &[Side], terminal: &mut Terminal) -> Result<Capture, Failure> {
        let capture = self.read(terminal)?;
        capture.check_sides(sides).map_err(Failure::usage)?;
        Ok(capture)
    }

    /// What the dumps tell about Windows itself.
    pub(super) fn host_facts(&self) -> Result<HostFacts, Failure> {
        let files = capture::files_of(&self.given).map_err(Failure::usage)?;
        capture::host_facts(&files).map_err(Failure::usage)
    }

    /// Whether no dump is named.
    pub(super) fn is_empty(&self) -> bool {
        self.given == Given::default()
    }
}

impl Request {
    /// Reads and compiles the manifests; all of them could be read, unless a flag allows for less.
    pub(super) fn compile(&self) -> Result<Compiled, Failure> {
        let compiled = self.wanted.compile_on(self.dumps.host_facts()?)?;
        self.check_read(&compiled)?;
        Ok(compiled)
    }

    /// Refuses manifests that could not be read, unless a flag allows for them.
    pub(super) fn check_read(&self, compiled: &Compiled) -> Result<(), Failure> {
        let way_on = ", or pass --keep-going to go on without it";
        if self.keep_going { Ok(()) } else { check_read(compiled, way_on) }
    }

    /// The arguments that make another command read the same, quoted for a shell.
    pub(super) fn arguments(&self) -> String {
        let mut words = self.manifests.arguments();
        words.extend(self.node.arguments());
        words.extend(self.options.arguments());
        words.extend(self.dumps.arguments());
        words.extend(self.keep_going.then(|| "--keep-going".to_owned()));
        words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

impl WantedRules {
    /// A flag that only makes sense where something is compiled. The name of the node is not one.
    pub(super) fn first_flag(&self) -> Option<String> {
        let mut words = self.manifests.arguments();
        words.extend(self.node.arguments());
        words.extend(self.options.arguments());
        words.extend(self.selection.service.first().map(|_| "--service".to_owned()));
        words.extend(self.selection.all_namespaces.then(|| "--all-namespaces".to_owned()));
        let flag = |word: String| word.split('=').next().map(str::to_owned);
        words.into_iter().filter(|word| !word.starts_with("--node=")).find_map(flag)
    }

    /// The name of the node, if a flag names it.
    pub(super) fn named_node(&self) -> Option<String> {
        self.node.arguments().iter().find_map(|word| word.strip_prefix("--node=")).map(str::to_owned)
    }

    /// What is set besides the node and the manifests, to tell one question from another.
    pub(super) fn settings(&self) -> String {
        format!("{:?} {}", self.options.arguments(), self.selector())
    }

    /// The Services that the command is about.
    pub(super) fn selector(&self) -> Selector {
        let namespace = self.manifests.namespace.clone().filter(|_| !self.selection.all_namespaces);
        Selector::new(namespace, self.selection.service.clone())
    }

    /// The Services that the command is about. Where one of them is not served, what was found about it is printed.
    pub(super) fn select(&self, compiled: &[Compiled], terminal: &mut Terminal) -> Result<Selector, Failure> {
        let selector = self.selector();
        Compiled::check_services(compiled, &selector).map_err(|why| unserved(&why, compiled, terminal))?;
        Ok(selector)
    }

    /// The options of all platforms, where these sides are asked; `None` stands for all.
    pub(super) fn options(&self, asked: Asked<'_>) -> Result<Options, Failure> {
        Ok(Options::of_sides(&self.platform_flags()?, asked)?)
    }

    /// The same, with how texts are written.
    pub(super) fn options_with(&self, how: &Given, asked: Asked<'_>) -> Result<Options, Failure> {
        Ok(Options::of_sides(&self.platform_flags()?.joined(how), asked)?)
    }

    /// The setup of the compiler.
    pub(super) fn setup(&self) -> Result<Setup, Failure> {
        let given = self.platform_flags()?;
        let mut setup = self.node.setup(&self.manifests)?;
        for platform in all() {
            platform.read_node(&given, &mut setup.overrides)?;
        }
        Ok(setup)
    }

    /// Reads and compiles the manifests, as far as they can be read, for a host of which dumps may tell more.
    pub(super) fn compile_on(&self, host: HostFacts) -> Result<Compiled, Failure> {
        let setup = self.setup()?.on_host(host);
        let sources = if self.manifests.is_empty() { Sources::default() } else { self.manifests.read()? };
        let compiled = compile(sources, &setup);
        self.check_node(&compiled)?;
        Ok(compiled)
    }

    /// Refuses a node that was typed and is not in the input.
    pub(super) fn check_node(&self, compiled: &Compiled) -> Result<(), Failure> {
        if !self.node.is_named() {
            return Ok(());
        }
        compiled.check_node().map_err(Failure::usage)
    }

    /// The flags of platforms, with the texts of the files that they name.
    fn platform_flags(&self) -> Result<Given, Failure> {
        with_texts(&PlatformFlags::all(), &self.options.given, |flag, identity| {
            let mut owners = all().iter().filter(|of| of.flags().iter().any(|own| own.name == flag.name));
            match identity {
                // Of its own texts a platform says more.
                Identity::Dump(platform) => owners.next().is_none_or(|owner| *owner == platform),
                other => other == Identity::Own(OwnKind::CompiledPlan),
            }
        })
    }
}

/// Prints what was found about Services of which no port is served.
pub(super) fn unserved(why: &Unserved, compiled: &[Compiled], terminal: &mut Terminal) -> Failure {
    for (at, compiled) in compiled.iter().enumerate() {
        let found: Vec<Diagnostic> = why.found_in(at).cloned().collect();
        terminal.errors(&found, &compiled.sources, true);
    }
    Failure::Usage(why.to_string())
}

/// Refuses manifests that could not be read, and names another way on.
pub(super) fn check_read(compiled: &Compiled, way_on: &'static str) -> Result<(), Failure> {
    compiled.check_read().map_err(|unread| Failure::Unread { unread, way_on })
}
