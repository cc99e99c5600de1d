//! The rules that verdicts name, one for each row of the table.

use super::table::RULES;
use crate::answer::verdict::{Confidence, Ground};

/// A rule, or what it says of some releases, by the position of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    Frontend,
    NodePort,
    OwnNodePortBefore,
    OwnNodePortOfDsr,
    OwnNodePort2022,
    OwnNodePort2025,
    OwnNodePortUnseen,
    OwnNodePort,
    OwnNodePortBySwitch,
    Loopback,
    NothingThere,
    FromNodeBefore,
    FromNodeOfDsr,
    FromNodeIpv4,
    FromNodeIpv6Before,
    FromNodeIpv6,
    FromNode2025,
    FromNodeUnseen,
    FromNode,
    FromNodeBySwitch,
    FromPod,
    FromOutside2019,
    FromOutside,
    FromOutsideAnywhere,
    FromOutsideBySwitch,
    RoutedFromOutside2022,
    RoutedFromOutside,
    RoutedFromOutsideAnywhere,
    RoutedBySwitch,
    Tuple,
    SourceIp,
    Remembered,
    AffinityUnsupported,
    OtherDistribution,
    DirectReturn,
    SourceVip,
    Masquerade,
    PreserveDip,
    HairpinDirectReturn,
    HairpinWithoutSourceVip,
    Member,
    Carried,
    UnknownMember,
    NoPorts,
    OldSchema,
    Twice,
    OtherFamily,
    Sctp,
    Unusual,
    NoPod,
    NoPodAndRouted,
    LoopsBack,
    NoLoopback,
    LoopbackOfPlugin,
    PortOfEndpoint,
    NotTold,
    Degraded,
    OtherProxy,
    EstablishedKept,
    EstablishedUnknown,
    Switch,
    LoopbackBySwitch,
    SwitchDepends,
}

impl Rule {
    pub(super) fn ground(self) -> &'static Ground {
        &RULES[self as usize]
    }

    /// How sure it is.
    pub(super) fn confidence(self) -> Confidence {
        self.ground().confidence
    }

    /// Whether more knowledge of the node would not help: nobody knows.
    pub(super) fn is_unseen(self) -> bool {
        matches!(self, Self::FromNodeUnseen | Self::OwnNodePortUnseen)
    }

    /// Whether it tells who may be served, and not only how likely each of them is.
    pub(super) fn decides(self) -> bool {
        !matches!(self, Self::Tuple | Self::SourceIp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_and_say_something() {
        assert_eq!(Rule::SwitchDepends as usize + 1, RULES.len());
        let mut numbers = RULES.chunk_by(|one, other| one.id == other.id).zip(1..);
        assert!(numbers.all(|(rows, number)| rows[0].id == format!("H{number:02}")));
        for rows in RULES.chunk_by(|one, other| one.id == other.id) {
            for row in rows {
                assert!(row.sentence.ends_with('.') && !row.source.is_empty(), "{}", row.id);
                assert_eq!(row.holds.is_some(), rows.len() > 1, "{}: {}", row.id, row.sentence);
            }
        }
    }
}
