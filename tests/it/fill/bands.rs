//! Numbers come from the bands that the allocators have.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hnsplan::fill::{Assumptions, fill, is_service_range};
use hnsplan::manifest::any_objects;
use hnsplan::net::PortRange;
use hnsplan::source::Sources;

/// The rows of a recorded table, without its head.
fn rows(file: &str) -> Vec<Vec<String>> {
    let path = format!("{}/fixtures/assume/bands/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the table is there");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Services that are filled in a cluster with this service range.
fn cluster_ips(services: &str, range: &str) -> Vec<String> {
    let assumptions = Assumptions {
        service_cidrs: vec![range.parse().expect("it is a network")],
        ..Assumptions::default()
    };
    let mut sources = Sources::default();
    sources.add("services.yaml", services).expect("it is small");
    let filled = fill(any_objects(&sources).objects, &assumptions);
    let services = filled.objects.iter().filter(|object| object.kind().1 == "Service");
    services.map(|object| object.text(&["spec", "clusterIP"]).to_owned()).collect()
}

fn service(name: &str, more: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{ports: [{{port: 80}}], {more}}}}}\n---\n"
    )
}

#[test]
fn an_address_that_is_asked_for_is_taken_or_refused() {
    for row in rows("cluster-ips-asked-for.tsv") {
        let [range, address, result] = &row[..] else { panic!("{row:?}") };
        let stored = cluster_ips(&service("web", &format!("clusterIP: \"{address}\"")), range);
        assert_eq!(!stored.is_empty(), result == "accepted", "{row:?}");
    }
}

/// As long as the upper band has room, no address comes from the lower one.
#[test]
fn addresses_are_drawn_from_the_upper_band_of_every_range() {
    for row in rows("cluster-ips.tsv") {
        let is_taken = is_service_range(&row[0].parse().expect("it is a network"));
        assert_eq!(!is_taken, row[1] == "refused", "{row:?}");
        if !is_taken {
            continue;
        }
        let (first, last) = row[6].split_once(" - ").expect("there is an upper band");
        let [first, last]: [IpAddr; 2] = [first, last].map(|end| end.parse().expect("it is an address"));
        let number = |cell: usize| row[cell].parse::<u128>().expect("it is a number");
        let many = usize::try_from((number(1) - number(5)).min(300)).expect("it is small");
        let services: String = (0..many).map(|number| service(&format!("web-{number}"), "")).collect();
        let drawn: BTreeSet<IpAddr> = cluster_ips(&services, &row[0])
            .iter()
            .map(|address| address.parse().expect("it is an address"))
            .collect();
        assert_eq!(drawn.len(), many, "{row:?}");
        assert!(drawn.iter().all(|address| (first..=last).contains(address)), "{row:?}");
    }
}

#[test]
fn addresses_are_drawn_from_the_upper_band_until_it_is_full() {
    for row in rows("cluster-ips-until-full.tsv") {
        let numbers: Vec<usize> =
            row[1..4].iter().map(|cell| cell.parse().expect("it is a number")).collect();
        let [all, upper, lower] = numbers[..] else { panic!("{row:?}") };
        let services: String = (0..=all).map(|number| service(&format!("web-{number}"), "")).collect();
        let stored = cluster_ips(&services, &row[0]);
        let distinct: BTreeSet<&String> = stored.iter().collect();
        assert_eq!((stored.len(), distinct.len()), (all, all), "{row:?}");
        // The names that come first draw first.
        let mut names: Vec<usize> = (0..=all).collect();
        names.sort_by_key(|number| format!("web-{number}"));
        let few: String = names[..upper].iter().map(|number| service(&format!("web-{number}"), "")).collect();
        let upper_band: BTreeSet<String> = cluster_ips(&few, &row[0]).into_iter().collect();
        assert_eq!(upper_band.len(), upper);
        let rest = stored.iter().filter(|address| !upper_band.contains(*address)).count();
        assert_eq!(rest, lower, "{row:?}");
    }
}

#[test]
fn node_ports_are_drawn_from_the_upper_band_until_it_is_full() {
    for row in rows("node-ports.tsv") {
        let range: PortRange = row[0].parse().expect("it is a range");
        let number = |cell: usize| row[cell].parse::<usize>().expect("it is a number");
        let (all, upper) = (number(1), number(5));
        let static_end =
            row[2].split(" - ").nth(1).map_or(0, |end| end.parse::<u16>().expect("it is a port"));
        let draw = |services: usize| -> Vec<u16> {
            let text: String =
                (0..services).map(|number| service(&format!("web-{number}"), "type: NodePort")).collect();
            let assumptions = Assumptions { node_ports: Some(range), ..Assumptions::default() };
            let mut sources = Sources::default();
            sources.add("services.yaml", text).expect("it is small");
            let filled = fill(any_objects(&sources).objects, &assumptions);
            filled.assumed.node_ports.iter().map(|port| port.number).collect()
        };
        let first = draw(upper);
        assert!(first.iter().all(|port| *port > static_end && range.contains(*port)), "{row:?}");
        let every: BTreeSet<u16> = draw(all + 1).into_iter().collect();
        assert_eq!(every, range.ports().collect(), "{row:?}");
    }
}
