//! Promise: shares of a fleet are joined in any order and number to the bytes of one run; what is missing is named, and what
//! was cut off, mixed up or made up is refused with its place.

use std::collections::BTreeMap;
use std::fs;

use hnsplan::catalog;
use hnsplan::document;
use hnsplan::fleet::{Fleet, Part, Share, Shares, merge, read_lines, write_lines};
use hnsplan::render::fleet::{Detail, text};
use proptest::prelude::*;

use super::Synthetic;
use super::nodes::{ask, with_nodes};
use crate::support::cases::config;
use crate::support::clusters::{Cluster, cluster};
use crate::support::exe::{Outcome, hnsplan};

/// The answer of a run for one share.
fn share_of(fleet: &Fleet, share: Share) -> Fleet {
    let mut fleet = fleet.clone();
    fleet.nodes.retain(|name, _| share.has(name));
    fleet.head.shares = Shares::from(share);
    fleet
}

fn written(fleet: &Fleet) -> String {
    write_lines(fleet).expect("it is JSON")
}

fn read(text: &str) -> Vec<Part> {
    read_lines("shares.jsonl", text, catalog::all()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Everything that is printed of an answer.
fn printed(fleet: &Fleet) -> [String; 3] {
    [
        text::draw(fleet, Detail::default()),
        document::fleet::render(fleet).expect("it is JSON"),
        written(fleet),
    ]
}

fn joined(texts: &[&String]) -> Fleet {
    merge(texts.iter().flat_map(|text| read(text)).collect()).expect("they fit")
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn any_split_in_any_order_gives_the_same_bytes(
        cluster in cluster(), of in 1_u32..9, order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(), cut in 0..9_usize
    ) {
        let whole = ask(&with_nodes(&cluster));
        let shares: Vec<String> = (0..of).map(|index| written(&share_of(&whole, Share::new(index, of).expect("a share")))).collect();
        let shuffled: Vec<&String> = order.iter().filter_map(|at| shares.get(*at)).collect();
        let at_once = joined(&shuffled);
        prop_assert_eq!(printed(&at_once), printed(&whole));
        // In two steps, and one of the shares twice.
        let (one, two) = shuffled.split_at(cut.min(shuffled.len()));
        let parts: Vec<String> = [one, two].iter().filter(|part| !part.is_empty()).map(|part| written(&joined(part))).collect();
        let again: Vec<&String> = parts.iter().rev().chain(shuffled[..1].iter().copied()).collect();
        prop_assert_eq!(printed(&joined(&again)), printed(&whole));
        // One after the other in one text.
        prop_assert_eq!(printed(&joined(&[&shares.concat()])), printed(&whole));
    }

    #[test]
    fn a_missing_share_is_named_with_its_nodes(cluster in cluster(), missing in 0_u32..3) {
        let whole = ask(&with_nodes(&cluster));
        let is_there = |index: &u32| *index != missing;
        let shares: Vec<String> = (0..3).filter(is_there).map(|index| written(&share_of(&whole, Share::new(index, 3).expect("a share")))).collect();
        let part = joined(&shares.iter().collect::<Vec<_>>());
        let lost = Share::new(missing, 3).expect("a share");
        let nodes: Vec<&str> = whole.nodes.keys().map(String::as_str).filter(|name| lost.has(name)).collect();
        prop_assert!(!part.is_whole());
        prop_assert_eq!(part.unasked().collect::<Vec<_>>(), nodes.clone());
        let [text, json, _] = printed(&part);
        prop_assert!(text.contains(&format!("1 share missing: {lost}")), "{}", text);
        let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        prop_assert_eq!(&json["missing"]["shares"], &serde_json::json!([lost.to_string()]));
        prop_assert_eq!(&json["missing"]["nodes"], &serde_json::json!(nodes));
    }

    /// Whatever a line is changed to, it is read or refused, and nothing panics.
    #[test]
    fn damage_is_read_or_refused_with_its_place(cluster in cluster(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cuts in any::<bool>()) {
        let text = written(&ask(&with_nodes(&cluster)));
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        if cuts { bytes.truncate(at) } else { bytes[at] = byte }
        let damaged = String::from_utf8_lossy(&bytes);
        match read_lines("a.jsonl", &damaged, catalog::all()) {
            Ok(parts) => prop_assert!(!cuts || damaged.trim_end() == text.trim_end(), "cut at {} of {}: {} parts", at, text.len(), parts.len()),
            Err(error) => prop_assert!(error.to_string().starts_with("a.jsonl:"), "{}", error),
        }
    }
}

/// The lines of a share, each by what it is.
fn lines() -> BTreeMap<&'static str, String> {
    let objects = vec![
        serde_json::json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "clusterIP": "10.96.0.1", "ports": [{ "port": 80 }], "type": "LoadBalancer", "sessionAffinity": "ClientIP" } }),
    ];
    let text = written(&ask(&with_nodes(&Cluster { objects })));
    let of = |kind: &str| text.lines().find(|line| line.contains(kind)).expect("a line").to_owned() + "\n";
    BTreeMap::from([
        ("text", text.clone()),
        ("head", of("\"FleetShare\"")),
        ("items", of("\"FleetItems\"")),
        ("node", of("\"node-a\",\"scale\"")),
    ])
}

#[test]
fn what_is_no_share_is_refused_with_its_place() {
    let lines = lines();
    let (text, head) = (&lines["text"], &lines["head"]);
    let second = |line: &str| head.clone() + line;
    for (made, place, message) in [
        (String::new(), "a.jsonl", "no line in it"),
        ("\n\n".to_owned(), "a.jsonl", "no line in it"),
        ("{}\n".to_owned(), "a.jsonl:1", "the field `kind` is missing"),
        ("kind: List\n".to_owned(), "a.jsonl:1", "not a line of a share"),
        ("[".repeat(200_000), "a.jsonl:1", "not a line of a share"),
        (lines["node"].clone(), "a.jsonl:1", "the first line of a share"),
        (head.replace("v1alpha1", "v9"), "a.jsonl:1", "expected hnsplan/v1alpha1"),
        (
            head.replace(&format!("\"hnsplan\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"hnsplan\":\"9.9\""),
            "a.jsonl:1",
            "written by hnsplan 9.9",
        ),
        (head.replace("\"shares\":1", "\"shares\":0"), "a.jsonl:1", "1 to 10000 shares"),
        (head.replace("\"have\":[0]", "\"have\":[7]"), "a.jsonl:1", "share 7/1 does not exist"),
        (head.replace("\"have\":[0]", "\"have\":[]"), "a.jsonl:1", "there is no share"),
        (head.replace("\"node-a\",\"node-b\"", "\"node-b\",\"node-a\""), "a.jsonl:1", "nodes are sorted"),
        (head.replace("\"node-a\"", "\"a\\u001b[31m\""), "a.jsonl:1", "is not the name of a node"),
        (
            head.replace("\"an input\"", "\"\\u202eevil\""),
            "a.jsonl:1",
            "characters that hnsplan does not write",
        ),
        (second(&lines["items"].replace("\"list\":0", "\"list\":1")), "a.jsonl:2", "in the place of list 0"),
        (second(&lines["node"].replace("\"list\":", "\"list\":99")), "a.jsonl:2", "was not in a line before"),
        (
            second(&lines["node"].replace("\"node-a\"", "\"node-z\"")),
            "a.jsonl:2",
            "not among those of the first line",
        ),
        (text.replace("\"code\":\"D0", "\"code\":\"X0"), "a.jsonl:", "is not a code of hnsplan"),
        (text.replacen(&lines["node"], &lines["node"].repeat(2), 1), "a.jsonl:", "has an answer already"),
        (text.replacen(&lines["node"], "", 1), "a.jsonl:1", "was cut off"),
        (head.replace("\"answers\":5", "\"answers\":0"), "a.jsonl:1", "there is no answer about it"),
    ] {
        assert_ne!(&made, text, "{message}");
        let error = read_lines("a.jsonl", &made, catalog::all()).expect_err(message).to_string();
        assert!(error.starts_with(place) && error.contains(message), "{message}: {error}");
        assert!(error.len() < 1000 && !error.contains('\u{1b}'), "{message}: {error}");
    }
}

#[test]
fn shares_that_do_not_fit_are_refused() {
    let lines = lines();
    let text = &lines["text"];
    let other_answer = text.replace("\"packets\":", "\"packets\":9");
    for (other, message) in [
        (text.replace("an input", "another input"), "different inputs"),
        (text.replace("\"question\":\"check\"", "\"question\":\"diff\""), "different questions"),
        (
            text.replace("\"sides\":[\"iptables\",\"hns\"],\"input\"", "\"sides\":[\"hns\"],\"input\""),
            "different questions",
        ),
        (other_answer, "tell different things about node node-a"),
    ] {
        assert_ne!(&other, text, "{message}");
        let both = [text, &other].into_iter().flat_map(|text| read(text)).collect();
        let error = merge(both).expect_err(message).to_string();
        assert!(error.contains(message) && error.contains("shares.jsonl:1"), "{message}: {error}");
    }
    let whole = &read(text)[0].fleet;
    let divided = |index, of| written(&share_of(whole, Share::new(index, of).expect("a share")));
    let parts = [divided(0, 2), divided(1, 3)].iter().flat_map(|text| read(text)).collect();
    let error = merge(parts).expect_err("divided twice").to_string();
    assert!(error.contains("into 2 shares and into 3"), "{error}");
    assert!(merge(Vec::new()).is_err());
}

/// What kubernetes does with a Job of eight indexes.
#[test]
fn eight_processes_give_what_one_gives() {
    let fleet = Synthetic::new(24, 12);
    let run = |arguments: &str| hnsplan(arguments).inside(fleet.folder()).run();
    let check = "check -q --fail-on never -f cluster.yaml --config kube-proxy.yaml --nodes all";
    fs::create_dir(fleet.path("shares")).expect("a folder");
    let shares: Vec<Outcome> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..8)
            .map(|index| {
                scope.spawn(move || {
                    run(&format!("{check} --share {index}/8 -o jsonl --out shares/{index}.jsonl"))
                })
            })
            .collect();
        running.into_iter().map(|share| share.join().expect("it ends")).collect()
    });
    for share in &shares {
        share.succeeded();
    }
    for format in ["text", "json", "jsonl"] {
        run(&format!("{check} -o {format} --out one")).succeeded();
        let one = fs::read_to_string(fleet.path("one")).expect("an answer");
        let joined = run(&format!("merge shares -o {format} --fail-on never"));
        assert!(joined.succeeded() == one, "{format}: {}", joined.stdout);
        let texts: String = [3, 1, 0, 7, 2, 6, 5, 4]
            .map(|index| fs::read_to_string(fleet.path(&format!("shares/{index}.jsonl"))).expect("a share"))
            .concat();
        let piped = hnsplan(&format!("merge - -o {format} --fail-on never")).input(texts).run();
        assert!(piped.succeeded() == one, "{format}");
    }
    fs::remove_file(fleet.path("shares/3.jsonl")).expect("a file");
    let joined = run("merge shares --fail-on never");
    assert_eq!(joined.code, 1, "what is missing is never accepted: {}", joined.stderr);
    assert!(
        joined.stdout.contains("R1405") && joined.stdout.contains("1 share missing: 3/8"),
        "{}",
        joined.stdout
    );
    fs::write(fleet.path("shares/notes.txt"), "not a share\n").expect("a file");
    assert!(run("merge shares").failed(2).contains("notes.txt:1: not a line of a share"));
}
