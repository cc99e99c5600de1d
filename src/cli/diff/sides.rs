//! Reads and compiles both sides.

use super::super::Failure;
use super::super::compile::add_findings_of_input;
use super::super::hns::Dumps;
use super::super::input::{Manifests, Node};
use super::super::netsh::NetshFlags;
use super::super::output::{MessageFormat, Terminal};
use super::input::{Asked, Content, Format};
use crate::diagnostics::{Diagnostic, Severity};
use crate::diff::{HnsSide, IptablesSide, NetshSide, Platform, Side, Standing};
use crate::net::{Family, PerFamily};
use crate::pipeline::{Compiled, Loaded, Setup};
use crate::platform::hns::model::State;
use crate::platform::hns::{self, Semantics};
use crate::platform::iptables::{self, jumps, model::Ruleset};
use crate::platform::netsh::{self, Captured};

/// What is to be read.
pub(super) struct Reading<'d> {
    pub(super) asked: [Asked; 2],
    pub(super) formats: [Option<Format>; 2],
    pub(super) target: Option<Platform>,
    pub(super) manifests: &'d Manifests,
    pub(super) node: &'d Node,
    pub(super) dumps: &'d Dumps,
    pub(super) netsh: &'d NetshFlags,
    /// Whether packets are asked, for which dumps are kept.
    pub(super) asks_packets: bool,
}

/// Both sides, ready to be compared.
pub(super) struct Pair {
    /// What people call them.
    pub(super) names: [String; 2],
    /// Taken by whoever compares them.
    pub(super) sides: Option<[Side; 2]>,
    /// What was compiled: of `-f`, or of each side that is manifests.
    pub(super) compiled: Vec<Compiled>,
    /// What packets are asked through.
    pub(super) materials: [Material; 2],
    /// What HNS holds on the node that is compared with, or by `--hns-state`.
    pub(super) state: Option<State>,
    found: Vec<Diagnostic>,
}

/// What a side is made of, as far as packets can be asked through it.
pub(super) enum Material {
    /// Manifests: the position among what was compiled.
    Compiled {
        at: usize,
        platform: Platform,
    },
    Iptables(PerFamily<Option<Ruleset>>),
    Hns(State),
    Netsh(Captured),
    /// Nobody can ask it.
    Other,
}

/// What a side is made of.
enum Source {
    Compiled {
        at: usize,
        platform: Platform,
    },
    Read(Content),
    /// What a node holds when a plan is done.
    Planned(Content),
}

impl Pair {
    /// Says what is wrong with the manifests: errors, since they are what is compared, and all if `verbose`.
    pub(super) fn say(&self, format: MessageFormat, verbose: bool, terminal: &mut Terminal) {
        for (at, compiled) in self.compiled.iter().enumerate() {
            let more = if at == 0 { &self.found[..] } else { &[] };
            let is_said = |found: &&Diagnostic| verbose || found.severity() == Severity::Error;
            let all = compiled.diagnostics.iter().chain(more).filter(is_said);
            let all: Vec<Diagnostic> = all.cloned().collect();
            terminal.diagnostics(&all, &compiled.sources, format, verbose);
        }
    }
}

impl Reading<'_> {
    pub(super) fn read(&self, terminal: &mut Terminal) -> Result<Pair, Failure> {
        let contents = self.contents(terminal)?;
        let platforms = self.platforms(&contents);
        let (contents, are_plans) = self.outcomes(contents, terminal)?;
        let (compiled, sources) = self.compile(contents, are_plans, platforms)?;
        let held = self.held(&sources)?;
        let tells_base = sources
            .iter()
            .any(|source| matches!(source, Source::Read(Content::Iptables(rules)) | Source::Planned(Content::Iptables(rules)) if rules_tell_base(rules)));
        let is_read = sources.iter().any(|source| !matches!(source, Source::Compiled { .. }));
        let materials = sources.each_ref().map(|source| self.material(source));
        let mut found = Vec::new();
        let mut made = Vec::new();
        for source in sources {
            made.push(match source {
                Source::Compiled { at, platform } => {
                    self.wanted(&compiled[at], platform, held.as_ref(), tells_base, &mut found)?
                }
                Source::Read(Content::Iptables(rules)) => Side::Iptables(iptables_side(rules)),
                Source::Read(Content::Hns(state)) => Side::Hns(HnsSide::held(state)),
                Source::Read(Content::Netsh(captured)) => Side::Netsh(NetshSide::captured(captured)),
                Source::Planned(Content::Iptables(rules)) => {
                    Side::Iptables(IptablesSide { standing: Standing::Wanted, rules })
                }
                Source::Planned(Content::Hns(state)) => Side::Hns(HnsSide::planned(state)),
                Source::Planned(Content::Netsh(captured)) => Side::Netsh(NetshSide::planned(&captured)),
                Source::Read(Content::Manifests(_) | Content::Plan(_))
                | Source::Planned(Content::Manifests(_) | Content::Plan(_)) => {
                    unreachable!("manifests are compiled, and of plans the outcome is taken")
                }
            });
        }
        let sides = made.into_iter().map(|side| match side {
            // What is compiled on both sides is in the same order; a text may be in any.
            Side::Iptables(side) if is_read => Side::Iptables(side.normalised()),
            side => side,
        });
        let sides: Vec<Side> = sides.collect();
        let sides = <[Side; 2]>::try_from(sides).ok();
        let names = self.asked.each_ref().map(Asked::name);
        Ok(Pair { names, sides, compiled, materials, state: held, found })
    }

    fn material(&self, source: &Source) -> Material {
        match source {
            Source::Compiled { at, platform } => Material::Compiled { at: *at, platform: *platform },
            Source::Read(content) | Source::Planned(content) if self.asks_packets => match content {
                Content::Iptables(rules) => Material::Iptables(rules.clone()),
                Content::Hns(state) => Material::Hns(state.clone()),
                Content::Netsh(captured) => Material::Netsh(captured.clone()),
                Content::Manifests(_) | Content::Plan(_) => Material::Other,
            },
            Source::Read(_) | Source::Planned(_) => Material::Other,
        }
    }

    /// What stands in the files; none for targets.
    fn contents(&self, terminal: &mut Terminal) -> Result<[Option<Content>; 2], Failure> {
        let of_target = self.asked.each_ref().map(|asked| match asked {
            Asked::Target(platform) => Some(*platform),
            Asked::Files(_) | Asked::Stdin => None,
        });
        let mut found = [None, None];
        for side in 0..2 {
            if of_target[side].is_none() {
                let other = of_target[1 - side]
                    .or(self.target)
                    .or_else(|| found[1 - side].as_ref().and_then(platform_of));
                found[side] = Some(self.asked[side].content(self.formats[side], other, terminal)?);
            }
        }
        Ok(found)
    }

    /// What the node holds when plans are done, in the place of the plans.
    fn outcomes(
        &self,
        contents: [Option<Content>; 2],
        terminal: &mut Terminal,
    ) -> Result<([Option<Content>; 2], [bool; 2]), Failure> {
        let are_plans = contents.each_ref().map(|content| matches!(content, Some(Content::Plan(_))));
        if are_plans == [false; 2] {
            return Ok((contents, are_plans));
        }
        let before = self.dumps.state()?.map(|(state, _)| state);
        let mut done = |side: usize, content, other: Option<&Content>| match content {
            Some(Content::Plan(plan)) => {
                let name = self.asked[side].name();
                let outcome = plan.outcome(&name, before.as_ref(), other).map_err(Failure::Usage)?;
                outcome.remarks.iter().for_each(|remark| terminal.say(remark));
                Ok::<_, Failure>(Some(outcome.content))
            }
            content => Ok(content),
        };
        let [one, other] = contents;
        let one = done(0, one, other.as_ref())?;
        let other = done(1, other, one.as_ref().filter(|_| !are_plans[0]))?;
        Ok(([one, other], are_plans))
    }

    /// What each side is or becomes: manifests become what the other side is.
    fn platforms(&self, contents: &[Option<Content>; 2]) -> [Platform; 2] {
        let of_side = |side: usize| match &self.asked[side] {
            Asked::Target(platform) => Some(*platform),
            Asked::Files(_) | Asked::Stdin => contents[side].as_ref().and_then(platform_of),
        };
        [0, 1].map(|side| {
            of_side(side).or(self.target).or_else(|| of_side(1 - side)).unwrap_or(Platform::Iptables)
        })
    }

    /// Compiles manifests: those of `-f` once, and each side that is manifests.
    fn compile(
        &self,
        contents: [Option<Content>; 2],
        are_plans: [bool; 2],
        platforms: [Platform; 2],
    ) -> Result<(Vec<Compiled>, [Source; 2]), Failure> {
        let has_target = contents.iter().any(Option::is_none);
        if has_target && self.manifests.is_empty() {
            let message = "a target is compiled from manifests: add -f FILE, or - for standard input";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut wanted: Vec<Manifests> = Vec::new();
        if !self.manifests.is_empty() {
            wanted.push(self.manifests.clone());
        }
        let mut at_side = [0, 0];
        for (side, content) in contents.iter().enumerate() {
            if let Some(Content::Manifests(files)) = content {
                at_side[side] = wanted.len();
                wanted.push(self.manifests.with_files(files.clone()));
            }
        }
        let compiled = match &*wanted {
            [] => Vec::new(),
            [only] => vec![self.compile_one(only)?],
            // Not in the pool of threads, which both of them use.
            _ => std::thread::scope(|scope| {
                let running: Vec<_> =
                    wanted.iter().map(|manifests| scope.spawn(move || self.compile_one(manifests))).collect();
                running
                    .into_iter()
                    .map(|thread| thread.join().expect("compiling does not panic"))
                    .collect::<Result<Vec<_>, _>>()
            })?,
        };
        let [one, other] = contents;
        let source = |side: usize, content: Option<Content>| match content {
            None => Source::Compiled { at: 0, platform: platforms[side] },
            Some(Content::Manifests(_)) => Source::Compiled { at: at_side[side], platform: platforms[side] },
            Some(content) if are_plans[side] => Source::Planned(content),
            Some(content) => Source::Read(content),
        };
        Ok((compiled, [source(0, one), source(1, other)]))
    }

    fn compile_one(&self, manifests: &Manifests) -> Result<Compiled, Failure> {
        let setup: Setup = self.node.setup(manifests)?;
        let mut compiled = Loaded::new(manifests.read()?).parse(&setup).resolve(&setup).compile();
        add_findings_of_input(&mut compiled);
        Ok(compiled)
    }

    /// What HNS holds on the node that is compared with, or by `--hns-state`.
    fn held(&self, sources: &[Source; 2]) -> Result<Option<State>, Failure> {
        let is_compiled = sources.iter().any(|source| matches!(source, Source::Compiled { .. }));
        let read = sources.iter().find_map(|source| match source {
            Source::Read(Content::Hns(state)) if is_compiled => Some(state.clone()),
            _ => None,
        });
        match read {
            Some(state) => Ok(Some(state)),
            None => Ok(self.dumps.state()?.map(|(state, _)| state)),
        }
    }

    /// What should be on the node.
    fn wanted(
        &self,
        compiled: &Compiled,
        platform: Platform,
        held: Option<&State>,
        tells_base: bool,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Side, Failure> {
        Ok(match platform {
            Platform::Iptables => {
                found.extend(compiled.iptables_problems(&Family::ALL));
                let lower = |family| {
                    let mut rules = iptables::lower(&compiled.rules, family);
                    // What a node has loaded leads from the kernel's chains; kube-proxy sees to that as well.
                    if tells_base {
                        jumps::include(&mut rules);
                    }
                    Some(rules)
                };
                let (ipv4, ipv6) = rayon::join(|| lower(Family::Ipv4), || lower(Family::Ipv6));
                Side::Iptables(IptablesSide { standing: Standing::Wanted, rules: PerFamily { ipv4, ipv6 } })
            }
            Platform::Hns => {
                // Without its network and endpoints, what HNS holds does not tell whom to use.
                let usable = held.filter(|state| !state.networks.is_empty() && !state.endpoints.is_empty());
                let mut desired = hns::lower(&compiled.rules, usable, Semantics::KubeProxy);
                found.append(&mut desired.diagnostics);
                Side::Hns(HnsSide::wanted(desired, usable))
            }
            Platform::Netsh => {
                let netsh::Lowered { plan, diagnostics, .. } =
                    compiled.netsh(&self.netsh.options(&Family::ALL)?);
                found.extend(diagnostics);
                Side::Netsh(NetshSide::wanted(plan))
            }
        })
    }
}

/// A dump, or a text that is to be loaded: one with the kernel's own chains is of a node.
fn iptables_side(rules: PerFamily<Option<Ruleset>>) -> IptablesSide {
    let standing = if rules_tell_base(&rules) { Standing::Held } else { Standing::Wanted };
    IptablesSide { standing, rules }
}

fn rules_tell_base(rules: &PerFamily<Option<Ruleset>>) -> bool {
    let tells = |family: &Family| rules.get(*family).as_ref().is_some_and(IptablesSide::tells_base);
    Family::ALL.iter().any(tells)
}

fn platform_of(content: &Content) -> Option<Platform> {
    match content {
        Content::Manifests(_) => None,
        Content::Plan(plan) => Some(plan.platform()),
        Content::Hns(_) => Some(Platform::Hns),
        Content::Iptables(_) => Some(Platform::Iptables),
        Content::Netsh(_) => Some(Platform::Netsh),
    }
}
