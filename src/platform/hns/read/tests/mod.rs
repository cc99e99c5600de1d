//! Objects of HNS, as tools print them.

mod telling;

use super::super::model::{
    Address, Detail, Distribution, EndpointFlags, EndpointPolicy, EndpointRef, Gaps, LoadBalancer,
    LoadBalancerFlags, NetworkRef, Parts, PortFlags,
};
use super::*;
use crate::node::NetworkType;
use crate::platform::hns::providers::ProviderAddresses;

const LB: &str = "3599612c-54b4-4b9d-9258-4fc5e2100549";
const POD: &str = "78c19c4d-7edf-43bd-ab2a-5ccf97f214fe";
const NET: &str = "6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01";

/// The state of a text without problems.
fn clean(text: &str) -> State {
    let (state, problems) = read(text);
    assert_eq!(problems, [], "{text}");
    state
}

fn problems(text: &str) -> Vec<String> {
    read(text).1.iter().map(ToString::to_string).collect()
}

fn problem(text: &str) -> String {
    let all = problems(text);
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap()
}

#[test]
fn a_load_balancer_is_read_in_any_case_of_its_members() {
    let text = format!(
        r#"{{"id":"{LB}","hostcomputeendpoints":["{POD}"],"SOURCEVIP":"10.1.0.2","FrontendVips":["10.96.0.10"],
            "PortMappings":[{{"protocol":17,"InternalPort":5353,"ExternalPort":53,"DistributionType":2,"Flags":18}}],
            "Flags":3,"Health":{{"Extra":{{}}}},"SchemaVersion":{{"Major":2,"Minor":0}},"New":[1]}}"#
    );
    let state = clean(&text);
    let [balancer] = &state.load_balancers[..] else { panic!("{state:?}") };
    assert_eq!(balancer.id, LB.parse().ok());
    assert_eq!(balancer.endpoints, [EndpointRef::Id(POD.parse().unwrap())]);
    assert_eq!(balancer.source_vip, Some(Address::of("10.1.0.2")));
    assert_eq!(balancer.frontend_vips, [Address::of("10.96.0.10")]);
    let mapping = balancer.port_mappings[0];
    assert_eq!((mapping.protocol, mapping.internal_port, mapping.external_port), (17, 5353, 53));
    assert_eq!(mapping.distribution, Distribution::SOURCE_IP);
    assert_eq!(mapping.flags, PortFlags::LOCAL_ROUTED_VIP | PortFlags::VIP_EXTERNAL_IP);
    assert_eq!(balancer.flags, LoadBalancerFlags::DSR | LoadBalancerFlags::IPV6);
    assert_eq!(balancer.detail, Detail::Full);
    // What every load balancer says is nothing to keep.
    assert_eq!(balancer.extra.keys().map(|name| &**name).collect::<Vec<_>>(), ["New"]);
}

#[test]
fn a_missing_member_is_the_same_as_nothing() {
    let said = clean(&format!(
        r#"{{"ID":"{LB}","SourceVIP":"","FrontendVIPs":[],"HostComputeEndpoints":null,"Flags":0,
            "PortMappings":[{{"Protocol":6,"InternalPort":80,"ExternalPort":80,"DistributionType":0,"Flags":0}}]}}"#
    ));
    let unsaid = clean(&format!(
        r#"{{"ID":"{LB}","PortMappings":[{{"Protocol":6,"InternalPort":80,"ExternalPort":80}}]}}"#
    ));
    // They differ in what is told, and in nothing else.
    let [said, unsaid] = [said, unsaid]
        .map(|state| LoadBalancer { gaps: Gaps::default(), ..state.load_balancers.into_objects().remove(0) });
    assert_eq!(said, unsaid);
}

#[test]
fn an_endpoint_keeps_what_has_no_field() {
    let text = format!(
        r#"[{{"ID":"{POD}","Name":"Ethernet","HostComputeNetwork":"{NET}","HostComputeNamespace":"{LB}",
            "Policies":[{{"Type":"L2Driver","Settings":{{}}}},
                {{"Type":"ProviderAddress","Settings":{{"ProviderAddress":"10.0.0.12"}}}}],
            "IpConfigurations":[{{"IpAddress":"10.244.2.7","PrefixLength":16}}],"Dns":{{"Domain":"x"}},
            "MacAddress":"02-11-0A-f4-02-07","Flags":1,"SchemaVersion":{{"Major":2,"Minor":14}}}}]"#
    );
    let state = clean(&text);
    let endpoint = &state.endpoints[0];
    assert_eq!(endpoint.network, Some(NetworkRef::Id(NET.parse().unwrap())));
    assert_eq!(endpoint.provider_address(), Some(&Address::of("10.0.0.12")));
    assert!(matches!(&endpoint.policies[0], EndpointPolicy::Other(policy) if policy["Type"] == "L2Driver"));
    assert_eq!(endpoint.ip_configurations[0].prefix_length, 16);
    assert_eq!(endpoint.mac_address.unwrap().to_string(), "02-11-0A-f4-02-07");
    assert!(endpoint.is_remote());
    let kept: Vec<_> = endpoint.extra.keys().map(|name| &**name).collect();
    assert_eq!(kept, ["Dns", "HostComputeNamespace", "SchemaVersion"]);
}

#[test]
fn an_old_load_balancer_becomes_a_new_one() {
    let text = format!(
        r#"{{"ID":"{LB}","IsApplied":false,"References":["/endpoints/{POD}"],"Policies":[{{"Type":"ELB",
            "Protocol":6,"InternalPort":8080,"ExternalPort":80,"SourceVIP":"10.1.0.2","VIPs":["10.96.0.1"],
            "IsDSR":true,"ILB":false,"LocalRoutedVip":true}}],"State":2,"Version":38654705666}}"#
    );
    let state = clean(&text);
    let balancer = &state.load_balancers[0];
    assert_eq!(balancer.detail, Detail::OldSchema);
    assert_eq!(balancer.endpoints, [EndpointRef::Id(POD.parse().unwrap())]);
    assert_eq!(balancer.source_vip, Some(Address::of("10.1.0.2")));
    assert_eq!(balancer.frontend_vips, [Address::of("10.96.0.1")]);
    assert_eq!(balancer.flags, LoadBalancerFlags::DSR);
    assert_eq!(balancer.port_mappings[0].flags, PortFlags::LOCAL_ROUTED_VIP);
    assert_eq!(balancer.port_mappings[0].internal_port, 8080);
    assert_eq!(state.hns_version, "9.2".parse().ok());
}

#[test]
fn a_policy_list_of_routes_is_no_load_balancer() {
    let text = format!(
        r#"[{{"ID":"{LB}","References":["/networks/{NET}"],"Policies":[{{"Type":"ROUTE","NextHop":"10.0.0.1"}}]}}]"#
    );
    let state = clean(&text);
    assert!(state.load_balancers.is_empty() && state.load_balancers.is_whole());
    assert_eq!(state.endpoints.telling(), Telling::NotTold);
}

#[test]
fn an_old_endpoint_becomes_a_new_one() {
    let text = format!(
        r#"{{"ID":"{POD}","IPAddress":"10.244.2.7","PrefixLength":16,"IPv6Address":"FD00::7",
            "IsRemoteEndpoint":true,"EnableLowMetric":false,"DisableICC":true,"MacAddress":"02-11-0a-f4-02-07",
            "Policies":[{{"PA":"10.0.0.12","Type":"PA"}},{{"Type":"QOS","Max":5}}],"Type":"Overlay",
            "Version":21474836481,"VirtualNetwork":"{NET}","VirtualNetworkName":"vxlan0"}}"#
    );
    let state = clean(&text);
    let endpoint = &state.endpoints[0];
    assert_eq!(endpoint.detail, Detail::OldSchema);
    assert_eq!(endpoint.flags, EndpointFlags::REMOTE | EndpointFlags::DISABLE_ICC);
    assert_eq!(endpoint.addresses().cloned().collect::<Vec<_>>(), ["10.244.2.7", "fd00::7"].map(Address::of));
    assert_eq!(endpoint.provider_address(), Some(&Address::of("10.0.0.12")));
    let qos = serde_json::json!({ "Type": "QOS", "Settings": { "Max": 5 } });
    assert_eq!(endpoint.policies[1], EndpointPolicy::Other(qos));
    assert_eq!(endpoint.network, Some(NetworkRef::Id(NET.parse().unwrap())));
    assert_eq!(state.hns_version, "5.1".parse().ok());
}

#[test]
fn networks_of_both_schemas_tell_the_same() {
    let new = format!(
        r#"{{"ID":"{NET}","Name":"vxlan0","Type":"overlay","SchemaVersion":{{"Major":2,"Minor":0}},
            "Ipams":[{{"Type":"Static","Subnets":[{{"IpAddressPrefix":"10.244.1.0/24"}}]}}],
            "Policies":[{{"Type":"DrMacAddress","Settings":{{}}}},{{"Type":"RemoteSubnetRoute",
                "Settings":{{"DestinationPrefix":"10.244.2.0/24","ProviderAddress":"10.0.0.12"}}}}]}}"#
    );
    let old = format!(
        r#"{{"ID":"{NET}","Name":"vxlan0","Type":"Overlay","ManagementIP":"10.0.0.11",
            "Subnets":[{{"AddressPrefix":"10.244.1.0/24","GatewayAddress":"10.244.1.1"}}],
            "Policies":[{{"Type":"RemoteSubnetRoute","DestinationPrefix":"10.244.2.0/24",
                "ProviderAddress":"10.0.0.12"}}]}}"#
    );
    let (new, old) = (clean(&new).networks.remove(0), clean(&old).networks.remove(0));
    assert_eq!((new.id, &new.name, &new.type_), (old.id, &old.name, &old.type_));
    assert_eq!(new.type_, NetworkType::Overlay);
    assert_eq!((&new.subnets, &new.remote_subnets), (&old.subnets, &old.remote_subnets));
    assert_eq!(
        ProviderAddresses::new(&new.remote_subnets).of("10.244.2.9".parse().unwrap()),
        "10.0.0.12".parse().ok()
    );
    assert_eq!(
        new.extra.keys().map(|name| &**name).collect::<Vec<_>>(),
        ["Ipams", "Policies", "SchemaVersion"]
    );
}

#[test]
fn a_network_without_a_type_is_nat() {
    let state = clean(&format!(r#"{{"ID":"{NET}","Name":"nat","Ipams":[]}}"#));
    assert_eq!(state.networks[0].type_, NetworkType::Nat);
}

#[test]
fn wrappers_are_taken_off() {
    let endpoint = format!(r#"{{"ID":"{POD}","HostComputeNetwork":"{NET}"}}"#);
    for text in [
        format!("[{endpoint}]"),
        format!(r#"{{"value":[{endpoint}],"Count":1}}"#),
        format!(r#"{{"Success":true,"Output":[{endpoint}]}}"#),
        format!(r#"{{"Endpoints":[{endpoint}],"LoadBalancers":[],"Networks":null}}"#),
        format!("[[{endpoint}]]"),
        format!("\r\nName  IPAddress\r\n----  ---------\r\nx     10.0.0.1\r\n\r\n{endpoint}\r\n"),
    ] {
        assert_eq!(clean(&text).endpoints.len(), 1, "{text}");
    }
    assert_eq!(clean(r#"{"Success":true,"Output":{"Major":15,"Minor":4}}"#).hns_version, "15.4".parse().ok());
    for empty in ["", "\r\n", "{}", "null"] {
        assert_eq!(read(empty).0, State::not_told(), "{empty}");
    }
    assert_eq!(problems("[]\n\n"), [""; 0]);
}

#[test]
fn hnsdiag_prints_tables() {
    let text = format!(
        "Networks:\nName             ID\nnat              {NET}\n\nEndpoints:\n\
         Name             ID                                   Virtual Network Name\n\
         Ethernet 2       {POD} vxlan0  \n\nNamespaces:\n\
         ID                                   | Endpoint IDs\n{NET} | {POD}\n\nLoadBalancers:\n\
         ID                                   | Virtual IPs      | Direct IP IDs\n\
         {LB} |  10.96.0.10 fd00::a | {POD} {NET}\n{NET} |                  | \nPS C:\\>\n"
    );
    let (state, problems) = read(&text);
    assert_eq!(problems[0].problem, Problem::NetworksInTable);
    assert_eq!((problems.len(), problems[0].line), (1, 3));
    let endpoint = &state.endpoints[0];
    assert_eq!((&*endpoint.name, endpoint.detail), ("Ethernet 2", Detail::Table));
    assert_eq!(endpoint.network, Some(NetworkRef::Named("vxlan0".into())));
    assert_eq!(state.endpoints.len(), 1);
    let [first, second] = &state.load_balancers[..] else { panic!("{state:?}") };
    assert_eq!(first.frontend_vips, ["10.96.0.10", "fd00::a"].map(Address::of));
    assert_eq!(first.endpoints.len(), 2);
    assert_eq!((second.frontend_vips.len(), second.endpoints.len(), second.detail), (0, 0, Detail::Table));
}

#[test]
fn newer_builds_of_hnsdiag_print_blocks() {
    let text = format!(
        "Load Balancer    : {LB}\r\n  Virtual IPs      : fd00::1\r\n  Direct IP IDs    : {POD} {NET}\r\n\r\n\
         Load Balancer    : {NET}\r\n  Virtual IPs      : \r\n  Direct IP IDs    : {POD}\r\n\r\n\
         Endpoint         : {POD}\r\n  Name             : Ethernet\r\n  Virtual Network Name : cbr0\r\n"
    );
    let state = clean(&text);
    let [first, second] = &state.load_balancers[..] else { panic!("{state:?}") };
    assert_eq!(first.frontend_vips, [Address::of("fd00::1")]);
    assert_eq!((first.endpoints.len(), second.endpoints.len(), second.frontend_vips.len()), (2, 1, 0));
    assert_eq!(state.endpoints[0].network, Some(NetworkRef::Named("cbr0".into())));
}

#[test]
fn json_may_follow_the_headings_of_hnsdiag() {
    let text = format!(
        "Endpoints:\r\n{{\"ID\":\"{POD}\"}}\r\n{{\"ID\":\"{NET}\"}}\r\nLoadBalancers:\r\n\
         {{\"ID\":\"{LB}\",\"PortMappings\":[{{}}]}}\r\n"
    );
    let state = clean(&text);
    assert_eq!((state.endpoints.len(), state.load_balancers.len()), (2, 1));
}

#[test]
fn the_richer_of_two_descriptions_wins() {
    let current = format!(
        r#"{{"ID":"{LB}","FrontendVIPs":["10.96.0.1"],"PortMappings":[{{"Protocol":6}}],"Flags":1}}"#
    );
    let old = format!(
        r#"{{"ID":"{}","References":[],"Policies":[{{"Type":"ELB","Protocol":6,"VIPs":["10.96.0.1"]}}]}}"#,
        LB.to_uppercase()
    );
    let table = format!("ID | Virtual IPs | Direct IP IDs\n{LB} | 10.96.0.1 | {POD}\n");
    let texts = [&table, &old, &current];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let merged = State::merged(order.map(|at: usize| clean(texts[at])));
        assert_eq!(merged.load_balancers, clean(&current).load_balancers, "{order:?}");
    }
    assert_eq!(clean(&format!("{table}\n{current}\n{old}")), clean(&current));
    let merged = State::merged([clean(&table), clean(&old)]);
    assert_eq!(merged.load_balancers, clean(&old).load_balancers);
    // The later of equals.
    let changed = current.replace(r#""Flags":1"#, r#""Flags":2"#);
    assert_eq!(State::merged([clean(&current), clean(&changed)]), clean(&changed));
}

#[test]
fn what_powershell_cut_is_told_from_what_is_wrong() {
    let line = problem(&format!(
        "[\n{{\"ID\":\"{LB}\",\n\"References\":[],\n\"Policies\":[\"@{{Type=ELB; Protocol=6}}\"]}}]"
    ));
    assert_eq!(
        line,
        format!(
            "line 4: load balancer {LB}: `Policies[0]` is cut to the text `@{{Type=ELB; Protocol=6}}`, and left out"
        )
    );
    let (_, all) =
        read(&format!(r#"{{"ID":"{POD}","HostComputeNetwork":"{NET}","Policies":"System.Object[]"}}"#));
    assert!(matches!(all[0].problem, Problem::Cut { .. }));
    assert!(all[0].problem.help().contains("-Depth 20") && all[0].problem.is_loss());
}

#[test]
fn wrong_values_are_named_with_what_is_allowed() {
    let mapping = |member: &str| format!(r#"{{"ID":"{LB}","PortMappings":[{{{member}}}]}}"#);
    for (member, end) in [
        (
            r#""InternalPort":65536"#,
            "`PortMappings[0].InternalPort` is 65536, expected a number from 0 to 65535; it is left out",
        ),
        (
            r#""Protocol":"TCP""#,
            "`PortMappings[0].Protocol` is \"TCP\", expected a number from 0 to 4294967295; it is left out",
        ),
        (
            r#""Flags":-1"#,
            "`PortMappings[0].Flags` is -1, expected a number from 0 to 4294967295; it is left out",
        ),
    ] {
        assert_eq!(problem(&mapping(member)), format!("line 1: load balancer {LB}: {end}"));
    }
    let text = r#"{"ID":"{1}","PortMappings":[{}]}"#;
    assert_eq!(
        problem(text),
        "line 1: load balancer without a known id: `ID` is \"{1}\", expected a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01; it is left out"
    );
}

#[test]
fn a_load_balancer_without_ports_is_reported() {
    let (state, all) =
        read(&format!("\n\n{{\"ID\":\"{LB}\",\"HostComputeEndpoints\":[\"{POD}\"],\"PortMappings\":[]}}"));
    assert_eq!((all.len(), all[0].line, &all[0].problem), (1, 3, &Problem::NoPortMappings));
    assert_eq!(state.load_balancers.len(), 1);
}

#[test]
fn unknown_objects_are_counted_once() {
    let (state, all) = read("[{\"a\":1},\n{\"b\":2}, {\"NamespaceId\":1}]\n{\"c\":3}");
    assert_eq!(state, State::not_told());
    assert_eq!(all[0].problem, Problem::UnknownObjects { count: 3, members: "a".to_owned() });
    assert_eq!(all.len(), 1);
}

#[test]
fn members_without_a_place_are_reported_once() {
    let text = format!(
        r#"[{{"ID":"{POD}","HostComputeNetwork":"{NET}","IpConfigurations":[{{"IpAddress":"10.0.0.1","IpSubnetId":"x"}},
            {{"IpAddress":"fd00::1","IpSubnetId":"y"}}]}}]"#
    );
    let (_, all) = read(&text);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].problem, Problem::UnknownMembers { members: "IpConfigurations.IpSubnetId".to_owned() });
}

#[test]
fn a_text_of_something_else_says_how_to_dump() {
    let (_, all) = read("Name Type Port\n---- ---- ----\nnat  NAT  1\n");
    assert_eq!((all.len(), all[0].line, &all[0].problem), (1, 1, &Problem::Nothing(View::Table)));
    let (_, all) = read("[\"@{ID=1}\", \"@{ID=2}\"]");
    assert_eq!(all[0].problem, Problem::NotAnObject { shown: "`@{ID=1}`".to_owned() });
}

#[test]
fn complete_objects_of_a_truncated_text_are_read() {
    let whole = format!(
        "[\n  {{\"ID\":\"{POD}\",\"HostComputeNetwork\":\"{NET}\"}},\n  {{\"ID\":\"{LB}\",\"HostComputeNetwork\":\"{NET}\"}}\n]"
    );
    let cut = |at: usize| read(&whole[..at]);
    let (state, all) = cut(whole.len() - 6);
    assert_eq!(state.endpoints.len(), 1);
    assert_eq!((all[0].line, &all[0].problem), (3, &Problem::Truncated { objects: 1 }));
    let (state, all) = cut(whole.len() - 1);
    assert_eq!((state.endpoints.len(), &all[0].problem), (2, &Problem::Truncated { objects: 2 }));
    let (state, all) = read(&whole.replace("},\n", "}\n"));
    assert_eq!((state.endpoints.len(), all[0].line), (1, 3));
    assert!(
        matches!(&all[0].problem, Problem::NotJson { reason, .. } if reason == "expected `,` or `]`"),
        "{all:?}"
    );
}

#[test]
fn hostile_texts_are_shown_escaped() {
    let hostile = "\u{9b}31m\u{202e}";
    let (_, all) =
        read(&format!(r#"{{"ID":"{hostile}","IpConfigurations":[],"Flags":"{hostile}","{hostile}":1e999}}"#));
    assert_eq!(all.len(), 3);
    for line in all.iter().map(ToString::to_string) {
        assert!(line.contains("\\u{9b}") && !line.contains(['\u{9b}', '\u{202e}']), "{line}");
    }
}
