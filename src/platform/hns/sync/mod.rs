//! kube-proxy on Windows over a sequence of events: what it calls HNS for at each sync, and what it remembers.
//!
//! ```text
//! proxier ─► takes in what changed ─► apply: endpoints and load balancers ─► stand_in: HNS, call by call
//!    │                                   │
//!  books: ids, counts, "applied"       queried: what HNS listed at the beginning of the sync
//! ```
//!
//! winkernel compares what is wanted with its own books, and not with HNS. So what it does depends on all that happened
//! before, and a plan for the objects of one moment does not tell it. The rules here are those that recordings of
//! kube-proxy 1.30 and 1.36 over sequences of events show; switches between them are taken to be those of the release
//! that [`WinkernelBehavior`](crate::node::WinkernelBehavior) names.

mod apply;
mod assumed;
mod books;
mod document;
mod notice;
mod outside;
mod proxier;
mod queried;
mod stand_in;
mod step;
mod story;

pub(super) use stand_in::OPERATIONS;

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use serde_json::{Value, json};

use self::notice::Watch;
use self::proxier::{Proxier, Setting};
use self::stand_in::StandIn;
use self::step::Step;
use self::story::History;
use super::features::Features;
use super::host::{Basis, host};
use super::model::State;
use super::store::Store;
use super::{HnsHeld, read};
use crate::answer::verdict::Confidence;
use crate::flag::NamedText;
use crate::ir::RuleSet;
use crate::name::escaped;
use crate::net::Family;
use crate::node::{NetworkType, SliceFamily};
use crate::platform::timeline::{
    Disturbance, Event, EventKind, Moment, SideFile, Start, StepRecord, Stories, Timeline, What,
    unreadable_before,
};

/// What the rules of a frontend are called.
pub(super) const NOUN: &str = "load balancer";

/// What HNS holds at the beginning: of several dumps the one whose network is of the node's type; `None` where nothing
/// tells it.
///
/// # Errors
/// When a dump cannot be read.
pub(super) fn state_before(start: &Start<'_>) -> Result<Option<State>, String> {
    if let Some(held) = start.held.get::<HnsHeld>() {
        return Ok(Some(held.state.clone()));
    }
    let wanted = start.rules.node.windows.network_type.clone().unwrap_or(NetworkType::L2Bridge);
    let mut first = None;
    // Dumps of other platforms may lie beside those of HNS, which are JSON.
    let is_of_hns = |dump: &&NamedText| {
        let path = std::path::Path::new(&dump.name);
        let is_of_nft = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("nft"));
        path.extension().is_some_and(|of| of == "json") && !is_of_nft
    };
    for NamedText { name, text } in start.before.iter().filter(is_of_hns) {
        let (state, problems) = read::read(text);
        if let Some(problem) = problems.first() {
            return Err(format!("{}: {}", escaped(name), problem.message()));
        }
        if state.tells_nothing() {
            return Err(unreadable_before(name, text, "JSON of HNS; [] for a node that has nothing"));
        }
        if state.networks.iter().any(|network| network.type_ == wanted) {
            return Ok(Some(state));
        }
        first = first.or(Some(state));
    }
    Ok(first)
}

/// One node over a sequence.
#[derive(Debug)]
pub struct Replay {
    hns: StandIn,
    proxiers: Vec<Proxier>,
    /// The network, and what HNS can do: told by the first moment.
    network: Box<str>,
    features: Features,
    /// Whether kube-proxy changes load balancers in place when it starts.
    modifies: bool,
    /// Whether nothing tells what HNS holds at the beginning, so that the least is assumed.
    assumes: bool,
    steps: Vec<Step>,
    watch: Watch,
    /// What HNS holds and what each family's proxier remembers after each step, where that is kept.
    states: Option<Vec<Held>>,
    /// The families whose proxier has ever served anything, and the first one.
    has_served: BTreeSet<Family>,
}

/// What is there after a step.
#[derive(Debug)]
struct Held {
    number: usize,
    hns: Value,
    books: BTreeMap<Family, Value>,
}

impl Replay {
    /// On a node that holds this at the beginning. `keeps_states` is whether [`Timeline::states`] will be asked for.
    #[must_use]
    pub fn new(before: Option<&State>, keeps_states: bool) -> Self {
        let assumes = before.is_none();
        let before = before.cloned().unwrap_or_default();
        Self {
            hns: StandIn::new(&before),
            proxiers: Vec::new(),
            network: Box::default(),
            features: Features::of(Features::ASSUMED),
            modifies: false,
            assumes,
            steps: Vec::new(),
            watch: Watch::new(&before),
            states: keeps_states.then(Vec::new),
            has_served: BTreeSet::new(),
        }
    }

    /// Builds answers about clients on rules that are at least as sure.
    #[must_use]
    pub fn trusting(self, trusted: Confidence) -> Self {
        Self { watch: self.watch.trusting(trusted), ..self }
    }

    /// The proxiers of the families, each of which deletes all load balancers before the next one starts.
    fn start(&mut self, rules: &RuleSet) {
        let state = self.hns.objects.state();
        let (host, _) = host(rules, Some(&state), Basis::KubeProxy);
        self.network = host.network.name;
        self.features = host.features;
        let setting = Setting { node: &rules.node, network: &self.network, features: self.features };
        self.modifies = setting.behavior().in_place.is_on(self.features.version);
        self.has_served.extend(host.families.first());
        let hns = &mut self.hns;
        self.proxiers = host.families.iter().map(|family| Proxier::start(*family, setting, hns)).collect();
    }

    /// How many of the events ask for a sync: those that tell something new.
    fn sync_requests(&self, moment: &Moment<'_>, takes_all: bool) -> usize {
        let is_news = |event: &&Event| match (event.kind, event.what) {
            (EventKind::Service, What::Update) => {
                self.proxiers.iter().any(|proxier| proxier.is_news(&event.service))
            }
            (EventKind::EndpointSlice(family), _) => {
                let is_taken = |proxier: &Proxier| takes_all || proxier.family == family;
                event.is_news && self.proxiers.iter().any(is_taken)
            }
            (EventKind::Service, _) => true,
        };
        moment.events.iter().filter(is_news).count()
    }

    fn keep_state(&mut self, moment: &Moment<'_>) {
        let serving = self.proxiers.iter().filter(|proxier| !proxier.books.services.is_empty());
        self.has_served.extend(serving.map(|proxier| proxier.family));
        let Some(states) = &mut self.states else { return };
        let books = self.proxiers.iter().map(|of| (of.family, document::books(of, moment.rules)));
        let hns = document::hns(&self.hns.objects);
        states.push(Held { number: moment.number, hns, books: books.collect() });
    }
}

impl Timeline for Replay {
    fn waits(&self) -> bool {
        self.proxiers.iter().any(Proxier::waits)
    }

    fn advance(&mut self, moment: &Moment<'_>) -> Result<Vec<u32>, String> {
        let starts = moment.restarts || self.proxiers.is_empty();
        self.hns.begin(moment.faults);
        let mut outside = Vec::new();
        if let Some(change) = moment.outside {
            let mut state = self.hns.objects.state();
            outside = outside::change(change, &mut state)?;
            self.watch.look(&state);
            self.hns.objects = Store::new(&state);
        }
        if self.assumes {
            for endpoint in assumed::take_in(moment, &mut self.hns.objects) {
                self.watch.add(endpoint);
            }
        }
        if starts {
            self.start(moment.rules);
        }
        // Two proxiers share what comes by its family; a single one of old releases takes everything for a change.
        let takes_all =
            self.proxiers.len() == 1 && moment.rules.node.behavior.slice_family == SliceFamily::Address;
        for proxier in &mut self.proxiers {
            let family = Some(proxier.family).filter(|_| !takes_all);
            proxier.note(moment, moment.changed_slices(family));
        }
        let requests = (!starts).then(|| self.sync_requests(moment, takes_all));
        let setting = Setting { node: &moment.rules.node, network: &self.network, features: self.features };
        for proxier in &mut self.proxiers {
            proxier.sync(moment, setting, &mut self.hns);
        }
        let (calls, reads) = (mem::take(&mut self.hns.calls), mem::take(&mut self.hns.reads));
        self.watch.follow(moment, setting, &calls);
        self.keep_state(moment);
        self.steps.push(Step {
            number: moment.number,
            restarts: moment.restarts,
            events: moment.events.iter().map(ToString::to_string).collect(),
            requests,
            outside,
            faults: moment.faults.to_vec(),
            calls,
            reads,
        });
        Ok(self.hns.faults.calls())
    }

    fn ignores(&self) -> SideFile {
        SideFile::Conntrack
    }

    fn calls(&self) -> Value {
        let is_overlay = self.proxiers.first().is_some_and(|proxier| proxier.is_overlay);
        json!({
            "hnsVersion": self.features.version.to_string(),
            "modifyLoadBalancer": self.modifies,
            "network": if is_overlay { "overlay" } else { "l2bridge" },
            "steps": self.steps.iter().map(document::step).collect::<Vec<_>>(),
        })
    }

    fn states(&self) -> Value {
        let states = self.states.iter().flatten().map(|Held { number, hns, books }| {
            let books = books.iter().filter(|(family, _)| self.has_served.contains(family));
            let books: serde_json::Map<String, Value> =
                books.map(|(family, books)| (family.to_string(), books.clone())).collect();
            json!({"hns": hns, "proxier": books, "step": number})
        });
        states.collect()
    }

    fn steps(&self) -> Vec<StepRecord> {
        self.steps.iter().map(Step::record).collect()
    }

    fn notes(&self) -> Vec<String> {
        let note = "what HNS holds at the beginning is not told: the network, and endpoints of the pods on this node as \
                    soon as a slice names them, are assumed; --hns-state tells them";
        self.assumes.then(|| note.to_owned()).into_iter().collect()
    }

    fn operations(&self) -> &'static [&'static str] {
        stand_in::OPERATIONS
    }

    fn noun(&self) -> &'static str {
        NOUN
    }

    fn frontends(&self) -> Vec<[Box<str>; 2]> {
        self.watch.frontends()
    }

    fn disturbances(&self) -> Vec<Disturbance> {
        self.watch.all()
    }

    fn stories(&self) -> Option<Stories<'_>> {
        let history = History::new(&self.steps, &self.hns.objects.state());
        Some(Box::new(move |object, is_there| history.story(object, is_there)))
    }
}
