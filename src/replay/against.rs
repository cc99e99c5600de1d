//! Two runs of one sequence side by side: what clients notice with one and not with the other.

use std::collections::BTreeMap;

use crate::platform::timeline::{Disturbance, Trouble};

/// What two runs differ in. Numbers of calls are no difference: versions make others for the same.
#[derive(Debug, Default)]
pub struct Differences {
    /// What only one of them has.
    pub only: [Vec<Disturbance>; 2],
    /// What both have from one step on, and to another step or with other members.
    pub different: Vec<[Disturbance; 2]>,
    /// How many both have in the same steps.
    pub same: usize,
}

type Key = (usize, Box<str>, Box<str>, Trouble);

impl Differences {
    /// Compares what was noticed: of one frontend, one kind of trouble from one step on is one and the same, in the order
    /// in which it begins.
    #[must_use]
    pub fn between(one: Vec<Disturbance>, other: Vec<Disturbance>) -> Self {
        let mut differences = Self::default();
        let mut others: BTreeMap<Key, Vec<Disturbance>> = BTreeMap::new();
        for of in other.into_iter().rev() {
            others.entry(key(&of)).or_default().push(of);
        }
        for of in one {
            match others.get_mut(&key(&of)).and_then(Vec::pop) {
                None => differences.only[0].push(of),
                Some(same) if extent(&of) == extent(&same) => differences.same += 1,
                Some(other) => differences.different.push([of, other]),
            }
        }
        differences.only[1] = others.into_values().flatten().collect();
        differences.only[1].sort_by(|a, b| (a.from, a.what, &a.frontend).cmp(&(b.from, b.what, &b.frontend)));
        differences
    }
}

fn key(of: &Disturbance) -> Key {
    (of.from.step, of.service.clone(), of.frontend.clone(), of.what)
}

fn extent(of: &Disturbance) -> (Option<usize>, &[String], Option<&str>) {
    (of.to.map(|to| to.step), &of.members, of.share.as_deref())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::timeline::CallAt;

    fn noticed() -> impl Strategy<Value = Vec<Disturbance>> {
        let one = (1usize..4, 0usize..4, 0usize..3, 0usize..2).prop_map(|(step, call, lasts, frontend)| {
            let frontend = ["TCP 10.96.0.10:80", "TCP *:30080"][frontend];
            let of = Disturbance::new(Trouble::NoRules, "shop/web:http", frontend, CallAt { step, call });
            Disturbance { to: Some(CallAt { step: step + lasts, call: call + 1 }), ..of }
        });
        prop::collection::vec(one, 0..6)
    }

    proptest! {
        /// Nothing is lost and nothing is told twice; both directions say the same.
        #[test]
        fn everything_is_told_once(one in noticed(), other in noticed()) {
            let found = Differences::between(one.clone(), other.clone());
            let both = found.different.len() + found.same;
            prop_assert_eq!(found.only[0].len() + both, one.len());
            prop_assert_eq!(found.only[1].len() + both, other.len());
            let back = Differences::between(other, one.clone());
            prop_assert_eq!(back.only[0].len(), found.only[1].len());
            prop_assert_eq!(back.same + back.different.len(), both);
            let itself = Differences::between(one.clone(), one);
            prop_assert!(itself.different.is_empty() && itself.only.iter().all(Vec::is_empty));
        }
    }
}
