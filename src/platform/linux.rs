//! This Linux machine, as far as those who change its rules have to know it.

use crate::answer::step::{Obstacle, codes};

/// The name of this machine.
pub(super) fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// That kube-proxy runs, if it does; `what` says what it changes as well.
pub(super) fn running_kube_proxy(what: &str) -> Option<Obstacle> {
    let is_kube_proxy = |pid: &std::fs::DirEntry| {
        let name = std::fs::read_to_string(pid.path().join("comm"));
        name.is_ok_and(|name| name.trim() == "kube-proxy")
    };
    let runs = std::fs::read_dir("/proc")
        .is_ok_and(|mut all| all.any(|pid| pid.is_ok_and(|pid| is_kube_proxy(&pid))));
    let advice = "stop it first: it would overwrite these rules";
    runs.then(|| Obstacle::new(codes::OTHER_WRITER, what, advice).that_may_be_forced())
}
