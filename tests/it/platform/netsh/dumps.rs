//! Promise: what real nodes print is read completely, and a plan takes it into account.

use hnsplan::answer::telling::Telling;
use hnsplan::platform::netsh::model::{Address, Command, Host, Key, Object, Store};
use hnsplan::platform::netsh::{Captured, Kind, Mode, Note, Options, compare, read};
use hnsplan::source::decode_capture;
use ipnet::IpNet;

use crate::platform::netsh::scripts::file;
use crate::support::run::Run;

fn addresses(captured: &Captured) -> Vec<String> {
    let text = |object: &Object| match object {
        Object::Address(Address { interface, address, .. }) => Some(format!("{interface} {}", address.net())),
        _ => None,
    };
    captured.objects().filter_map(text).collect()
}

/// The listeners as `family address:port>host:port`.
fn listeners(captured: &Captured) -> Vec<String> {
    let text = |object: &Object| match object {
        Object::PortProxy(proxy) => {
            let host = match &proxy.connect.host {
                Host::Ip(ip) => ip.to_string(),
                Host::Name(name) => name.to_string(),
            };
            let relay = proxy.listener.relay.as_str();
            Some(format!(
                "{relay} {:?}:{}>{host}:{}",
                proxy.listener.address, proxy.listener.port, proxy.connect.port
            ))
        }
        _ => None,
    };
    captured.objects().filter_map(text).collect()
}

#[test]
fn the_dump_of_a_real_node_is_read_completely() {
    let captured = read(&file("node-dump.txt"));
    assert_eq!(captured.unknown, []);
    assert_eq!(captured.notes, []);
    assert!(captured.resets, "each section of a dump begins with reset");
    let telling = |command: &str| match &read(command).commands[..] {
        [Command::Create(object)] => captured.tellings.of(object),
        other => panic!("{other:?}"),
    };
    let address = "interface ipv4 add address name=br-int address=10.0.0.44 mask=255.255.255.0 store=";
    assert_eq!(telling(&format!("{address}persistent")), Telling::Whole);
    assert_eq!(telling(&format!("{address}active")), Telling::NotTold);
    assert_eq!(telling("interface portproxy add v4tov4 listenport=80"), Telling::NotTold);
    let count = |is: fn(&Object) -> bool| captured.objects().filter(|object| is(object)).count();
    assert_eq!(count(|object| matches!(object, Object::Route(_))), 4);
    assert_eq!(count(|object| matches!(object, Object::Interface(_))), 9);
    assert_eq!(
        addresses(&captured),
        [
            "vEthernet (nat) 172.25.208.1/20",
            "vEthernet (fe83824bf7b9e39) 172.19.48.1/20",
            "vEthernet (HNS Internal NIC) 100.2.2.246/8",
            "vEthernet (HNS Internal NIC) 100.2.2.1/8",
            "vEthernet (HNS Internal NIC) 100.2.2.10/8",
            "vEthernet (Ethernet) 2 172.19.56.17/20",
            "br-int 10.0.0.44/24",
            "antrea-gw0 100.1.2.1/24",
            "vEthernet (Ethernet) 172.19.48.93/20",
        ]
    );
    assert_eq!(captured.commands.len(), 4 + 9 + 9);
}

/// Services with the addresses that the node of the dump serves.
fn services_of_the_dump() -> Run {
    let service = |(name, ip): (&str, &str)| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{clusterIP: {ip}, ports: [{{port: 80}}]}}}}\n---\n\
             {{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-1, labels: {{kubernetes.io/service-name: {name}}}}}, \
             addressType: IPv4, ports: [{{port: 8080}}], endpoints: [{{addresses: [100.1.2.9]}}]}}\n"
        )
    };
    let services = [("a", "100.2.2.1"), ("b", "100.2.2.10"), ("c", "100.2.2.246")].map(service);
    Run::of(&services.join("---\n")).on("win-1")
}

fn differences(options: &Options, captured: &Captured) -> Vec<(Kind, String)> {
    let plan = services_of_the_dump().netsh(options).plan;
    let services: IpNet = "100.2.0.0/16".parse().unwrap();
    let text = |object: Option<&Object>| match object {
        Some(Object::Address(address)) => address.address.net().to_string(),
        Some(Object::PortProxy(proxy)) => format!("port {}", proxy.listener.port),
        Some(Object::Firewall(rule)) => rule.name.to_string(),
        _ => "-".to_owned(),
    };
    compare(&plan, captured, &[services])
        .into_iter()
        .map(|found| (found.kind, format!("{} {}", text(found.found), text(found.wanted))))
        .collect()
}

#[test]
fn the_addresses_of_the_old_proxy_are_those_of_the_dump() {
    let captured = read(&file("node-dump.txt"));
    let options = Options { mode: Mode::LegacyAddresses, ..Options::default() };
    assert_eq!(differences(&options, &captured), []);
}

#[test]
fn the_default_mode_changes_three_masks() {
    let captured = read(&file("node-dump.txt"));
    let (decided, undecided): (Vec<_>, Vec<_>) = differences(&Options::default(), &captured)
        .into_iter()
        .partition(|(kind, _)| *kind != Kind::Undecided);
    let changed = |ip: &str| (Kind::Changed, format!("{ip}/8 {ip}/32"));
    assert_eq!(decided, ["100.2.2.1", "100.2.2.10", "100.2.2.246"].map(changed));
    // The dump shows neither listeners nor firewall rules.
    assert_eq!(undecided.len(), 6);
}

#[test]
fn missing_and_left_over_objects_are_reported_where_the_dump_can_show_them() {
    let persistent = Options { mode: Mode::LegacyAddresses, store: Store::Persistent, ..Options::default() };
    let text = file("node-dump.txt").replace("100.2.2.246", "100.2.9.9");
    let wanted =
        vec![(Kind::Missing, "- 100.2.2.246/8".to_owned()), (Kind::Extra, "100.2.9.9/8 -".to_owned())];
    assert_eq!(differences(&persistent, &read(&text)), wanted);
    let empty_section = "pushd interface portproxy\nreset\npopd\n";
    let missing = differences(&Options::default(), &read(empty_section));
    assert_eq!(
        missing.iter().filter(|(kind, text)| *kind == Kind::Missing && text == "- port 80").count(),
        3
    );
    assert_eq!(missing.iter().filter(|(kind, _)| *kind == Kind::Undecided).count(), 6, "{missing:?}");
}

#[test]
fn a_plan_does_not_differ_from_its_own_dump() {
    let plan = services_of_the_dump().netsh(&Options::default()).plan;
    let text = hnsplan::platform::netsh::write(&plan.create(), hnsplan::platform::netsh::Style::Dump);
    let captured = read(&text);
    assert_eq!(captured.unknown, []);
    assert!(!captured.resets, "a dump of ours can be run without harm");
    let kinds: Vec<Kind> = compare(&plan, &captured, &[]).into_iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::Undecided; 3], "firewall rules are in no dump");
}

#[test]
fn listeners_are_read_from_a_table_in_any_language() {
    let captured = read(&file("show-portproxy.txt"));
    assert_eq!(captured.unknown, []);
    let told = |command: &str| {
        let is_told = |object: &Object| captured.tellings.of(object) == Telling::Whole;
        read(&format!("interface portproxy add {command} listenport=80")).objects().all(is_told)
    };
    assert!(told("v4tov4") && told("v6tov4") && !told("v6tov6"));
    assert_eq!(
        listeners(&captured),
        [
            "v4tov4 Any:8080>192.0.2.10:80",
            "v4tov4 Ip(0.0.0.0):8080>192.0.2.10:81",
            "v4tov4 Ip(100.64.0.10):53>100.96.1.3:53",
            "v4tov4 Ip(10.1.1.1):443>www.example.org:443",
            "v6tov4 Ip(fd00::7):80>10.0.0.1:8080",
        ]
    );
    let [Note::Inert { line: 9, text }] = &captured.notes[..] else { panic!("{:?}", captured.notes) };
    assert!(text.contains("30000-50000"));
}

#[test]
fn addresses_are_read_from_a_list_in_any_language() {
    let captured = read(&file("show-addresses.txt"));
    assert_eq!(captured.unknown, []);
    let told = |name: &str| {
        let is_told = |object: &Object| captured.tellings.of(object) == Telling::Whole;
        read(&format!("interface ipv4 add address name={name} address=10.7.7.7")).objects().all(is_told)
    };
    assert!(told("ethernet") && !told("elsewhere"));
    assert_eq!(
        addresses(&captured),
        [
            "Ethernet 10.0.0.44/24",
            "vEthernet (HNS Internal NIC) 100.2.2.1/8",
            "vEthernet (HNS Internal NIC) 100.2.2.10/32",
        ]
    );
}

/// A dump with all that was ever seen in one: prose, glued lines, lost `popd`, other contexts, other letters.
const ODD: &str = "\u{feff}#========================
# Конфигурация интерфейса
#========================
pushd interface \r
\r
reset all
popd
  pushd interface ipv6   \r
reset No more data is available.
set interface interface=\"Подключение по локальной сети* 2\" forwarding=disabled advertise=disabled mtu=1500 nud=enabled ignoredefaultroutes=disabled weakhostsend=disabled
add address interface=\"Ethernet\" address=fe80::1/64
add route prefix=::/0 interface=\"Ethernet\" nexthop=fe80::99 publish=Yes
pushd interface portproxy
reset
add v4tov4 listenport=8080 connectaddress=192.0.2.10 connectport=80
ADD V6TOV4 connectport=http listenaddress=fd00::1 LISTENPORT=81 connectaddress=10.0.0.1
add v4tov4 listenport=30000-50000 connectaddress=192.0.2.10
popd
popd

pushd interface isatap
set state state=default
popd
The Mobile Broadband Service is not running.
netsh in ip add addr name=\"Ethernet\" addr=10.0.0.9 mask=255.255.255.0 store=active
route ADD 100.1.2.3 MASK 255.255.255.255 10.0.96.10
route -f
";

#[test]
fn an_odd_dump_is_read_as_far_as_it_goes() {
    let captured = read(ODD);
    assert_eq!(listeners(&captured), ["v4tov4 Any:8080>192.0.2.10:80", "v6tov4 Ip(fd00::1):81>10.0.0.1:80"]);
    assert_eq!(addresses(&captured), ["Ethernet fe80::1/64", "Ethernet 10.0.0.9/24"]);
    let routes: Vec<String> = captured
        .objects()
        .filter_map(|object| match object {
            Object::Route(route) => {
                Some(format!("{} {:?}", route.prefix, route.next_hop.map(|ip| ip.to_string())))
            }
            _ => None,
        })
        .collect();
    assert_eq!(routes, ["::/0 Some(\"fe80::99\")", "100.1.2.3/32 Some(\"10.0.96.10\")"]);
    let unknown: Vec<usize> = captured.unknown.iter().map(|unknown| unknown.line).collect();
    assert_eq!(unknown, [6, 22, 24]);
    let notes: Vec<usize> = captured
        .notes
        .iter()
        .map(|note| match note {
            Note::Unbalanced { line } | Note::Inert { line, .. } => *line,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(notes, [13, 17, 19]);
}

/// Windows shows a listener on all addresses as `*` or as it was spelled.
#[test]
fn all_addresses_are_one_listener_however_they_are_spelled() {
    const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, clusterIP: 10.96.0.1, ports: [{port: 80, nodePort: 30080}]}}\n---\n\
        {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{port: 8080}], endpoints: [{addresses: [10.244.1.9]}]}";
    let plan = Run::of(SERVICE).on("win-1").netsh(&Options::default()).plan;
    let found = |listener: &str| {
        let text = format!(
            "pushd interface portproxy\nadd v4tov4 {listener} connectaddress=10.244.1.9 connectport=8080\npopd\n"
        );
        let captured = read(&text);
        let missing =
            compare(&plan, &captured, &[]).iter().filter(|found| found.kind == Kind::Missing).count();
        2 - missing
    };
    assert_eq!(found("listenport=30080"), 1);
    assert_eq!(found("listenport=30080 listenaddress=0.0.0.0"), 1);
    assert_eq!(found("listenport=80 listenaddress=10.96.0.1"), 1);
    assert_eq!(found("listenport=30081"), 0);
}

#[test]
fn reserved_ports_are_read_with_those_of_an_administrator() {
    let ranges: Vec<String> =
        read(&file("show-excludedportrange.txt")).excluded_ports.iter().map(ToString::to_string).collect();
    assert_eq!(ranges, ["5357-5357", "9100-9199", "50000-50059"]);
}

#[test]
fn commands_that_delete_are_kept_apart() {
    let captured =
        read("interface portproxy delete v4tov4 listenport=80 listenaddress=10.0.0.1 protocol=tcp\n");
    assert!(matches!(&captured.commands[..], [Command::Delete(Key::PortProxy(_))]));
    assert_eq!(captured.objects().count(), 0);
}

#[test]
fn a_dump_in_any_encoding_is_text() {
    let text = file("node-dump.txt");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(decode_capture(utf16), (text.clone(), false));
    // Code page 866: `Сеть` as the console of a Russian Windows writes it.
    let oem =
        [b"add address name=\"".to_vec(), vec![0x91, 0xa5, 0xe2, 0xec], b"\" address=10.0.0.1\n".to_vec()]
            .concat();
    let (text, is_guessed) = decode_capture([b"pushd interface ipv4\n".to_vec(), oem.clone(), oem].concat());
    assert!(is_guessed);
    let captured = read(&text);
    assert_eq!((captured.unknown.len(), captured.commands.len()), (0, 2));
    assert_eq!(captured.commands[0], captured.commands[1]);
}
