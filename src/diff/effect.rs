//! Sends packets through both sides: which packets are treated differently.

use super::reading::{Material, Pair};
use crate::allow::AllowList;
use crate::answer::change::Ownership;
use crate::check::{self, EffectComparison, marks};
use crate::graph::RuleGraph;
use crate::pipeline::Compiled;
use crate::platform::{Context, Options};
use crate::sheet::{Marks, sheet_of};
use crate::trace::{Clients, Models};

/// Two sides that packets can be sent through.
pub struct Flows<'c> {
    /// The sides.
    pub pair: &'c Pair,
    /// The options of all platforms.
    pub options: &'c Options,
    /// The differences that are accepted.
    pub allow: &'c AllowList,
}

impl<'c> Flows<'c> {
    /// Compares both sides in effect, and hands on what was found; `None` where no manifests tell the Services.
    pub fn compare<T>(&self, answer: impl FnOnce(&EffectComparison<'_>) -> T) -> Option<T> {
        let [one, other] = self.pair.materials.each_ref();
        let (one_rules, other_rules) = (self.rules(one)?, self.rules(other)?);
        let (one_models, other_models) = (self.models(one, one_rules)?, self.models(other, other_rules)?);
        let clients = Clients::of(&one_rules.cluster, &one_rules.rules);
        let (one_targets, other_targets) = (one_models.targets(), other_models.targets());
        let sides = [
            check::Participant { rules: &one_rules.rules, target: one_targets.first()? },
            check::Participant { rules: &other_rules.rules, target: other_targets.first()? },
        ];
        let mut comparison = check::compare_selected(&clients, &sides, self.pair.selector());
        comparison.accept(self.allow, &sides);
        Some(answer(&comparison))
    }

    /// What the Services of a side should do. A dump does not tell; the manifests that are there do.
    fn rules(&self, material: &Material) -> Option<&'c Compiled> {
        match material {
            Material::Compiled { at, .. } => self.pair.compiled.get(*at),
            Material::Held(_) | Material::Other => self.pair.compiled.first(),
        }
    }

    fn context(&self, compiled: &'c Compiled) -> Context<'c> {
        compiled.context(self.options, &self.pair.held)
    }

    fn models(&self, material: &'c Material, compiled: &'c Compiled) -> Option<Models<'c>> {
        let context = self.context(compiled);
        let side = material.side()?;
        let model = match material {
            Material::Compiled { platform, .. } => platform.model(context).value,
            Material::Held(held) => held.model(context),
            Material::Other => return None,
        };
        Some(Models::new(context).with_model(side, model))
    }

    /// What is taken for granted, since a dump cannot show it; whole sentences, safe to print.
    #[must_use]
    pub fn assumptions(&self) -> Vec<String> {
        let Some(compiled) = self.pair.compiled.first() else { return Vec::new() };
        let context = self.context(compiled);
        let assumed = |(name, material): (&String, &Material)| match material {
            Material::Held(held) => {
                held.assumptions(context).into_iter().map(|text| format!("{name}: {text}")).collect()
            }
            Material::Compiled { .. } | Material::Other => Vec::new(),
        };
        self.pair.names.iter().zip(&self.pair.materials).flat_map(assumed).collect()
    }

    /// The rules of both sides; none where one of them is not known.
    #[must_use]
    pub fn graphs(&self) -> Vec<RuleGraph> {
        let of = |material: &'c Material| {
            let context = self.context(self.rules(material)?);
            match material {
                Material::Compiled { platform, .. } => Some(platform.picture(context)),
                Material::Held(held) => Some(held.picture(context)),
                Material::Other => None,
            }
        };
        let graphs = self.pair.materials.iter().map(of).collect::<Option<Vec<RuleGraph>>>();
        let graphs = graphs.unwrap_or_default();
        let selector = self.pair.selector();
        if selector.is_all() { graphs } else { graphs.iter().map(|graph| graph.scoped(selector)).collect() }
    }

    /// Differences in effect by service port; `None` where no manifests tell the Services.
    #[must_use]
    pub fn marks(&self) -> Option<Marks> {
        self.compare(marks)
    }
}

impl Pair {
    /// What sides do not tell that decides whether they are equal, where packets are undecided; whole sentences, safe to
    /// print.
    pub fn not_compared(&mut self, ownership: &Ownership) -> Vec<String> {
        if let Some(found) = self.compare(ownership) {
            let gaps = found.gaps.iter().filter(|_| found.left_open > 0);
            return gaps.map(|gap| gap.named(&self.names)).collect();
        }
        let Some(sides) = &self.sides else { return Vec::new() };
        let mut sheet = sheet_of(sides.each_ref().map(|side| &**side), &self.directory(), None);
        sheet.restrict(&self.selector().clone());
        if sheet.is_open() { sheet.not_compared(&self.names) } else { Vec::new() }
    }
}
