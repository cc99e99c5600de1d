//! A run as moments: the Services, slices and nodes after each happening that kube-proxy is told of, in words.

use std::collections::BTreeSet;

use super::build::Built;
use super::cluster::Cluster;
use super::objects::{in_condition, is_of};
use super::report::{Course, Moment, PoolGap};
use super::run::{Run, end};
use super::state::{Happening, Phase, State};
use crate::fill::{follow, service_of, to_json};
use crate::manifest::AnyObject;

/// How many pods are named in a label.
const NAMED: usize = 5;

/// The moments of a run.
pub(super) fn course(cluster: &Cluster, built: &Built, run: &Run) -> Course {
    let mut teller = Teller::new(cluster, built);
    let mut state = State::before(&built.model);
    teller.tell("before".to_owned(), &state);
    teller.apply();
    teller.tell("the change is applied".to_owned(), &state);
    // After how many happenings each moment is there.
    let mut moment_of = vec![teller.moments.len()];
    for happening in &run.happenings {
        state.take(&built.model, happening);
        teller.tell(words(built, happening), &state);
        moment_of.push(teller.moments.len());
    }
    let model = &built.model;
    let pool_gap = |pool: usize, starts: Option<u32>, from: usize, to: Option<usize>| PoolGap {
        service: model.pools[pool].service.clone(),
        node: model.pools[pool].local.map(|(node, _)| model.nodes[node].clone()),
        field: model.pools[pool].field().map(Into::into),
        starts,
        from: Some(moment_of[from]),
        to: to.map(|to| moment_of[to]),
    };
    let of_pools = run.gaps.iter().enumerate();
    let mut gaps: Vec<PoolGap> = of_pools
        .flat_map(|(pool, gaps)| {
            gaps.iter().map(move |gap| pool_gap(pool, Some(gap.starts), gap.from, Some(gap.to)))
        })
        .collect();
    for (pool, from) in run.empty.iter().enumerate() {
        gaps.extend(from.map(|from| pool_gap(pool, None, from, None)));
    }
    gaps.sort_by_key(|gap| (gap.from, gap.service.clone(), gap.node.clone()));
    Course { moments: teller.moments, gaps, stuck: stuck(built, run) }
}

/// Why a rollout does not come to its end.
fn stuck(built: &Built, run: &Run) -> Option<String> {
    let model = &built.model;
    let state = end(model, run);
    if let Some(drain) = &model.drain {
        let holding = super::drain::holding(model, &state);
        if !holding.is_empty() {
            let budgets = holding.join(", ");
            let node = &model.nodes[drain.node];
            return Some(format!(
                "the drain of {node} does not end: PodDisruptionBudget {budgets} lets no more pods go"
            ));
        }
    }
    let active = |at: usize| {
        let pods = model.workloads[at].pods.iter();
        pods.filter(|pod| state.phase(**pod) == Phase::Available).count()
    };
    let lacking = (0..model.workloads.len()).find(|at| active(*at) < model.workloads[*at].replicas)?;
    let of = &model.workloads[lacking];
    Some(format!(
        "{} {} ends with {} of {} pods: no node takes the others",
        of.kind,
        of.name,
        active(lacking),
        of.replicas
    ))
}

struct Teller<'b> {
    built: &'b Built,
    after: &'b [AnyObject],
    populated: BTreeSet<String>,
    /// Services and nodes.
    fixed: Vec<AnyObject>,
    slices: Vec<AnyObject>,
    is_applied: bool,
    moments: Vec<Moment>,
}

impl<'b> Teller<'b> {
    fn new(cluster: &'b Cluster, built: &'b Built) -> Self {
        let (before, after) = (&cluster.before.objects[..], &cluster.after.objects[..]);
        let populated = before.iter().chain(after).filter(|object| is_of(object, "Pod"));
        Self {
            built,
            after,
            populated: populated.map(|pod| pod.namespace().to_owned()).collect(),
            fixed: fixed(before),
            slices: before.iter().filter(|object| is_of(object, "EndpointSlice")).cloned().collect(),
            is_applied: false,
            moments: Vec::new(),
        }
    }

    /// Puts the Services of the new manifests in place of the old ones; slices of those that are gone go as well.
    fn apply(&mut self) {
        self.fixed = fixed(self.after);
        self.is_applied = true;
        let services: BTreeSet<(&str, &str)> = self
            .after
            .iter()
            .filter(|object| is_of(object, "Service"))
            .map(|service| (service.namespace(), service.name()))
            .collect();
        self.slices.retain(|slice| service_of(slice).is_some_and(|service| services.contains(&service)));
        let own = self.after.iter().filter(|slice| is_of(slice, "EndpointSlice"));
        self.slices.extend(own.filter(|slice| service_of(slice).is_none()).cloned());
    }

    /// Adds a moment, unless kube-proxy is told nothing.
    fn tell(&mut self, label: String, state: &State) {
        let mut objects = self.fixed.clone();
        objects.append(&mut self.slices);
        objects.extend(self.built.others[usize::from(self.is_applied)].iter().cloned());
        for (at, pod) in self.built.pods.iter().enumerate().filter(|(at, _)| state.phase(*at).exists()) {
            let (is_ready, is_deleted) = match state.phase(at) {
                Phase::Terminating { serves } => (serves, true),
                phase => (phase.is_ready(), false),
            };
            objects.push(in_condition(pod, is_ready, is_deleted));
        }
        follow(&mut objects, &self.populated);
        objects.retain(|object| !is_of(object, "Pod"));
        self.slices = objects.iter().filter(|object| is_of(object, "EndpointSlice")).cloned().collect();
        objects.sort_by_cached_key(|object| {
            (object.kind().1.to_owned(), object.namespace().to_owned(), object.name().to_owned())
        });
        let text = to_json(objects.into_iter());
        match self.moments.last_mut() {
            Some(last) if last.objects == text => {
                if self.moments.len() > 1 || self.is_applied {
                    let last = self.moments.last_mut().expect("it is there");
                    last.label = format!("{}; {label}", last.label);
                }
            }
            _ => self.moments.push(Moment { label, objects: text }),
        }
    }
}

fn fixed(objects: &[AnyObject]) -> Vec<AnyObject> {
    objects.iter().filter(|object| is_of(object, "Service") || is_of(object, "Node")).cloned().collect()
}

/// What happened, in words.
fn words(built: &Built, happening: &Happening) -> String {
    let model = &built.model;
    let pod = |pod: &usize| format!("{} on {}", model.pods[*pod].name, model.nodes[model.pods[*pod].node]);
    let listed = |pods: &[usize]| {
        let mut names: Vec<String> = pods.iter().take(NAMED).map(pod).collect();
        if pods.len() > NAMED {
            names.push(format!("{} more", pods.len() - NAMED));
        }
        names.join(", ")
    };
    let plural = |pods: &[usize], one: &str, many: &str| {
        if pods.len() == 1 { one.to_owned() } else { many.to_owned() }
    };
    match happening {
        Happening::Made(pods) => format!("{} {}", listed(pods), plural(pods, "starts", "start")),
        Happening::Deleted(pods) => format!("{} {} deleted", listed(pods), plural(pods, "is", "are")),
        Happening::Ready(of) => format!("{} is ready", pod(of)),
        Happening::Available(of) => format!("{} is available", pod(of)),
        Happening::Ended(of) => format!("{} has ended", pod(of)),
    }
}
