//! What a rule says on a node, where that depends on the release of Windows.
//!
//! Each case is about builds from one on up to another one. A node whose build is known in part, or not at all, may
//! have any of several builds: where all of them have the same answer that is the node's, as sure as the least sure of
//! them, and otherwise nothing is decided.

use super::rules::Rule;
use crate::net::Family;
use crate::node::WindowsBuild;

/// A build and its update, in order.
type Build = (u32, u32);

/// KB4571748 of August 2020.
const NODE_PORTS_FIXED: Build = (17_763, 1_432);
/// The first build after Windows Server 2019.
const AFTER_2019: Build = (17_764, 0);
const SERVER_2022: Build = (20_348, 0);
/// KB5028171 of July 2023.
const NODE_TO_CLUSTER_IPV6: Build = (20_348, 1_850);
const SERVER_2025: Build = (26_100, 0);
const EVER: Build = (u32::MAX, u32::MAX);
const NEVER: Build = (0, 0);

/// What is known of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) build: Option<WindowsBuild>,
    /// Whether any load balancer of the node has direct server return.
    pub(super) dsr: bool,
}

/// What a rule says of some builds.
struct Case {
    builds: std::ops::Range<Build>,
    family: Option<Family>,
    /// Whether it is about nodes with direct server return only.
    of_dsr: bool,
    answer: bool,
    rule: Rule,
}

const fn case(builds: std::ops::Range<Build>, answer: bool, rule: Rule) -> Case {
    Case { builds, family: None, of_dsr: false, answer, rule }
}

impl Case {
    const fn of(self, family: Family) -> Self {
        Self { family: Some(family), ..self }
    }

    const fn with_dsr(self) -> Self {
        Self { of_dsr: true, ..self }
    }
}

/// A question whose answer depends on the release. The first case that is about a node answers it.
pub(super) struct Question {
    cases: &'static [Case],
    /// Where the build is known and no case is about it.
    unseen: Rule,
    /// Where the build is not known well enough, and the answer depends on it.
    unknown: Rule,
    /// Where the build is not known well enough, and rules of several releases give the same answer: no sooner than the
    /// least sure of them. Without one, that one is named.
    anywhere: Option<Rule>,
}

/// Whether a load balancer matches packets of the node itself.
pub(super) static FROM_NODE: Question = Question {
    cases: &[
        case(NEVER..NODE_PORTS_FIXED, false, Rule::FromNodeBefore),
        case(NODE_PORTS_FIXED..AFTER_2019, true, Rule::FromNodeOfDsr).with_dsr(),
        case(SERVER_2022..SERVER_2025, true, Rule::FromNodeIpv4).of(Family::Ipv4),
        case(SERVER_2022..NODE_TO_CLUSTER_IPV6, false, Rule::FromNodeIpv6Before).of(Family::Ipv6),
        case(NODE_TO_CLUSTER_IPV6..SERVER_2025, true, Rule::FromNodeIpv6).of(Family::Ipv6),
        case(SERVER_2025..EVER, true, Rule::FromNode2025),
    ],
    unseen: Rule::FromNodeUnseen,
    unknown: Rule::FromNode,
    anywhere: None,
};

/// Whether the node reaches its own node ports.
pub(super) static OWN_NODE_PORT: Question = Question {
    cases: &[
        case(NEVER..NODE_PORTS_FIXED, false, Rule::OwnNodePortBefore),
        case(NODE_PORTS_FIXED..AFTER_2019, true, Rule::OwnNodePortOfDsr).with_dsr(),
        case(SERVER_2022..SERVER_2025, true, Rule::OwnNodePort2022).of(Family::Ipv4),
        case(SERVER_2022..NODE_TO_CLUSTER_IPV6, false, Rule::FromNodeIpv6Before).of(Family::Ipv6),
        case(NODE_TO_CLUSTER_IPV6..SERVER_2025, true, Rule::OwnNodePort2022).of(Family::Ipv6),
        case(SERVER_2025..EVER, true, Rule::OwnNodePort2025),
    ],
    unseen: Rule::OwnNodePortUnseen,
    unknown: Rule::OwnNodePort,
    anywhere: None,
};

/// Whether node ports and external addresses take packets from outside: everywhere, and here and there it is surer.
pub(super) static FROM_OUTSIDE: Question = Question {
    cases: &[
        case(NEVER..SERVER_2022, true, Rule::FromOutside2019),
        case(SERVER_2022..EVER, true, Rule::FromOutside),
    ],
    unseen: Rule::FromOutside,
    unknown: Rule::FromOutside,
    anywhere: Some(Rule::FromOutsideAnywhere),
};

/// The same of packets that a route leads to the node.
pub(super) static ROUTED_FROM_OUTSIDE: Question = Question {
    cases: &[
        case(SERVER_2022..SERVER_2025, true, Rule::RoutedFromOutside2022),
        case(NEVER..EVER, true, Rule::RoutedFromOutside),
    ],
    unseen: Rule::RoutedFromOutside,
    unknown: Rule::RoutedFromOutside,
    anywhere: Some(Rule::RoutedFromOutsideAnywhere),
};

impl Question {
    /// The answer with the rule that gives it, or the rule that says why there is none.
    pub(super) fn answer(&self, known: Known, family: Family) -> Result<(bool, Rule), Rule> {
        let (first, last) = match known.build {
            None => (NEVER, EVER),
            Some(WindowsBuild { build, revision: None }) => ((build, 0), (build, u32::MAX)),
            Some(WindowsBuild { build, revision: Some(revision) }) => ((build, revision), (build, revision)),
        };
        let at = |build: Build| {
            let is_about = |case: &&Case| {
                case.builds.start <= build
                    && (build < case.builds.end || case.builds.end == EVER)
                    && case.family.is_none_or(|of| of == family)
                    && (known.dsr || !case.of_dsr)
            };
            self.cases.iter().find(is_about).map(|case| (case.answer, case.rule))
        };
        // Between two ends of cases all builds have the same answer.
        let ends = self.cases.iter().flat_map(|case| [case.builds.start, case.builds.end]);
        let builds = ends.filter(|end| first < *end && *end <= last && *end != EVER).chain([first]);
        let mut found: Option<(bool, Rule)> = None;
        for answer in builds.map(at) {
            let Some((answer, rule)) = answer else {
                return Err(if known.build.is_some() && !self.differs_within(first, last) {
                    self.unseen
                } else {
                    self.unknown
                });
            };
            found = match found {
                Some((other, _)) if other != answer => return Err(self.unknown),
                Some((_, other)) if other == rule => found,
                Some((_, other)) => {
                    let least_sure = if other.confidence() >= rule.confidence() { other } else { rule };
                    Some((answer, self.anywhere.unwrap_or(least_sure)))
                }
                None => Some((answer, rule)),
            };
        }
        found.ok_or(self.unknown)
    }

    /// Whether a case begins or ends between two builds, so that the update would decide.
    fn differs_within(&self, first: Build, last: Build) -> bool {
        let mut ends = self.cases.iter().flat_map(|case| [case.builds.start, case.builds.end]);
        ends.any(|end| first < end && end <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::WindowsRelease;

    /// The answer of a question in a word, with the rule.
    fn told(question: &Question, release: &str, family: Family, dsr: bool) -> (&'static str, Rule) {
        let build = release.parse().ok().map(|WindowsRelease(build)| build);
        assert_eq!(build.is_none(), release.is_empty(), "{release}");
        match question.answer(Known { build, dsr }, family) {
            Ok((true, rule)) => ("yes", rule),
            Ok((false, rule)) => ("no", rule),
            Err(rule) => ("open", rule),
        }
    }

    /// Both sides of each build at which an answer changes, for each family, with and without DSR.
    #[test]
    fn each_answer_holds_from_its_build_on() {
        use Family::{Ipv4, Ipv6};
        use Rule::*;
        let cases = [
            ("10.0.14393.1", Ipv4, true, ("no", FromNodeBefore), ("no", OwnNodePortBefore)),
            ("ltsc2019:1431", Ipv4, true, ("no", FromNodeBefore), ("no", OwnNodePortBefore)),
            ("ltsc2019:1431", Ipv6, false, ("no", FromNodeBefore), ("no", OwnNodePortBefore)),
            ("ltsc2019:1432", Ipv4, true, ("yes", FromNodeOfDsr), ("yes", OwnNodePortOfDsr)),
            ("ltsc2019:1432", Ipv4, false, ("open", FromNodeUnseen), ("open", OwnNodePortUnseen)),
            ("ltsc2019:9999", Ipv6, true, ("yes", FromNodeOfDsr), ("yes", OwnNodePortOfDsr)),
            ("ltsc2019", Ipv4, true, ("open", FromNode), ("open", OwnNodePort)),
            ("ltsc2019", Ipv4, false, ("open", FromNode), ("open", OwnNodePort)),
            ("10.0.17764.1", Ipv4, true, ("open", FromNodeUnseen), ("open", OwnNodePortUnseen)),
            ("10.0.19042", Ipv4, true, ("open", FromNodeUnseen), ("open", OwnNodePortUnseen)),
            ("10.0.20347.9", Ipv4, true, ("open", FromNodeUnseen), ("open", OwnNodePortUnseen)),
            ("ltsc2022:0", Ipv4, false, ("yes", FromNodeIpv4), ("yes", OwnNodePort2022)),
            ("ltsc2022", Ipv4, true, ("yes", FromNodeIpv4), ("yes", OwnNodePort2022)),
            ("ltsc2022:1849", Ipv6, true, ("no", FromNodeIpv6Before), ("no", FromNodeIpv6Before)),
            ("ltsc2022:1850", Ipv6, true, ("yes", FromNodeIpv6), ("yes", OwnNodePort2022)),
            ("ltsc2022", Ipv6, true, ("open", FromNode), ("open", OwnNodePort)),
            ("10.0.26099.9", Ipv4, false, ("yes", FromNodeIpv4), ("yes", OwnNodePort2022)),
            ("ltsc2025:0", Ipv6, false, ("yes", FromNode2025), ("yes", OwnNodePort2025)),
            ("ltsc2025", Ipv4, false, ("yes", FromNode2025), ("yes", OwnNodePort2025)),
            ("", Ipv4, true, ("open", FromNode), ("open", OwnNodePort)),
        ];
        for (release, family, dsr, from_node, own_node_port) in cases {
            assert_eq!(told(&FROM_NODE, release, family, dsr), from_node, "{release} {family} {dsr}");
            let own = told(&OWN_NODE_PORT, release, family, dsr);
            assert_eq!(own, own_node_port, "{release} {family} {dsr}");
        }
    }

    /// Where every release has the same answer it needs no build, and is as sure as the least sure release.
    #[test]
    fn what_is_the_same_everywhere_is_decided_without_a_build() {
        let outside = |release| told(&FROM_OUTSIDE, release, Family::Ipv4, false);
        assert_eq!(outside("10.0.20347.9"), ("yes", Rule::FromOutside2019));
        for release in ["ltsc2022:0", "ltsc2025"] {
            assert_eq!(outside(release), ("yes", Rule::FromOutside), "{release}");
        }
        assert_eq!(outside(""), ("yes", Rule::FromOutsideAnywhere));
        let routed = |release| told(&ROUTED_FROM_OUTSIDE, release, Family::Ipv4, false);
        assert_eq!(routed("ltsc2022"), ("yes", Rule::RoutedFromOutside2022));
        for release in ["10.0.20347.1", "ltsc2025:0"] {
            assert_eq!(routed(release), ("yes", Rule::RoutedFromOutside), "{release}");
        }
        assert_eq!(routed(""), ("yes", Rule::RoutedFromOutsideAnywhere));
    }

    /// A rule about any release is no surer than the rules of the releases, and says that the release is not known.
    #[test]
    fn a_rule_for_any_release_is_as_sure_as_the_least_sure() {
        for question in [&FROM_NODE, &OWN_NODE_PORT, &FROM_OUTSIDE, &ROUTED_FROM_OUTSIDE] {
            let Some(anywhere) = question.anywhere else { continue };
            let least_sure = question.cases.iter().map(|case| case.rule.confidence()).max();
            assert_eq!(Some(anywhere.confidence()), least_sure);
            assert!(anywhere.ground().holds.is_some_and(|holds| holds.contains("not known")));
        }
    }
}
