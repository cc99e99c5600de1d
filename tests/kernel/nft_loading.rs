//! Every nftables text loads, any number of times, and is and means there what it was and meant before.

use std::fmt::Write;

use hnsplan::net::Family as NetFamily;
use hnsplan::platform::nftables::eval::Evaluator;
use hnsplan::platform::nftables::model::Table;
use hnsplan::platform::nftables::{Format, lower, write};

use crate::case_packets::{host, packets};
use crate::compiler::{Request, cases};
use crate::netns::Namespace;
use crate::nft::{list, list_json, load, nft, understood};
use crate::restore::{BackEnd, Family};
use crate::tools;

/// The versions whose tables differ most.
const VERSIONS: [&str; 6] = ["1.30", "1.33.5", "1.33.13", "1.35", "1.36", "1.37"];

/// Why nft refuses a text that kube-proxy writes so: by what hnsplan says about it.
const REFUSED: [&str; 3] = ["I0521", "I0524", "I0526"];

#[test]
fn every_ipv4_text_loads_twice_and_is_listed_as_it_is() {
    every_text_loads(Family::Ipv4);
}

#[test]
fn every_ipv6_text_loads_twice_and_is_listed_as_it_is() {
    every_text_loads(Family::Ipv6);
}

fn every_text_loads(family: Family) {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let mut wrong = String::new();
    let (mut loaded, mut refused) = (0, 0);
    for case in cases() {
        for version in VERSIONS {
            let request = Request { case: &case, version, family };
            let (text, said) = request.compile_nft();
            let is_refused = REFUSED.iter().any(|code| said.contains(code));
            let what = format!("{case} {version} {family}");
            let listed = Namespace::new().expect("a network namespace can be made").run(|| {
                load(&text)?;
                load(&text).map_err(|error| format!("the second time: {error}"))?;
                Ok::<_, String>([list(family), list_json(family)])
            });
            match listed {
                Ok(listed) => {
                    loaded += 1;
                    wrong.push_str(&differences(&request, &listed, &what));
                }
                // A refusal has to be foretold. What is foretold may load: octets are read as octal, and an address may
                // stand where it is not looked at.
                Err(_) if is_refused => refused += 1,
                Err(error) => writeln!(wrong, "{what}: {error}").unwrap(),
            }
        }
    }
    assert!(wrong.is_empty(), "these did not load as they should:\n{wrong}");
    assert!(loaded > 400, "only {loaded} texts were loaded, {refused} were refused");
}

/// Where listings are not what was loaded, or mean something else.
fn differences(request: &Request<'_>, listed: &[String; 2], what: &str) -> String {
    let family: NetFamily = request.family.into();
    let rules = request.rules();
    let wanted = lower(&rules, family).normalise();
    let mut found = String::new();
    for (form, text) in ["text", "JSON"].into_iter().zip(listed) {
        let table = understood(text, request.family).normalise();
        if table != wanted {
            let [wanted, table] = [&wanted, &table].map(|table| write(table, Format::Knftables).to_string());
            let differs = |a: &str, b: &str| -> Vec<String> {
                a.lines().filter(|line| !b.lines().any(|of| of == *line)).map(str::to_owned).collect()
            };
            writeln!(
                found,
                "{what}, {form}: lacks {:#?}, has {:#?}",
                differs(&wanted, &table),
                differs(&table, &wanted)
            )
            .unwrap();
        }
    }
    found + &verdicts_differ(request, &wanted, &understood(&listed[0], request.family), what)
}

/// The verdicts of the listing are those of the text.
fn verdicts_differ(request: &Request<'_>, wanted: &Table, listed: &Table, what: &str) -> String {
    let host = host();
    let [wanted, listed] = [wanted, listed].map(|table| Evaluator::new(table, &host));
    let mut found = String::new();
    for packet in packets(&request.rules(), request.family.into()) {
        let [wanted, listed] = [&wanted, &listed].map(|of| of.verdict(&packet));
        if wanted.effect() != listed.effect() {
            writeln!(found, "{what}: {packet:?}: {listed:?}, not {wanted:?}").unwrap();
        }
    }
    found
}

/// The recorded form is not for loading twice: that is why the default one replaces the table.
#[test]
fn the_recorded_form_adds_its_rules_again() {
    if !tools::are_there(BackEnd::Nft) {
        return;
    }
    let request = Request { case: "022-nodeport", version: "1.36", family: Family::Ipv4 };
    let text = write(&lower(&request.rules(), NetFamily::Ipv4), Format::Knftables).to_string();
    let rules = Namespace::new().expect("a network namespace can be made").run(|| {
        load(&text).expect("it loads");
        load(&text).expect("it loads again");
        nft(&["list", "chain", "ip", "kube-proxy", "nat-output"], "").expect("the chain is there")
    });
    assert_eq!(rules.matches("jump services").count(), 2, "{rules}");
}
