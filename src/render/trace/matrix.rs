//! Draws the matrix: one table for each target, a row for each frontend, a column for each kind of client.

use std::fmt::Write;

use crate::answer::verdict::SourceAddress;
use crate::trace::{Cell, ClientKind, Conclusion, Matrix, Row, Summary};

const LEGEND: &str = "\
3        delivered to one of 3 endpoints, source address preserved; with a letter it is
           replaced by one of the node (N) or by the source VIP (V), or replies bypass the node (D: DSR)
*        session affinity
drop     silently discarded; reject: the client gets \"connection refused\"
-        no rule matches; the packet is routed unchanged
?        undecided; hnsplan trace --from CLIENT --to ADDRESS shows why
.        not asked: no such client, or localhost to something else than a node port
";

/// All tables.
#[must_use]
pub fn draw(matrix: &Matrix<'_>, targets: &[&'static str]) -> String {
    let columns = Columns::of(matrix, targets);
    let mut text = String::new();
    for (at, target) in targets.iter().enumerate() {
        let kinds = ClientKind::ALL.map(|kind| kind.as_str().to_owned());
        columns.line(&mut text, target, &kinds);
        let mut last = "";
        for row in &matrix.rows {
            if last != &*row.port.id {
                let _ = writeln!(text, "{}", row.port.id);
                last = &row.port.id;
            }
            columns.line(&mut text, &frontend(row), &answers(row, at));
        }
        text.push('\n');
    }
    text.push_str(LEGEND);
    text
}

/// How wide the columns are, the same in all tables.
struct Columns {
    frontend: usize,
    answers: [usize; ClientKind::ALL.len()],
}

impl Columns {
    fn of(matrix: &Matrix<'_>, targets: &[&'static str]) -> Self {
        let width = |text: &str| text.chars().count();
        let mut columns = Self {
            frontend: targets.iter().map(|target| width(target)).max().unwrap_or_default(),
            answers: ClientKind::ALL.map(|kind| width(kind.as_str())),
        };
        for row in &matrix.rows {
            columns.frontend = columns.frontend.max(width(&frontend(row)));
            for at in 0..targets.len() {
                for (column, answer) in columns.answers.iter_mut().zip(answers(row, at)) {
                    *column = width(&answer).max(*column);
                }
            }
        }
        columns
    }

    fn line(&self, text: &mut String, first: &str, answers: &[String]) {
        let mut line = format!("{first:width$}", width = self.frontend);
        for (answer, width) in answers.iter().zip(self.answers) {
            let _ = write!(line, "  {answer:width$}");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn frontend(row: &Row<'_>) -> String {
    format!("  {:14} {}/{}", row.kind.as_str(), row.to, row.protocol)
}

/// What a target answers, one for each kind of client.
fn answers(row: &Row<'_>, target: usize) -> Vec<String> {
    row.cells.iter().map(|cell| answer(cell.as_ref(), target)).collect()
}

fn answer(cell: Option<&Cell>, target: usize) -> String {
    let Some(summary) = cell.and_then(|cell| cell.answers.get(target)) else { return ".".to_owned() };
    match summary.conclusion {
        Conclusion::Delivered => delivered(summary),
        Conclusion::Answered => "health".to_owned(),
        Conclusion::Unhandled => "-".to_owned(),
        Conclusion::Rejected => "reject".to_owned(),
        Conclusion::Dropped => "drop".to_owned(),
        Conclusion::Undecided => "?".to_owned(),
        Conclusion::Mixed if summary.undecided.is_empty() => "mixed".to_owned(),
        Conclusion::Mixed => format!("{} or ?", delivered(summary)),
    }
}

fn delivered(summary: &Summary) -> String {
    let letters: Vec<&str> = summary.sources.iter().map(|source| letter(*source)).collect();
    let letters = letters.join("");
    let blank = if letters.is_empty() { "" } else { " " };
    let sticky = if summary.affinity.is_some() { "*" } else { "" };
    format!("{}{blank}{letters}{sticky}", summary.endpoints.len())
}

fn letter(source: SourceAddress) -> &'static str {
    match source {
        SourceAddress::Kept => "",
        SourceAddress::DirectReturn => "D",
        SourceAddress::Masqueraded => "N",
        SourceAddress::SourceVip(_) => "V",
    }
}
