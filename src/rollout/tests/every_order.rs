//! All orders of small rollouts: none leaves a pool empty for longer than the one that is told.

use proptest::prelude::*;

use super::models::replaced;
use crate::rollout::every;
use crate::rollout::model::{Model, PodId};
use crate::rollout::orders::extremes;
use crate::rollout::pools::Watch;
use crate::rollout::run::next;
use crate::rollout::state::{Happening, State};
use crate::rollout::strategy::Strategy as Way;

/// All ways to take some of several.
fn combinations(of: &[PodId], many: usize) -> Vec<Vec<PodId>> {
    if many == 0 {
        return vec![Vec::new()];
    }
    let Some((first, rest)) = of.split_first() else { return Vec::new() };
    let with = combinations(rest, many - 1).into_iter().map(|mut of| {
        of.push(*first);
        of
    });
    with.chain(combinations(rest, many)).collect()
}

/// The longest gap of each pool over all orders, each of which is gone through by itself; and whether one has none.
struct Every<'m> {
    model: &'m Model,
    longest: Vec<Option<u32>>,
    has_gapless_end: bool,
    left: usize,
}

impl Every<'_> {
    /// None where there are too many.
    fn of(model: &Model) -> Option<Every<'_>> {
        let longest = vec![None; model.pools.len()];
        let mut every = Every { model, longest, has_gapless_end: false, left: 15_000 };
        every.go(&State::before(model), vec![Watch::default(); model.pools.len()], true);
        (every.left > 0).then_some(every)
    }

    fn go(&mut self, state: &State, mut watches: Vec<Watch>, mut gapless: bool) {
        for ((pool, watch), longest) in self.model.pools.iter().zip(&mut watches).zip(&mut self.longest) {
            if let Some(gap) = watch.look(pool, state, 0) {
                *longest = (*longest).max(Some(gap.starts));
            }
            gapless &= watch.open_since().is_none();
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return;
        }
        let happenings: Vec<Happening> = match next(self.model, state) {
            Some(action) => {
                combinations(&action.among, action.choose).iter().map(|of| action.with(of)).collect()
            }
            None => state.open(),
        };
        if happenings.is_empty() {
            self.has_gapless_end |= gapless;
        }
        for happening in happenings {
            let mut after = state.clone();
            after.take(self.model, &happening);
            self.go(&after, watches.clone(), gapless);
        }
    }
}

fn ways() -> impl Strategy<Value = (&'static str, Way)> {
    let rolling = (0usize..3, 0usize..3).prop_map(|(surge, unavailable)| {
        (
            "Deployment",
            Way::Rolling { surge, unavailable: if surge == 0 { unavailable.max(1) } else { unavailable } },
        )
    });
    let by_node = (0usize..3, 1usize..3).prop_map(|(surge, unavailable)| {
        let unavailable = if surge > 0 { 0 } else { unavailable };
        ("DaemonSet", Way::ByNode { surge, unavailable, replaces: true })
    });
    let ordered = (0usize..2, 1usize..3, any::<bool>()).prop_map(|(partition, unavailable, one_by_one)| {
        ("StatefulSet", Way::Ordered { partition, unavailable, one_by_one, replaces: true })
    });
    prop_oneof![4 => rolling, 1 => by_node, 1 => ordered, 1 => Just(("Deployment", Way::Recreate))]
}

fn models() -> impl Strategy<Value = Model> {
    (ways(), prop::collection::vec((0usize..3, 0usize..3), 1..=3)).prop_map(|((kind, way), nodes)| {
        let (before, after): (Vec<usize>, Vec<usize>) = match kind {
            "DaemonSet" => (0..nodes.len()).map(|node| (node, node)).unzip(),
            "StatefulSet" => nodes.into_iter().map(|(node, _)| (node, node)).unzip(),
            _ => nodes.into_iter().unzip(),
        };
        replaced(kind, way, &before, &after)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The worst is the worst of all orders for each pool, and where an order has no gap, the best has none.
    #[test]
    fn no_order_is_worse_than_the_worst(model in models()) {
        let Some(every) = Every::of(&model) else { return Err(TestCaseError::reject("too many orders")) };
        let found = extremes(&model);
        prop_assert!(found.is_exact);
        prop_assert_eq!(&found.longest, &every.longest);
        let worst = found.worst.gaps.iter().flatten().map(|gap| gap.starts).max();
        prop_assert_eq!(worst, every.longest.iter().copied().max().flatten());
        let gaps = found.best.gaps.iter().flatten().count() + found.best.empty.iter().flatten().count();
        prop_assert_eq!(gaps == 0, every.has_gapless_end);
    }
}

/// Orders of a large rollout are long, and a thread of Windows has a small stack.
#[test]
fn long_orders_need_no_stack() {
    let searched = std::thread::Builder::new().stack_size(128 << 10).spawn(|| {
        let way = Way::Rolling { surge: 1, unavailable: 0 };
        let model = replaced("Deployment", way, &[0; 400], &[0; 400]);
        assert!(every::longest(&model, 0).is_err(), "there are too many");
    });
    searched.expect("a thread can be made").join().expect("the stack is large enough");
}
