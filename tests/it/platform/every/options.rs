//! Promise: what one command writes with options of a platform, every command describes with the same options.
//!
//! Options are generated from the tables of flags, so that a new flag is tried without a change here.

use std::collections::BTreeMap;
use std::sync::Mutex;

use hnsplan::answer::step::AnyStep;
use hnsplan::flag::{Flag, Given, NamedText, Takes};
use hnsplan::node::Overrides;
use hnsplan::platform::{Options, Platform};
use proptest::prelude::*;
use proptest::sample::Index;

use super::plans::{before, check_agreement, done, steps};
use super::shop::{Shop, shop};
use super::{World, differences, files, platforms, read_back};
use crate::support::cases::config;

/// Flags that ask for steps whatever the node holds.
const ALWAYS_CHANGE: [(&str, &str); 1] =
    [("like-kube-proxy-restart", "a restart deletes what is there and makes it anew, each time")];

/// Flags that no plan is made with.
const NEVER_APPLIED: [(&str, &str); 1] = [("what-if", "no kube-proxy does so yet")];

/// Flags whose text is something else than what is wanted.
const OTHER_TEXTS: [(&str, &str); 1] = [("undo", "the text is the way back")];

/// Arbitrary numbers that choose values.
type Choices = Vec<Index>;

fn choices() -> impl Strategy<Value = Choices> {
    proptest::collection::vec(any::<Index>(), 24)
}

/// A value by the placeholder that help has for it.
fn value(flag: &Flag, placeholder: &str, choice: Index) -> &'static str {
    let values: &[&'static str] = match placeholder {
        "NAME" => &["Ethernet", "vEthernet (HNS Internal NIC)", "Ethernet 2"],
        "IP" => &["192.168.10.21", "10.0.0.4", "fd00:10::21"],
        "FIRST-LAST" => &["36000-37000", "40000-40100"],
        "SECONDS" | "PORT" | "NUMBER" | "N" => &["1", "80", "6000"],
        "CIDR" => &["10.244.0.0/16", "10.0.0.0/8", "fd00:244::/48"],
        other => panic!("--{} takes {other}: name values of it here", flag.name),
    };
    values[choice.index(values.len())]
}

/// The texts that a flag may name: of those that the platform itself writes, and of files that were recorded, what
/// the flag takes.
fn texts(platform: &'static dyn Platform, flag: &Flag) -> Vec<NamedText> {
    static TEXTS: Mutex<BTreeMap<&str, Vec<NamedText>>> = Mutex::new(BTreeMap::new());
    let mut known = TEXTS.lock().expect("whoever held it has passed");
    let made = known.entry(flag.name).or_insert_with(|| {
        let world = World::of(Shop::default().compile());
        let own = platform.texts(world.context()).value;
        let own =
            own.iter().map(|output| NamedText { name: output.file.to_owned(), text: output.to_string() });
        let recorded = ["netsh", "iptables-save"].into_iter().flat_map(files);
        let recorded = recorded.map(|(path, text)| NamedText { name: path.display().to_string(), text });
        own.chain(recorded).filter(|text| is_taken(platform, &naming(flag, text))).collect()
    });
    assert!(!made.is_empty(), "--{} takes no text that is known here", flag.name);
    made.clone()
}

/// A flag that names a text.
fn naming(flag: &Flag, text: &NamedText) -> Given {
    let mut given = Given::default();
    given.add(flag, text.name.clone());
    given.add_text(flag, text.clone());
    given
}

/// Whether a platform takes these values.
fn is_taken(platform: &'static dyn Platform, given: &Given) -> bool {
    let mut options = Options::default();
    platform.read_options(given, &mut options).is_ok()
        && platform.read_node(given, &mut Overrides::default()).is_ok()
}

/// Adds a flag to what is given, unless the choice is to leave it out.
fn add(platform: &'static dyn Platform, flags: &[Flag], flag: &Flag, choice: Index, given: &mut Given) {
    let mut conflicting = flags.iter().filter(|other| flag.conflicts.contains(&other.name));
    if choice.index(2) == 0 || conflicting.any(|other| given.has(other)) {
        return;
    }
    match flag.takes {
        Takes::Nothing => given.add(flag, ""),
        Takes::Bool => given.add(flag, *choice.get(&["true", "false"])),
        Takes::Choice(_, words) => given.add(flag, choice.get(words).word),
        Takes::Value(placeholder) | Takes::Values(placeholder) => {
            given.add(flag, value(flag, placeholder, choice));
        }
        Takes::Files(_) => {
            let text = naming(flag, choice.get(&texts(platform, flag)));
            *given = std::mem::take(given).joined(&text);
        }
    }
}

/// What flags give by some choices.
fn given(platform: &'static dyn Platform, flags: &[Flag], choices: &[Index]) -> Given {
    let mut given = Given::default();
    assert!(flags.len() <= choices.len(), "more choices are needed");
    for (flag, choice) in flags.iter().zip(choices) {
        add(platform, flags, flag, *choice, &mut given);
    }
    assert!(is_taken(platform, &given), "{platform:?} refuses {given:?}");
    given
}

fn has(given: &Given, flags: &[Flag], names: &[(&str, &str)]) -> bool {
    let is_named = |flag: &&Flag| names.iter().any(|(name, _)| *name == flag.name);
    flags.iter().filter(is_named).any(|flag| given.has(flag))
}

fn world(shop: &Shop, platform: &'static dyn Platform, given: &Given) -> World {
    let read = |overrides: &mut Overrides| platform.read_node(given, overrides).expect("it was taken before");
    World::of(shop.run().flags(read).compile()).with(Options::of(given).expect("it was taken before"))
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn applied_with_options_nothing_differs_with_the_same_options(shop in shop(), choices in choices()) {
        for platform in platforms() {
            let given = given(platform, platform.flags(), &choices);
            if has(&given, platform.flags(), &NEVER_APPLIED) {
                continue;
            }
            let world = world(&shop, platform, &given);
            let before = before(platform);
            let Some(made) = steps(platform, &world, before.as_deref(), &[]) else { continue };
            let after = done(platform, &made, before.as_deref());
            let Some(again) = steps(platform, &world, Some(&*after), &made) else { continue };
            if !has(&given, platform.flags(), &ALWAYS_CHANGE) {
                let left: Vec<_> = again.iter().flat_map(AnyStep::changes).collect();
                prop_assert!(left.is_empty(), "{platform:?} {given:?}: plan has {left:#?}");
            }
            let world = world.holding(Some(&*after));
            check_agreement(platform, &world, &*after).map_err(|error| error_with(&error, &given))?;
            let twice = done(platform, &again, Some(&*after));
            let world = world.holding(Some(&*twice));
            check_agreement(platform, &world, &*twice).map_err(|error| error_with(&error, &given))?;
        }
    }

    #[test]
    fn what_is_written_with_options_reads_back_with_the_same_options(shop in shop(), choices in choices()) {
        for platform in platforms() {
            let (rules, texts) = (platform.flags(), platform.writing_flags());
            let given = given(platform, rules, &choices).joined(&given(platform, texts, &choices[rules.len()..]));
            if !is_taken(platform, &given) || has(&given, texts, &OTHER_TEXTS) {
                continue;
            }
            let world = world(&shop, platform, &given);
            if let Some(held) = read_back(platform, world.context()) {
                let found = differences(platform, world.context(), &*held);
                prop_assert!(found.is_empty(), "{platform:?} {given:?}: {found:#?}");
            }
        }
    }
}

fn error_with(error: &TestCaseError, given: &Given) -> TestCaseError {
    TestCaseError::fail(format!("{given:?}: {error}"))
}

#[test]
fn exceptions_are_flags_of_a_platform() {
    let flags = || platforms().flat_map(|platform| platform.flags().iter().chain(platform.writing_flags()));
    for (name, why) in ALWAYS_CHANGE.iter().chain(&OTHER_TEXTS) {
        assert!(flags().any(|flag| flag.name == *name), "no platform has --{name} ({why})");
    }
}
