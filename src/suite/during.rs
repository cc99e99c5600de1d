//! What clients notice while a change is rolled out, as expectations ask for it.
//!
//! ```yaml
//! - {during: {restart: shop/web}, from: external, to: "shop/front:443", on: [hns], expect: neverFails}
//! ```

use std::net::SocketAddr;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::ir::{Frontend, FrontendKind, ServicePort};
use crate::name::{counted, printable};
use crate::pipeline::{Compiled, Setup, compile};
use crate::platform::timeline::{Client, Disturbance};
use crate::platform::{Options, Platform};
use crate::render::rollout::{gap_in_words, trouble_in_words};
use crate::rollout::{
    Change, Cluster, ClusterError, Moment, Named, NodeReplay, PoolGap, Rollout, Scale, Where, replays,
    rollout,
};
use crate::source::{Input, Sources};
use crate::trace::{Client as Sender, ClientKind, EndsError, Traced};

/// What is rolled out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct During {
    /// Workloads that are restarted, as `NAMESPACE/NAME`.
    #[serde(default, deserialize_with = "one_or_more")]
    #[schemars(schema_with = "schema_of_names")]
    restart: Vec<Named>,
    /// Workloads that get another number of replicas, as `NAMESPACE/NAME=N`.
    #[serde(default, deserialize_with = "one_or_more")]
    #[schemars(schema_with = "schema_of_names")]
    scale: Vec<Scale>,
    /// A node that is drained.
    #[serde(default)]
    drain: Option<String>,
    /// The manifests before the change, by a path from the folder; those of the case are what it leads to.
    #[serde(default)]
    old: Option<String>,
}

fn schema_of_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}

/// One text, or a list of them.
fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = String>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    };
    texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
}

impl During {
    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `restart of shop/web, drain of win-1`
    pub(super) fn words(&self) -> String {
        let name = |of: &Named| format!("{}/{}", printable(&of.namespace), printable(&of.name));
        let restarts = self.restart.iter().map(|of| format!("restart of {}", name(of)));
        let scales =
            self.scale.iter().map(|of| format!("scale of {} to {}", name(&of.workload), of.replicas));
        let drain = self.drain.iter().map(|node| format!("drain of {}", printable(node)));
        let old = self.old.iter().map(|path| format!("change from {}", printable(path)));
        restarts.chain(scales).chain(drain).chain(old).collect::<Vec<_>>().join(", ")
    }

    fn change(&self) -> Change {
        Change { scales: self.scale.clone(), restarts: self.restart.clone(), drain: self.drain.clone() }
    }
}

/// Where rollouts of a case are gone through.
pub(super) struct Place<'p> {
    /// The setup of the compiler.
    pub(super) setup: &'p Setup,
    /// The options of all platforms.
    pub(super) options: &'p Options,
    /// The manifests of the case.
    pub(super) manifests: &'p [String],
}

/// Why it is not known what fails.
#[derive(Debug, Clone)]
pub(super) enum Unknown {
    /// The manifests do not have what is named. Most likely they lost it; a slip in the expectation looks the same.
    Absent(String),
    /// Whatever the manifests say, there is no answer.
    Error(String),
}

impl Unknown {
    fn of(error: &dyn std::fmt::Display) -> Self {
        Self::Error(error.to_string())
    }
}

impl From<EndsError> for Unknown {
    fn from(error: EndsError) -> Self {
        if error.is_absent() { Self::Absent(error.to_string()) } else { Self::of(&error) }
    }
}

impl From<ClusterError> for Unknown {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Unknown(error) if error.is_absent() => Self::Absent(error.to_string()),
            error => Self::of(&error),
        }
    }
}

/// Rollouts that were gone through, each once.
pub(super) struct Rollouts<'p> {
    place: Place<'p>,
    known: Vec<(Key, Result<Rolled, Unknown>)>,
}

/// A change, and the platform if one is named.
type Key = (During, Option<&'static str>);

/// A rollout in its worst order.
struct Rolled {
    rollout: Rollout,
    replays: Vec<NodeReplay>,
    /// The setup, without what is assumed: the moments have all of it.
    setup: Setup,
    /// Whether the manifests change.
    has_old: bool,
}

/// Who is asked about.
struct Asked<'a> {
    port: &'a ServicePort,
    /// The frontends, as disturbances name them.
    frontends: Vec<String>,
    asks_for_cluster_ip: bool,
    asks_for_others: bool,
    client: Client,
}

impl<'p> Rollouts<'p> {
    pub(super) fn new(place: Place<'p>) -> Self {
        Self { place, known: Vec::new() }
    }

    /// What fails in the worst order; nothing if a client never notices anything.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub(super) fn failures(
        &mut self,
        during: &During,
        ends: [&str; 2],
        platform: Option<&'static dyn Platform>,
    ) -> Result<Vec<String>, Unknown> {
        let key = (during.clone(), platform.map(Platform::name));
        if !self.known.iter().any(|(known, _)| *known == key) {
            let rolled = self.place.roll(during, platform);
            self.known.push((key.clone(), rolled));
        }
        let found = self.known.iter().find(|(known, _)| *known == key);
        let (_, rolled) = found.expect("it was gone through just now");
        rolled.as_ref().map_err(Clone::clone)?.failures(ends)
    }
}

impl Place<'_> {
    fn roll(&self, during: &During, platform: Option<&'static dyn Platform>) -> Result<Rolled, Unknown> {
        let mut setup = self.setup.clone();
        let assumed = Setup { assume: Some(setup.assume.take().unwrap_or_default()), ..setup.clone() };
        let assumptions = assumed.assumptions().unwrap_or_default();
        let read = |names: &[String]| {
            let inputs: Vec<Input> = names.iter().map(|name| Input::from(name.as_str())).collect();
            Sources::read(&inputs, false).map_err(|error| Unknown::of(&error))
        };
        let now = read(self.manifests)?;
        let change = during.change();
        let cluster = match &during.old {
            Some(old) => Cluster::read(&read(std::slice::from_ref(old))?, Some(&now), &assumptions, &change),
            None => Cluster::read(&now, None, &assumptions, &change),
        }?;
        let rollout = rollout(&cluster, &change);
        let place = Where { setup: &setup, platform, options: self.options };
        let replays = replays(&rollout, &place).map_err(|error| Unknown::of(&error))?;
        Ok(Rolled { rollout, replays, setup, has_old: during.old.is_some() })
    }
}

impl Rolled {
    /// That an end is not known, with which of the manifests do not have it where they change.
    fn at(&self, when: &str, unknown: impl Into<Unknown>) -> Unknown {
        match unknown.into() {
            Unknown::Absent(why) if self.has_old => Unknown::Absent(format!("{when} the change: {why}")),
            unknown => unknown,
        }
    }

    fn failures(&self, ends: [&str; 2]) -> Result<Vec<String>, Unknown> {
        let mut found = Vec::new();
        for of in &self.replays {
            let setup = match &of.node {
                Some(node) => self.setup.clone().on_node(node.as_str()),
                None => self.setup.clone(),
            };
            let moments = &self.rollout.worst.moments;
            let compiled = compiled_at(moments.first(), &setup)?;
            let (cluster, rules) = (&compiled.cluster, &compiled.rules);
            let traced =
                Traced::of(ends, None, cluster, rules, &[]).map_err(|error| self.at("before", error))?;
            if self.has_old {
                let last = compiled_at(moments.last(), &setup)?;
                match Traced::of([ANYONE, ends[1]], None, &last.cluster, &last.rules, &[]) {
                    Ok(traced) => drop(Asked::of(&traced, ends[1]).map_err(|gone| self.at("after", gone))?),
                    Err(error) if error.is_absent() => return Err(self.at("after", error)),
                    Err(_) => {}
                }
            }
            let asked = Asked::of(&traced, ends[1]).map_err(|gone| self.at("before", gone))?;
            let node = of.node.as_deref();
            let at = format!("on {}", node.map_or_else(|| "the node".to_owned(), printable));
            let timeline = &of.worst.timeline;
            let gaps = self.rollout.longest.iter().filter(|gap| asked.is_touched_by(gap, node));
            found.extend(gaps.map(gap_in_words));
            let troubles = timeline.disturbances().into_iter();
            let troubles = troubles.filter(|of| of.is_felt() && asked.is_troubled_by(of));
            found.extend(troubles.map(|of| format!("{} {at}", trouble_in_words(&of, timeline.noun()))));
        }
        if self.replays.is_empty() {
            return Err(Unknown::of(&"no platform of the nodes is one that a rollout is gone through on"));
        }
        let unknown = self.rollout.not_modelled.iter();
        found
            .extend(unknown.map(|of| {
                format!("{} changes, and what its controller does is not modelled", printable(of))
            }));
        let stuck = self.rollout.worst.stuck.iter();
        found.extend(stuck.map(|why| format!("the rollout does not come to its end: {}", printable(why))));
        found.dedup();
        Ok(found)
    }
}

/// Who sends where only the destination is of interest.
const ANYONE: &str = "external";

/// What there is at a moment.
fn compiled_at(moment: Option<&Moment>, setup: &Setup) -> Result<Compiled, Unknown> {
    let mut sources = Sources::default();
    if let Some(moment) = moment {
        sources.add("a moment", moment.objects.clone()).map_err(|error| Unknown::of(&error))?;
    }
    Ok(compile(sources, setup))
}

impl<'a> Asked<'a> {
    fn of(traced: &Traced<'a>, to: &str) -> Result<Self, Unknown> {
        let destination = &traced.destination;
        let port = destination.port;
        let port = port.ok_or_else(|| Unknown::Absent(format!("no Service listens at {}", printable(to))))?;
        let is_address = to.parse::<SocketAddr>().is_ok() || to.starts_with("node:") || !to.contains('/');
        // By the name of a Service, clients in the cluster mean its cluster IP, and others what leads into the cluster.
        let client = client_of(&traced.client);
        let means_cluster_ip = client != Client::Outside || port.frontends.len() == 1;
        let is_asked = |of: &&Frontend| match (is_address, of.address) {
            (true, Some(ip)) => SocketAddr::new(ip, of.port) == destination.to,
            (true, None) => of.port == destination.to.port() && !is_of_service(destination.to, port),
            (false, _) => (of.kind == FrontendKind::ClusterIp) == means_cluster_ip,
        };
        let frontends: Vec<&Frontend> = port.frontends.iter().filter(is_asked).collect();
        let text = |of: &&Frontend| match of.address {
            Some(ip) => format!("{} {}", port.protocol, SocketAddr::new(ip, of.port)),
            None => format!("{} *:{}", port.protocol, of.port),
        };
        let is_cluster_ip = |of: &&Frontend| of.kind == FrontendKind::ClusterIp;
        Ok(Self {
            port,
            client,
            asks_for_cluster_ip: frontends.iter().any(is_cluster_ip),
            asks_for_others: !frontends.iter().all(is_cluster_ip),
            frontends: frontends.iter().map(text).collect(),
        })
    }

    /// Whether a time without endpoints is one for the client, whose packets come to a node.
    fn is_touched_by(&self, gap: &PoolGap, node: Option<&str>) -> bool {
        let is_of_service = gap.service == format!("{}/{}", self.port.namespace, self.port.name);
        let is_here = gap.node.is_none() || gap.node.as_deref() == node;
        let is_of_client = match gap.field.as_deref() {
            Some("externalTrafficPolicy") => self.asks_for_others && self.client == Client::Outside,
            Some(_) => self.asks_for_cluster_ip,
            None => true,
        };
        is_of_service && is_here && is_of_client
    }

    fn is_troubled_by(&self, of: &Disturbance) -> bool {
        let frontend = of.frontend.strip_suffix(" IPv6").unwrap_or(&of.frontend);
        let is_asked = self.frontends.iter().any(|asked| asked == frontend);
        // Where it is not known whose packets come to it, everybody's may.
        let is_of_client = of.clients.is_empty()
            || of.clients.iter().any(|reach| reach.client == self.client && reach.is_served != Some(false));
        of.service == self.port.id && is_asked && is_of_client
    }
}

/// Whether an address is one that a service port names, and not one of the node.
fn is_of_service(to: SocketAddr, port: &ServicePort) -> bool {
    port.frontends.iter().any(|of| of.address == Some(to.ip()))
}

/// The client as replays see it from the node.
fn client_of(client: &Sender) -> Client {
    match client.kind {
        ClientKind::LocalPod => Client::Pod,
        ClientKind::Node | ClientKind::Localhost => Client::Node,
        ClientKind::RemotePod | ClientKind::Outside => Client::Outside,
    }
}

/// How many failures a message names.
const LISTED: usize = 3;

/// What fails, in one line.
pub(super) fn shortened(failures: &[String]) -> String {
    let more = failures.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {}", counted(more, "more failure")));
    failures.iter().take(LISTED).cloned().chain(more).collect::<Vec<_>>().join("; ")
}
