//! Which expectations of a case are met on a node.

use super::during::{During, Place, Rollouts, Unknown, shortened};
use super::expectations::{Entry, Expected, NEVER_FAILS};
use super::nodes::Spot;
use super::{Expectations, ExpectationsError, SuiteNode};
use crate::name::printable;
use crate::node::NodeSelector;
use crate::pipeline::Compiled;
use crate::platform::{Context, Platform, Side, all, serving};
use crate::trace::{Conclusion, Models, Summary, Traced};

/// What becomes of packets, compared with what is expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// How many verdicts are expected.
    pub count: usize,
    /// What is not as expected, one line for each verdict.
    pub unmet: Vec<String>,
}

impl Verdicts {
    /// Adds those on another node.
    pub fn add(&mut self, others: Self) {
        self.count += others.count;
        self.unmet.extend(others.unmet);
    }
}

impl Expectations {
    /// Compares what becomes of packets with what is expected.
    ///
    /// # Errors
    /// When a packet cannot be sent whatever the manifests say, so that nothing is known of it: an end is not written as ends are,
    /// names several things, or there is no dump of the node.
    pub(super) fn verdicts(
        &self,
        compiled: &Compiled,
        context: Context<'_>,
        place: Place<'_>,
        spot: Option<&Spot>,
    ) -> Result<Verdicts, ExpectationsError> {
        let mode = place.setup.mode();
        let mut rollouts = Rollouts::new(place);
        let mut verdicts = Verdicts::default();
        for (at, entry) in self.expect.iter().enumerate() {
            let mut found = || -> Result<Verdicts, String> {
                let Reach { is_here, mut told } = entry.reach(spot, compiled)?;
                if is_here {
                    told.add(match &entry.expected {
                        Expected::Concludes(expected) => {
                            entry.concluded(*expected, &entry.sides(spot, mode)?, compiled, context)?
                        }
                        Expected::NeverFails(during) => entry.failing(during, spot, &mut rollouts)?,
                    });
                }
                Ok(told)
            };
            let place = spot.map(|spot| format!("{}: ", spot.node.name)).unwrap_or_default();
            let mut found = found()
                .map_err(|why| ExpectationsError(format!("{}expect[{at}]: {place}{why}", self.file)))?;
            found.unmet.iter_mut().for_each(|line| line.insert_str(0, &place));
            verdicts.add(found);
        }
        Ok(verdicts)
    }
}

/// Whether an expectation is about a node, and what is to be said about others that it names.
struct Reach {
    is_here: bool,
    told: Verdicts,
}

impl Entry {
    fn packet(&self) -> String {
        format!("{} → {}", printable(&self.from), printable(&self.to))
    }

    /// What is expected, in a word.
    fn word(&self) -> &'static str {
        match self.expected {
            Expected::Concludes(conclusion) => conclusion.as_str(),
            Expected::NeverFails(_) => NEVER_FAILS,
        }
    }

    /// Looks for the nodes that it names. What concerns no node of the suite is told at the first of them.
    fn reach(&self, spot: Option<&Spot>, compiled: &Compiled) -> Result<Reach, String> {
        let mut reach = Reach { is_here: self.nodes.is_empty(), told: Verdicts::default() };
        let Some(spot) = spot else {
            let message = "nodes chooses among several nodes, and this suite has one; name them under nodes in hnsplan.yaml";
            return if reach.is_here { Ok(reach) } else { Err(message.to_owned()) };
        };
        let mut named: Vec<&SuiteNode> = Vec::new();
        for term in &self.nodes {
            let nodes = match NodeSelector::new(vec![term.clone()]).select(&compiled.cluster) {
                Ok(nodes) => nodes,
                Err(error) => {
                    if spot.is_first() {
                        let line = absent(&self.packet(), self.word(), &error.to_string());
                        reach.told.add(Verdicts { count: 1, unmet: vec![line] });
                    }
                    continue;
                }
            };
            let is_selected = |of: &&SuiteNode| nodes.iter().any(|node| node.name.as_str() == of.name);
            let own: Vec<&SuiteNode> = spot.all.iter().filter(is_selected).collect();
            if own.is_empty() {
                return Err(format!(
                    "{} selects none of the nodes of the suite, which are {}; add it to nodes in hnsplan.yaml",
                    printable(&term.to_string()),
                    names(&*spot.all)
                ));
            }
            reach.is_here |= own.contains(&&spot.node);
            named.extend(own);
        }
        if self.nodes.is_empty() {
            named.extend(&*spot.all);
        }
        // Where a node is gone, that is said.
        if reach.told.count == 0 && spot.is_first() {
            self.check_targets(&named)?;
        }
        Ok(reach)
    }

    /// Checks that each target is one of a node: an expectation that is about no node could not fail.
    fn check_targets(&self, nodes: &[&SuiteNode]) -> Result<(), String> {
        let is_of_none = |side: &&Side| !nodes.iter().any(|node| node.can_run(side.platform));
        let Some(side) = self.on.iter().find(is_of_none) else { return Ok(()) };
        let system = if side.platform.is_for(true) { "Windows" } else { "Linux" };
        let (name, nodes) = (side.name(), names(nodes.iter().copied()));
        Err(format!("{name} is a target of {system} nodes, and here are none: {nodes}"))
    }

    /// The targets that are asked.
    fn sides(&self, spot: Option<&Spot>, mode: Option<&str>) -> Result<Vec<Side>, String> {
        match (&*self.on, spot) {
            ([], None) => Ok(all().iter().take(2).map(|platform| Side::wanted(*platform)).collect()),
            ([], Some(spot)) => {
                let serving =
                    serving(spot.node.runs_windows, mode).map(|platform| vec![Side::wanted(platform)]);
                serving.ok_or_else(|| {
                    let mode = printable(mode.unwrap_or_default());
                    format!("the rules of kube-proxy in mode `{mode}` are not modelled; name targets with on")
                })
            }
            (on, None) => Ok(on.to_vec()),
            (on, Some(spot)) => {
                Ok(on.iter().filter(|side| spot.node.can_run(side.platform)).copied().collect())
            }
        }
    }

    /// What fails while a change is rolled out, one line for each target.
    fn failing(
        &self,
        during: &During,
        spot: Option<&Spot>,
        rollouts: &mut Rollouts<'_>,
    ) -> Result<Verdicts, String> {
        let platforms: Vec<Option<&'static dyn Platform>> = match &*self.on {
            [] => vec![None],
            _ => self.sides(spot, None)?.iter().map(|side| Some(side.platform)).collect(),
        };
        let mut verdicts = Verdicts { count: platforms.len(), unmet: Vec::new() };
        for platform in platforms {
            let on = platform.map(|platform| format!(" on {}", platform.name())).unwrap_or_default();
            let asked = format!("during {}, {}{on}", during.words(), self.packet());
            match rollouts.failures(during, [&self.from, &self.to], platform) {
                Ok(failures) if failures.is_empty() => {}
                Ok(failures) => {
                    let why = shortened(&failures);
                    verdicts.unmet.push(format!("{asked}: expected {NEVER_FAILS}, fails: {why}"));
                }
                Err(Unknown::Absent(why)) => verdicts.unmet.push(absent(&asked, NEVER_FAILS, &why)),
                Err(Unknown::Error(error)) => return Err(format!("{asked}: {error}")),
            }
        }
        Ok(verdicts)
    }

    /// What becomes of one packet.
    fn concluded(
        &self,
        expected: Conclusion,
        sides: &[Side],
        compiled: &Compiled,
        context: Context<'_>,
    ) -> Result<Verdicts, String> {
        let (rules, cluster) = (&compiled.rules, &compiled.cluster);
        let packet = self.packet();
        let mut models = Models::new(context);
        for side in sides {
            models = models.with(*side, &mut Vec::new());
        }
        let traced = Traced::of([&self.from, &self.to], None, cluster, rules, &models.targets());
        let traced = match traced {
            Ok(traced) => traced,
            // Most likely the manifests lost it; a slip in the expectation looks the same.
            Err(error) if error.is_absent() => {
                let why = error.to_string();
                let unmet =
                    |side: &Side| absent(&format!("{packet} on {}", side.name()), expected.as_str(), &why);
                return Ok(Verdicts { count: sides.len(), unmet: sides.iter().map(unmet).collect() });
            }
            Err(error) => return Err(format!("{packet}: {error}")),
        };
        let answer = |side: &Side| {
            let answer = traced.answers.iter().find(|answer| answer.side == *side);
            let now = answer.map(|answer| Summary::of(&answer.verdict).conclusion);
            let name = side.name();
            match now {
                Some(now) if now == expected => Ok(None),
                Some(now) => {
                    let (expected, now) = (expected.as_str(), now.as_str());
                    Ok(Some(format!("{packet} on {name}: expected {expected}, is {now}")))
                }
                None => Err(format!(
                    "{packet} on {name}: no dump of the node is given; name one with --dump under flags of hnsplan.yaml"
                )),
            }
        };
        let unmet = sides.iter().filter_map(|side| answer(side).transpose()).collect::<Result<_, _>>()?;
        Ok(Verdicts { count: sides.len(), unmet })
    }
}

/// `linux-1, win-1`
fn names<'n>(nodes: impl IntoIterator<Item = &'n SuiteNode>) -> String {
    nodes.into_iter().map(|node| &*node.name).collect::<Vec<_>>().join(", ")
}

/// That the manifests do not have what an expectation names.
fn absent(asked: &str, expected: &str, why: &str) -> String {
    format!(
        "{asked}: expected {expected}, but the manifests do not have what it names: {why}; bring it back, or correct the \
         expectation"
    )
}
