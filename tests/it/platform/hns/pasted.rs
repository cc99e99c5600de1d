//! Promise: whatever people paste of HNS is told as far as it tells, the rest is not told, and what is damaged is named.
//!
//! A file of `fixtures/pasted` has a text, what is known by it, and damages of it with a word of the message that each
//! has to have. All texts are of one node.

use std::collections::BTreeMap;

use hnsplan::platform::hns::model::{
    Endpoint, EndpointRef, Guid, Listed, LoadBalancer, Network, NetworkRef, Parts, State, Telling,
};
use hnsplan::platform::hns::read::{StateProblem, read};

use crate::support::case::fixtures;

/// A text, and what is expected of it.
struct Pasted {
    name: String,
    text: String,
    model: String,
    /// What is exchanged for what, and the word that names it.
    mutations: Vec<[String; 3]>,
}

impl Pasted {
    fn of(name: String, file: &str) -> Self {
        let mut sections = file.split("===== ").skip(1).map(|section| {
            section.split_once('\n').unwrap_or_else(|| panic!("{name}: a section has a heading"))
        });
        let mut next = |heading: &str| {
            let section = sections.next().filter(|(of, _)| *of == heading);
            section.unwrap_or_else(|| panic!("{name}: {heading} is missing")).1.to_owned()
        };
        let (text, model) = (next("text"), next("model"));
        let mutations = sections.map(|(_, body)| {
            let (from, rest) = body.split_once("\n=> ").expect("what it is exchanged for");
            let (to, named) = rest.split_once("\nnamed ").expect("the word that names it");
            [from, to, named.trim_end()].map(str::to_owned)
        });
        let mutations = mutations.collect();
        Self { name, text, model, mutations }
    }
}

fn all() -> Vec<Pasted> {
    let folder = fixtures().join("pasted");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let pasted = files.iter().map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        Pasted::of(name, &std::fs::read_to_string(path).expect("a text"))
    });
    pasted.collect()
}

fn short(id: Option<Guid>) -> String {
    id.map_or_else(|| "?".to_owned(), |id| id.to_string()[32..].to_owned())
}

fn telling<T>(list: &Listed<T>) -> &'static str {
    match list.telling() {
        Telling::Whole => "whole",
        Telling::InPart => "in part",
        Telling::NotTold => "not told",
    }
}

/// Values, `?` where they are not told, and `…` behind a part of them.
fn told(values: &[String], telling: Telling, none: &str) -> String {
    match telling {
        Telling::NotTold => "?".to_owned(),
        Telling::Whole if values.is_empty() => none.to_owned(),
        Telling::Whole => values.join(" "),
        Telling::InPart => format!("{} …", values.join(" ")).trim().to_owned(),
    }
}

fn network(of: &Network) -> String {
    let type_ = if of.gaps.tells(Parts::TYPE) { of.type_.as_str() } else { "?" };
    let subnets: Vec<String> = of.subnets.iter().map(ToString::to_string).collect();
    format!("network {} {} {type_} {}", short(Some(of.id)), of.name, subnets.join(" ")).trim().to_owned()
}

fn endpoint(of: &Endpoint) -> String {
    let ips: Vec<String> = of.addresses().map(ToString::to_string).collect();
    let ips = told(&ips, of.gaps.telling(Parts::ADDRESSES), "none");
    let place = match of.place() {
        None => "?",
        Some(true) => "remote",
        Some(false) => "local",
    };
    let network = match &of.network {
        None => "?".to_owned(),
        Some(NetworkRef::Id(id)) => short(Some(*id)),
        Some(NetworkRef::Named(name)) => name.to_string(),
    };
    format!("endpoint {} {ips} {place} {network}", short(of.id))
}

fn balancer(of: &LoadBalancer) -> String {
    let vips: Vec<String> = of.frontend_vips.iter().map(ToString::to_string).collect();
    let vips = told(&vips, of.gaps.telling(Parts::VIPS), "any");
    let is_told = of.gaps.tells(Parts::PORTS | Parts::INTERNAL_PORT);
    let ports = of.port_mappings.iter().filter(|_| is_told);
    let ports: Vec<String> = ports
        .map(|port| format!("{}/{}>{}", port.protocol, port.external_port, port.internal_port))
        .collect();
    let ports = if is_told { ports.join(" ") } else { "?".to_owned() };
    let members: Vec<String> = of.endpoints.iter().map(member).collect();
    let members = told(&members, of.gaps.telling(Parts::MEMBERS), "none");
    format!("balancer {} {vips} {ports} {members}", short(of.id))
}

fn member(of: &EndpointRef) -> String {
    of.id().map_or_else(|| of.to_string(), |id| short(Some(id)))
}

fn summary(state: &State) -> String {
    let mut lines = vec![
        format!("networks {}", telling(&state.networks)),
        format!("endpoints {}", telling(&state.endpoints)),
        format!("load balancers {}", telling(&state.load_balancers)),
    ];
    lines.extend(state.networks.iter().map(network));
    lines.extend(state.endpoints.iter().map(endpoint));
    lines.extend(state.load_balancers.iter().map(balancer));
    lines.join("\n") + "\n"
}

fn messages(problems: &[StateProblem]) -> String {
    let lines = problems.iter().map(|problem| format!("{problem}; {}", problem.problem.help()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_people_paste_is_told_as_far_as_it_tells() {
    let all = all();
    assert!(all.len() >= 60, "{}", all.len());
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|of| {
            let (state, problems) = read(&of.text);
            let found = summary(&state);
            (found != of.model)
                .then(|| format!("{}\nexpected\n{}found\n{found}{}", of.name, of.model, messages(&problems)))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Mails quote, consoles of Windows write CRLF, and comments have fences.
#[test]
fn the_same_is_told_in_every_wrapping() {
    let by_line = |text: &str, before: &str| -> String {
        text.lines().map(|line| [before, line, "\n"].concat()).collect()
    };
    for of in all() {
        for text in [
            of.text.replace('\n', "\r\n"),
            by_line(&of.text, "> "),
            by_line(&of.text, "    "),
            format!("```\n{}```\n", of.text),
            format!("\n\n{}\n\n", of.text),
        ] {
            // A fence may close what a prompt would: all that is listed before it.
            let found = summary(&read(&text).0);
            assert_eq!(found, of.model, "{}\n{text}", of.name);
        }
    }
}

/// Where a view may not show all objects, the command that does is said; each kind once.
#[test]
fn what_shows_all_is_said() {
    for of in all() {
        let found = messages(&read(&of.text).1);
        let is_view = of.name[3..].starts_with("list-") || of.name[3..].starts_with("table-");
        let kinds = of.model.lines().take(3).filter(|line| line.ends_with("in part")).count();
        let said = found.matches("may be more").count();
        assert_eq!(said, if is_view { kinds } else { said.min(kinds) }, "{}\n{found}", of.name);
        assert!(said == 0 || found.contains("| ConvertTo-Json -Depth 20"), "{found}");
    }
}

#[test]
fn what_is_damaged_is_named() {
    for of in all() {
        assert!(!of.mutations.is_empty(), "{}", of.name);
        for [from, to, word] in &of.mutations {
            assert!(of.text.contains(from.as_str()), "{}: {from}", of.name);
            let damaged = of.text.replacen(from.as_str(), to, 1);
            let line = of.text[..of.text.find(from.as_str()).expect("it is there")].matches('\n').count() + 1;
            let (state, problems) = read(&damaged);
            let found = messages(&problems);
            assert!(
                found.to_lowercase().contains(&word.to_lowercase()),
                "{}: {from} => {to}\n{found}",
                of.name
            );
            let is_near = problems.iter().any(|problem| problem.line.abs_diff(line) <= 20);
            assert!(is_near, "{}: line {line}\n{found}", of.name);
            assert_ne!(summary(&state), of.model, "{}: {from} => {to}", of.name);
        }
    }
}

/// Of an object, each part that is told is told right, or not at all, whichever line is lost.
#[test]
fn a_lost_line_makes_nothing_else_of_the_node() {
    // Where a value takes several lines, the rest of it without one of them may be a value as well.
    let takes_lines = |name: &str| ["wrapped", "narrow", "rows"].iter().any(|of| name.contains(of));
    for of in all().into_iter().filter(|of| !takes_lines(&of.name)) {
        let truth: BTreeMap<&str, Vec<&str>> = of.model.lines().skip(3).filter_map(parts).collect();
        let lines: Vec<&str> = of.text.lines().collect();
        for lost in 0..lines.len() {
            let text: String = lines
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != lost)
                .map(|(_, line)| [*line, "\n"].concat())
                .collect();
            let found = summary(&read(&text).0);
            for (id, found_parts) in found.lines().skip(3).filter_map(parts) {
                let Some(right) = truth.get(id).filter(|_| id != "?") else {
                    assert_eq!(id, "?", "{} without line {lost}\n{found}", of.name);
                    continue;
                };
                for part in found_parts.iter().filter(|part| !["", "?", "…", "none", "any"].contains(part))
                {
                    // The name of the network stands for its id.
                    let part = if *part == "cbr0" && right.contains(&"00a1") { &"00a1" } else { part };
                    assert!(right.contains(part), "{} without line {lost}: {part}\n{found}", of.name);
                }
            }
        }
    }
}

/// The id of an object in a summary, and what is told of it.
fn parts(line: &str) -> Option<(&str, Vec<&str>)> {
    let mut words = line.split(' ').skip(1);
    Some((words.next()?, words.collect()))
}
