//! How a run is carried out: who confirms it, who stops it, who watches.

use std::sync::atomic::AtomicBool;

use super::outcome::Event;

/// Asks whether what was done is to stay.
pub(super) type Confirm<'o> = Box<dyn FnMut() -> bool + 'o>;

/// How a run is carried out. Without more, nobody has to confirm it, stops it or watches.
pub struct Order<'o> {
    /// The node, if it has a name.
    pub node: Option<String>,
    /// Whether steps that cannot be done or taken back are given up, so that the run comes to an end.
    pub skips: bool,
    pub(super) confirm: Option<Confirm<'o>>,
    pub(super) stop: &'o AtomicBool,
    pub(super) watch: Box<dyn FnMut(Event<'_>) + 'o>,
}

impl Default for Order<'_> {
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Self { node: None, skips: false, confirm: None, stop: &NEVER, watch: Box::new(|_| {}) }
    }
}

impl<'o> Order<'o> {
    /// Has the run taken back unless this says yes in the end. The journal knows that somebody has to: a run that
    /// is cut off before is taken back as well.
    #[must_use]
    pub fn confirm(self, confirm: impl FnMut() -> bool + 'o) -> Self {
        Self { confirm: Some(Box::new(confirm)), ..self }
    }

    /// Has the run taken back as soon as this is set.
    #[must_use]
    pub fn stop(self, stop: &'o AtomicBool) -> Self {
        Self { stop, ..self }
    }

    /// Hands on what happens.
    #[must_use]
    pub fn watch(self, watch: impl FnMut(Event<'_>) + 'o) -> Self {
        Self { watch: Box::new(watch), ..self }
    }
}
