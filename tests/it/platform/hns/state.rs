//! Promise: every dump of HNS that people can get is read, truncated ones as far as they go, and a state that
//! was written is read back equal.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hnsplan::node::{HnsVersion, MacAddress, NetworkType};
use hnsplan::platform::hns::model::{
    Address, Condition, Detail, Distribution, Endpoint, EndpointFlags, EndpointPolicy, EndpointRef, Extra,
    Gaps, Guid, IpConfiguration, LoadBalancer, LoadBalancerFlags, Network, NetworkRef, PortFlags,
    PortMapping, RemoteSubnet, State, Telling,
};
use hnsplan::platform::hns::read::{Problem, StateProblem, is_dump, read};
use hnsplan::platform::hns::write;
use hnsplan::source::decode;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::support::cases::config;
use crate::support::damage::hostile;

fn fixtures(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dump(name: &str) -> (State, Vec<StateProblem>) {
    read(&text(&fixtures("hns-state").join(name)))
}

/// What is read of a text without problems.
fn clean(text: &str, of: &str) -> State {
    let (state, problems) = read(text);
    assert_eq!(problems, [], "{of}");
    state
}

fn clean_dump(name: &str) -> State {
    clean(&text(&fixtures("hns-state").join(name)), name)
}

/// What a state says of its objects, without how much its source tells of them and of their condition.
fn objects(mut state: State) -> State {
    let State { networks, endpoints, load_balancers, .. } = &mut state;
    networks.iter_mut().for_each(|of| (of.gaps, of.condition) = Default::default());
    endpoints.iter_mut().for_each(|of| (of.gaps, of.condition) = Default::default());
    load_balancers.iter_mut().for_each(|of| (of.gaps, of.condition) = Default::default());
    state
}

/// Both schemas describe the same node; this is what the old one can tell too.
fn old_view(state: State) -> State {
    let mut state = objects(state);
    for network in &mut state.networks {
        network.extra = Extra::new();
        network.detail = Detail::OldSchema;
    }
    for endpoint in &mut state.endpoints {
        endpoint.extra = Extra::new();
        endpoint.detail = Detail::OldSchema;
        endpoint.policies.retain(|policy| matches!(policy, EndpointPolicy::ProviderAddress { .. }));
    }
    for balancer in &mut state.load_balancers {
        balancer.detail = Detail::OldSchema;
        for mapping in &mut balancer.port_mappings {
            mapping.flags &= PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP;
        }
    }
    state.hns_version = None;
    state
}

#[test]
fn every_recorded_state_is_read_and_written_again_byte_for_byte() {
    let mut seen = 0;
    let cases = fs::read_dir(fixtures("golden")).expect("there are recorded cases");
    for case in cases.map(|case| case.unwrap().path()).filter(|case| case.is_dir()) {
        for file in fs::read_dir(case).unwrap().map(|file| file.unwrap().path()) {
            if !file.to_string_lossy().ends_with(".before.json") {
                continue;
            }
            seen += 1;
            let recorded = text(&file);
            let state = clean(&recorded, &file.display().to_string());
            let written = write::state(&state);
            assert_eq!(written.replace('\n', ""), recorded.trim_end(), "{}", file.display());
            assert_eq!(clean(&written, "what was written"), state);
        }
    }
    assert_eq!(seen, 179, "recorded states found");
}

#[test]
fn all_dumps_of_one_node_are_read_alike() {
    let whole = clean_dump("kube-proxy-state.json");
    assert_eq!((whole.networks.len(), whole.endpoints.len(), whole.load_balancers.len()), (1, 3, 2));
    assert_eq!(clean_dump("loadbalancers-v2.json").load_balancers, whole.load_balancers);
    assert_eq!(clean_dump("endpoint-one-v2.json").endpoints[..], whole.endpoints[..1]);

    let old = clean_dump("hnsdiag-all-d.txt");
    assert_eq!(old.hns_version, "15.4".parse().ok());
    assert_eq!(old_view(old.clone()), old_view(whole.clone()));
    assert_eq!(clean_dump("policylists-v1.json").load_balancers, old.load_balancers);
    assert_eq!(clean_dump("hnsdiag-loadbalancers-df.txt").load_balancers, old.load_balancers);
}

#[test]
fn addresses_and_members_are_read_from_tables() {
    let whole = clean_dump("kube-proxy-state.json");
    let (table, problems) = dump("hnsdiag-all.txt");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].problem, Problem::NetworksInTable);
    assert_eq!(clean_dump("hnsdiag-blocks.txt").load_balancers, table.load_balancers);
    assert_eq!(table.load_balancers.len(), 2);
    for (row, balancer) in table.load_balancers.iter().zip(&whole.load_balancers) {
        assert_eq!(row.detail, Detail::Table);
        assert_eq!((row.id, &row.frontend_vips), (balancer.id, &balancer.frontend_vips));
        assert_eq!(row.endpoints, balancer.endpoints);
    }
    let names = |state: &State| state.endpoints.iter().map(|e| (e.id, e.name.clone())).collect::<Vec<_>>();
    assert_eq!(names(&table), names(&whole));
}

#[test]
fn the_folder_of_the_log_collector_is_one_state() {
    let mut files: Vec<_> = fs::read_dir(fixtures("hns-state/collector"))
        .expect("there is a collector's folder")
        .map(|file| file.unwrap().path())
        .filter(|path| is_dump(&path.file_name().unwrap().to_string_lossy()))
        .collect();
    files.sort();
    assert_eq!(files.len(), 4, "{files:?}");
    for order in [false, true] {
        if order {
            files.reverse();
        }
        let merged = State::merged(files.iter().map(|file| clean(&text(file), &file.display().to_string())));
        let whole = State { hns_version: "15.4".parse().ok(), ..clean_dump("kube-proxy-state.json") };
        assert_eq!(objects(merged), objects(whole));
    }
}

#[test]
fn broken_dumps_give_messages() {
    let (state, problems) = dump("truncated/endpoint.txt");
    assert_eq!(state.endpoints.len(), 2);
    assert!(matches!(problems[..], [StateProblem { problem: Problem::Truncated { objects: 2 }, .. }]));
    let (state, problems) = dump("truncated/hnsdiag.txt");
    assert_eq!(state.load_balancers.len(), 1);
    assert!(matches!(
        problems[..],
        [StateProblem { line: 2, problem: Problem::Truncated { objects: 0 }, .. }]
    ));
    let (state, problems) = dump("truncated/depth.json");
    assert_eq!(state.load_balancers[0].endpoints.len(), 1);
    assert!(matches!(problems[..], [StateProblem { problem: Problem::Cut { .. }, .. }]), "{problems:?}");
    let (_, problems) = dump("collector/routes.txt");
    assert!(matches!(problems[..], [StateProblem { line: 1, problem: Problem::Nothing(_), .. }]));
}

/// Texts that would be slow if anything were done again for each piece.
#[test]
fn no_text_takes_long() {
    const PIECES: usize = 30_000;
    let pieces = [
        "[",
        "{\n",
        "[\n",
        "{\"a\":",
        "{\"a\":[\n",
        "[]\n",
        "{}\n",
        "{}",
        "[\"",
        "{\"Endpoints\":[",
        "[ ",
        "[x\n",
        "{\"ID\":1}\n",
        "\"ID\":1,",
        "[{\"ID\":1},\n",
        "{\"ID\":\"\n",
        "Load Balancer : x\n",
        "Endpoints:\n{\"ID\":1}\n",
        "ID | Virtual IPs | Direct IP IDs\nx | y | z\n",
        "\\",
        "\u{0}",
    ];
    let start = Instant::now();
    for piece in pieces {
        drop(read(&piece.repeat(PIECES)));
        drop(read(&format!("{{\"ID\":\"x\",\"IpConfigurations\":[{}", piece.repeat(PIECES))));
    }
    let members: Vec<_> = (0..PIECES).map(|number| format!("\"a{number}\":{number}")).collect();
    drop(read(&format!("{{\"PortMappings\":[],{}}}", members.join(","))));
    // Far more than a busy machine takes, and far less than work that is done again for each piece.
    assert!(start.elapsed() < Duration::from_secs(200), "{:?}", start.elapsed());
}

fn guid() -> impl Strategy<Value = Guid> {
    (any::<u128>(), any::<bool>()).prop_map(|(bits, upper)| {
        let text = uuid_text(bits);
        (if upper { text.to_uppercase() } else { text }).parse().expect("a GUID")
    })
}

fn uuid_text(bits: u128) -> String {
    let digits = format!("{bits:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|ip| Address::Ip(ip.into())),
        any::<std::net::Ipv6Addr>().prop_map(|ip| Address::Ip(ip.into())),
        Just(Address::of("010.1.2.3")),
    ]
}

fn name() -> impl Strategy<Value = Box<str>> {
    prop_oneof![
        "[a-z0-9_ :]{0,12}".prop_map(Into::into),
        hostile().prop_map(Into::into),
        ".{0,6}".prop_map(Into::into)
    ]
}

/// Any JSON that does not lose anything on its way through text.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        hostile().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let members = btree_map(".{0,4}", inner.clone(), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect()))
        ]
    })
}

/// Members without a field of their own.
fn extra() -> impl Strategy<Value = Extra> {
    let special = prop_oneof![
        Just(("Dns", json!({ "Domain": "x" }))),
        Just(("Health", json!({ "Extra": { "SwitchGuid": "y" } }))),
        Just(("SchemaVersion", json!({ "Major": 2, "Minor": 16 }))),
    ];
    (btree_map("X.{0,5}", value(), 0..3), option::of(special)).prop_map(|(others, special)| {
        let others = others.into_iter().map(|(name, value)| (name.into_boxed_str(), value));
        others.chain(special.map(|(name, value)| (name.into(), value))).collect()
    })
}

fn policy() -> impl Strategy<Value = EndpointPolicy> {
    prop_oneof![
        address().prop_map(|provider_address| EndpointPolicy::ProviderAddress { provider_address }),
        value().prop_map(|settings| EndpointPolicy::Other(json!({ "Type": "X", "Settings": settings }))),
    ]
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let network = prop_oneof![guid().prop_map(NetworkRef::Id), name().prop_map(NetworkRef::Named)];
    let configuration = (address(), any::<u8>())
        .prop_map(|(ip_address, prefix_length)| IpConfiguration { ip_address, prefix_length });
    let texts = (guid().prop_map(Some), name(), network.prop_map(Some), option::of(any::<[u8; 6]>()));
    let lists = (vec(policy(), 0..3), vec(configuration, 0..3), any::<u32>(), extra());
    (texts, lists).prop_map(|((id, name, network, mac), (policies, configurations, flags, extra))| Endpoint {
        id,
        name,
        network,
        policies,
        ip_configurations: configurations,
        mac_address: mac.map(MacAddress::dashed),
        flags: EndpointFlags::from_bits_retain(flags),
        extra,
        ..Endpoint::default()
    })
}

fn load_balancer() -> impl Strategy<Value = LoadBalancer> {
    let member = prop_oneof![
        guid().prop_map(EndpointRef::Id),
        address().prop_map(EndpointRef::Local),
        name().prop_map(EndpointRef::Named),
    ];
    let mapping = (any::<[u32; 3]>(), any::<[u16; 2]>()).prop_map(|(numbers, ports)| PortMapping {
        protocol: numbers[0],
        internal_port: ports[0],
        external_port: ports[1],
        distribution: Distribution(numbers[1]),
        flags: PortFlags::from_bits_retain(numbers[2]),
    });
    let who = (guid().prop_map(Some), vec(member, 0..4), option::of(address()));
    let what = (vec(address(), 0..3), vec(mapping, 1..3), any::<u32>(), extra());
    (who, what).prop_map(|((id, endpoints, source_vip), (vips, port_mappings, flags, extra))| LoadBalancer {
        id,
        endpoints,
        source_vip,
        frontend_vips: vips,
        port_mappings,
        flags: LoadBalancerFlags::from_bits_retain(flags),
        extra,
        ..LoadBalancer::default()
    })
}

fn network() -> impl Strategy<Value = Network> {
    let type_ = prop_oneof![
        select(&["NAT", "Overlay", "l2bridge", "ICS"][..]).prop_map(NetworkType::of),
        "[A-Z][a-z0-9]{0,6}".prop_map(|type_| NetworkType::of(&type_)),
    ];
    let net = |(ip, length): (std::net::Ipv4Addr, u8)| ipnet::IpNet::new(ip.into(), length).unwrap().trunc();
    let subnet = (any::<std::net::Ipv4Addr>(), 0..=32u8).prop_map(net);
    let remote = (subnet.clone(), any::<std::net::Ipv4Addr>())
        .prop_map(|(prefix, node)| RemoteSubnet { prefix, provider_address: node.into() });
    (guid(), name(), type_, vec(subnet, 0..3), vec(remote, 0..3), extra()).prop_map(
        |(id, name, type_, subnets, remote_subnets, extra)| Network {
            id,
            name,
            type_,
            subnets,
            remote_subnets,
            extra,
            detail: Detail::Full,
            gaps: Gaps::default(),
            condition: Condition::default(),
        },
    )
}

fn state() -> impl Strategy<Value = State> {
    let version = option::of(any::<[u32; 2]>());
    (vec(network(), 0..3), vec(endpoint(), 0..4), vec(load_balancer(), 0..4), version).prop_map(
        |(networks, endpoints, load_balancers, version)| State {
            networks: networks.into(),
            endpoints: endpoints.into(),
            load_balancers: load_balancers.into(),
            hns_version: version.map(|[major, minor]| HnsVersion { major, minor }),
            switch: Vec::new(),
            switch_ports: Vec::new(),
            without_ids: Vec::new(),
        },
    )
}

/// A dump of any kind.
fn any_dump() -> impl Strategy<Value = String> {
    const DUMPS: &[&str] = &[
        "kube-proxy-state.json",
        "loadbalancers-v2.json",
        "policylists-v1.json",
        "hnsdiag-all-d.txt",
        "hnsdiag-all.txt",
        "hnsdiag-blocks.txt",
        "collector/network.txt",
    ];
    prop_oneof![
        select(DUMPS).prop_map(|name| text(&fixtures("hns-state").join(name))),
        state().prop_map(|state| write::state(&state)),
    ]
}

/// A text with one piece replaced, at the boundaries of characters.
fn damaged(text: &str, [from, to]: [Index; 2], piece: &str) -> String {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let (from, to) = (from.get(&ends), to.get(&ends));
    format!("{}{piece}{}", &text[..*from.min(to)], &text[*from.max(to)..])
}

/// A damaged text may make one object of two, which is neither: it is left out, and both lists are told in part.
#[test]
fn an_object_of_two_kinds_is_none() {
    let id = "10ca1000-5d1e-4c3a-9b70-000000000005";
    for (list, own) in
        [("Endpoints", "\"HostComputeNetwork\": \"no id\""), ("LoadBalancers", "\"FrontendVIPs\": 1")]
    {
        for other in ["\"Ipams\": []", "\"MacPool\": {}", "\"VirtualNetwork\": 1", "\"References\": []"] {
            let text = format!("{{\"{list}\": [{{\"ID\": \"{id}\", {own}, {other}}}]}}");
            let (state, problems) = read(&text);
            assert!(
                matches!(problems[..], [StateProblem { problem: Problem::TwoInOne { .. }, .. }]),
                "{text}"
            );
            assert!(state.endpoints.is_empty() && state.load_balancers.is_empty(), "{text}");
            let lists = [state.networks.telling(), state.endpoints.telling(), state.load_balancers.telling()];
            assert!(
                lists.contains(&Telling::InPart) && !lists.contains(&Telling::Whole),
                "{text}: {lists:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn a_written_state_is_read_back_equal(state in state()) {
        let written = write::state(&state);
        let (read_back, problems) = read(&written);
        prop_assert_eq!(&problems, &[]);
        let mut without_lists = read_back.clone();
        for network in &mut without_lists.networks {
            // What the writer adds, as the network has it only in its fields.
            network.extra.remove("Ipams");
            network.extra.remove("Policies");
        }
        prop_assert_eq!(&without_lists.networks[..], &state.networks[..]);
        prop_assert_eq!(&without_lists.endpoints[..], &state.endpoints[..]);
        prop_assert_eq!(&without_lists.load_balancers[..], &state.load_balancers[..]);
        prop_assert_eq!(write::state(&read_back), written);
    }

    #[test]
    fn of_a_truncated_state_all_complete_objects_are_read(state in state(), cut: Index) {
        let written = write::state(&state);
        let ends: Vec<usize> = written.char_indices().map(|(at, _)| at).skip(2).collect();
        let cut = *cut.get(&ends);
        let (read_back, problems) = read(&written[..cut]);
        // Each object has a line of its own, from the second on, and ends in a brace.
        let complete = |(at, line): (usize, &str)| line.starts_with('{') && at + line.trim_end_matches(',').len() <= cut;
        let mut at = 0;
        let lines = written.split_inclusive('\n').map(|line| {
            at += line.len();
            (at - line.len(), line.trim_end())
        });
        let expected = lines.skip(1).filter(|&line| complete(line)).count();
        let got = read_back.networks.len() + read_back.endpoints.len() + read_back.load_balancers.len();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(problems.len(), usize::from(cut + 1 != written.len()), "{:?}", problems);
    }

    #[test]
    fn no_damage_breaks_the_reader(text in any_dump(), places: [Index; 2], piece in prop_oneof![hostile(), Just(""), Just("}"), Just("["), Just("null,")]) {
        let text = damaged(&text, places, piece);
        let (state, problems) = read(&text);
        let lines = text.split('\n').count();
        for problem in &problems {
            prop_assert!((1..=lines).contains(&problem.line), "{problem} of {lines}");
            let shown = format!("{problem} {}", problem.problem.help());
            prop_assert!(!shown.chars().any(hnsplan::name::is_unprintable), "{shown:?}");
        }
        // What was read is a good state, whatever it was read from.
        let (again, _) = read(&write::state(&state));
        prop_assert_eq!(again.load_balancers.len(), state.load_balancers.len());
        prop_assert_eq!(again.endpoints.len(), state.endpoints.len());
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}", pieces in vec(select(&["{", "}", "[", "]", ",", ":", "\n", "\"ID\"", "\"Endpoints\"", "\"Ipams\"", "null", "1", "\"@{a=1}\"", "Load Balancer : ", "ID | Virtual IPs | Direct IP IDs\n", "|"][..]), 0..40)) {
        drop(read(&text));
        drop(read(&pieces.concat()));
    }
}
