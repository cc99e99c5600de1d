//! Promise: what `docs/parity.md` says that hnsplan shows, it shows.

use std::fs;
use std::path::Path;

use crate::support::exe::hnsplan;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The tests that rows name, as parts of paths.
fn test_named(place: &str) -> String {
    let path = match place {
        "hns/codes.rs" => root().join("src/platform/hns/codes.rs"),
        "hns/pasted.rs" => root().join("tests/it/platform/hns/pasted.rs"),
        other => root().join("tests/it").join(other),
    };
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Why a row need not be shown: it says what hnsplan does not do.
const NOT_SHOWN: [&str; 5] = [
    "not checked",
    "live counters",
    "live packets",
    "the number of the state is not read",
    "no part of Kubernetes",
];

#[test]
fn every_row_of_the_comparison_with_other_tools_is_shown() {
    let text = fs::read_to_string(root().join("docs/parity.md")).expect("the document is there");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let (mut commands, mut tests, mut without) = (0, 0, 0);
    for row in rows.filter(|row| !row.starts_with("---") && !row.ends_with("shown by")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [_, answer, shown] = *cells else { panic!("three cells: {row}") };
        let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let command = quoted(answer).into_iter().find(|of| of.contains("fixtures/"));
        if let Some(command) = command {
            let arguments = command.strip_prefix("hnsplan ").expect("a command of hnsplan");
            let outcome = hnsplan(arguments).run();
            let printed = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(printed.contains(shown), "{command} does not show {shown}:\n{printed}");
            commands += 1;
        } else if shown.starts_with('`') {
            for part in shown.split(", ") {
                let (place, word) = part.rsplit_once(' ').expect("a test and a word of it");
                assert!(test_named(place.trim_matches('`')).contains(word), "{part}");
            }
            tests += 1;
        } else {
            assert!(NOT_SHOWN.iter().any(|why| shown.starts_with(why)), "nothing shows {row}");
            without += 1;
        }
    }
    assert!(commands >= 9 && tests >= 7 && without >= 7, "{commands} {tests} {without}");
}
