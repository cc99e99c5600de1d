//! Promise: the netsh scripts are exactly the worked examples, and each switch has its effect.

use std::collections::BTreeSet;
use std::fs;

use hnsplan::name::printable;
use hnsplan::net::{Family, PortRange};
use hnsplan::platform::netsh::model::{Action, Object, Store};
use hnsplan::platform::netsh::{
    Answer, Connection, Empty, FirewallUse, Lowered, Mode, NodeState, Options, Pick, Style, Unverified, write,
};

use crate::support::case::{Case, fixtures};
use crate::support::cases::config;
use crate::support::clusters::cluster;
use crate::support::exe::{Outcome, hnsplan};
use crate::support::run::{Run, assert_same};

/// A file of `fixtures/netsh`.
pub(crate) fn file(name: &str) -> String {
    let path = fixtures().join("netsh").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The script with line ends as files of this repository have them.
pub(crate) fn script(lowered: &Lowered) -> String {
    unix(&write(&lowered.plan.create(), Style::Script))
}

fn undo(lowered: &Lowered) -> String {
    unix(&write(&lowered.plan.undo(), Style::Script))
}

fn unix(text: &str) -> String {
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count(), "each line ends as Windows ends it");
    text.replace("\r\n", "\n")
}

/// The commands of a script without comments.
pub(crate) fn commands(lowered: &Lowered) -> Vec<String> {
    script(lowered).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The codes of the plan's own diagnostics, each once.
fn codes(lowered: &Lowered) -> BTreeSet<&'static str> {
    lowered.diagnostics.iter().map(|found| found.code.id()).collect()
}

fn load_balancer() -> (Run, Options) {
    let options = Options {
        node_ips: ["10.10.0.11", "fd00:10::11"].map(|ip| ip.parse().unwrap()).to_vec(),
        ..Options::default()
    };
    (Run::of(&file("load-balancer/manifests.yaml")).on("win-1"), options)
}

fn kube_dns() -> Run {
    Run::of(&file("kube-dns/manifests.yaml")).on("win-1")
}

#[test]
fn the_cluster_dns_service() {
    let lowered = kube_dns().netsh(&Options::default());
    assert_same(&file("kube-dns/netsh.txt"), &script(&lowered), "example A");
    assert_same(&file("kube-dns/netsh.undo.txt"), &undo(&lowered), "example A, undo");
    let lowered = kube_dns().netsh(&Options { mode: Mode::LegacyAddresses, ..Options::default() });
    assert_eq!(
        commands(&lowered),
        ["interface ipv4 add address name=\"vEthernet (HNS Internal NIC)\" address=100.64.0.10"]
    );
    let dump = write(&lowered.plan.create(), Style::Dump);
    let line = "add address name=\"vEthernet (HNS Internal NIC)\" address=100.64.0.10 mask=255.0.0.0\r\n";
    assert!(dump.contains(line) && dump.contains("pushd interface ipv4\r\n"), "{dump}");
}

#[test]
fn a_dual_stack_load_balancer() {
    let (run, options) = load_balancer();
    let lowered = run.netsh(&options);
    assert_same(&file("load-balancer/netsh.txt"), &script(&lowered), "example B");
    assert_same(&file("load-balancer/netsh.undo.txt"), &undo(&lowered), "example B, undo");
}

#[test]
fn everybody_else_is_blocked_before_anything_listens() {
    const BLOCK: &str = "advfirewall firewall add rule name=k8svc-c6f8566a9fdc-b dir=in action=block profile=any \
        protocol=tcp localip=203.0.113.9 localport=443 \
        remoteip=1.0.0.0-192.0.1.255,192.0.3.0-223.255.255.255 \
        description=\"shop/web:https loadbalancer not in ranges\"";
    let (run, options) = load_balancer();
    let without = commands(&run.netsh(&options));
    let with = commands(&run.netsh(&Options { firewall: FirewallUse::AllowAndBlock, ..options }));
    let addresses = without.iter().filter(|line| line.contains("add address")).count();
    let mut wanted = without;
    wanted.insert(addresses, BLOCK.to_owned());
    assert_eq!(with, wanted);
}

/// A comma parts words in a batch file and makes a list in `PowerShell`.
#[test]
fn a_list_stays_one_argument_in_every_shell() {
    const LIST: &str = "1.0.0.0-192.0.1.255,192.0.3.0-223.255.255.255";
    let (run, options) = load_balancer();
    let plan = run.netsh(&Options { firewall: FirewallUse::AllowAndBlock, ..options }).plan;
    for (style, wanted) in [
        (Style::Script, format!(" remoteip={LIST} ")),
        (Style::Cmd, format!(" remoteip=\"{LIST}\" ")),
        (Style::Powershell, format!(" 'remoteip={LIST}' ")),
    ] {
        assert!(write(&plan.create(), style).contains(&wanted), "{style:?}");
    }
}

/// A line of a batch file has room for 8191 characters.
#[test]
fn no_line_is_too_long_for_a_batch_file() {
    let ranges: Vec<String> =
        (0..250).map(|n| format!("203.{}.{}.0/24", 100 + n / 125, n % 125 * 2)).collect();
    let endpoints: Vec<String> = (0..5_000).map(|n| format!("10.{}.{}.9", n / 250, n % 250)).collect();
    let endpoints: Vec<&str> = endpoints.iter().map(String::as_str).collect();
    let run = service("type: LoadBalancer, ports: [{port: 80}]", &endpoints);
    let status = format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{type: LoadBalancer, clusterIP: 10.96.0.1, \
         ports: [{{port: 80}}], loadBalancerSourceRanges: [{}]}}, status: {{loadBalancer: {{ingress: [{{ip: 198.51.100.1}}]}}}}}}",
        ranges.join(", ")
    );
    let run = run.and("more.yaml", &status.replace("name: web", "name: web, resourceVersion: '9'"));
    let plan = run.netsh(&Options { firewall: FirewallUse::AllowAndBlock, ..Options::default() }).plan;
    let text = write(&plan.create(), Style::Cmd);
    let longest = text.lines().map(str::len).max().unwrap();
    assert!(longest < 8191, "{longest}");
    for (action, wanted) in [(Action::Allow, 1 + 3), (Action::Block, 3)] {
        let is = |object: &Object| matches!(object, Object::Firewall(rule) if rule.action == action);
        assert_eq!(plan.objects.iter().filter(|planned| is(&planned.object)).count(), wanted, "{action:?}");
    }
    let node = NodeState::after(&plan, Unverified::default());
    let from = |source: &str| {
        let source = Some(source.parse().unwrap());
        let to = Connection { source, destination: "198.51.100.1".parse().unwrap(), port: 80 };
        matches!(node.answer(to), Answer::Relayed { .. })
    };
    assert!(from("203.100.0.1") && from("203.101.248.1") && !from("203.100.1.1"));
}

/// A Service of this type with fields, and a slice with endpoints; `node-a` is this node.
fn service(spec: &str, endpoints: &[&str]) -> Run {
    let endpoints: Vec<String> = endpoints
        .iter()
        .map(|endpoint| {
            let (ip, node) = endpoint.split_once('@').unwrap_or((endpoint, "node-b"));
            format!("{{addresses: [{ip}], nodeName: {node}, conditions: {{ready: true}}}}")
        })
        .collect();
    Run::of(&format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{clusterIP: 10.96.0.1, {spec}}}}}\n---\n\
         {{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, \
         metadata: {{name: web-1, labels: {{kubernetes.io/service-name: web}}}}, addressType: IPv4, \
         ports: [{{port: 8080}}], endpoints: [{}]}}\n",
        endpoints.join(", ")
    ))
    .on("node-a")
}

/// Where the listener of an address and port connects to.
fn target(lowered: &Lowered, listener: &str) -> Option<String> {
    let (ip, port) = listener.split_once(':').unwrap();
    let line = commands(lowered).into_iter().find(|line| {
        line.contains(&format!("listenport={port} ")) && line.contains(&format!("listenaddress={ip} "))
    })?;
    let value = |tag: &str| line.split(' ').find_map(|word| word.strip_prefix(tag)).unwrap().to_owned();
    Some(format!("{}:{}", value("connectaddress="), value("connectport=")))
}

const TWO: [&str; 2] = ["10.244.1.10", "10.244.1.9"];

#[test]
fn the_first_endpoint_is_the_lowest_address_not_the_lowest_text() {
    let lowered = service("ports: [{port: 80}]", &TWO).netsh(&Options::default());
    assert_eq!(target(&lowered, "10.96.0.1:80").as_deref(), Some("10.244.1.9:8080"));
    assert!(codes(&lowered).contains("S0704"));
}

#[test]
fn spread_uses_every_endpoint_on_some_node_and_moves_few_when_one_goes() {
    let endpoints = ["10.244.1.1", "10.244.1.2", "10.244.1.3"];
    let chosen = |endpoints: &[&str], node: usize| {
        let run = service("ports: [{port: 80}]", endpoints).on(&format!("node-{node}"));
        target(&run.netsh(&Options { pick: Pick::Spread, ..Options::default() }), "10.96.0.1:80").unwrap()
    };
    let before: Vec<String> = (0..30).map(|node| chosen(&endpoints, node)).collect();
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), 3, "{before:?}");
    for (node, before) in before.iter().enumerate() {
        let after = chosen(&endpoints[..2], node);
        assert!(after == *before || before == "10.244.1.3:8080", "node {node}: {before} became {after}");
    }
}

#[test]
fn a_service_without_endpoints_is_left_out_or_claims_its_address() {
    let run = service("ports: [{port: 80}]", &[]);
    let lowered = run.netsh(&Options::default());
    assert!(lowered.plan.objects.is_empty() && codes(&lowered).contains("S0708"));
    let lowered = run.netsh(&Options { empty: Empty::Address, ..Options::default() });
    assert_eq!(commands(&lowered).len(), 1);
    assert!(commands(&lowered)[0].contains("add address") && codes(&lowered).contains("S0708"));
}

#[test]
fn what_a_policy_keeps_on_this_node_has_no_listener_without_local_endpoints() {
    let spec = "type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]";
    let options = Options { node_ips: vec!["10.0.0.7".parse().unwrap()], ..Options::default() };
    let away = service(spec, &["10.244.1.9@node-b"]).netsh(&options);
    assert_eq!(target(&away, "10.0.0.7:30080"), None);
    assert!(!codes(&away).contains("S0708"), "others could take it: it is dropped, not refused");
    assert!(target(&away, "10.96.0.1:80").is_some());
    let here = service(spec, &["10.244.1.9@node-b", "10.244.2.1@node-a"]).netsh(&options);
    assert_eq!(target(&here, "10.0.0.7:30080").as_deref(), Some("10.244.2.1:8080"));
    assert_eq!(target(&here, "10.96.0.1:80").as_deref(), Some("10.244.1.9:8080"));
}

#[test]
fn a_node_port_listens_on_the_nodes_addresses_or_on_all() {
    let spec = "type: NodePort, ports: [{port: 80, nodePort: 30080}]";
    let everywhere = service(spec, &TWO).netsh(&Options::default());
    assert!(target(&everywhere, "0.0.0.0:30080").is_some() && codes(&everywhere).contains("S0712"));
    let rule = commands(&everywhere).into_iter().find(|line| line.contains("nodeport")).unwrap();
    assert!(rule.contains("localip=any localport=30080"), "{rule}");
    let node = "{apiVersion: v1, kind: Node, metadata: {name: node-a}, status: {addresses: [{type: InternalIP, address: 10.9.9.9}]}}";
    let known = service(spec, &TWO).and("node.yaml", node).netsh(&Options::default());
    assert!(target(&known, "10.9.9.9:30080").is_some() && !codes(&known).contains("S0712"));
    let chosen = |cidr: &str| {
        let run = service(spec, &TWO).and("node.yaml", node).flags(|flags| {
            flags.node_port_addresses = Some(vec![cidr.into()]);
            flags.interface_addresses = Some(vec!["10.8.1.1".into(), "10.9.9.9".into()]);
        });
        run.netsh(&Options::default())
    };
    assert!(
        !commands(&chosen("10.7.0.0/16")).iter().any(|line| line.contains("30080")),
        "no address is chosen"
    );
    let chosen = chosen("10.8.0.0/16");
    assert!(target(&chosen, "10.8.1.1:30080").is_some() && target(&chosen, "10.9.9.9:30080").is_none());
}

#[test]
fn an_address_of_the_node_itself_is_never_added_nor_deleted() {
    let run = service("externalIPs: [10.0.0.7], ports: [{port: 80}]", &TWO);
    let lowered = run.netsh(&Options { node_ips: vec!["10.0.0.7".parse().unwrap()], ..Options::default() });
    assert!(target(&lowered, "10.0.0.7:80").is_some());
    let about = |text: &str| text.lines().any(|line| line.contains(" address ") && line.contains("10.0.0.7"));
    assert!(!about(&script(&lowered)) && !about(&undo(&lowered)));
    assert!(!codes(&lowered).contains("S0711"));
    assert!(codes(&run.netsh(&Options::default())).contains("S0711"));
}

#[test]
fn what_no_node_can_claim_is_an_error() {
    for ip in ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"] {
        let run = service(&format!("externalIPs: [{ip}], ports: [{{port: 80}}]"), &TWO);
        let lowered = run.netsh(&Options::default());
        assert!(codes(&lowered).contains("S0722"), "{ip}");
        assert!(!commands(&lowered).iter().any(|line| line.contains(&format!("address={ip} "))), "{ip}");
    }
}

#[test]
fn a_listener_that_would_connect_to_itself_is_left_out() {
    let options = Options { node_ips: vec!["10.0.0.7".parse().unwrap()], ..Options::default() };
    let spec = "type: NodePort, ports: [{port: 80, nodePort: 8080}]";
    let lowered = service(spec, &["10.0.0.7@node-a"]).netsh(&options);
    assert!(codes(&lowered).contains("S0720"));
    assert_eq!(target(&lowered, "10.0.0.7:8080"), None);
    assert!(target(&lowered, "10.96.0.1:80").is_some());
}

#[test]
fn the_first_service_keeps_a_listener_that_two_want() {
    let other = "{apiVersion: v1, kind: Service, metadata: {name: aaa}, spec: {clusterIP: 10.96.0.2, externalIPs: [10.5.5.5], ports: [{port: 80}]}}\n---\n\
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: aaa-1, labels: {kubernetes.io/service-name: aaa}}, addressType: IPv4, ports: [{port: 9090}], endpoints: [{addresses: [10.244.3.3]}]}";
    let run = service("externalIPs: [10.5.5.5], ports: [{port: 80}]", &TWO).and("other.yaml", other);
    let lowered = run.netsh(&Options::default());
    assert!(codes(&lowered).contains("S0721"));
    assert_eq!(target(&lowered, "10.5.5.5:80").as_deref(), Some("10.244.3.3:9090"));
}

#[test]
fn an_address_that_is_used_in_two_ways_keeps_its_source_ranges() {
    let spec = "type: LoadBalancer, externalIPs: [198.51.100.1], loadBalancerSourceRanges: [192.0.2.0/24], ports: [{port: 80}]}, \
                status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}";
    let lowered = service(spec, &TWO).netsh(&Options::default());
    let rules: Vec<String> =
        commands(&lowered).into_iter().filter(|line| line.contains("localip=198.51.100.1 ")).collect();
    assert_eq!(rules.len(), 1, "{rules:?}");
    assert!(rules[0].contains(" remoteip=192.0.2.0/24 "), "{}", rules[0]);
    assert!(rules[0].contains("\"default/web externalip, default/web loadbalancer\""), "{}", rules[0]);
}

/// An IPv4 slice with an IPv6 address is refused by the API server; kube-proxy takes it as it is.
#[test]
fn an_endpoint_of_another_family_is_not_connected_to() {
    let lowered = service("ports: [{port: 80}]", &["'fd00::9'"]).netsh(&Options::default());
    assert!(lowered.plan.objects.is_empty());
    let lowered = service("ports: [{port: 80}]", &["'fd00::9'", "10.244.1.9"]).netsh(&Options::default());
    assert_eq!(target(&lowered, "10.96.0.1:80").as_deref(), Some("10.244.1.9:8080"));
    assert!(!codes(&lowered).contains("S0704"));
}

#[test]
fn an_address_that_kube_proxy_does_not_serve_is_not_claimed() {
    let run = service("externalIPs: [198.51.100.1], ports: [{port: 80}]", &TWO);
    assert!(target(&run.netsh(&Options::default()), "198.51.100.1:80").is_some());
    let gated = run.gate("AllowServiceExternalIPs", false).netsh(&Options::default());
    assert!(!script(&gated).contains("198.51.100.1"));
}

#[test]
fn ports_that_windows_holds_are_warned_of() {
    let spec = "type: NodePort, ports: [{port: 80, nodePort: 50000}]";
    let dynamic = service(spec, &TWO).netsh(&Options::default());
    assert!(codes(&dynamic).contains("S0714"));
    let excluded_ports = vec![PortRange::new(80, 80).unwrap()];
    let excluded =
        service("ports: [{port: 80}]", &TWO).netsh(&Options { excluded_ports, ..Options::default() });
    assert!(codes(&excluded).contains("S0713"));
    let spec = "type: NodePort, ports: [{port: 80, nodePort: 80}]";
    assert!(codes(&service(spec, &TWO).netsh(&Options::default())).contains("S0715"));
}

#[test]
fn switches_change_what_they_say_and_nothing_else() {
    let (run, options) = load_balancer();
    let all = commands(&run.netsh(&options));
    let without = commands(&run.netsh(&Options { firewall: FirewallUse::None, ..options.clone() }));
    assert_eq!(without, all.iter().filter(|line| !line.contains("advfirewall")).cloned().collect::<Vec<_>>());
    let kept = commands(&run.netsh(&Options { store: Store::Persistent, ..options.clone() }));
    let replaced = |line: &String| line.replace("store=active", "store=persistent");
    assert_eq!(kept, all.iter().map(replaced).collect::<Vec<_>>());
    let only = commands(&run.netsh(&Options { families: vec![Family::Ipv6], ..options }));
    assert_eq!(only, all.iter().filter(|line| line.contains("fd00")).cloned().collect::<Vec<_>>());
}

#[test]
fn the_legacy_listeners_lead_to_ports_of_one_process() {
    let options = Options {
        mode: Mode::LegacyPortproxy,
        node_ips: vec!["10.10.0.11".parse().unwrap()],
        ..Options::default()
    };
    let (run, _) = load_balancer();
    let run = run.and("dns.yaml", &file("kube-dns/manifests.yaml"));
    let lowered = run.netsh(&options);
    let listeners: Vec<String> =
        commands(&lowered).into_iter().filter(|line| line.contains("portproxy")).collect();
    let wanted = [
        ("31443", "36002", ""),
        ("53", "36000", " listenaddress=100.64.0.10"),
        ("9153", "36001", " listenaddress=100.64.0.10"),
        ("443", "36002", " listenaddress=100.64.12.7"),
        ("443", "36002", " listenaddress=198.51.100.20"),
        ("443", "36002", " listenaddress=203.0.113.9"),
    ];
    let line = |(port, process, address): (&str, &str, &str)| {
        format!(
            "interface portproxy set v4tov4 listenport={port} connectaddress=10.10.0.11 connectport={process}{address} protocol=tcp"
        )
    };
    assert_eq!(listeners, wanted.map(line));
    assert_eq!(codes(&lowered), BTreeSet::from(["S0701", "S0709", "S0710", "S0718", "S0719"]));
    let proxy_ports = PortRange::new(40000, 40001).unwrap();
    assert!(codes(&run.netsh(&Options { proxy_ports, ..options })).contains("S0723"));
}

#[test]
fn every_object_names_the_services_that_need_it() {
    let lowered = kube_dns().netsh(&Options::default());
    let owners: Vec<(bool, String)> = lowered
        .plan
        .objects
        .iter()
        .map(|planned| (matches!(planned.object, Object::Address(_)), planned.owners.join(" ")))
        .collect();
    assert_eq!(owners[0], (true, "kube-system/kube-dns:dns-tcp kube-system/kube-dns:metrics".to_owned()));
    assert_eq!(owners[1], (false, "kube-system/kube-dns:dns-tcp".to_owned()));
}

#[test]
fn the_script_contains_the_code_of_every_finding() {
    for case in Case::all() {
        let lowered = case.run("1.36", false).netsh(&Options::default());
        let text = script(&lowered);
        for code in codes(&lowered) {
            assert!(
                text.contains(code) || ["S0718", "S0719"].contains(&code),
                "{}: {code}\n{text}",
                case.name
            );
        }
    }
}

// The program.

fn compile(arguments: &str) -> Outcome {
    hnsplan("compile -t netsh --node win-1").args(arguments).input(file("kube-dns/manifests.yaml")).run()
}

#[test]
fn the_program_prints_the_script_or_the_way_back() {
    assert_same(&file("kube-dns/netsh.txt"), &unix(compile("-f -").succeeded()), "create");
    assert_same(&file("kube-dns/netsh.undo.txt"), &unix(compile("-f - --undo").succeeded()), "undo");
}

#[test]
fn a_directory_gets_both_scripts_in_the_chosen_style() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (style, files) in [
        ("script", ["netsh.txt", "netsh.undo.txt"]),
        ("cmd", ["netsh.cmd", "netsh.undo.cmd"]),
        ("powershell", ["netsh.ps1", "netsh.undo.ps1"]),
        ("dump", ["netsh.dump.txt", "netsh.undo.txt"]),
    ] {
        let out = folder.path().join(style);
        let outcome = hnsplan("compile -t netsh,ir -f - --node win-1 --style")
            .args(style)
            .arg("--out")
            .arg(&out)
            .input(file("kube-dns/manifests.yaml"))
            .run();
        outcome.succeeded();
        let mut wanted: Vec<&str> = files.to_vec();
        wanted.insert(0, "ir.json");
        wanted.sort_unstable();
        let mut found: Vec<String> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        assert_eq!(found, wanted, "{style}");
        assert!(fs::read_to_string(out.join(files[0])).unwrap().contains("100.64.0.10"), "{style}");
    }
}

#[test]
fn a_loss_can_be_exit_code_1_and_the_script_is_written_all_the_same() {
    for list in ["loss", "S0701", "s0702,s0704"] {
        let outcome = compile(&format!("-f - --fail-on {list}"));
        assert!(outcome.failed(1).contains("[S0701]"), "{}", outcome.stderr);
        assert_same(&file("kube-dns/netsh.txt"), &unix(&outcome.stdout), list);
    }
    compile("-f - --fail-on S0702").succeeded();
    let gone = compile("-f - --deny-loss S0702");
    assert!(gone.failed(2).contains("--fail-on loss fails on all losses"), "{}", gone.stderr);
    let outcome = hnsplan("compile -t iptables --node win-1 -f - --fail-on loss")
        .input(file("kube-dns/manifests.yaml"));
    outcome.run().succeeded();
}

#[test]
fn an_interface_is_a_name_that_cannot_end_a_command_or_an_index() {
    let with = |interface: &str, more: &str| {
        hnsplan("compile -t netsh --node win-1 -f - --interface")
            .arg(interface)
            .args(more)
            .input(file("kube-dns/manifests.yaml"))
            .run()
    };
    assert!(with("Ethernet 2", "").succeeded().contains("add address name=\"Ethernet 2\" address"));
    assert!(with("12", "").succeeded().contains("name=\"12\""));
    for bad in ["a\" store=active", "a\nreset", "all", "a%PATH%", ""] {
        let outcome = with(bad, "");
        assert!(outcome.stdout.is_empty(), "{}", printable(bad));
        outcome.failed(2);
    }
    assert!(with("Küche", "").failed(2).contains("--style powershell"));
    let powershell = with("Küche", "--style powershell");
    assert!(powershell.succeeded().starts_with('\u{feff}') && powershell.stdout.contains("'name=Küche'"));
}

#[test]
fn reserved_ports_are_read_from_what_netsh_shows() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("ports.txt");
    let run = |text: &str| {
        fs::write(&path, text).unwrap();
        hnsplan("compile -t netsh --node win-1 -f - --excluded-ports")
            .arg(&path)
            .input(file("kube-dns/manifests.yaml"))
            .run()
    };
    assert!(run(&file("show-excludedportrange.txt")).succeeded().contains("WARN S0713 100.64.0.10:9153"));
    assert!(run("nothing").failed(2).contains("lists no port range"));
}

proptest::proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn every_owner_of_a_listener_is_a_service_port(cluster in cluster()) {
        let run = cluster.run("1.36");
        let known: BTreeSet<String> = run.compile().rules.services.iter().map(|port| port.id.to_string()).collect();
        for planned in run.netsh(&Options::default()).plan.objects {
            proptest::prop_assert!(!planned.owners.is_empty());
            proptest::prop_assert!(planned.owners.iter().all(|owner| known.contains(&**owner)));
        }
    }
}
