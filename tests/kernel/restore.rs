//! `iptables-restore` and `ip6tables-restore`, in the current network namespace.

use std::fmt;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// The kernel side that an iptables program talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackEnd {
    /// `nf_tables`, with the xtables matches as a compatibility layer.
    Nft,
    /// The older `ip_tables` and `ip6_tables`.
    Legacy,
}

impl BackEnd {
    pub(crate) const BOTH: [Self; 2] = [Self::Nft, Self::Legacy];
}

/// An IP family; each has its own restore text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    pub(crate) const BOTH: [Self; 2] = [Self::Ipv4, Self::Ipv6];
}

impl From<Family> for hnsplan::net::Family {
    fn from(family: Family) -> Self {
        match family {
            Family::Ipv4 => Self::Ipv4,
            Family::Ipv6 => Self::Ipv6,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        })
    }
}

/// Loads a text in the way kube-proxy does it; `Err` is its message.
pub(crate) fn load(back_end: BackEnd, family: Family, text: &str) -> Result<(), String> {
    let program = program(back_end, family, "-restore");
    let mut restore = Command::new(&program)
        .args(["--noflush", "--counters"])
        .args(lock_arguments(back_end))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let written = restore.stdin.take().expect("standard input is a pipe").write_all(text.as_bytes());
    let output = restore.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    written.map_err(|error| error.to_string())
}

/// All rules of a family, as the kernel holds them.
pub(crate) fn save(back_end: BackEnd, family: Family) -> String {
    let output = Command::new(program(back_end, family, "-save")).output().expect("iptables-save can be run");
    String::from_utf8(output.stdout).expect("iptables writes UTF-8")
}

/// The rules of one chain, as the kernel holds them.
pub(crate) fn list(back_end: BackEnd, family: Family, table: &str, chain: &str) -> String {
    let output = Command::new(program(back_end, family, ""))
        .args(lock_arguments(back_end))
        .args(["-t", table, "-S", chain])
        .output()
        .expect("iptables can be run");
    String::from_utf8(output.stdout).expect("iptables writes UTF-8")
}

pub(crate) fn program(back_end: BackEnd, family: Family, suffix: &str) -> String {
    let family = match family {
        Family::Ipv4 => "iptables",
        Family::Ipv6 => "ip6tables",
    };
    let back_end = match back_end {
        BackEnd::Nft => "nft",
        BackEnd::Legacy => "legacy",
    };
    format!("{family}-{back_end}{suffix}")
}

/// The lock of the legacy programs is a file, so one for all namespaces: wait for it.
fn lock_arguments(back_end: BackEnd) -> &'static [&'static str] {
    match back_end {
        BackEnd::Nft => &[],
        BackEnd::Legacy => &["-w", "60"],
    }
}

/// Empties the lists of clients of the current namespace (Linux, `xt_recent`).
pub(crate) fn forget_clients() {
    let lists = fs::read_dir("/proc/thread-self/net/xt_recent").expect("there are lists");
    for list in lists {
        fs::write(list.expect("the lists can be listed").path(), "/").expect("a list can be emptied");
    }
}
