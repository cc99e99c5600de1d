//! All sides next to each other, Service by Service, each in the words of its platform.

use super::super::asked::{AskedTarget, Dumped};
use super::super::page::{OfService, beside, marks};
use super::Compared;
use crate::diff::{Directory, Ground, HnsSide, IptablesSide, NetshSide, Side, Standing, sheet};
use crate::net::PerFamily;
use crate::pipeline::Compiled;
use crate::platform::{iptables, netsh};
use crate::trace::Models;

/// What stands next to each other.
pub(super) struct Beside {
    pub(super) services: Vec<OfService>,
    pub(super) is_one_language: bool,
}

/// Lays out what all sides do at the frontends of each service port: the versions, each with the models of all
/// targets.
pub(super) fn lay_out(
    compared: &Compared<'_>,
    versions: &[Compiled],
    models: &[Models<'_>],
    targets: &[AskedTarget],
    dumped: &Dumped,
) -> Beside {
    let of_version =
        |(compiled, models)| targets.iter().map(move |target| target.side(compiled, models, dumped));
    let sides: Vec<Side> = versions.iter().zip(models).flat_map(of_version).collect();
    let directory = Directory::new(versions.iter().map(|compiled| &compiled.rules).collect());
    let marks = marks(&compared.comparison);
    let Some((first, others)) = sides.split_first() else {
        return Beside { services: Vec::new(), is_one_language: false };
    };
    let sheets = others.iter().map(|other| {
        let sides = [first, other];
        sheet(sides, &directory, &marks, Ground::of(sides))
    });
    let sheets = sheets.collect();
    let is_one_language = others.iter().all(|other| other.platform() == first.platform());
    Beside { services: beside(sheets, is_one_language), is_one_language }
}

impl AskedTarget {
    /// Its rules, to be laid next to those of another target.
    fn side(self, compiled: &Compiled, models: &Models<'_>, dumped: &Dumped) -> Side {
        let rules = &compiled.rules;
        match self {
            Self::Iptables => {
                let rules = PerFamily::of(|family| Some(iptables::lower(rules, family)));
                Side::Iptables(IptablesSide { standing: Standing::Wanted, rules })
            }
            Self::IptablesSave => {
                Side::Iptables(IptablesSide { standing: Standing::Held, rules: dumped.saved.clone() })
            }
            Self::Hns => Side::Hns(HnsSide::planned(models.after().cloned().unwrap_or_default())),
            Self::HnsState => Side::Hns(HnsSide::held(dumped.state().cloned().unwrap_or_default())),
            Self::Netsh => Side::Netsh(NetshSide::wanted(compiled.netsh(&netsh::Options::default()).plan)),
        }
    }
}
