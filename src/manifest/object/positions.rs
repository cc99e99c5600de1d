//! Consecutive positions in a list: how objects point to others without holding them.

use std::ops::Range;

/// Consecutive positions in a list of the [`Cluster`](crate::manifest::Cluster).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Positions {
    start: u32,
    end: u32,
}

impl Positions {
    pub(in crate::manifest) fn new(positions: Range<usize>) -> Self {
        let position =
            |length| u32::try_from(length).expect("an endpoint takes more than a byte of a text below 4 GiB");
        Self { start: position(positions.start), end: position(positions.end) }
    }

    /// Each position.
    #[must_use]
    pub fn range(self) -> Range<u32> {
        self.start..self.end
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The elements at these positions.
    pub(in crate::manifest) fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.start as usize..self.end as usize]
    }
}
