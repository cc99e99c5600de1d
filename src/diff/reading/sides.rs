//! Reads and compiles both sides.

use super::ReadingError;
use super::asked::{Asked, Content, SideFormat};
use super::material::Material;
use super::remarks::Remarks;
use crate::answer::change::{Comparison, Ownership};
use crate::answer::directory::Directory;
use crate::capture::HostFacts;
use crate::diagnostics::Diagnostic;
use crate::diff::cause::{Cause, causes};
use crate::fill::Marks;
use crate::pipeline::{Compiled, Unserved};
use crate::platform::{Held, Holdings, Objects, Options, Platform, usual};
use crate::scope::Selector;

/// What is to be read.
pub struct Reading<'d> {
    /// Both sides.
    pub asked: [Asked; 2],
    /// What they are, where somebody says so.
    pub formats: [Option<SideFormat>; 2],
    /// What manifests are compiled to.
    pub target: Option<&'static dyn Platform>,
    /// How manifests are read and compiled.
    pub manifests: &'d (dyn Manifests + Sync),
    /// What the node holds besides, or held when a plan was made.
    pub held: Holdings,
    /// The options of all platforms.
    pub options: &'d Options,
    /// Whether packets are sent through the sides, for which dumps are kept.
    pub sends_packets: bool,
}

/// How manifests are read and compiled.
pub trait Manifests {
    /// Whether there are manifests for sides that are targets.
    fn is_empty(&self) -> bool;

    /// Compiles them, for a host of which the dumps of the other side tell something.
    ///
    /// # Errors
    /// When they cannot be read.
    fn compile(&self, host: HostFacts) -> Result<Compiled, ReadingError>;

    /// Compiles the manifests of a side.
    ///
    /// # Errors
    /// When they cannot be read.
    fn compile_files(&self, files: &[String]) -> Result<Compiled, ReadingError>;
}

/// Both sides, ready to be compared.
pub struct Pair {
    /// What people call them.
    pub names: [String; 2],
    /// Taken by whoever compares them.
    pub sides: Option<[Box<dyn Objects>; 2]>,
    /// What was compiled: of the manifests for targets, or of each side that is manifests.
    pub compiled: Vec<Compiled>,
    /// What packets are sent through.
    pub materials: [Material; 2],
    /// What the node holds that is compared with.
    pub held: Holdings,
    /// What was found while the sides were compiled.
    pub found: Vec<Diagnostic>,
    /// What was found while files were read, one sentence each; safe to print.
    pub remarks: Vec<String>,
    /// The Services that are compared; all, until [`Pair::select`] narrows it.
    selector: Selector,
}

/// What a side is made of.
enum Source {
    Compiled {
        at: usize,
        platform: &'static dyn Platform,
    },
    /// What a node holds, now or when a plan is done.
    Held(Box<dyn Held>),
}

impl<'d> Reading<'d> {
    /// Of two sides whose contents tell what they are, compared object by object, with no other dump.
    #[must_use]
    pub fn new(asked: [Asked; 2], manifests: &'d (dyn Manifests + Sync), options: &'d Options) -> Self {
        Self {
            asked,
            formats: [None, None],
            target: None,
            manifests,
            held: Holdings::default(),
            options,
            sends_packets: false,
        }
    }

    /// Reads both sides.
    ///
    /// # Errors
    /// When a file cannot be read, nobody knows what it is, or a plan cannot be completed.
    pub fn read(mut self) -> Result<Pair, ReadingError> {
        let mut remarks = Remarks::default();
        let contents = self.contents(&mut remarks)?;
        let platforms = self.platforms(&contents);
        let (contents, are_plans) = self.outcomes(contents, &mut remarks)?;
        let (compiled, sources) = self.compile(contents, platforms)?;
        self.take_held(&sources, are_plans);
        let materials = sources.each_ref().map(|source| self.material(source));
        let mut found = Vec::new();
        let sides = sources.map(|source| match source {
            Source::Compiled { at, platform } => {
                let context = compiled[at].context(self.options, &self.held);
                found.extend(platform.problems(context));
                platform.objects(context).into_value(&mut found)
            }
            Source::Held(held) => held.into_objects(),
        });
        let names = self.asked.each_ref().map(Asked::name);
        let Remarks(remarks) = remarks;
        let sides = Some(sides);
        let selector = Selector::default();
        Ok(Pair { names, sides, compiled, materials, held: self.held, found, remarks, selector })
    }

    fn material(&self, source: &Source) -> Material {
        match source {
            Source::Compiled { at, platform } => Material::Compiled { at: *at, platform: *platform },
            Source::Held(held) if self.sends_packets => Material::Held(held.duplicate()),
            Source::Held(_) => Material::Other,
        }
    }

    /// What stands in the files; none for targets.
    fn contents(&self, remarks: &mut Remarks) -> Result<[Option<Content>; 2], ReadingError> {
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
                found[side] = Some(self.asked[side].content(self.formats[side], other, remarks)?);
            }
        }
        Ok(found)
    }

    /// What the node holds when plans are done, in the place of the plans.
    fn outcomes(
        &self,
        contents: [Option<Content>; 2],
        remarks: &mut Remarks,
    ) -> Result<([Option<Content>; 2], [bool; 2]), ReadingError> {
        let are_plans = contents.each_ref().map(|content| matches!(content, Some(Content::Plan(_))));
        let mut done = |side: usize, content, other: Option<&Content>| match content {
            Some(Content::Plan(plan)) => {
                let before = self.held.of(plan.platform());
                let other = match other {
                    Some(Content::Held(held)) => Some(&**held),
                    _ => None,
                };
                let held = plan.outcome(&self.asked[side].name(), before, other, remarks)?;
                Ok::<_, ReadingError>(Some(Content::Held(held)))
            }
            content => Ok(content),
        };
        let [one, other] = contents;
        let one = done(0, one, other.as_ref())?;
        let other = done(1, other, one.as_ref().filter(|_| !are_plans[0]))?;
        Ok(([one, other], are_plans))
    }

    /// What each side is or becomes: manifests become what the other side is.
    fn platforms(&self, contents: &[Option<Content>; 2]) -> [Option<&'static dyn Platform>; 2] {
        let of_side = |side: usize| match &self.asked[side] {
            Asked::Target(platform) => Some(*platform),
            Asked::Files(_) | Asked::Stdin => contents[side].as_ref().and_then(platform_of),
        };
        [0, 1].map(|side| of_side(side).or(self.target).or_else(|| of_side(1 - side)))
    }

    /// Compiles manifests: those for targets once, and each side that is manifests.
    fn compile(
        &self,
        contents: [Option<Content>; 2],
        platforms: [Option<&'static dyn Platform>; 2],
    ) -> Result<(Vec<Compiled>, [Source; 2]), ReadingError> {
        let has_target = contents.iter().any(Option::is_none);
        if has_target && self.manifests.is_empty() {
            let message = "a target is compiled from manifests: add -f FILE, or - for standard input";
            return Err(ReadingError(message.to_owned()));
        }
        let mut wanted: Vec<Option<Vec<String>>> = Vec::new();
        if !self.manifests.is_empty() {
            wanted.push(None);
        }
        let mut at_side = [0, 0];
        for (side, content) in contents.iter().enumerate() {
            if let Some(Content::Manifests(files)) = content {
                at_side[side] = wanted.len();
                wanted.push(Some(files.clone()));
            }
        }
        let mut host = HostFacts::default();
        for (asked, content) in self.asked.iter().zip(&contents) {
            if matches!(content, Some(Content::Held(_))) {
                host = host.or(asked.host_facts()?);
            }
        }
        let compile = |files: &Option<Vec<String>>| match files {
            None => self.manifests.compile(host.clone()),
            Some(files) => self.manifests.compile_files(files),
        };
        let compiled = match &*wanted {
            [] => Vec::new(),
            [only] => vec![compile(only)?],
            // A page has one thread, and to start another is a panic.
            all if cfg!(target_family = "wasm") => all.iter().map(compile).collect::<Result<Vec<_>, _>>()?,
            // Not in the pool of threads, which both of them use.
            _ => std::thread::scope(|scope| {
                let running: Vec<_> =
                    wanted.iter().map(|files| scope.spawn(move || compile(files))).collect();
                let joined =
                    running.into_iter().map(|thread| thread.join().expect("compiling does not panic"));
                joined.collect::<Result<Vec<_>, _>>()
            })?,
        };
        let [one, other] = contents;
        // Where nothing names a platform, the mode of the node's kube-proxy does.
        let of_mode = |compiled: &Compiled| {
            compiled.check_mode(false).map_err(|error| ReadingError(error.to_string()))?;
            Ok::<_, ReadingError>(usual(Some(&*compiled.rules.node.mode).filter(|mode| !mode.is_empty())))
        };
        let made = |side: usize, at: usize| {
            let platform = platforms[side].map_or_else(|| of_mode(&compiled[at]), Ok)?;
            Ok(Source::Compiled { at, platform })
        };
        let source = |side: usize, content: Option<Content>| match content {
            None => made(side, 0),
            Some(Content::Manifests(_)) => made(side, at_side[side]),
            Some(Content::Held(held)) => Ok::<_, ReadingError>(Source::Held(held)),
            Some(Content::Plan(_)) => unreachable!("of plans the outcome is taken"),
        };
        let sources = [source(0, one)?, source(1, other)?];
        Ok((compiled, sources))
    }

    /// What a node holds decides what is wanted of it, where one side is compiled and the other a dump.
    fn take_held(&mut self, sources: &[Source; 2], are_plans: [bool; 2]) {
        let is_compiled = sources.iter().any(|source| matches!(source, Source::Compiled { .. }));
        for (source, is_plan) in sources.iter().zip(are_plans) {
            if let Source::Held(held) = source
                && is_compiled
                && !is_plan
            {
                self.held.add(held.duplicate());
            }
        }
    }
}

fn platform_of(content: &Content) -> Option<&'static dyn Platform> {
    match content {
        Content::Manifests(_) => None,
        Content::Plan(plan) => Some(plan.platform()),
        Content::Held(held) => Some(held.platform()),
    }
}

impl Pair {
    /// Narrows all that is compared from now on to some Services.
    ///
    /// # Errors
    /// When a pattern selects none of either side's manifests; without manifests nothing tells which Services there
    /// are.
    pub fn select(&mut self, selector: Selector) -> Result<(), Unserved> {
        Compiled::check_services(&self.compiled, &selector)?;
        self.selector = selector;
        Ok(())
    }

    /// The assumed addresses of both sides, to be marked in answers.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        for compiled in &self.compiled {
            marks.extend(compiled.rules.assumed.clone());
        }
        marks
    }

    /// The nodes that rules were compiled for, each once: name, and whether it runs Windows.
    #[must_use]
    pub fn nodes(&self) -> Vec<(Option<String>, bool)> {
        let mut nodes = Vec::new();
        for node in self.compiled.iter().map(|compiled| &compiled.rules.node) {
            let node = (node.name.as_ref().map(ToString::to_string), node.runs_windows);
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// The Services that are compared.
    #[must_use]
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Checks that each side that was compiled has something to compare.
    ///
    /// # Errors
    /// When a side has no Service, or none of which the manifests tell enough to have rules; when neither side has
    /// any rules.
    pub fn check_wanted(&self) -> Result<(), ReadingError> {
        let mut is_empty = true;
        for side in 0..2 {
            let name = &self.names[side];
            let Some(compiled) = self.compiled_side(side) else {
                is_empty = false;
                continue;
            };
            let left_out = compiled.left_out(&self.selector);
            if compiled.cluster.services.is_empty() {
                return Err(ReadingError(format!(
                    "nothing was compared: {name} has no Service that could be read"
                )));
            }
            if compiled.rules.services.is_empty() && !left_out.is_empty() {
                return Err(ReadingError(format!("nothing was compared: {name}: {}", left_out.reason())));
            }
            is_empty &= compiled.rules.services.is_empty();
        }
        if is_empty {
            let message = "nothing was compared: no Service of either side has rules on this node";
            return Err(ReadingError(message.to_owned()));
        }
        Ok(())
    }

    /// What of the sides was left out, one line for each that lacks something.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        let of_side = |side: usize| {
            let left_out = self.compiled_side(side)?.left_out(&self.selector);
            (!left_out.is_empty()).then(|| format!("{}: {left_out}", self.names[side]))
        };
        [0, 1].into_iter().filter_map(of_side).collect()
    }

    /// What changed in the manifests of the selected Services, where both sides are manifests. Objects without a namespace
    /// are taken to be in this one.
    #[must_use]
    pub fn causes(&self, namespace: &str) -> Vec<Cause> {
        let [old, new] = &self.compiled[..] else { return Vec::new() };
        let mut found = causes(&old.sources, &new.sources, namespace);
        found.retain(|cause| cause.is_selected(&self.selector));
        found
    }

    /// The manifests of a side, if it was compiled.
    fn compiled_side(&self, side: usize) -> Option<&Compiled> {
        match self.materials[side] {
            Material::Compiled { at, .. } => self.compiled.get(at),
            Material::Held(_) | Material::Other => None,
        }
    }

    /// Compares both sides object by object; `None` where they are of two platforms, which have no object in common.
    pub fn compare(&mut self, ownership: &Ownership) -> Option<Comparison> {
        let sides = self.sides.as_mut()?;
        let directory = Directory::new(self.compiled.iter().map(|compiled| &compiled.rules).collect());
        crate::diff::compare_selected(sides, &directory, ownership, &self.selector)
    }

    /// The Services that explain both sides.
    #[must_use]
    pub fn directory(&self) -> Directory<'_> {
        Directory::new(self.compiled.iter().map(|compiled| &compiled.rules).collect())
    }
}
