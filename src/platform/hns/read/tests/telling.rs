//! What a text leaves out, and so does not tell.

use super::*;

/// What a text tells of networks, endpoints and load balancers.
fn told(name: &str, text: &str) -> [Telling; 3] {
    let state = read_file(name, text).0;
    [state.networks.telling(), state.endpoints.telling(), state.load_balancers.telling()]
}

#[test]
fn what_a_text_does_not_list_is_not_told() {
    use Telling::{InPart, NotTold, Whole};
    let endpoint = format!(r#"{{"ID":"{POD}","HostComputeNetwork":"{NET}"}}"#);
    for (name, text, expected) in [
        ("x.json", format!("[{endpoint}]"), [NotTold, Whole, NotTold]),
        ("x.json", format!("[{endpoint},"), [NotTold, InPart, NotTold]),
        ("x.json", format!("[{endpoint},{{\"a\":1}}]"), [NotTold, InPart, NotTold]),
        ("x.json", format!("[{endpoint}]\n[{{\"ID"), [NotTold, InPart, NotTold]),
        ("x.json", "[]".to_owned(), [NotTold, NotTold, Whole]),
        ("win/endpoints.json", "[]".to_owned(), [NotTold, Whole, NotTold]),
        ("win/policy.txt", "\n".to_owned(), [NotTold, NotTold, Whole]),
        ("network.txt", String::new(), [Whole, NotTold, NotTold]),
        ("x.json", String::new(), [NotTold; 3]),
        ("x.json", r#"{"Endpoints":[],"LoadBalancers":null}"#.to_owned(), [NotTold, Whole, NotTold]),
        ("x.json", r#"{"Endpoints":[],"LoadBalancers":["#.to_owned(), [NotTold, Whole, InPart]),
        ("x.txt", "LoadBalancers:\nID | Virtual IPs | Direct IP IDs\n".to_owned(), [NotTold, NotTold, Whole]),
        ("x.json", r#"{"PortPoolAllocations":[]}"#.to_owned(), [NotTold; 3]),
    ] {
        assert_eq!(told(name, &text), expected, "{name} {text}");
    }
}

const TABLE: &str = "ID | Virtual IPs | Direct IP IDs\n\
    3599612c-54b4-4b9d-9258-4fc5e2100549 | 10.96.0.10 | 78c19c4d-7edf-43bd-ab2a-5ccf97f214fe 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01\n\
    3599612c-54b4-4b9d-9258-4fc5e2100550 | 10.96.0.11 | 78c19c4d-7edf-43bd-ab2a-5ccf97f214fe\n";

/// Wherever a console wraps the rows, and whatever stands around them: the same is read.
#[test]
fn a_table_is_read_as_people_paste_it() {
    let whole = clean(TABLE);
    assert_eq!((whole.load_balancers.len(), whole.load_balancers[0].endpoints.len()), (2, 2));
    let quoted = TABLE.lines().fold(String::new(), |text, line| text + "> " + line + "\n");
    let spaced = TABLE.replace('\n', "\n\n");
    let indented = TABLE.lines().fold(String::new(), |text, line| text + "    " + line + "\n");
    let fenced = format!("```\nPS C:\\k> hnsdiag list loadbalancers\n{TABLE}```\n");
    for text in [quoted, spaced, indented, fenced, TABLE.replace('\n', "\r\n")] {
        assert_eq!(clean(&text), whole, "{text}");
    }
    for width in 40..120 {
        let wrap = |line: &str| {
            let chars: Vec<char> = line.chars().collect();
            chars.chunks(width).map(|part| part.iter().collect::<String>() + "\n").collect::<String>()
        };
        let wrapped: String = TABLE.lines().map(wrap).collect();
        assert_eq!(clean(&wrapped), whole, "{width}: {wrapped}");
    }
}

/// A table that is cut anywhere tells nothing that the whole one does not, and says that it is cut unless it ends
/// with a row.
#[test]
fn a_cut_table_is_told_in_part() {
    let whole = clean(TABLE);
    for at in TABLE.find('\n').unwrap() + 2..TABLE.len() {
        let (state, _) = read(&TABLE[..at]);
        if !TABLE[..at].ends_with('\n') {
            assert_eq!(state.load_balancers.telling(), Telling::InPart, "{at}");
        }
        for (balancer, full) in state.load_balancers.iter().zip(whole.load_balancers.iter()) {
            if balancer.gaps.tells(Parts::VIPS) {
                assert_eq!(balancer.frontend_vips, full.frontend_vips, "{at}");
            }
            if balancer.gaps.tells(Parts::MEMBERS) {
                assert_eq!(balancer.endpoints, full.endpoints, "{at}");
            }
        }
    }
}

#[test]
fn rows_that_somebody_picked_are_some_of_them() {
    let rows: String = TABLE.lines().skip(1).take(1).map(|line| line.to_owned() + "\n").collect();
    let state = clean(&rows);
    assert_eq!((state.load_balancers.len(), state.load_balancers.telling()), (1, Telling::InPart));
}

#[test]
fn members_that_are_missing_are_not_told() {
    let text = format!(
        r#"[{{"ID":"{LB}","HostComputeEndpoints":["{POD}"],"FrontendVIPs":["10.96.0.1"],"Flags":0,"SourceVIP":"",
            "PortMappings":[{{"Protocol":6,"InternalPort":80,"ExternalPort":80,"Flags":0,"DistributionType":0}}]}}]"#
    );
    let gaps = |text: &str| read(text).0.load_balancers[0].gaps;
    assert!(gaps(&text).tells(Parts::all()));
    for (member, parts) in [
        (format!(r#""HostComputeEndpoints":["{POD}"],"#), Parts::MEMBERS),
        (r#""FrontendVIPs":["10.96.0.1"],"#.to_owned(), Parts::VIPS),
        (r#""Flags":0,"SourceVIP":"","#.to_owned(), Parts::DSR | Parts::SOURCE_VIP),
        (r#""Protocol":6,"#.to_owned(), Parts::PORTS),
        (r#""InternalPort":80,"#.to_owned(), Parts::INTERNAL_PORT),
    ] {
        let without = text.replace(&member, "");
        assert_ne!(without, text);
        assert_eq!(gaps(&without).telling(parts), Telling::NotTold, "{member}");
        assert!(gaps(&without).tells(Parts::all() - parts - Parts::FAMILY), "{member}");
    }
}

/// A console or PowerShell cuts a cell to fit. What is left of it is not taken for the whole, in no column, and what
/// is written of such a state is read again without a problem.
#[test]
fn a_cell_that_is_cut_is_not_told() {
    let endpoint = |name: &str, network: &str| {
        format!("Endpoints:\nName | ID | Virtual Network Name\n{name} {POD} {network}\n")
    };
    let block = |key: &str, value: &str| format!("Endpoint : {POD}\n  {key} : {value}\n");
    for mark in ["…", "..."] {
        for (text, column) in [
            (endpoint("pod", &format!("cbr{mark}")), "Virtual Network Name"),
            (endpoint(&format!("po{mark}"), "cbr0"), "Name"),
            (block("Name", &format!("po{mark}")), "Name"),
            (block("Virtual Network Name", &format!("cb{mark}")), "Virtual Network Name"),
            (block("IP Address", &format!("10.244.{mark}")), "IP Address"),
            (format!("Load Balancer : {LB}\n  Virtual IPs : 10.96.0.1 10.9{mark}\n"), "Virtual IPs"),
            (format!("ID | Virtual IPs | Direct IP IDs\n{LB} | 10.96{mark} | {POD}\n"), "Virtual IPs"),
        ] {
            let (state, problems) = read(&text);
            let [problem] = &problems[..] else { panic!("{text}: {problems:?}") };
            let Problem::Cut { member, .. } = &problem.problem else { panic!("{text}: {problem:?}") };
            assert_eq!(member, column, "{text}");
            let vips = state.load_balancers.first().is_some_and(|of| of.gaps.tells(Parts::VIPS));
            assert!(!vips, "{text}");
            assert!(state.endpoints.iter().all(|of| of.ip_configurations.is_empty()), "{text}");
            assert!(clean_but_for_ports(&crate::platform::hns::write::state(&state)), "{text}");
        }
    }
}

fn clean_but_for_ports(text: &str) -> bool {
    read(text).1.iter().all(|problem| problem.problem == Problem::NoPortMappings)
}
