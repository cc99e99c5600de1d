//! Ways through the hooks, and where they end undecided.

use super::*;

#[test]
fn the_filter_sees_the_translated_packet() {
    let filter = |chain: &str, rule: &str| {
        format!(
            "{}*filter\n:{chain} ACCEPT [0:0]\n-A {chain} {rule} -j DROP\nCOMMIT\n",
            nat("PREROUTING", &["-j DNAT"])
        )
    };
    expect(&filter("FORWARD", "-d 10.0.0.1 -p tcp -m tcp --dport 8080"), &["1 dropped"]);
    expect(&filter("FORWARD", "-d 10.96.0.1"), &[TRANSLATED]);
    expect(&filter("INPUT", "-p tcp"), &[TRANSLATED]);
    let to_node = filter("INPUT", "-p tcp").replace("10.0.0.1:8080", "192.168.0.2:6443");
    expect(&to_node, &["1 dropped"]);
}

#[test]
fn masquerading_is_for_what_leaves() {
    let masquerade = |to: &str| {
        format!(
            "{}-A POSTROUTING -j MASQUERADE --random-fully\nCOMMIT\n",
            nat("PREROUTING", &[&format!("-j DNAT --to-destination {to}")])
                .replace("COMMIT\n", ":POSTROUTING ACCEPT [0:0]\n")
        )
    };
    expect(&masquerade("10.0.0.1:80"), &["1 to 10.0.0.1:80 masqueraded"]);
    expect(&masquerade("192.168.0.2:80"), &["1 to 192.168.0.2:80"]);
    let own = packet(Sender::Node, "192.168.0.2", "10.96.0.1", 80);
    assert_eq!(short(&ask(&masquerade("10.0.0.1:80"), &own)), ["1 unhandled masqueraded"]);
}

#[test]
fn the_node_talks_to_itself() {
    let text = "*nat\n:OUTPUT ACCEPT [0:0]\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n\
         -A PREROUTING -j DNAT --to-destination 10.0.0.9:9\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n\
         *filter\n:INPUT ACCEPT [0:0]\n-A INPUT ! -i lo -j DROP\n-A INPUT -s 203.0.113.0/24 -j DROP\n\
         -A INPUT -m conntrack --ctstate NEW -p tcp -m tcp --dport 81 -j REJECT\nCOMMIT\n";
    let own = |port| short(&ask(text, &packet(Sender::Node, "192.168.0.2", "192.168.0.2", port)));
    assert_eq!(own(80), ["1 unhandled masqueraded"]);
    assert_eq!(own(81), ["1 rejected"]);
    let one_of_two = text.replace("-s 203.0.113.0/24", "-s 192.168.0.0/16");
    assert_eq!(
        short(&ask(&one_of_two, &packet(Sender::Node, "192.168.0.2", "192.168.0.2", 80))),
        [
            "1 undecided: `-s 192.168.0.0/16` in rule 2 of filter INPUT cannot be evaluated: which address of the node the packet carries is not told"
        ]
    );
}

#[test]
fn the_interface_is_known_only_where_packets_come_in() {
    let text = nat("POSTROUTING", &["-i eth0 -j MASQUERADE"]);
    expect(&text, &[UNHANDLED]);
    let untold = Packet { interface: None, ..outside("10.96.0.1", 80) };
    assert_eq!(
        short(&ask(&nat("PREROUTING", &["-i cni0 -j DNAT"]), &untold)),
        [
            "1 undecided: `-i cni0` in rule 1 of nat PREROUTING cannot be evaluated: the interface by which the packet comes in is not told"
        ]
    );
    assert_eq!(short(&ask(&nat("PREROUTING", &["-p udp -i cni0 -j DNAT"]), &untold)), [UNHANDLED]);
    let own = packet(Sender::Node, "192.168.0.2", "10.96.0.1", 80);
    assert_eq!(short(&ask(&nat("OUTPUT", &["-i eth0 -j DNAT"]), &own)), [UNHANDLED]);
    assert_eq!(short(&ask(&nat("OUTPUT", &["! -i eth0 -j DNAT"]), &own)), [TRANSLATED]);
}

#[test]
fn the_unknown_is_undecided_where_it_could_matter() {
    let unknown = "1 undecided: `-m set --match-set x src` in rule 1 of nat PREROUTING cannot be evaluated: it is not known to hnsplan";
    prerouting(&["-m set --match-set x src -j DNAT"], &[unknown]);
    prerouting(&["-m set --match-set x src -p udp -j DNAT", "-j DNAT"], &[TRANSLATED]);
    prerouting(&["-j DNAT", "-m set --match-set x src -j DROP"], &[TRANSLATED]);
    prerouting(
        &["-j REDIRECT --to-ports 8080"],
        &[
            "1 undecided: `-j REDIRECT --to-ports 8080` in rule 1 of nat PREROUTING cannot be evaluated: it is not known to hnsplan",
        ],
    );
    prerouting(&["-j LOG --log-prefix \"a b\"", "-j DNAT"], &[TRANSLATED]);
    prerouting(&["-m limit --limit 5/min -j LOG", "-m set --match-set x src", "-j DNAT"], &[TRANSLATED]);
    let half = "-m statistic --mode random --probability 0.5 -j DNAT";
    prerouting(
        &[half, "-m set --match-set x src -j DROP"],
        &["1/2 to 10.0.0.1:8080", &unknown.replacen('1', "1/2", 1).replace("rule 1 ", "rule 2 ")],
    );
}

#[test]
fn chains_that_cannot_be_followed_are_undecided() {
    let text =
        |rules: &str| format!("*nat\n:PREROUTING ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n{rules}COMMIT\n");
    expect(
        &text("-A PREROUTING -j C\n"),
        &["1 undecided: rule 1 of nat PREROUTING leads to C, whose rules are not in this text"],
    );
    expect(
        &text("-A C -j ACCEPT\n-A PREROUTING -j C\n"),
        &["1 undecided: rule 1 of nat PREROUTING leads to C, whose rules are not in this text"],
    );
    expect(
        &text("-A PREROUTING -j A\n-A A -j B\n-A B -j A\n"),
        &["1 undecided: chains jump in a circle, or more than 128 deep"],
    );
    let circle = "1 undecided: chains jump in a circle, or more than 128 deep";
    expect(&text("-A PREROUTING -j A\n-A A -g A\n"), &[circle]);
}

#[test]
fn a_dump_that_asks_for_ever_is_given_up() {
    use std::fmt::Write;
    // Each chain jumps twice to the next, so the last is entered two to the power of forty times.
    let mut text = String::from("*nat\n:PREROUTING ACCEPT [0:0]\n:C0 - [0:0]\n-A PREROUTING -j C0\n");
    for chain in 0..40 {
        let next = chain + 1;
        writeln!(text, ":C{next} - [0:0]\n-A C{chain} -j C{next}\n-A C{chain} -j C{next}").unwrap();
    }
    expect(&(text + "COMMIT\n"), &["1 undecided: the packet meets more than 1048576 rules"]);
}

#[test]
fn a_dump_that_does_too_much_is_given_up() {
    let given_up = ["1 undecided: more than 256 rules do something to the packet"];
    prerouting(&["-j MARK --or-mark 0x1"; 300], &given_up);
    prerouting(&["-m recent --name X --set"; 300], &given_up);
    prerouting(&["-j MARK --or-mark 0x1"; 200], &[UNHANDLED]);
}

#[test]
fn commands_are_carried_out_in_order() {
    let text = "*nat\n:A - [0:0]\n-A A -j ACCEPT\nCOMMIT\n*nat\n:PREROUTING ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n\
        -A A -j DNAT --to-destination 10.0.0.1:1\n-A PREROUTING -j A\n-I PREROUTING -j DNAT --to-destination 10.0.0.1:2\n\
        -I PREROUTING -s 10.0.0.0/8 -j DROP\n-X B\nCOMMIT\n";
    expect(text, &["1 to 10.0.0.1:2"]);
    expect(&text.replace("-j DNAT --to-destination 10.0.0.1:2", "-j A"), &["1 to 10.0.0.1:1"]);
    expect(
        &text.replace("-I PREROUTING -s 10.0.0.0/8 -j DROP", "-I PREROUTING -j B"),
        &["1 undecided: rule 1 of nat PREROUTING leads to B, whose rules are not in this text"],
    );
}

#[test]
fn the_jumps_of_kube_proxy_are_there_unless_base_chains_are() {
    let sync =
        "*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -j DNAT --to-destination 10.0.0.1:8080\nCOMMIT\n";
    expect(sync, &[TRANSLATED]);
    let saved = sync.replace("*nat\n", "*nat\n:PREROUTING ACCEPT [0:0]\n");
    expect(&saved, &[UNHANDLED]);
    let (rules, host) = (rules(sync), host());
    assert!(Evaluator::new(&rules, &host).assumes_jumps());
}

#[test]
fn the_other_family_meets_no_rule() {
    let text = nat("PREROUTING", &["-j DNAT"]);
    assert_eq!(short(&ask(&text, &packet(Sender::Outside, "2001:db8::9", "2001:db8::2", 80))), [UNHANDLED]);
}

#[test]
fn steps_tell_rules_and_where_their_services_were_read() {
    let text = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-A - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n\
        -A KUBE-SERVICES -m comment --comment \"a/b:c cluster IP\" -j KUBE-SVC-A\n\
        -A KUBE-SVC-A ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ\n\
        -A KUBE-SVC-A -j DNAT --to-destination 10.0.0.1:80\n-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000\nCOMMIT\n";
    let (rules, host) = (rules(text), host());
    let mut sources = crate::source::Sources::default();
    sources.add("a.yaml", "{kind: Service, apiVersion: v1, metadata: {name: b, namespace: a}, spec: {clusterIP: 10.96.0.1, ports: [{name: c, port: 80}]}}").unwrap();
    let setup = crate::pipeline::Setup::default();
    let compiled = crate::pipeline::Loaded::new(sources).parse(&setup).resolve(&setup).compile();
    let services = &compiled.rules.services;
    let evaluator =
        Evaluator::new(&rules, &host).with_origins(services.iter().map(|port| (&*port.id, port.origin)));
    let verdict = evaluator.verdict(&outside("10.96.0.1", 80));
    let told = |step: &crate::answer::verdict::TraceStep| {
        format!("{} {} {}", step.within, step.number.unwrap(), step.origin.map_or(0, |origin| origin.line))
    };
    let steps: Vec<_> = verdict.outcomes()[0].steps.iter().map(told).collect();
    assert_eq!(
        steps,
        [
            "nat PREROUTING 1 0",
            "nat KUBE-SERVICES 1 1",
            "nat KUBE-SVC-A 1 1",
            "nat KUBE-MARK-MASQ 1 1",
            "nat KUBE-SVC-A 2 1",
        ]
    );
}
