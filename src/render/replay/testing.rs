//! A replay for the tests of pages.

use crate::document::replay::Replay;
use crate::net::Family;
use crate::platform::timeline::{CallAt, CallRecord, Disturbance, StepRecord, Trouble};

/// A text that would be markup, if it were not encoded.
pub(in crate::render) const HOSTILE: &str = "</svg></style><script>alert(1)</script><!--\"'&{{7*7}}";

/// A replay in which every text is hostile.
pub(in crate::render) fn replay() -> Replay {
    let at = |step, call| CallAt { step, call };
    let mut noticed = Disturbance::new(Trouble::NoRules, HOSTILE, HOSTILE, at(1, 1));
    noticed.to = Some(at(2, 1));
    noticed.has_ready_endpoints = true;
    let mut gone = Disturbance::new(Trouble::GoneMembers, "shop/web", "TCP 10.96.0.10:80", at(2, 0));
    gone.members = vec![HOSTILE.to_owned()];
    let call = CallRecord {
        by: Family::Ipv4,
        what: "delete load balancer".into(),
        on: HOSTILE.to_owned(),
        members: vec![HOSTILE.to_owned()],
        error: Some(HOSTILE.to_owned()),
        refusal: Some(HOSTILE.to_owned()),
        forgets: vec![HOSTILE.to_owned()],
    };
    let step = |step| StepRecord {
        step,
        restart: true,
        events: vec![HOSTILE.to_owned()],
        calls: vec![call.clone()],
    };
    Replay {
        api_version: "".into(),
        kind: "Replay".into(),
        target: "hns".into(),
        kube_proxy_version: "1.36".to_owned(),
        notes: vec![HOSTILE.to_owned()],
        noun: "load balancer",
        frontends: vec![["shop/still".into(), HOSTILE.into()]],
        disturbances: vec![noticed, gone],
        flows: Vec::new(),
        steps: vec![step(1), step(2)],
    }
}
