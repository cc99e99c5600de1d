//! Promise: no text of a manifest, a dump or a flag adds anything to what a platform writes, or reaches a terminal.

use hnsplan::graph::draw;
use hnsplan::name::is_unprintable;
use hnsplan::platform::Held;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::{Dump, World, differences, dumps, platforms, read, read_back};
use crate::support::cases::config;
use crate::support::clusters::version;
use crate::support::damage::{damaged, hostile};

/// Fails where a text has a character that a terminal, or the reader of a rule, could take for more than text.
fn check(of: &str, texts: impl IntoIterator<Item = String>) -> Result<(), TestCaseError> {
    for text in texts {
        let wrong =
            text.chars().find(|c| is_unprintable(*c) && !matches!(c, '\n' | '\r' | '\t' | '\u{feff}'));
        prop_assert!(wrong.is_none(), "{of}: {:?}", text);
    }
    Ok(())
}

/// All that is shown of what a node holds.
fn shown(held: &dyn Held, world: &World) -> Vec<String> {
    let context = world.context();
    let graph = held.picture(context);
    let mut texts = vec![draw::text(&graph), draw::dot(&graph), draw::mermaid(&graph)];
    texts.extend(graph.findings().map(|finding| finding.message.clone()));
    texts.extend(held.model(context).remarks(context.rules));
    texts.extend(held.assumptions(context));
    let objects = held.duplicate().into_objects();
    texts.extend(objects.artifacts().into_iter().map(|artifact| artifact.text));
    let faces = objects.frontends();
    texts.extend(faces.untold().iter().map(|of| of.why.clone()));
    for face in faces.values() {
        texts.extend(face.lines.values().cloned());
        texts.extend(face.service.clone().into_iter().chain(face.untold.clone()));
    }
    texts
}

/// The dump with a hostile text in the place of one of its words.
fn spoilt(text: &str, at: Index, evil: &str) -> String {
    let words: Vec<(usize, &str)> = text
        .split(|c: char| c.is_whitespace() || "\",:=|".contains(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect();
    let (start, word) = words[at.index(words.len())];
    format!("{}{evil}{}", &text[..start], &text[start + word.len()..])
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn a_hostile_text_of_a_manifest_adds_nothing(
        cluster in damaged(hostile().prop_map(Value::from)), version in version(),
    ) {
        let world = World::of(cluster.run(version).compile());
        for platform in platforms() {
            let context = world.context();
            let found = platform.texts(context);
            for output in &found.value {
                let text = output.to_string();
                prop_assert!(!text.contains("evil"), "{platform:?}: {text}");
                check(platform.name(), [text])?;
            }
            check(platform.name(), found.diagnostics.iter().map(|found| found.message.clone()))?;
            if let Some(held) = read_back(platform, context) {
                let differ = differences(platform, context, &*held);
                prop_assert!(differ.is_empty(), "{platform:?}: {differ:#?}");
                check(platform.name(), shown(&*held, &world))?;
            }
        }
    }

    #[test]
    fn a_hostile_text_of_a_dump_stays_a_text(at in any::<Index>(), word in any::<Index>(), evil in hostile()) {
        let Dump { name, platform, text, .. } = at.get(dumps());
        let spoilt = spoilt(text, word, evil);
        let found = read(*platform, name, &spoilt);
        check(name, found.remarks)?;
        check(name, found.problems.into_iter().map(|problem| problem.message))?;
        let world = World::of(crate::support::run::Run::of("").compile());
        if let Some(held) = found.held {
            check(name, shown(&*held, &world))?;
            if let Ok(state) = platform.state_of(&*held) {
                prop_assert_eq!(state.fingerprint(), platform.state_of(&*held).expect("as before").fingerprint());
            }
        }
    }
}
