//! Promise: a log of kube-proxy on Windows is explained: each known failure with its error, its Service and the next step,
//! in every form of its lines; what nobody knows is counted, and nothing else is passed over.

use hnsplan::explain::{LogReport, log};
use hnsplan::platform::hns::errors::ERRORS;
use hnsplan::source::decode_capture;
use proptest::prelude::*;

use crate::support::exe::hnsplan;

/// Known failures as kube-proxy writes them: message, error in it, what the values say it is about, the symbol of the error.
const FAILURES: [(&str, &str, &str, &str); 15] = [
    (
        "Policy creation failed",
        "hcnCreateLoadBalancer failed in Win32: exists. (0xb7)",
        "",
        "ERROR_ALREADY_EXISTS",
    ),
    (
        "ClusterIP policy creation failed",
        "port already exists. (0x803b0013)",
        "",
        "HCN_E_PORT_ALREADY_EXISTS",
    ),
    ("Nodeport policy creation failed", "not enough memory. (0xe)", "", "ERROR_OUTOFMEMORY"),
    ("ExternalIP policy creation failed", "parameter is incorrect. (0x57)", "", "ERROR_INVALID_PARAMETER"),
    (
        "IngressIP policy creation failed",
        "port already exists. (0x803b0013)",
        "",
        "HCN_E_PORT_ALREADY_EXISTS",
    ),
    ("Healthcheck loadbalancer policy creation failed", "access denied. (0x5)", "", "ERROR_ACCESS_DENIED"),
    (
        "Update loadbalancer policy failed",
        "element not found. (0x490)",
        "svcIP=\"10.96.0.20\"",
        "ERROR_NOT_FOUND",
    ),
    (
        "Remote endpoint creation failed for service VIP",
        "IP address is invalid. (0x803b001e)",
        "",
        "HCN_E_INVALID_IP",
    ),
    ("Remote endpoint creation failed", "IP address is invalid. (0x803b001e)", "", "HCN_E_INVALID_IP"),
    ("Local endpoint not found: on network", "", "ip=\"10.244.3.40\" hnsNetworkName=\"cbr0\"", ""),
    (
        "Endpoint information not available for service, not applying any policy",
        "",
        "serviceName=\"shop/idle:http\"",
        "",
    ),
    ("Source Vip endpoint creation failed", "IP address is invalid. (0x803b001e)", "", "HCN_E_INVALID_IP"),
    ("Querying HNS for load balancers failed", "the network service is down (0x803b0020)", "", ""),
    (
        "Unable to find HNS Network specified, please check network name and CNI deployment",
        "",
        "hnsNetworkName=\"vxlan0\"",
        "",
    ),
    ("Error getting network by name", "Network name \"cbr0\" not found", "", ""),
];

const HEADER: &str = "E1130 09:12:03.881517    4228 proxier.go:1431] ";

fn quoted(text: &str) -> String {
    text.replace('"', "\\\"")
}

/// The line of a failure in each form.
fn forms((message, error, values, _): (&str, &str, &str, &str)) -> Vec<String> {
    let err = if error.is_empty() { "null".to_owned() } else { format!("\"{}\"", quoted(error)) };
    let members: String = values
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .flat_map(|(key, value)| [",\"", key, "\":", value])
        .collect();
    let line = format!("{HEADER}\"{message}\" err={err} {values}");
    vec![
        line.clone(),
        format!("2026-11-30T09:12:03.881517Z {line}"),
        format!("2026-11-30T09:12:03.881517Z stderr F {line}"),
        format!("{line}\r"),
        format!(
            "{{\"ts\":1764493923.88,\"caller\":\"winkernel/proxier.go:1\",\"msg\":\"{message}\",\"err\":{err}{members}}}"
        ),
        // Before structured logging.
        format!("{HEADER}{message}: {error} {values}"),
    ]
}

#[test]
fn each_known_failure_is_explained_in_each_form() {
    for failure in FAILURES {
        for line in forms(failure) {
            let report = log(&line);
            let [entry] = &*report.entries else { panic!("{line}: {report:?}") };
            let message = entry.message.unwrap_or_else(|| panic!("{line}"));
            assert!(message.is_trouble() && failure.0.starts_with(message.text), "{line}: {message:?}");
            assert!(!message.meaning.is_empty() && !message.advice.is_empty());
            let symbol = entry.error.map(|error| error.symbol).unwrap_or_default();
            assert!(failure.3.is_empty() || symbol == failure.3, "{line}: {symbol}");
            for value in failure.2.split('"').filter(|of| of.contains(['.', '/'])) {
                assert!(entry.about.contains(value), "{line}: {:?}", entry.about);
            }
            assert_eq!((report.explained, report.others, report.unknown), (1, 0, 0), "{line}");
        }
    }
}

/// Each error of the table in each message that carries one, and bytes as PowerShell writes them.
#[test]
fn errors_are_those_of_the_table() {
    for error in ERRORS {
        let code = error.win32().map_or(format!("0x{:08x}", error.code), |code| format!("0x{code:x}"));
        let line = format!(
            "{HEADER}\"Policy creation failed\" err=\"hcnCreateLoadBalancer failed in Win32: no. ({code})\"\n"
        );
        let bytes: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(line.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for text in [line, decode_capture(bytes).0] {
            assert_eq!(log(&text).entries[0].error, Some(error), "{text}");
        }
    }
}

/// A refusal names no Service; the line before it does, until that Service is done.
#[test]
fn a_refusal_is_of_the_service_that_was_last_begun() {
    let info = "I1130 09:12:03.8    4228 proxier.go:1] ";
    let applying = |name: &str| format!("{info}\"Applying Policy\" serviceInfo=\"{name}\"\n");
    let done = format!("{info}\"Policy successfully applied for service\" serviceInfo={{}}\n");
    let refused = format!("{HEADER}\"ClusterIP policy creation failed\" err=\"exists (0x803b0013)\"\n");
    let about = |text: String| -> Vec<String> {
        let report = log(&text);
        let refused = report.entries.iter().filter(|of| of.error.is_some());
        refused.flat_map(|of| of.about.iter().map(ToString::to_string)).collect()
    };
    assert_eq!(about(applying("shop/a:x") + &refused), ["shop/a:x"]);
    assert_eq!(about(applying("shop/a:x") + &applying("shop/b") + &refused), ["shop/b"]);
    assert_eq!(about(applying("shop/a:x") + &done + &refused), [""; 0]);
    assert_eq!(
        about(applying("shop/a:x") + &refused + &applying("shop/b") + &refused),
        ["shop/a:x", "shop/b"]
    );
}

/// What a log names is found in manifests: service ports by name, by an address, by an endpoint, or nowhere.
#[test]
fn what_a_log_names_is_found_in_manifests() {
    let log = "fixtures/proxy-log/kube-proxy.log";
    let joined = hnsplan("explain log --width 200").arg(log).args("-f fixtures/shop/cluster.yaml").run();
    let text = joined.succeeded();
    for line in [
        "  from    shop/front:https at fixtures/shop/cluster.yaml:187",
        "  from    no manifest has shop/idle:http",
        "  from    10.244.3.40 of shop/iis:http at fixtures/shop/cluster.yaml:362",
        "  from    no manifest has 10.96.0.20",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}:\n{text}");
    }
    let alone = hnsplan("explain log --width 200").arg(log).run();
    assert!(!alone.succeeded().contains("  from "));
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("  from ")).collect();
    assert_eq!(without, alone.stdout.lines().collect::<Vec<_>>());
}

#[test]
fn what_is_unknown_is_counted_and_errors_of_it_are_shown() {
    let text = std::fs::read_to_string("fixtures/proxy-log/kube-proxy.log").expect("a log");
    let report = log(&text);
    assert_eq!(counts(&report), text.lines().count());
    assert_eq!((report.explained, report.work, report.unknown, report.others), (6, 4, 2, 0));
    let outcome = hnsplan("explain log fixtures/proxy-log/kube-proxy.log").run();
    let shown = outcome.succeeded();
    for part in [
        "HCN_E_PORT_ALREADY_EXISTS",
        "shop/front:https",
        "shop/idle:http",
        "Unhandled Error",
        "2 times",
        "network cbr0",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    assert!(!shown.contains("Version info"), "{shown}");
    let other = hnsplan("explain log fixtures/shop/cluster.yaml").run();
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert!(
        other.stderr.contains("no line of fixtures/shop/cluster.yaml is one of kube-proxy's log"),
        "{}",
        other.stderr
    );
}

fn counts(report: &LogReport) -> usize {
    report.explained + report.work + report.unknown + report.others
}

proptest! {
    /// No line is counted twice or not at all, whatever stands between them.
    #[test]
    fn every_line_is_counted_once(parts in proptest::collection::vec((0usize..FAILURES.len(), 0usize..6, "[ -~]{1,60}"), 1..12)) {
        let lines = parts.iter().flat_map(|(failure, form, junk)| [forms(FAILURES[*failure])[*form].clone(), junk.clone()]);
        let text = lines.map(|line| line.trim_end().to_owned() + "\n").collect::<String>();
        let report = log(&text);
        prop_assert_eq!(counts(&report), text.lines().filter(|line| !line.trim().is_empty()).count());
        prop_assert!(report.explained >= parts.len());
    }
}
