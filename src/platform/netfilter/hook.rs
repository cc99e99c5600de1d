//! The hooks of netfilter, and the order in which a packet meets them.
//!
//! ```text
//! others ─► prerouting ─► for the node? ─┬─ yes ─► input ─► a process
//!                ▲                       └─ no ──► forward ─► postrouting ─► others
//!                └─ the node itself ◄─┐
//! a process ─► output ─► postrouting ─┴─► others
//! ```
//!
//! A packet of the node to itself comes in again by `lo`; its translation is settled by then, and rules that translate
//! are not asked again (Linux, `nf_nat_inet_fn`).

/// Where a packet is on its way through the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// It came in.
    Prerouting,
    /// It is for the node itself.
    Input,
    /// It is for somebody else.
    Forward,
    /// The node sends it.
    Output,
    /// It goes out.
    Postrouting,
}

/// What decides where a packet goes next.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct Route {
    /// Whether the node sent it.
    pub(in crate::platform) sent_by_node: bool,
    /// Whether its destination, as it is now, is the node.
    pub(in crate::platform) for_node: bool,
}

impl Hook {
    /// All of them, in the order in which a packet may meet them.
    pub const ALL: [Self; 5] =
        [Self::Prerouting, Self::Input, Self::Forward, Self::Output, Self::Postrouting];

    /// As nft writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prerouting => "prerouting",
            Self::Input => "input",
            Self::Forward => "forward",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
        }
    }

    /// Where a packet begins.
    pub(in crate::platform) fn first(sent_by_node: bool) -> Self {
        if sent_by_node { Self::Output } else { Self::Prerouting }
    }

    /// The hook that comes next, and whether the packet is back on the node that sent it; `None` at the end of the way.
    pub(in crate::platform) fn next(self, route: Route, came_back: bool) -> Option<(Self, bool)> {
        match self {
            Self::Prerouting if route.for_node => Some((Self::Input, came_back)),
            Self::Prerouting => Some((Self::Forward, came_back)),
            Self::Forward | Self::Output => Some((Self::Postrouting, came_back)),
            Self::Postrouting if route.sent_by_node && route.for_node && !came_back => {
                Some((Self::Prerouting, true))
            }
            Self::Input | Self::Postrouting => None,
        }
    }

    /// Whether a packet still knows the interface by which it came in.
    pub(in crate::platform) fn knows_input(self) -> bool {
        matches!(self, Self::Prerouting | Self::Input | Self::Forward)
    }
}
