//! How many random cases a property is tried with.
//!
//! The numbers in the tests are those of a quick run. `HNSPLAN_CASES` is a percentage of them: 1000 tries ten times
//! as many cases of each property, 10 a tenth. Properties beside the code in `src` go by proptest's own
//! `PROPTEST_CASES`.

use proptest::test_runner::Config;

/// This number of cases, or the percentage of it that `HNSPLAN_CASES` asks for; at least one.
pub(crate) fn cases(default: u32) -> u32 {
    let Some(percentage) = std::env::var_os("HNSPLAN_CASES") else { return default };
    let percentage: Option<u32> = percentage.to_str().and_then(|text| text.parse().ok());
    let percentage = percentage.expect("HNSPLAN_CASES is a percentage, as in 400");
    u32::try_from(u64::from(default) * u64::from(percentage) / 100).unwrap_or(u32::MAX).max(1)
}

/// Properties with [`cases`], whose failures are printed and not kept in a file.
pub(crate) fn config(default: u32) -> Config {
    Config { cases: cases(default), failure_persistence: None, ..Config::default() }
}
