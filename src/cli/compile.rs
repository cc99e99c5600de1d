//! `hnsplan compile`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use super::artifact::{Artifact, Text};
use super::hns::{Hns, Question};
use super::input::{Manifests, Node};
use super::loss::LossFlags;
use super::netsh::NetshFlags;
use super::output::{MessageFormat, Terminal, write_file};
use crate::diagnostics::{Code, Diagnostic, Severity};
use crate::net::Family;
use crate::pipeline::{Compiled, Loaded};
use crate::platform::hns::Plan;
use crate::platform::netsh::{self, Lowered};

/// Turn manifests into the rules of one node.
///
/// For iptables, prints what kube-proxy on that node would hand to iptables-restore --noflush --counters,
/// byte for byte. For netsh, prints a script that does what netsh can do, and says what is lost. What is
/// wrong with the manifests is said on standard error; rules are written for all that kube-proxy would
/// serve all the same.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    kubectl get nodes,services,endpointslices -A -o yaml | \\\n    \
    hnsplan compile -t iptables --family ipv4 --node worker-1 --cluster-cidr 10.244.0.0/16 -f -\n  \
    hnsplan compile -t netsh -f cluster.yaml --node win-1 --style cmd -o out/\n  \
    hnsplan compile -t iptables,ir -f manifests/ -R --config kube-proxy.yaml --node worker-1 -o out/")]
pub(super) struct Compile {
    /// What to write; several with -o only
    #[arg(short, long, value_name = "TARGET", required = true, value_delimiter = ',')]
    target: Vec<Target>,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    hns: Hns,
    /// Write files into this directory instead of standard output
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Only the rules of this family
    #[arg(long, value_name = "FAMILY", help_heading = "Output")]
    family: Option<FamilyName>,
    /// Add the jumps from the base chains, so that the text works on a fresh host by itself
    #[arg(long, help_heading = "Output")]
    include_jumps: bool,
    /// Write nothing if anything is wrong with the manifests
    #[arg(long, help_heading = "Output")]
    fail_fast: bool,
    /// How diagnostics are printed
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    message_format: MessageFormat,
    /// Show all diagnostics, notes as well
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
    #[command(flatten)]
    loss: LossFlags,
    #[command(flatten)]
    netsh: NetshFlags,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Input of iptables-restore and ip6tables-restore
    Iptables,
    /// Plan of HCN operations for a Windows node (see --hns-format and hnsplan schema hns-plan)
    Hns,
    /// A script of netsh commands for a Windows node: TCP only, one endpoint for each service port
    Netsh,
    /// The rules in no platform's words, as JSON (see hnsplan schema ir)
    Ir,
}

/// A family, as a flag spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FamilyName {
    Ipv4,
    Ipv6,
}

impl From<FamilyName> for Family {
    fn from(name: FamilyName) -> Self {
        match name {
            FamilyName::Ipv4 => Self::Ipv4,
            FamilyName::Ipv6 => Self::Ipv6,
        }
    }
}

/// What is asked of the targets that have something to say of their own.
struct Ask {
    hns: Option<Question>,
    netsh: Option<netsh::Options>,
}

/// Their answers.
struct Made {
    plan: Option<Plan>,
    netsh: Option<Lowered>,
}

impl Ask {
    /// Makes the answers; what they have to say is added to what is known of the manifests.
    fn make(self, compiled: &mut Compiled) -> Made {
        let plan = self.hns.map(|question| {
            let Question { state, problems, semantics, options, format } = question;
            compiled.diagnostics.extend(problems);
            let mut plan = compiled.hns(state.as_ref(), semantics, &options);
            compiled.diagnostics.append(&mut plan.diagnostics);
            compiled.diagnostics.extend(format.losses(&plan, &compiled.rules));
            plan
        });
        let netsh = self.netsh.map(|options| compiled.netsh(&options));
        compiled.diagnostics.extend(netsh.iter().flat_map(|lowered| &lowered.diagnostics).cloned());
        Made { plan, netsh }
    }
}

impl Compile {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.target.len() > 1 && self.output.is_none() {
            let message = "more than one target needs a directory to write to: add -o DIR";
            return Err(Failure::Usage(message.to_owned()));
        }
        let ask = self.ask()?;
        let setup = self.node.setup(&self.manifests)?;
        let resolved = Loaded::new(self.manifests.read()?).parse(&setup).resolve(&setup);
        let mut compiled = resolved.compile();
        self.add_findings(&mut compiled);
        let made = ask.make(&mut compiled);
        terminal.diagnostics(&compiled.diagnostics, &compiled.sources, self.message_format, self.verbose);
        let has_errors = compiled.diagnostics.iter().any(|found| found.severity() == Severity::Error);
        if self.fail_fast && has_errors {
            terminal.say("nothing is written, because of --fail-fast");
        } else {
            // The texts have been shown; what is written now needs the memory more.
            compiled.sources = crate::source::Sources::default();
            self.write(&compiled, &made, terminal)?;
        }
        let denied = self.loss.check(&compiled.diagnostics);
        // The process ends here: the system takes the memory back faster than piece by piece.
        std::mem::forget((compiled, made));
        if has_errors { Err(Failure::Findings) } else { denied }
    }

    /// Reads what the targets need besides the manifests.
    fn ask(&self) -> Result<Ask, Failure> {
        let wants = |target| self.target.contains(&target);
        Ok(Ask {
            hns: wants(Target::Hns).then(|| self.hns.question()).transpose()?,
            netsh: wants(Target::Netsh).then(|| self.netsh.options(&self.families())).transpose()?,
        })
    }

    fn families(&self) -> Vec<Family> {
        self.family.map_or(Family::ALL.to_vec(), |family| vec![family.into()])
    }

    /// Findings about the input as a whole, and about the targets.
    fn add_findings(&self, compiled: &mut Compiled) {
        if self.target.contains(&Target::Iptables) {
            compiled.diagnostics.extend(compiled.iptables_problems(&self.families()));
        }
        add_findings_of_input(compiled);
    }

    fn write(&self, compiled: &Compiled, made: &Made, terminal: &mut Terminal) -> Result<(), Failure> {
        let artifacts = self.target.iter().flat_map(|target| self.artifacts(*target, compiled, made));
        let Some(directory) = &self.output else {
            for artifact in artifacts {
                if let Some(heading) = artifact.heading {
                    terminal.result([heading])?;
                }
                terminal.result(artifact.text.pieces())?;
            }
            return Ok(());
        };
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::Message(format!("cannot make {}: {error}", directory.display())))?;
        for artifact in artifacts {
            write_file(&directory.join(artifact.file), artifact.text.pieces())?;
        }
        Ok(())
    }

    /// Both scripts for a directory, the one that is asked for otherwise.
    fn netsh_artifacts<'r>(&self, lowered: &Lowered) -> Vec<Artifact<'r>> {
        if self.output.is_none() {
            return vec![Artifact::of("", self.netsh.script(lowered))];
        }
        self.netsh.scripts(lowered).into_iter().map(|(file, text)| Artifact::of(file, text)).collect()
    }

    fn artifacts<'r>(&self, target: Target, compiled: &'r Compiled, made: &'r Made) -> Vec<Artifact<'r>> {
        let iptables = |family: Family| {
            let (file, heading) = match family {
                Family::Ipv4 => ("iptables.ipv4.rules", "# for iptables-restore --noflush --counters\n"),
                Family::Ipv6 => ("iptables.ipv6.rules", "# for ip6tables-restore --noflush --counters\n"),
            };
            // One family alone is exactly the text; of two, a comment tells which is which.
            let heading = (self.family.is_none() && self.output.is_none()).then_some(heading);
            let text = if self.include_jumps {
                Text::Whole(compiled.iptables_with_jumps(family))
            } else {
                Text::Restore(compiled.iptables(family))
            };
            Artifact { file, heading, text }
        };
        match target {
            Target::Iptables => self.families().into_iter().map(iptables).collect(),
            Target::Hns => made.plan.iter().map(|plan| self.hns.artifact(plan, &compiled.rules)).collect(),
            Target::Netsh => made.netsh.iter().flat_map(|lowered| self.netsh_artifacts(lowered)).collect(),
            Target::Ir => vec![Artifact::of("ir.json", compiled.ir())],
        }
    }
}

/// Findings about the input as a whole.
pub(super) fn add_findings_of_input(compiled: &mut Compiled) {
    if !compiled.skipped.is_empty() {
        let kinds = compiled.skipped.iter();
        let kinds: Vec<_> =
            kinds.map(|(kind, count)| format!("{count} {}", crate::name::printable(kind))).collect();
        let message = format!("passed over {}", kinds.join(", "));
        compiled.diagnostics.push(Diagnostic::new(Code::KindSkipped, message));
    }
    if compiled.is_empty() {
        let message = "there is no Service and no EndpointSlice that could be used";
        compiled.diagnostics.push(
            Diagnostic::new(Code::NothingRead, message)
                .help("kubectl get nodes,services,endpointslices -A -o yaml prints what is needed"),
        );
    }
}
