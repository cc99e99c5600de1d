//! Promise: a dump of netsh equals what was compiled, and a mutation of it is named.

use hnsplan::diff::Weight;
use hnsplan::platform::Objects;
use hnsplan::platform::netsh::NetshSide;
use hnsplan::platform::netsh::model::Store;
use hnsplan::platform::netsh::{self, Plan, Style};

use crate::diff::golden::{compared, describe};
use crate::support::case::Case;

/// What is planned for a case, next to what a text tells.
fn sides(plan: &Plan, text: &str) -> [Box<dyn Objects>; 2] {
    [NetshSide::wanted(plan.clone()), NetshSide::captured(netsh::read(text))]
        .map(|side| Box::new(side) as Box<dyn Objects>)
}

#[test]
fn what_netsh_would_dump_after_every_case_is_what_is_compiled() {
    let (mut equal, mut undecided) = (0, 0);
    for case in Case::all() {
        let compiled = case.compiled("1.36", false);
        let plan = compiled.netsh(&netsh::Options::default()).plan;
        for style in [Style::Dump, Style::Script] {
            let text = netsh::write(&plan.create(), style);
            let found = compared(compiled, sides(&plan, &text));
            assert!(found.is_empty(), "{} {style:?}: {:#?}", case.name, found.changes);
            let total = found.total();
            let all = plan.objects.len();
            assert_eq!(total.equal + total.undecided, all, "{} {style:?}: {total:?}", case.name);
            // A dump shows no firewall rules; a script has all that it makes.
            assert!(style == Style::Dump || total.undecided == 0, "{}: {total:?}", case.name);
            equal += total.equal;
            undecided += total.undecided;
        }
    }
    assert!(equal > 400 && undecided > 100, "{equal} {undecided}");
}

#[test]
fn a_mutation_of_a_netsh_dump_is_named() {
    let compiled = Case::named("023-nodeport-etp-local-with-local").run("1.36", false).compile();
    // A dump shows only addresses that outlive a start.
    let options = netsh::Options { store: Store::Persistent, ..netsh::Options::default() };
    let plan = compiled.netsh(&options).plan;
    let address = "add address name=\"vEthernet (HNS Internal NIC)\" address=10.96.0.10 mask=255.255.255.255";
    let listener = "connectport=8080 listenaddress=10.96.0.10";
    let mutations: [(Style, &str, &str, &[&str]); 7] = [
        (Style::Dump, address, "", &["deleted address 10.96.0.10 on vEthernet (HNS Internal NIC) []"]),
        (
            Style::Dump,
            "mask=255.255.255.255",
            "mask=255.255.255.0",
            &[
                "changed address 10.96.0.10 on vEthernet (HNS Internal NIC) [mask: 255.255.255.255 → 255.255.255.0]",
            ],
        ),
        (
            Style::Dump,
            listener,
            "connectport=9 listenaddress=10.96.0.10",
            &["changed listener 10.96.0.10:80 v4tov4 [connectport: 8080 → 9]"],
        ),
        (
            Style::Dump,
            "listenport=80 connectaddress=10.244.1.5",
            "listenport=80 connectaddress=10.244.9.9",
            &["changed listener 10.96.0.10:80 v4tov4 [connectaddress: 10.244.1.5 → 10.244.9.9]"],
        ),
        (
            Style::Dump,
            "listenport=30080",
            "listenport=30081",
            &["deleted listener 192.168.10.11:30080 v4tov4 []"],
        ),
        (
            Style::Script,
            "localport=80 remoteip=any",
            "localport=80 remoteip=10.0.0.0/8",
            &["changed firewall rule k8svc-83aebf2f833a port 80 [remoteip: any → 10.0.0.0/8]"],
        ),
        (
            Style::Script,
            "skipassource=true",
            "skipassource=false",
            &["changed address 10.96.0.10 on vEthernet (HNS Internal NIC) [skipassource: true → false]"],
        ),
    ];
    for (style, part, with, wanted) in mutations {
        let text = netsh::write(&plan.create(), style);
        assert_eq!(text.matches(part).count(), 1, "{part:?} in\n{text}");
        let mut found = compared(&compiled, sides(&plan, &text.replace(part, with)));
        found.changes.retain(|change| change.weight == Weight::Counts);
        let mut lines = describe(&found);
        lines.sort();
        let is_named = |(line, wanted): (&String, &&str)| line.strip_suffix(" demo/web:http") == Some(wanted);
        assert!(lines.len() == wanted.len() && lines.iter().zip(wanted).all(is_named), "{part}: {lines:#?}");
        assert!(!found.is_empty(), "{part}");
    }
}
