//! What a version of HNS can do.

use crate::node::{HnsVersion, WindowsBuild};

/// The features that kube-proxy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// The version that has them.
    pub version: HnsVersion,
    /// The HCN API with schema 2; kube-proxy does not run without it.
    pub api_v2: bool,
    /// Direct server return.
    pub dsr: bool,
    /// IPv4 and IPv6 at a time.
    pub dual_stack: bool,
    /// Session affinity.
    pub session_affinity: bool,
    /// Load balancers can be changed in place. 15.4 takes the call and does nothing (#131466).
    pub modify_load_balancer: bool,
}

/// Versions from one on, up to the last minor version of a major one, or without end.
struct Range {
    from: (u32, u32),
    within_major: bool,
}

const fn from(major: u32, minor: u32) -> Range {
    Range { from: (major, minor), within_major: false }
}

const fn within(major: u32, minor: u32) -> Range {
    Range { from: (major, minor), within_major: true }
}

const API_V2: &[Range] = &[from(9, 2)];
const DSR: &[Range] = &[within(9, 3), from(10, 2)];
const DUAL_STACK: &[Range] = &[from(11, 10)];
const SESSION_AFFINITY: &[Range] = &[from(12, 0)];
const MODIFY_LOAD_BALANCER: &[Range] = &[within(15, 5), from(16, 0)];

impl Features {
    /// Windows Server 2022, which is taken where nobody says the version.
    pub const ASSUMED: HnsVersion = HnsVersion { major: 13, minor: 2 };

    /// The usual version on a release of Windows, for where nobody tells more; `None` for releases without a usual one.
    /// 9.5 has direct server return, as HNS on Windows Server 2019 has since its update of August 2020; 15.4 does not
    /// change load balancers in place, which later updates of its release do.
    #[must_use]
    pub fn usual_on(build: WindowsBuild) -> Option<HnsVersion> {
        let (major, minor) = match build.build {
            17_763 if build.revision.is_some_and(|revision| revision < 1_432) => (9, 2),
            17_763 => (9, 5),
            20_348 => (13, 2),
            26_100 => (15, 4),
            _ => return None,
        };
        Some(HnsVersion { major, minor })
    }

    /// The features of a version (library hnslib of Microsoft, which kube-proxy asks).
    #[must_use]
    pub fn of(version: HnsVersion) -> Self {
        let has = |ranges: &[Range]| {
            ranges.iter().any(|range| {
                (version.major, version.minor) >= range.from
                    && (!range.within_major || version.major == range.from.0)
            })
        };
        Self {
            version,
            api_v2: has(API_V2),
            dsr: has(DSR),
            dual_stack: has(DUAL_STACK),
            session_affinity: has(SESSION_AFFINITY),
            modify_load_balancer: has(MODIFY_LOAD_BALANCER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_comes_with_its_version_and_can_be_missing_in_a_later_one() {
        let features = |text: &str| Features::of(text.parse().unwrap());
        assert!(!features("9.1").api_v2 && features("9.2").api_v2);
        assert!(!features("9.2").dsr && features("9.3").dsr && features("9.99").dsr);
        assert!(!features("10.1").dsr && features("10.2").dsr && features("11.0").dsr);
        assert!(!features("11.9").dual_stack && features("11.10").dual_stack);
        assert!(!features("11.99").session_affinity && features("12.0").session_affinity);
        assert!(!features("15.4").modify_load_balancer && features("15.5").modify_load_balancer);
        assert!(features("16.0").modify_load_balancer);
    }
}
