//! Which calls of a step fail.

use std::collections::BTreeMap;

use super::timeline::Fault;

/// The calls of a step, counted by their operation.
#[derive(Debug, Default)]
pub(super) struct Faults {
    planned: Vec<Fault>,
    made: BTreeMap<&'static str, u32>,
}

impl Faults {
    /// A step in which these calls fail.
    pub(super) fn new(planned: &[Fault]) -> Self {
        Self { planned: planned.to_vec(), made: BTreeMap::new() }
    }

    /// How often the operation of each planned fault was called.
    pub(super) fn calls(&self) -> Vec<u32> {
        self.planned.iter().map(|fault| self.made.get(&*fault.op).copied().unwrap_or_default()).collect()
    }

    /// Counts a call, and tells why it fails, if it does.
    pub(super) fn call(&mut self, op: &'static str) -> Option<&Fault> {
        let count = self.made.entry(op).or_default();
        *count += 1;
        let number = *count;
        let is_it =
            |fault: &&Fault| *fault.op == *op && number >= fault.nth && number - fault.nth < fault.count;
        self.planned.iter().find(is_it)
    }
}
