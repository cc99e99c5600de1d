//! Tests of the reader: what each command means, and what is left alone.

use super::*;
use crate::platform::netsh::model::{Key, Store};
use crate::platform::netsh::plan::{Purpose, Script};
use crate::platform::netsh::{Style, write};

/// The only command of a text, written again.
fn again(line: &str) -> String {
    let found = read(line);
    assert_eq!(found.unknown, [], "{line}");
    assert_eq!(found.commands.len(), 1, "{line}");
    let script =
        Script { purpose: Purpose::Create, heading: Vec::new(), commands: found.commands, closing: None };
    let text = write(&script, Style::Script);
    text.lines().find(|line| !line.starts_with('#')).expect("there is a command").to_owned()
}

/// Why a line is no command.
fn why(line: &str) -> &'static str {
    let found = read(line);
    assert_eq!(found.commands, [], "{line}");
    found.unknown.first().unwrap_or_else(|| panic!("{line} is understood")).why
}

#[test]
fn spellings_of_one_command_are_one() {
    let wanted = "interface ipv4 add address name=\"Ethernet\" address=10.0.0.1 mask=255.0.0.0";
    for line in [
        wanted,
        "netsh interface ip add address \"Ethernet\" 10.0.0.1 255.0.0.0",
        "int ip add addr n=Ethernet a=10.0.0.1 ma=255.0.0.0",
        "INTERFACE IPV4 ADD ADDRESS NAME=Ethernet ADDRESS=10.0.0.1/8",
        "netsh.exe interface ipv4 add address \"name=Ethernet\" 'address=10.0.0.1' mask=255.0.0.0",
        "pushd interface ipv4\nadd address name=Ethernet address=10.0.0.1 mask=255.0.0.0   \npopd",
        "  interface ipv4 add address name=Ethernet type=unicast validlifetime=infinite address=010.0.0.1 mask=255.0.0.0\r",
    ] {
        assert_eq!(again(line), wanted, "{line}");
    }
}

#[test]
fn what_is_left_out_has_the_meaning_of_netsh() {
    assert_eq!(
        again("interface portproxy add v4tov6 listenport=80"),
        "interface portproxy set v4tov6 listenport=80 connectaddress=::1 connectport=80 protocol=tcp"
    );
    assert_eq!(
        again("interface portproxy set v4tov4 listenport=https connectaddress=example.org listenaddress=*"),
        "interface portproxy set v4tov4 listenport=443 connectaddress=example.org connectport=443 protocol=tcp"
    );
    assert_eq!(
        again("advfirewall firewall add rule name=x dir=in action=block protocol=TCP localport=80"),
        "advfirewall firewall add rule name=x dir=in action=block profile=any protocol=tcp localip=any localport=80 remoteip=any description=\"\""
    );
}

#[test]
fn the_unspecified_listener_keeps_its_spelling() {
    for address in ["", " listenaddress=0.0.0.0"] {
        let line = format!("interface portproxy delete v4tov4 listenport=80{address} protocol=tcp");
        assert_eq!(again(&line), line);
    }
}

#[test]
fn what_says_more_than_the_model_holds_is_left_alone() {
    for line in [
        "interface ipv4 set address name=Ethernet source=static address=10.0.0.1",
        "interface ipv4 add address name=Ethernet address=10.0.0.1 validlifetime=1d",
        "interface ipv4 add address name=Ethernet address=10.0.0.1 mask=255.0.255.0",
        "interface ipv4 add address name=Ethernet address=10.0.0.1/8 mask=255.0.0.0",
        "interface ipv4 add address name=Ethernet address=fd00::1",
        "interface ipv4 add address name=Ethernet address=10.0.0.1 address=10.0.0.2",
        "interface ipv4 add address name=\"a%PATH%\" address=10.0.0.1",
        "interface ipv4 add address name=\"Ethernet address=10.0.0.1",
        "interface ipv4 add address address=10.0.0.1",
        "interface ipv4 add address name=all address=10.0.0.1",
        "interface ipv4 add dnsserver name=Ethernet address=10.0.0.1",
        "interface portproxy add v4tov4 listenport=80 protocol=udp",
        "interface portproxy add v4tov5 listenport=80",
        "advfirewall firewall delete rule name=all dir=in protocol=tcp localport=80",
        "advfirewall firewall delete rule name=x",
        "advfirewall firewall add rule name=x dir=out action=allow protocol=tcp localport=80",
        "advfirewall firewall add rule name=x dir=in action=allow protocol=tcp localport=80 remoteip=localsubnet",
        "advfirewall firewall add rule name=x dir=in action=allow protocol=tcp localport=80 program=C:\\x.exe",
        "route ADD 10.1.2.3 MASK 255.0.0.0 10.0.0.1",
        "exec other.txt",
        "interface",
    ] {
        why(line);
    }
}

#[test]
fn whatever_wipes_a_context_is_marked() {
    for line in
        ["interface portproxy reset", "route -f", "pushd interface ipv4\nreset\npopd", "int ip reset all"]
    {
        let found = read(line);
        assert!(found.resets && found.commands.is_empty() && found.unknown.is_empty(), "{line}");
    }
    assert!(!read("interface portproxy show all").resets);
}

#[test]
fn a_route_says_where_it_is_kept() {
    let store = |line: &str| match read(line).commands.as_slice() {
        [Command::Create(Object::Route(route))] => route.store,
        commands => panic!("{commands:?}"),
    };
    assert_eq!(
        store("route -p ADD 10.0.0.0 MASK 255.0.0.0 10.0.0.1 METRIC 3 IF 12"),
        Some(Store::Persistent)
    );
    assert_eq!(store("route add 10.0.0.1 10.0.0.9"), Some(Store::Active));
    assert_eq!(
        again("route add 10.0.0.1 10.0.0.9 metric 3 if 12"),
        "interface ipv4 add route prefix=10.0.0.1/32 interface=\"12\" nexthop=10.0.0.9 metric=3 store=active"
    );
}

#[test]
fn lines_of_a_batch_file_are_comments() {
    let found = read(
        "@echo off\nrem netsh interface ipv4 reset\n:failed\nif errorlevel 1 goto failed\necho x\nexit /b 1\n",
    );
    assert_eq!(found, Captured::default());
}

#[test]
fn a_section_that_is_not_closed_ends_at_the_next() {
    let found = read(
        "pushd interface ipv4\npushd interface portproxy\ndelete v4tov4 listenport=80\npopd\n\
         interface portproxy delete v4tov4 listenport=81\npopd\n",
    );
    assert_eq!(found.notes, [Note::Unbalanced { line: 2 }, Note::Unbalanced { line: 6 }]);
    assert!(found.commands.iter().all(|command| matches!(command, Command::Delete(Key::PortProxy(_)))));
    assert_eq!(found.commands.len(), 2);
}

#[test]
fn many_sections_that_are_not_closed_cost_nothing() {
    let found = read(&"pushd interface ipv4\n".repeat(10_000));
    assert_eq!(found.notes.len(), 9_999);
}

#[test]
fn addresses_of_ipv6_are_read_in_any_language() {
    for (word, titles) in [
        ("Interface", "Addr Type  DAD State   Valid Life Pref. Life Address"),
        ("Schnittstelle", "Adresstyp  DAD-Status  Gültigkeit Bevorzugt  Adresse"),
    ] {
        let text = format!(
            "\n{word} 1: Loopback Pseudo-Interface 1\n\n{titles}\n---------  ----------- ---------- ---------- \
             ------------------------\nOther      Preferred     infinite   infinite ::1\n\n{word} 12: vEthernet (HNS \
             Internal NIC)\n\n{titles}\n---------  ----------- ---------- ---------- ------------------------\n\
             Other      Preferred     infinite   infinite fe80::1%12\nManual     Preferred    6d23h59m   infinite \
             fd00:96::10\n\n"
        );
        let captured = read(&text);
        let found: Vec<String> = captured
            .objects()
            .map(|object| match object {
                Object::Address(address) => format!("{} {}", address.interface, address.address.ip()),
                other => panic!("{other:?}"),
            })
            .collect();
        let nic = "vEthernet (HNS Internal NIC)";
        let expected = [
            "Loopback Pseudo-Interface 1 ::1".to_owned(),
            format!("{nic} fe80::1"),
            format!("{nic} fd00:96::10"),
        ];
        assert_eq!(found, expected);
        assert_eq!(captured.unknown, []);
        let address = |ip: &str| {
            let line = format!("interface ipv6 add address interface=\"{nic}\" address={ip} store=active");
            match read(&line).commands.pop() {
                Some(Command::Create(object)) => object,
                other => panic!("{line}: {other:?}"),
            }
        };
        assert_eq!(captured.tellings.of(&address("fd00:96::11")), Telling::Whole);
        // A row that cannot be read may be any address.
        let damaged = read(&text.replace("fd00:96::10", "fd00:96::1\u{fffd}"));
        assert_eq!(damaged.tellings.of(&address("fd00:96::11")), Telling::InPart);
        assert_eq!(read(&text[..text.len() - 3]).tellings.of(&address("fd00:96::11")), Telling::InPart);
    }
}

/// A command of a dump whose port is no port: what stood there is not known.
#[test]
fn a_listener_that_cannot_be_read_is_not_missing() {
    let text = |port: &str| {
        format!(
            "pushd interface portproxy\nreset\nadd v4tov4 listenport={port} connectaddress=10.244.1.5 connectport=80\npopd\n"
        )
    };
    for (port, telling) in
        [("80", Telling::Whole), ("30000-50000", Telling::Whole), ("8O80", Telling::InPart)]
    {
        let captured = read(&text(port));
        let wanted =
            read("interface portproxy add v4tov4 listenport=81 connectaddress=10.244.1.6 connectport=80");
        let Some(Command::Create(wanted)) = wanted.commands.first() else { panic!("a listener") };
        assert_eq!(captured.tellings.of(wanted), telling, "{port}");
    }
}
