//! Promise: the text is byte for byte what the real kube-proxy's table is, in every recorded case.

use hnsplan::platform::nftables::{Format, lower, write};

use crate::support::case::Case;
use crate::support::run::diff;

/// So many texts were recorded; a case that cannot be found is a failure, too.
const RECORDED: usize = 1_904;

#[test]
fn every_recorded_text_is_reproduced_byte_for_byte() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in Case::all() {
        let mut compiled = None;
        for (version, family, wanted) in case.recorded_nftables() {
            compared += 1;
            if compiled.as_ref().is_none_or(|(of, _)| *of != version) {
                compiled = Some((version, case.compiled_as_recorded_nftables(version)));
            }
            let (_, compiled) = compiled.as_ref().expect("it was just made");
            let got = write(&lower(&compiled.rules, family), Format::Knftables).to_string();
            if got != wanted {
                wrong.push(format!("{} {version} {family}\n{}", case.name, diff(&wanted, &got)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} texts differ:\n\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(compared, RECORDED, "recorded texts found");
}

/// A line of 1.36 as 1.37 writes it: a service port with one endpoint needs no map (N15), and comments are cut (N14).
fn of_1_37(line: &str) -> String {
    const ONE: &str = "numgen random mod 1 map { 0 : ";
    if let Some((rule, target)) = line.split_once(ONE) {
        let (start, _) = rule.rsplit_once("dnat ").expect("one of several is chosen by a translation");
        let (address, port) =
            target.strip_suffix(" }").expect("a map ends").split_once(" . ").expect("a target");
        let address = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        return format!("{start}dnat to {address}:{port}");
    }
    match line.split_once("comment \"") {
        Some((start, rest)) if rest.len() > 128 => {
            let (comment, end) = rest.split_once('"').expect("a comment ends");
            format!("{start}comment \"{}\"{end}", &comment[..comment.len().min(128)])
        }
        _ => line.to_owned(),
    }
}

/// No kube-proxy 1.37 was recorded. What it is known to change (kubernetes/kubernetes#139516, #140723) is applied to what
/// 1.36 was recorded with, and nothing else may differ.
#[test]
fn texts_of_1_37_are_those_recorded_of_1_36_but_for_two_changes() {
    let (mut compared, mut changed, mut wrong) = (0, 0, Vec::new());
    for case in Case::all() {
        let of_1_36 = case.recorded_nftables().into_iter().filter(|(version, ..)| *version == "1.36");
        let compiled = case.compiled_as_recorded_nftables("1.37");
        for (_, family, recorded) in of_1_36 {
            let wanted: String = recorded.lines().map(|line| of_1_37(line) + "\n").collect();
            let got = write(&lower(&compiled.rules, family), Format::Knftables).to_string();
            compared += 1;
            changed += usize::from(wanted != recorded);
            if got != wanted {
                wrong.push(format!("{} {family}\n{}", case.name, diff(&wanted, &got)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} texts differ:\n\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 176 && changed >= 25, "{compared} texts, {changed} of them changed");
}
