//! Every reader with damaged texts: the functions that the fuzzers call, without a fuzzer.

mod damage;
mod seeds;

#[expect(unreachable_pub, reason = "it is a crate of its own as well")]
#[path = "../../../fuzz/src/lib.rs"]
mod readers;

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::damage::Damage;
use self::readers::TARGETS;
use crate::support::cases::cases;

/// How many damaged texts each reader gets in a quick run.
const CASES: u32 = 100;

/// Runs a target, and tells the text that it did not stand.
fn try_target(name: &str, run: fn(&[u8]), text: &[u8]) {
    let stands = catch_unwind(AssertUnwindSafe(|| run(text))).is_ok();
    assert!(stands, "{name} does not stand this text:\n{}", text.escape_ascii());
}

#[test]
fn every_reader_has_a_target_with_seeds_that_it_stands() {
    let listed = seeds::targets();
    let targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, targets);
    for (name, run) in TARGETS {
        let file = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(std::fs::read_to_string(&file).is_ok_and(|text| text.contains("fuzz_target!")), "{file}");
        let seeds = seeds::of(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in &seeds {
            try_target(name, run, seed);
        }
    }
}

#[test]
fn damaged_texts_break_no_reader() {
    for (name, run) in TARGETS {
        let seeds = seeds::of(name);
        let mut damage = Damage::new(name);
        for _ in 0..cases(CASES) {
            let text = damage.of(&seeds);
            try_target(name, run, &text);
        }
    }
}

/// Texts that a reader once did not stand.
#[test]
fn what_was_found_stays_mended() {
    for (name, run) in TARGETS {
        for text in seeds::of_folder(&format!("fuzz/found/{name}")) {
            try_target(name, run, &text);
        }
    }
}
