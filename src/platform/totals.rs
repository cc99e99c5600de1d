//! What messages count over all Services, for a run that has only some of them at hand.

use std::collections::{BTreeMap, BTreeSet};

/// Numbers and names over Services, each under a word of the platform that counts.
///
/// They add up: what is counted over all Services is what is counted over some, and over the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    numbers: BTreeMap<&'static str, u64>,
    names: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Totals {
    /// Nothing, for those who look at all Services.
    pub const NONE: &'static Self = &Self { numbers: BTreeMap::new(), names: BTreeMap::new() };

    /// Counts more of something.
    pub fn count(&mut self, what: &'static str, more: usize) {
        *self.numbers.entry(what).or_default() += more as u64;
    }

    /// Adds names to a list.
    pub fn name(&mut self, what: &'static str, names: impl IntoIterator<Item = String>) {
        self.names.entry(what).or_default().extend(names);
    }

    /// How many of something there are.
    #[must_use]
    pub fn number(&self, what: &str) -> usize {
        self.numbers.get(what).map_or(0, |number| usize::try_from(*number).unwrap_or(usize::MAX))
    }

    /// The names of a list.
    pub fn names(&self, what: &str) -> impl Iterator<Item = &String> {
        self.names.get(what).into_iter().flatten()
    }

    /// What is left when some Services are taken out.
    #[must_use]
    pub fn without(&self, some: &Self) -> Self {
        let number = |(what, all): (&&'static str, &u64)| {
            (*what, all.saturating_sub(some.numbers.get(what).copied().unwrap_or_default()))
        };
        let names = |(what, all): (&&'static str, &BTreeSet<String>)| {
            let out = some.names.get(what);
            let left = all.iter().filter(|name| !out.is_some_and(|out| out.contains(*name)));
            (*what, left.cloned().collect())
        };
        Self {
            numbers: self.numbers.iter().map(number).collect(),
            names: self.names.iter().map(names).collect(),
        }
    }

    /// Adds what others count.
    pub fn extend(&mut self, more: Self) {
        for (what, number) in more.numbers {
            *self.numbers.entry(what).or_default() += number;
        }
        for (what, names) in more.names {
            self.names.entry(what).or_default().extend(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_and_what_was_taken_out_are_all() {
        let totals = |number: usize, names: &[&str]| {
            let mut totals = Totals::default();
            totals.count("calls", number);
            totals.name("W1", names.iter().map(|name| (*name).to_owned()));
            totals
        };
        let (all, some) = (totals(7, &["shop/web", "shop/api"]), totals(3, &["shop/api"]));
        let mut left = all.without(&some);
        assert_eq!(left, totals(4, &["shop/web"]));
        assert_eq!(left.names("W1").collect::<Vec<_>>(), ["shop/web"]);
        left.extend(some);
        assert_eq!(left, all);
        assert_eq!(Totals::NONE.number("calls"), 0);
    }
}
