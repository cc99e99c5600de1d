//! Tables of nftables in both families, ready to be asked about packets.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::eval::Evaluator;
use super::eval::destinations::Destinations;
use super::model::{Gaps, Table};
use crate::answer::telling::Telling;
use crate::answer::verdict::{Host, Packet, Verdict};
use crate::ir::RuleSet;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::by_family::{ByFamily, Dumped, Rules};
use crate::platform::{Evaluate, Model, Site};

/// The tables of a node.
pub enum TablesModel<'r> {
    /// Those that kube-proxy writes.
    Wanted(PerFamily<Table>),
    /// Those of a dump, of one family or of both, and what it does not tell.
    Held(PerFamily<Option<Cow<'r, Table>>>, PerFamily<Gaps>),
}

impl<'r> TablesModel<'r> {
    /// Those of a dump.
    #[must_use]
    pub fn held(tables: &'r PerFamily<Option<Table>>, gaps: PerFamily<Gaps>) -> Self {
        let borrowed = |family| tables.get(family).as_ref().map(Cow::Borrowed);
        Self::Held(PerFamily::of(borrowed), gaps)
    }

    /// What of the table of a family is not told, if that leaves open what becomes of its packets.
    fn untold(&self, family: Family) -> Option<String> {
        let (table, gaps) = match self {
            Self::Wanted(_) => return None,
            Self::Held(tables, gaps) => (tables.get(family), gaps.get(family)),
        };
        match (table, gaps.telling()) {
            (None, _) => Some(format!("the rules of {family} are in no dump that was given")),
            (Some(_), Telling::Whole) => None,
            (Some(_), _) => Some(gaps.reason(family)),
        }
    }

    fn get(&self, family: Family) -> Option<&Table> {
        match self {
            Self::Wanted(tables) => Some(tables.get(family)),
            Self::Held(tables, _) => tables.get(family).as_deref(),
        }
    }
}

impl Model for TablesModel<'_> {
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        let evaluator =
            |family| self.get(family).map(|table| Evaluator::new(table, host).with_origins(&rules.services));
        // What kube-proxy writes is about what Services want and nothing else.
        let dumped = match self {
            Self::Wanted(_) => Vec::new(),
            Self::Held(..) => {
                let of = |family| Some((family, Destinations::of(self.get(family)?)));
                Family::ALL.into_iter().filter_map(of).collect()
            }
        };
        let untold = PerFamily::of(|family| self.untold(family));
        Box::new(ByFamily { rules: PerFamily::of(evaluator), untold, dumped })
    }
}

impl Rules for Evaluator<'_> {
    fn verdict(&self, packet: &Packet) -> Verdict {
        self.verdict(packet)
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.effect(packet)
    }
}

impl Dumped for Destinations {
    fn sites(&self, family: Family) -> Vec<Site> {
        self.sites(family).collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.addresses().collect()
    }

    fn is_odd(&self, endpoint: IpAddr) -> bool {
        self.is_odd(endpoint)
    }

    fn sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<(IpAddr, IpAddr)> {
        self.sources(to.ip(), to.port(), protocol)
    }
}
