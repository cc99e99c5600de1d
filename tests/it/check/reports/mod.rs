//! Promise: a command reveals each of the 65 kinds of reports that hnsplan was made for, or the table has the
//! reason why none can. The table is `REPORTS.md` in this folder.

use std::collections::BTreeSet;

use crate::support::case::fixtures;
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

const TABLE: &str = include_str!("REPORTS.md");

/// The cluster of the `node.json` in the folders; it is what `diff/reports.rs` asks about.
const WHOLE_NODE: &str = "cluster.yaml";

/// A row of the table.
struct Report<'t> {
    number: usize,
    folder: Option<&'t str>,
    command: Option<&'t str>,
    /// What the answer holds; without a command, why there is none.
    shows: &'t str,
}

fn reports() -> Vec<Report<'static>> {
    let cells = |line: &'static str| {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        <[&str; 6]>::try_from(inner.split(" | ").collect::<Vec<_>>()).ok()
    };
    let unquoted = |cell: &'static str| Some(cell.trim_matches('`')).filter(|cell| *cell != "-");
    let rows = TABLE.lines().filter_map(cells).filter_map(|[number, _, _, folder, command, shows]| {
        let number = number.parse().ok()?;
        Some(Report { number, folder: unquoted(folder), command: unquoted(command), shows })
    });
    rows.collect()
}

impl Report<'_> {
    /// Codes and words that the answer has to hold.
    fn words(&self) -> Vec<&str> {
        self.shows.split('`').skip(1).step_by(2).collect()
    }

    /// The parts of the answer that hold them: paragraphs of the result, lines of the messages.
    fn revealed(&self, stdout: &str, stderr: &str) -> String {
        let words = self.words();
        let holds = |text: &&str| words.iter().any(|word| text.contains(word));
        let mut parts: Vec<&str> = stdout.trim_end().split("\n\n").filter(holds).collect();
        parts.extend(stderr.lines().filter(holds));
        parts.join("\n\n")
    }
}

#[test]
fn every_report_is_in_the_table_and_has_its_fixture() {
    let reports = reports();
    assert!(reports.iter().map(|report| report.number).eq(1..=65), "a report is missing or out of order");
    let named = reports.iter().filter_map(|report| report.folder);
    let entries = std::fs::read_dir(fixtures().join("reports")).expect("the fixtures are there");
    let there: BTreeSet<String> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    let named: BTreeSet<String> = named.chain([WHOLE_NODE]).map(ToOwned::to_owned).collect();
    assert_eq!(named, there);
    for report in &reports {
        let number = format!("{:02}-", report.number);
        assert!(report.folder.is_none_or(|folder| folder.starts_with(&number)), "{number}");
        assert_eq!(report.command.is_some(), !report.words().is_empty(), "{number}: words without a command");
        assert!(report.command.is_some() || report.shows.len() > 20, "{number} lacks a reason");
    }
}

#[test]
fn every_report_is_revealed_by_its_command() {
    for report in reports() {
        let Some(command) = report.command else { continue };
        let folder = format!("fixtures/reports/{}", report.folder.unwrap_or_default());
        let outcome = hnsplan(&command.replace("{}", &folder)).run();
        assert!(outcome.code < 2, "{}: {}", report.number, outcome.stderr);
        let revealed = report.revealed(&outcome.stdout, &outcome.stderr);
        for word in report.words() {
            assert!(revealed.contains(word), "{}: {word} is not in\n{}", report.number, outcome.stdout);
        }
        let name = report.folder.map_or_else(|| format!("{:02}", report.number), ToOwned::to_owned);
        assert_snapshot(&format!("report.{name}"), &format!("hnsplan {command}\n\n{revealed}"));
    }
}
