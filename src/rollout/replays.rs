//! What clients notice of a rollout: its moments, gone through by kube-proxy on a node of each kind.

use super::report::{Course, PoolGap, Rollout};
use crate::flag::NamedText;
use crate::manifest::Cluster as Objects;
use crate::pipeline::{Setup, compile};
use crate::platform::timeline::Keeps;
use crate::platform::{Holdings, Options, Platform, all};
use crate::replay::{ReplayError, Replayed, Request, Sequence, replay};
use crate::source::Sources;

/// Where the moments are gone through.
#[derive(Debug)]
pub struct Where<'w> {
    /// The setup of the compiler; its node, if it names one.
    pub setup: &'w Setup,
    /// The platform; without one, those that serve a node of the input.
    pub platform: Option<&'static dyn Platform>,
    /// The options of all platforms.
    pub options: &'w Options,
}

/// The worst and the best order on one node.
pub struct NodeReplay {
    /// The node.
    pub node: Option<String>,
    /// The worst order.
    pub worst: Replayed,
    /// The best one.
    pub best: Replayed,
}

/// Goes through both orders: on the node that is named, or on one of each kind, that on which a Service is longest without
/// endpoints before others.
///
/// # Errors
/// When the node is not in the input, or the platform has no later syncs.
pub fn replays(rollout: &Rollout, at: &Where<'_>) -> Result<Vec<NodeReplay>, ReplayError> {
    let mut done = Vec::new();
    for (platform, node) in places(rollout, at)? {
        let setup = match &node {
            Some(node) => at.setup.clone().on_node(node.as_str()),
            None => at.setup.clone(),
        };
        let of = |course: &Course, order| one(course, order, platform, &setup, at.options);
        let worst = match of(&rollout.worst, "worst order") {
            Err(ReplayError::NoTimeline(_)) if at.platform.is_none() => continue,
            worst => worst?,
        };
        done.push(NodeReplay { node, worst, best: of(&rollout.best, "best order")? });
    }
    Ok(done)
}

fn one(
    course: &Course,
    order: &str,
    platform: &'static dyn Platform,
    setup: &Setup,
    options: &Options,
) -> Result<Replayed, ReplayError> {
    let moments = (1..).zip(&course.moments);
    let moments = moments.map(|(number, moment)| NamedText {
        name: format!("moment {number} of the {order}"),
        text: moment.objects.clone(),
    });
    let sequence = Sequence::of_moments(order, moments.collect());
    let held = Holdings::default();
    let keeps = Keeps::default();
    replay(&sequence, &Request { setup, platform, options, held: &held, against: None, keeps })
}

/// A platform, and a node that it serves.
type Place = (&'static dyn Platform, Option<String>);

/// Platforms, each with a node that it serves.
fn places(rollout: &Rollout, at: &Where<'_>) -> Result<Vec<Place>, ReplayError> {
    let mut sources = Sources::default();
    if let Some(first) = rollout.worst.moments.first() {
        sources.add("the first moment", first.objects.clone())?;
    }
    let compiled = compile(sources, at.setup);
    let named = at.setup.overrides.node.clone();
    if named.is_some() {
        compiled.check_node()?;
    }
    let nodes = nodes(&compiled.cluster, &rollout.worst.gaps, named.as_deref());
    let mode = at.setup.mode();
    let serving = |platform: &'static dyn Platform| {
        let served = nodes.iter().find(|(_, runs_windows)| platform.serves(*runs_windows, mode));
        served.map(|(node, _)| (platform, Some(node.clone())))
    };
    Ok(match at.platform {
        Some(platform) => {
            let any = || (platform, nodes.first().map(|(node, _)| node.clone()));
            vec![serving(platform).unwrap_or_else(any)]
        }
        None => all().iter().filter_map(|platform| serving(*platform)).collect(),
    })
}

/// The nodes and whether they run Windows, those with gaps first.
fn nodes(cluster: &Objects, gaps: &[PoolGap], named: Option<&str>) -> Vec<(String, bool)> {
    let mut nodes: Vec<(u32, String, bool)> = Vec::new();
    for node in &cluster.nodes {
        let name = node.name.as_str();
        let own = gaps.iter().filter(|gap| gap.node.as_deref() == Some(name));
        let longest = own.map(|gap| gap.starts.unwrap_or(u32::MAX)).max().unwrap_or_default();
        if named.is_none_or(|named| named == name) {
            nodes.push((longest, name.to_owned(), node.runs_windows));
        }
    }
    nodes.sort_by_key(|(longest, ..)| std::cmp::Reverse(*longest));
    nodes.into_iter().map(|(_, name, runs_windows)| (name, runs_windows)).collect()
}
