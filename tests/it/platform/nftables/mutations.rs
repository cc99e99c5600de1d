//! Promise: a rule or an element that is missing is named by `diff`, and found by `check` wherever it decides about packets.

use hnsplan::answer::verdict::Host;
use hnsplan::diff::{Directory, Ownership, Standing, compare};
use hnsplan::net::{Family, PerFamily};
use hnsplan::platform::nftables::eval::Evaluator;
use hnsplan::platform::nftables::model::Table;
use hnsplan::platform::nftables::{Format, NftablesSide, lower, read, write};
use hnsplan::platform::{Objects, Untold};

use crate::support::case::Case;
use crate::support::packets::{host, packets};

fn side(table: &Table, standing: Standing) -> Box<dyn Objects> {
    let tables = PerFamily { ipv4: Some(table.clone()), ipv6: None };
    Box::new(NftablesSide { standing, tables, gaps: PerFamily::default(), untold: Untold::default() })
}

fn understood(text: &str) -> Table {
    read(text).tables.ipv4.expect("it is a table")
}

/// Lines that change nothing which a packet of these tests could meet: hooks that a new connection passes by, and rules
/// whose work another one does as well.
fn decides(line: &str) -> bool {
    let is_declaration = !line.starts_with("add rule") && !line.starts_with("add element");
    !is_declaration
}

#[test]
fn every_line_that_is_missing_is_named_and_most_are_found_in_packets() {
    let cases = [
        "023-nodeport-etp-local-with-local",
        "031-lb-source-ranges-node",
        "020-affinity-clientip-default",
        "009-no-endpoints-external",
        "072-hairpin-local-and-remote",
    ];
    let (mut lines, mut found) = (0, 0);
    for case in cases.map(Case::named) {
        for version in ["1.30", "1.35", "1.36", "1.37"] {
            // Rules about loopback addresses, where there are some.
            let run = case.run(version, false).gate("KubeProxyNFTablesLocalhostNodePorts", true);
            let rules = &run.compile().rules;
            let table = lower(rules, Family::Ipv4);
            let text = write(&table, Format::Knftables).to_string();
            let host: Host = host();
            let wanted = Evaluator::new(&table, &host);
            let packets = packets(rules, Family::Ipv4);
            for line in text.lines().filter(|line| decides(line)) {
                lines += 1;
                let mutated = understood(&text.replacen(&format!("{line}\n"), "", 1));
                let directory = Directory::new(vec![rules]);
                let mut sides = [side(&table, Standing::Wanted), side(&mutated, Standing::Held)];
                let compared =
                    compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform");
                assert_eq!(compared.counting().count(), 1, "{} {version}: {line}", case.name);
                let mutant = Evaluator::new(&mutated, &host);
                let differs = |packet| wanted.verdict(packet).effect() != mutant.verdict(packet).effect();
                found += usize::from(packets.iter().any(differs));
            }
        }
    }
    // Others are about packets that these cases do not have: cluster IPs' other ports, node ports without endpoints.
    assert!(lines > 350, "{lines}");
    assert!(found * 2 > lines, "only {found} of {lines} lines decide about a packet");
}
