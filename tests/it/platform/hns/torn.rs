//! Promise: of a dump of HNS that is damaged, whatever form it has and wherever the damage is, nothing that is told as a whole
//! lacks anything, and nothing is told of an object that the whole dump does not tell.

use hnsplan::platform::hns::model::{
    Endpoint, Guid, Listed, LoadBalancer, NetworkRef, Parts, State, Telling,
};
use hnsplan::platform::hns::read::{Problem, read};
use hnsplan::platform::hns::write;
use hnsplan::source::decode;
use serde_json::{Value, json};

use crate::support::case::fixtures;
use crate::support::torn::{Harm, Torn, damages};

/// Whole dumps, with their names: each as a tool prints it.
fn dumps() -> Vec<(String, String)> {
    let fixture = |name: &str| {
        let bytes = std::fs::read(fixtures().join("hns-state").join(name)).expect("a dump");
        (name.to_owned(), decode(bytes).expect("a text"))
    };
    let mut found: Vec<(String, String)> = [
        "kube-proxy-state.json",
        "loadbalancers-v2.json",
        "policylists-v1.json",
        "hnsdiag-all-d.txt",
        "hnsdiag-all.txt",
        "hnsdiag-blocks.txt",
        "hnsdiag-loadbalancers-df.txt",
    ]
    .map(fixture)
    .into();
    let state = read(&found[0].1).0;
    let lists: Value = serde_json::from_str(&found[2].1).expect("it is JSON");
    let count = lists.as_array().expect("a list").len();
    found.push(("state".to_owned(), write::state(&state)));
    found.push(("pretty".to_owned(), serde_json::to_string_pretty(&lists).expect("it is JSON")));
    found.push(("one line".to_owned(), lists.to_string() + "\n"));
    found.push(("in value".to_owned(), json!({ "value": lists, "Count": count }).to_string()));
    let drawn = found[4].1.replace(" | ", " │ ");
    found.push(("drawn".to_owned(), drawn));
    for file in std::fs::read_dir(fixtures().join("pasted")).expect("a folder") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let (_, body) = text.split_once("===== text\n").expect("it has a text");
        let (body, _) = body.split_once("===== model").expect("it has a model");
        found.push((path.file_name().expect("a name").to_string_lossy().into_owned(), body.to_owned()));
    }
    found
}

/// Whether no reader can notice a damage, as what is left is as good as the whole.
fn is_silent(text: &str, torn: &Torn) -> bool {
    let lost = &text[torn.place.clone()];
    let line_start = text[..torn.place.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default().trim();
    match torn.harm {
        // An object, a value of a list, a row.
        Harm::LineLost => {
            let is_object = lost.trim().starts_with('{') && lost.trim().ends_with(['}', ',']);
            let is_value = lost.trim().starts_with('"') && !lost.contains("\":");
            let is_row = has_guid(lost) && !lost.contains(" : ") && !lost.contains('"');
            is_object || is_value || is_row || is_of_view(line)
        }
        // Two cells of a row without a blank between them are one word.
        Harm::ByteLost | Harm::ByteChanged
            if text.as_bytes()[torn.place.start] == b' ' && !line.contains('"') =>
        {
            true
        }
        Harm::ByteLost => {
            let byte = text.as_bytes()[torn.place.start];
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let before = text[..torn.place.start].trim_end_matches(is_part);
            let start = before.len();
            let word: &str = &text[start..];
            let word = &word[..word.find(|c| !is_part(c)).unwrap_or(word.len())];
            let is_name = text[start + word.len()..].starts_with("\":");
            let is_structure = matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b'"' | b'|' | b'\n');
            is_of_view(line) || !(is_structure || word.parse::<Guid>().is_ok() || is_name)
        }
        // A member of an object may have any name, and a property of a view too. Before the first object nothing has
        // begun that could be missed.
        Harm::ByteChanged if torn.place.start == 0 => true,
        Harm::ByteChanged | Harm::LinesReplaced | Harm::BrokenOff => is_of_view(line),
        // Two rows of endpoints that became one line are one with a long name.
        Harm::LinesJoined => is_of_view(line) || has_guid(line) && !line.contains('"'),
        Harm::LineInserted => false,
    }
}

/// Whether a line is one of a view of PowerShell, in which values are cut and wrapped at will.
fn is_of_view(line: &str) -> bool {
    let is_property = line.split_once(" : ").is_some_and(|(name, _)| {
        !["Load Balancer", "Endpoint", "Virtual IPs", "Direct IP IDs", "Virtual Network Name"]
            .contains(&name.trim())
    });
    is_property || line.starts_with("--") || line.contains("@{") || line.contains("...")
}

fn has_guid(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word.parse::<Guid>().is_ok())
}

/// Asserts that what is told as a whole has all objects of the whole.
fn assert_all<T>(whole: &Listed<T>, torn: &Listed<T>, id: impl Fn(&T) -> Option<Guid>, what: &str) {
    if torn.telling() != Telling::Whole || whole.telling() != Telling::Whole {
        return;
    }
    let nameless = torn.iter().filter(|of| id(of).is_none()).count();
    let is_there = |of: &&T| torn.iter().any(|other| id(other) == id(of));
    let missing = whole.iter().filter(|of| !is_there(of)).count();
    assert!(missing <= nameless, "{what}: {missing} objects are gone, and the list is told as whole");
}

fn assert_balancer(whole: &LoadBalancer, torn: &LoadBalancer, what: &str) {
    let tells = |parts| torn.gaps.tells(parts) && whole.gaps.tells(parts);
    if tells(Parts::VIPS) {
        assert_eq!(torn.frontend_vips, whole.frontend_vips, "{what}");
    }
    if tells(Parts::MEMBERS) {
        assert_eq!(torn.endpoints, whole.endpoints, "{what}");
    }
    if tells(LoadBalancer::DEED) {
        let ports = |of: &LoadBalancer| {
            of.port_mappings
                .iter()
                .map(|of| (of.protocol, of.external_port, of.internal_port))
                .collect::<Vec<_>>()
        };
        assert_eq!(ports(torn), ports(whole), "{what}");
    }
    if tells(Parts::DSR) {
        assert_eq!(torn.flags, whole.flags, "{what}");
    }
    if tells(Parts::SOURCE_VIP) {
        assert_eq!(torn.source_vip, whole.source_vip, "{what}");
    }
}

fn assert_endpoint(whole: &Endpoint, torn: &Endpoint, what: &str) {
    let tells = |parts| torn.gaps.tells(parts) && whole.gaps.tells(parts);
    if tells(Parts::ADDRESSES) {
        let addresses = |of: &Endpoint| of.addresses().cloned().collect::<Vec<_>>();
        assert_eq!(addresses(torn), addresses(whole), "{what}");
    }
    if tells(Parts::PLACE) {
        assert_eq!(torn.is_remote(), whole.is_remote(), "{what}");
    }
    // A network may have any name.
    if tells(Parts::NETWORK) && !matches!(torn.network, Some(NetworkRef::Named(_))) {
        assert_eq!(torn.network, whole.network, "{what}");
    }
}

fn assert_no_less(whole: &State, torn: &State, what: &str) {
    assert_all(&whole.networks, &torn.networks, |of| Some(of.id), what);
    assert_all(&whole.endpoints, &torn.endpoints, |of| of.id, what);
    assert_all(&whole.load_balancers, &torn.load_balancers, |of| of.id, what);
    for of in torn.load_balancers.iter().filter(|of| of.id.is_some()) {
        if let Some(same) = whole.load_balancers.iter().find(|whole| whole.id == of.id) {
            assert_balancer(same, of, what);
        }
    }
    for of in torn.endpoints.iter().filter(|of| of.id.is_some()) {
        if let Some(same) = whole.endpoints.iter().find(|whole| whole.id == of.id) {
            assert_endpoint(same, of, what);
        }
    }
}

#[test]
fn what_is_told_as_a_whole_of_a_damaged_dump_is_all_there_is() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (name, text) in dumps() {
        // Below a heading that is lost, an object may stand by itself.
        if name == "hnsdiag-all-d.txt" || name == "52-hnsdiag-all-with-d.txt" {
            continue;
        }
        let (whole, _) = read(&text);
        for torn in damages(&text, 3).iter().filter(|torn| !is_silent(&text, torn)) {
            tried += 1;
            let what = format!("{name}: {:?} at {:?}", torn.harm, torn.place);
            let found = read(&torn.text).0;
            let is_good = std::panic::catch_unwind(|| assert_no_less(&whole, &found, &what)).is_ok();
            if !is_good {
                wrong.push(format!(
                    "{what}: {:?}",
                    &text[torn.place.clone()].chars().take(80).collect::<String>()
                ));
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_count_that_differs_shows_that_a_part_is_missing() {
    let dumps = dumps();
    let (_, text) = dumps.iter().find(|(name, _)| name == "in value").expect("it is there");
    let document: Value = serde_json::from_str(text).expect("it is JSON");
    let list = document["value"].as_array().expect("a list");
    assert!(read(text).0.load_balancers.is_whole());
    for (kept, count, is_whole) in [
        (list.len(), json!(list.len()), true),
        (list.len(), json!(list.len() + 7), false),
        (list.len(), json!(0), false),
        (list.len() - 1, json!(list.len()), false),
        (0, json!(0), true),
        (list.len(), Value::Null, true),
    ] {
        let text = json!({ "value": list[..kept], "Count": count }).to_string();
        let (state, problems) = read(&text);
        assert_eq!(state.load_balancers.is_whole(), is_whole, "{text}");
        let is_named = problems.iter().any(|of| matches!(of.problem, Problem::Miscounted { .. }));
        assert_eq!(is_named, !is_whole, "{text}");
    }
    // Of an empty list that should have some nothing is known.
    assert_eq!(read(r#"{"value":[],"Count":3}"#).0, State::not_told());
}

/// A line that is lost may leave good JSON in which two objects are one.
#[test]
fn objects_that_became_one_are_none() {
    let dumps = dumps();
    for name in ["pretty", "state", "kube-proxy-state.json"] {
        let (_, text) = dumps.iter().find(|(of, _)| of == name).expect("it is there");
        let (whole, _) = read(text);
        let mut tried = 0;
        for (at, _) in text.match_indices('{').skip(1) {
            // From inside of an object to inside of another one.
            let Some(from) = text[..at].rfind("\",") else { continue };
            let Some(to) = text[at..].find("\",").map(|to| at + to) else { continue };
            let one = format!("{}{}", &text[..from], &text[to..]);
            if serde_json::from_str::<Value>(&one).is_ok() {
                tried += 1;
                let (state, _) = read(&one);
                for (list, all) in [
                    (
                        state.load_balancers.is_whole(),
                        state.load_balancers.len() >= whole.load_balancers.len(),
                    ),
                    (state.endpoints.is_whole(), state.endpoints.len() >= whole.endpoints.len()),
                ] {
                    assert!(!list || all, "{name}: without {from} to {to}");
                }
            }
        }
        assert!(name != "pretty" || tried > 0, "{name}");
    }
}
