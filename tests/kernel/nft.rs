//! `nft`, in the current network namespace.

use std::io::Write;
use std::process::{Command, Stdio};

use hnsplan::platform::nftables::model::Table;
use hnsplan::platform::nftables::read;

use crate::compiler::Request;
use crate::restore::Family;
use crate::topology::{Place, Topology};

/// Runs nft with a text; `Err` is its message.
pub(crate) fn nft(arguments: &[&str], input: &str) -> Result<String, String> {
    let mut child = Command::new("nft")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("nft: {error}"))?;
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let text = input.to_owned();
    // nft may end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    writer.join().expect("a writer does not panic");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Loads a text.
pub(crate) fn load(text: &str) -> Result<(), String> {
    nft(&["--file", "-"], text).map(drop)
}

fn word(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "ip",
        Family::Ipv6 => "ip6",
    }
}

/// kube-proxy's table of a family, as text.
pub(crate) fn list(family: Family) -> String {
    nft(&["list", "table", word(family), "kube-proxy"], "").expect("the table is there")
}

/// The same as JSON.
pub(crate) fn list_json(family: Family) -> String {
    nft(&["--json", "list", "table", word(family), "kube-proxy"], "").expect("the table is there")
}

/// Reads a table that has nothing unknown.
pub(crate) fn understood(text: &str, family: Family) -> Table {
    let reading = read(text);
    assert!(reading.problems.is_empty() && reading.broken.is_none(), "{:?}\n{text}", reading.problems);
    let table = match family {
        Family::Ipv4 => reading.tables.ipv4,
        Family::Ipv6 => reading.tables.ipv6,
    };
    table.unwrap_or_else(|| panic!("no table of {family} in\n{text}"))
}

/// Empties the sets of clients that stay with their endpoints.
pub(crate) fn forget_clients() {
    for family in Family::BOTH {
        // Without a table nobody is remembered.
        let Ok(listed) = nft(&["list", "table", word(family), "kube-proxy"], "") else { continue };
        let sets = listed.lines().filter_map(|line| line.trim().strip_prefix("set affinity-"));
        let flush = |set: &str| {
            format!("flush set {} kube-proxy affinity-{}\n", word(family), set.trim_end_matches(" {"))
        };
        let text: String = sets.map(flush).collect();
        load(&text).expect("sets can be emptied");
    }
}

/// A node with the tables of both families of a golden case, as kube-proxy of a version writes them.
pub(crate) fn node(case: &str, version: &'static str) -> Topology {
    let topology = Topology::new();
    let texts = Family::BOTH.map(|family| Request { case, version, family }.compile_nft().0);
    topology.at(Place::Node).run(|| {
        for text in &texts {
            load(text).unwrap_or_else(|error| panic!("{case} does not load: {error}"));
        }
    });
    topology
}
