//! Promise: a dump of netsh whose lines ran together, or whose columns lost their blanks, as when it is pasted, is never called
//! equal to what a node should have, and no object is called missing or another one for it.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

/// The parts of a dump that is as it should be: what comes before the rows, and the rows that are damaged.
struct Dump {
    before: String,
    rows: Vec<String>,
    after: String,
}

impl Dump {
    /// What `netsh dump` prints: commands.
    fn of_commands() -> Self {
        let whole = hnsplan(&format!("compile -q -t netsh --style dump {SHOP}")).run();
        let text = whole.succeeded();
        let begin = text.find("add v4tov4").expect("there are listeners");
        let rows: Vec<String> =
            text[begin..].lines().take_while(|line| line.starts_with("add v4")).map(str::to_owned).collect();
        let end = begin + rows.iter().map(|row| row.len() + 1).sum::<usize>();
        Self { before: text[..begin].to_owned(), rows, after: text[end..].to_owned() }
    }

    /// What `netsh interface portproxy show all` prints: a table, in the place of the commands of the same dump.
    fn of_table() -> Self {
        let Self { before, rows, after } = Self::of_commands();
        let section = before.rfind("pushd interface portproxy").expect("a section");
        let value = |row: &str, name: &str| {
            let words = row.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            words.expect("each listener has it").to_owned()
        };
        let row = |row: &String| {
            let [from, port, to, target] =
                ["listenaddress", "listenport", "connectaddress", "connectport"].map(|name| value(row, name));
            format!("{from:15} {port:10}  {to:15} {target}")
        };
        let six =
            after.lines().filter(|line| line.starts_with("add v6tov6")).map(|line| row(&line.to_owned()));
        let table = |family: &str, rows: &str| {
            format!(
                "\nListen on {family}:             Connect to {family}:\n\nAddress         Port        Address         Port\n\
                 --------------- ----------  --------------- ----------\n{rows}"
            )
        };
        let six: String = six.map(|row| row + "\n").collect();
        Self {
            before: before[..section].to_owned() + &table("ipv6", &six) + &table("ipv4", ""),
            rows: rows.iter().map(row).collect(),
            after: String::new(),
        }
    }

    /// The dump with these rows.
    fn with(&self, rows: &[String]) -> String {
        self.before.clone() + &rows.join("\n") + "\n" + &self.after
    }
}

fn compared(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).expect("a file");
    hnsplan(&format!("diff netsh {} --format b=netsh {SHOP}", file.display())).run()
}

/// A dump in which something cannot be read: what of it is lost is not known, so that there is no answer.
fn is_open(outcome: &Outcome, what: &str) {
    assert_eq!(outcome.code, 2, "{what}\n{}{}", outcome.stdout, outcome.stderr);
    for code in ["F1001", "F1002", "F1003", "F1008"] {
        assert!(!outcome.stdout.contains(code), "{what}\n{}", outcome.stdout);
    }
}

#[test]
fn lines_that_ran_together_are_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump.txt");
    for dump in [Dump::of_commands(), Dump::of_table()] {
        compared(&file, &dump.with(&dump.rows)).succeeded();
        for at in 1..dump.rows.len() {
            for between in ["", " "] {
                let mut rows = dump.rows.clone();
                let second = rows.remove(at);
                rows[at - 1] = rows[at - 1].clone() + between + &second;
                is_open(&compared(&file, &dump.with(&rows)), &rows[at - 1]);
            }
        }
    }
}

#[test]
fn columns_that_ran_together_are_no_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump.txt");
    for dump in [Dump::of_commands(), Dump::of_table()] {
        for at in (0..dump.rows.len()).step_by(4) {
            let words: Vec<&str> = dump.rows[at].split_whitespace().collect();
            // Blanks between words may be many or few.
            let mut rows = dump.rows.clone();
            rows[at] = words.join(" ");
            compared(&file, &dump.with(&rows)).succeeded();
            for gap in 1..words.len() {
                rows[at] = words[..gap].join("  ") + &words[gap..].join("  ");
                is_open(&compared(&file, &dump.with(&rows)), &rows[at]);
            }
        }
    }
}
