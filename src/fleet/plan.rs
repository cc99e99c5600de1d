//! What would change on one of many nodes: the plan from what its dump holds to what it should hold.

use std::collections::BTreeMap;

use super::ask::Asked;
use super::check::Kinds;
use super::codes;
use super::dumps::Dumps;
use super::record::{Class, Item, Kind, NodeAnswer, Scale};
use super::rules::sift;
use crate::allow::AllowList;
use crate::apply::{AnyStep, NodePlan, PlanLine, Sign};
use crate::capture::{Capture, HostFacts};
use crate::diagnostics::Code;
use crate::name::printable;
use crate::pipeline::{NotModelled, Parsed, Setup};
use crate::platform::{Options, PlanRequest, Platform, serving};
use crate::scope::Selector;

/// Plans for many nodes from one set of objects, which is read once.
#[derive(Clone, Copy)]
pub struct PlanNodes<'f> {
    /// The objects.
    pub parsed: &'f Parsed,
    /// What is known of every node besides.
    pub setup: &'f Setup,
    /// What is planned for; without one, the platform of a node's dump, or what kube-proxy on it uses.
    pub platform: Option<&'static dyn Platform>,
    /// The options of platforms.
    pub options: &'f Options,
    /// The Services that are planned for.
    pub selector: &'f Selector,
    /// What a team accepts.
    pub allow: &'f AllowList,
    /// What the nodes hold; without it, plans are for nodes of which nothing is known.
    pub dumps: Option<&'f Dumps>,
    /// Whether what the manifests want is deleted instead.
    pub destroy: bool,
}

impl PlanNodes<'_> {
    /// Plans for one node, and hands the plan on if there is one.
    pub fn ask(&self, node: &str, keep: impl FnOnce(&NodePlan)) -> Asked {
        let not_planned = |why: String| Asked {
            answer: NodeAnswer::missing(codes::NOT_PLANNED, why),
            diagnostics: Vec::new(),
        };
        let (capture, host) = match self.dumps.map(|dumps| dumps.read(node)) {
            None => (Capture::default(), HostFacts::default()),
            Some(Ok(read)) => read,
            Some(Err(answer)) => return Asked { answer, diagnostics: Vec::new() },
        };
        let setup = self.setup.clone().on_node(node).on_host(host);
        let mut compiled = self.parsed.clone().compile_for(&setup);
        let served = serving(compiled.rules.node.runs_windows, setup.mode());
        if self.platform.is_none() && self.dumps.is_none() && served.is_none() {
            return not_planned(NotModelled::new(setup.mode().unwrap_or_default()).to_string());
        }
        let named = self.platform.or_else(|| served.filter(|_| self.dumps.is_none()));
        let (platform, state) = match capture.holdings.to_plan(named) {
            Ok((platform, None)) if self.dumps.is_some() => {
                return not_planned(format!("its dump has nothing of {}", platform.name()));
            }
            Ok(planned) => planned,
            Err(error) => return not_planned(error.to_string()),
        };
        if let Err(nothing) = compiled.check_wanted()
            && !self.destroy
        {
            return not_planned(format!("{nothing}: everything on the node would be deleted"));
        }
        compiled.diagnostics.extend(capture.problems);
        // Errors that are accepted do not count in the plan; losses are in it, accepted or not.
        let (losses, mut others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut compiled.diagnostics).into_iter().partition(|found| found.code.is_loss());
        sift(self.allow, &mut others, None);
        others.extend(losses);
        compiled.diagnostics = others;
        let (selector, destroy, state) = (self.selector, self.destroy, state.as_ref());
        let request = PlanRequest { selector, destroy, made: &[], state };
        let mut plan = match NodePlan::make(platform, &mut compiled, self.options, &request) {
            Ok(plan) => plan,
            Err(error) => return not_planned(error.to_string()),
        };
        plan.accept(self.allow);
        keep(&plan);
        let mut found = std::mem::take(&mut compiled.diagnostics);
        sift(self.allow, &mut found, Some(platform.name()));
        let mut kinds = Kinds { node, all: BTreeMap::new() };
        for diagnostic in &found {
            kinds.add_diagnostic(Class::Remark, Vec::new(), diagnostic);
        }
        for line in plan.steps.iter().flat_map(AnyStep::changes) {
            let kind = Kind {
                class: Class::Plan,
                code: code_of(line.sign),
                sides: vec![platform.name().to_owned()],
            };
            let item = item(&line);
            let shown = item.object.clone().unwrap_or_default();
            kinds.add(kind, Some(item), || shown);
        }
        let scale = Scale { service_ports: compiled.rules.services.len() as u64, ..Scale::default() };
        let answer = NodeAnswer { kinds: kinds.found(), scale, objects: BTreeMap::new() };
        Asked { answer, diagnostics: found }
    }
}

fn code_of(sign: Sign) -> Code {
    match sign {
        Sign::Add => codes::TO_CREATE,
        Sign::Change => codes::TO_CHANGE,
        Sign::Destroy => codes::TO_DELETE,
    }
}

fn item(line: &PlanLine) -> Item {
    let object = printable(&format!("{} {}", line.kind, line.name));
    Item { object: Some(object), services: line.services.clone(), next: None }
}
