//! How pods end: whether one keeps serving until kube-proxy has taken it out of the rules.
//!
//! The kubelet runs `preStop` hooks, and tells containers to end behind them; `terminationGracePeriodSeconds` is the time for
//! both (Kubernetes, "Pod Lifecycle", termination of Pods). Rules change at the same time as the hooks begin, and not before.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::Model;
use crate::manifest::AnyObject;

/// How many workloads are named.
const NAMED: usize = 3;

/// What the kubelet takes where a pod says nothing.
const DEFAULT_GRACE: u64 = 30;

/// How a pod ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// No container has a hook, so all are told to end at once.
    Unhooked,
    /// The hook sleeps for longer than the pod has.
    CutOff { sleep: u64, grace: u64 },
}

/// Pods that are there, that Services select, and that may end too early: a note for each way, with the workloads.
pub(super) fn notes(model: &Model, pods: &[AnyObject]) -> Vec<String> {
    let served: BTreeSet<usize> = model.pools.iter().flat_map(|pool| pool.members.iter().copied()).collect();
    let mut endings: BTreeMap<Ending, BTreeSet<String>> = BTreeMap::new();
    for at in served {
        let pod = &model.pods[at];
        let ending = pods[at].get(&["spec"]).and_then(Ending::of);
        if let Some(ending) = ending.filter(|_| pod.is_there) {
            let workload = &model.workloads[pod.workload];
            endings.entry(ending).or_default().insert(format!("{} {}", workload.kind, workload.name));
        }
    }
    endings.iter().map(|(ending, workloads)| ending.note(workloads)).collect()
}

impl Ending {
    /// By the spec of a pod; `None` where it keeps serving for a while, or nothing tells.
    fn of(spec: &Value) -> Option<Self> {
        let grace = spec["terminationGracePeriodSeconds"].as_u64().unwrap_or(DEFAULT_GRACE);
        let containers = spec["containers"].as_array()?;
        let hooks: Vec<&Value> =
            containers.iter().map(|of| &of["lifecycle"]["preStop"]).filter(|hook| hook.is_object()).collect();
        if hooks.is_empty() {
            return Some(Self::Unhooked);
        }
        let sleep = hooks.iter().filter_map(|hook| seconds(hook)).max()?;
        (sleep >= grace).then_some(Self::CutOff { sleep, grace })
    }

    fn note(self, workloads: &BTreeSet<String>) -> String {
        let mut named: Vec<&str> = workloads.iter().take(NAMED).map(String::as_str).collect();
        let more = format!("{} more", workloads.len().saturating_sub(NAMED));
        named.extend((workloads.len() > NAMED).then_some(&*more));
        let named = named.join(", ");
        match self {
            Self::Unhooked => format!(
                "a deleted pod may refuse requests until kube-proxy has taken it out of the rules, as no container has a preStop \
                 hook: {named}"
            ),
            Self::CutOff { sleep, grace } => format!(
                "preStop sleeps for {sleep} s and the pod has {grace} s (terminationGracePeriodSeconds), so it is killed before it \
                 ends by itself: {named}"
            ),
        }
    }
}

/// For how long a hook sleeps: `sleep: {seconds: 5}`, or a command as people write it, `[sleep, "5"]` or `[sh, -c, sleep 5]`.
fn seconds(hook: &Value) -> Option<u64> {
    if let Some(seconds) = hook["sleep"]["seconds"].as_u64() {
        return Some(seconds);
    }
    let command = hook["exec"]["command"].as_array()?;
    let words: Vec<&str> = command.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).collect();
    let at = words.iter().position(|word| *word == "sleep" || word.ends_with("/sleep"))?;
    words.get(at + 1)?.trim_end_matches([';', '&']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hook_that_ends_in_time_is_nothing_to_say() {
        for (hook, grace, expected) in [
            (json!(null), json!(null), Some(Ending::Unhooked)),
            (json!({"sleep": {"seconds": 5}}), json!(null), None),
            (json!({"sleep": {"seconds": 30}}), json!(null), Some(Ending::CutOff { sleep: 30, grace: 30 })),
            (json!({"sleep": {"seconds": 30}}), json!(60), None),
            (
                json!({"exec": {"command": ["sleep", "9"]}}),
                json!(5),
                Some(Ending::CutOff { sleep: 9, grace: 5 }),
            ),
            (json!({"exec": {"command": ["/bin/sh", "-c", "sleep 9; nginx -s quit"]}}), json!(10), None),
            (json!({"exec": {"command": ["nginx", "-s", "quit"]}}), json!(1), None),
            (json!({"httpGet": {"path": "/drain"}}), json!(1), None),
            (json!("sleep"), json!(null), Some(Ending::Unhooked)),
        ] {
            let spec = json!({
                "terminationGracePeriodSeconds": grace,
                "containers": [{"name": "sidecar"}, {"name": "web", "lifecycle": {"preStop": hook}}],
            });
            assert_eq!(Ending::of(&spec), expected, "{spec}");
        }
        assert_eq!(Ending::of(&json!({})), None);
    }
}
