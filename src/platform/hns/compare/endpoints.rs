//! Endpoints of two sides, by their addresses.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::fields::Scope;
use super::side::Known;
use super::{Comparing, Found, HOW, only_ids};
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::Essence;
use crate::answer::change::{Counts, Gap, ObjectChange, ObjectKind, Verb, Weight};
use crate::name::counted;
use crate::platform::hns::model::{Address, Telling};

impl Comparing<'_, '_> {
    pub(super) fn endpoints(&self, found: &mut Found) {
        let is_untold = |side: &usize| self.sides[*side].endpoints_told == Telling::NotTold;
        if [0, 1].iter().any(is_untold) {
            for side in [0, 1].into_iter().filter(is_untold) {
                self.leave_out_endpoints(side, found);
            }
            return;
        }
        let parts = [0, 1].into_iter().filter(|side| self.sides[*side].endpoints_told == Telling::InPart);
        let parts: Vec<usize> = parts.collect();
        for side in &parts {
            let reason = format!(
                "endpoints that are not in the dump: it contains only a part of them; dump all with Get-HnsEndpoint \
                 {HOW}"
            );
            found.gaps.push(Gap::of_side(*side, reason));
        }
        // Endpoints of local pods are none of kube-proxy's; two dumps of a node have them in common.
        let remote: [FxHashSet<&Address>; 2] = self.sides.map(|side| {
            let remote = side.endpoints.iter().filter(|known| known.object.is_remote());
            remote.map(|known| &known.address).collect()
        });
        let all: [FxHashSet<&Address>; 2] =
            self.sides.map(|side| side.endpoints.iter().map(|known| &known.address).collect());
        let listed = [0, 1].map(|at| {
            // One that does not tell is what the other side says of its address.
            let is_listed = |known: &&Known| match known.object.place() {
                // A pod of this node in the place of a remote endpoint is another endpoint.
                Some(is_remote) => {
                    let is_in_place = self.wanted == Some(1 - at) && remote[1 - at].contains(&known.address);
                    self.scope.both_held || is_remote || is_in_place
                }
                None => self.scope.both_held || remote[1 - at].contains(&known.address),
            };
            self.sides[at].endpoints.iter().filter(is_listed).collect::<Vec<_>>()
        });
        let Joined { equal, changed, only } = join(
            [&listed[0], &listed[1]],
            |known| (&known.address, known.number),
            |one, other| {
                self.scope.same_endpoints(one, other)
                    && Scope::not_compared_of_endpoints(one, other).is_empty()
            },
        );
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
        for [one, other] in changed {
            for name in Scope::not_compared_of_endpoints(one, other) {
                *left_out.entry(name).or_default() += 1;
            }
            let fields = self.scope.of_endpoints(one, other);
            if fields.is_empty() {
                count.undecided += 1;
                continue;
            }
            count.changed += 1;
            let verb = if only_ids(&fields) { Verb::Replaced } else { Verb::Changed };
            let references = Some([one.references, other.references]);
            let subject = other.subject(self.directory);
            found.changes.push((
                ObjectChange { verb, subject, fields, references, weight: Weight::Counts },
                Essence::default(),
            ));
        }
        for (side, known) in
            only.iter().enumerate().flat_map(|(side, list)| list.iter().map(move |of| (side, **of)))
        {
            // kube-proxy takes the endpoint of a pod for one that is said to be elsewhere.
            if self.wanted == Some(side) && all[1 - side].contains(&known.address) {
                count.equal += 1;
                continue;
            }
            let weight = if self.sides[1 - side].tells_endpoints() {
                self.weight(side, || self.on_network(known))
            } else {
                Weight::Undecided
            };
            count.add_alone(side, weight);
            let references = Some(if side == 0 { [known.references, 0] } else { [0, known.references] });
            let subject = known.subject(self.directory);
            found.changes.push((
                ObjectChange { verb: Verb::alone(side), subject, fields: Vec::new(), references, weight },
                Essence::default(),
            ));
        }
        for (name, many) in left_out {
            let of = counted(many, "endpoint");
            let reason =
                format!("{name} of {of}: not in the dump; dump endpoints with Get-HnsEndpoint {HOW}");
            found.gaps.push(Gap { side: self.dump(), reason });
        }
        found.left_open += count.undecided.max(usize::from(!parts.is_empty()));
        found.counts.insert(ObjectKind::Endpoint, count);
    }

    /// Nothing is told of the addresses of endpoints. A table of hnsdiag never tells them: by itself it leaves nothing
    /// open. Nor do two dumps without them, whose load balancers are compared by the ids of their members.
    fn leave_out_endpoints(&self, side: usize, found: &mut Found) {
        let [untold, other] = [self.sides[side], self.sides[1 - side]];
        found.gaps.push(Gap::of_side(
            side,
            format!(
                "endpoints: the dump does not contain their addresses; add the output of Get-HnsEndpoint {HOW}"
            ),
        ));
        let is_expected = |known: &&Known| self.scope.both_held || known.object.is_remote();
        let undecided = other.endpoints.iter().filter(is_expected).count();
        found.counts.entry(ObjectKind::Endpoint).or_default().undecided += undecided;
        let are_alike = self.scope.both_held && other.endpoints_told == Telling::NotTold;
        if !untold.has_rows() && !are_alike {
            found.left_open += undecided.max(1);
        }
    }
}
