//! Promise: a plan for one node takes nothing away from another one.

use crate::support::exe::hnsplan;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";

/// What HNS holds is of a Windows node; for a Linux node hardly any of it is wanted.
#[test]
fn the_state_of_a_windows_node_is_not_changed_for_a_linux_node() {
    let before = std::fs::read_to_string("fixtures/shop/win-1.json").expect("the shop has a node");
    for command in
        ["plan --dump fixtures/shop/win-1.json", "apply --executor sim:STATE --auto-approve", "plan -t netsh"]
    {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let state = folder.path().join("node.json");
        std::fs::write(&state, &before).expect("it can be written");
        let command = command.replace("STATE", &state.display().to_string());
        let outcome = hnsplan(&format!("{command} {SHOP} --node linux-1")).run();
        assert_eq!(outcome.code, 2, "{command}: {}", outcome.stdout);
        assert!(outcome.stderr.contains("linux-1 runs Linux"), "{command}: {}", outcome.stderr);
        assert_eq!(std::fs::read_to_string(&state).expect("it is a file"), before);
    }
}

#[test]
fn destroying_some_services_is_refused() {
    for selection in ["--service shop/front", "-n shop"] {
        let dump = "--dump fixtures/shop/win-1.json";
        let outcome = hnsplan(&format!("plan {dump} {SHOP} --node win-1 --destroy {selection}")).run();
        assert_eq!(outcome.code, 2, "{selection}: {}", outcome.stdout);
        assert!(outcome.stderr.contains("cannot be limited to some"), "{selection}: {}", outcome.stderr);
    }
}
