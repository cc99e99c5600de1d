//! Promise: with `--verify-key`, only a plan is carried out whose text the owner of a key has signed, and nothing is touched
//! before that is known.

use super::command::Node;

/// Keys as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them, for tests alone.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDXH8Bm963Itkbiw4QacE0lKlz8nXKdcAvyz3XSRUPnK\n\
                       -----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAKl+Px9Sx4XxYBh1toELu/jq3kPF1Lu2loxN0Ga/K/u8=\n\
                      -----END PUBLIC KEY-----\n";
const OTHER: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAtU2KrsBnVCqMW5IXob6sJt6PkKoLajMf5oNcivtToG0=\n\
                     -----END PUBLIC KEY-----\n";

const APPLY: &str = "apply plan.json --auto-approve --executor sim:node.json";

/// A node with keys beside it, and a signed plan for it.
fn signed() -> Node {
    let node = Node::with_services(1);
    for (file, key) in [("key.pem", PRIVATE), ("key.pub", PUBLIC), ("other.pub", OTHER)] {
        node.write(file, key);
    }
    node.with_manifests("plan --out plan.json --sign-key key.pem").run().succeeded();
    node
}

#[test]
fn a_signed_plan_is_carried_out() {
    for flags in ["--verify-key key.pub", "--verify-key other.pub --verify-key key.pub"] {
        let node = signed();
        node.run(APPLY).args(flags).run().succeeded();
        assert_eq!(node.counts(), (2, 1), "{flags}");
    }
    // Who asks for no signature gets what was there before.
    let node = signed();
    node.run(APPLY).run().succeeded();
    assert_eq!(node.counts(), (2, 1));
}

#[test]
fn a_plan_may_come_from_a_stream_with_its_signature_in_a_file() {
    let node = signed();
    let apply = "apply - --auto-approve --executor sim:node.json --verify-key key.pub";
    let without = node.run(apply).input(node.read("plan.json")).run();
    assert!(without.failed(2).contains("add --signature FILE"), "{}", without.stderr);
    node.run(apply).args("--signature plan.json.sig").input(node.read("plan.json")).run().succeeded();
    assert_eq!(node.counts(), (2, 1));
}

/// What a refusal tells, and what was done to a signed plan.
type Edit = (&'static str, fn(&Node));

#[test]
fn a_plan_that_is_not_signed_is_refused_before_anything_is_touched() {
    fn changed(node: &Node) {
        // What the fingerprint of a plan does not see: it is made of what the plan means.
        let text = node.read("plan.json");
        node.write("plan.json", &text.replacen("  ", "   ", 1));
    }
    let edits: [Edit; 5] = [
        ("no signature of the plan", |node| {
            std::fs::remove_file(node.folder().join("plan.json.sig")).expect("it is there");
        }),
        ("no signature of it by a trusted key", changed),
        ("no signature of it by a trusted key", |node| node.write("key.pub", OTHER)),
        ("no signature of it by a trusted key", |node| node.write("plan.json.sig", "")),
        ("no signature of it by a trusted key", |node| {
            node.with_manifests("plan --out plan.json --destroy").run().succeeded();
        }),
    ];
    for (expected, edit) in edits {
        let node = signed();
        edit(&node);
        let refused = node.run(APPLY).args("--verify-key key.pub").run();
        assert!(refused.failed(2).contains("error[A1228]"), "{}", refused.stderr);
        assert!(refused.stderr.contains(expected), "{}", refused.stderr);
        assert_eq!(node.read("node.json"), node.before);
        assert!(!node.folder().join("node.json.journal").exists(), "no journal was begun");
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let node = signed();
    for (command, expected) in [
        ("plan --sign-key key.pem", "add --out FILE"),
        ("plan --out - --sign-key key.pem", "add --out FILE"),
        ("plan --out p.json --sign-key key.pub", "key.pub: expected an Ed25519 private key"),
        ("plan --out p.json --sign-key no.pem", "no.pem"),
        ("apply --verify-key key.pub", "--verify-key needs a saved plan"),
    ] {
        let refused = node.with_manifests(command).run();
        assert!(refused.failed(2).contains(expected), "{command}: {}", refused.stderr);
        assert!(!node.folder().join("p.json").exists(), "{command}");
    }
    for (flags, expected) in [
        ("--verify-key key.pem", "key.pem: this is a private key, which does not belong on a node"),
        ("--signature plan.json.sig", "--verify-key"),
    ] {
        let refused = node.run(APPLY).args(flags).run();
        assert!(refused.failed(2).contains(expected), "{flags}: {}", refused.stderr);
    }
    assert_eq!(node.read("node.json"), node.before);
}
