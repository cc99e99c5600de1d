//! Draws the matrix: one table for each target, a row for each frontend, a column for each kind of client.

use std::fmt::Write;
use std::net::SocketAddr;

use crate::answer::verdict::SourceAddress;
use crate::trace::{ClientKind, Conclusion, Matrix, Summary};

const LEGEND: &str = "\
3        delivered to one of 3 endpoints, source address preserved; with a letter it is
           replaced by one of the node (N) or by the source VIP (V), or replies bypass the node (D: DSR)
*        session affinity
drop     silently discarded; reject: the client gets \"connection refused\"
-        no rule matches; the packet is routed unchanged
?        undecided; hnsplan trace --from CLIENT --to ADDRESS shows why
.        not asked: no such client, or localhost to something else than a node port
";

/// A frontend, and what targets answer there.
pub(in crate::render) struct TableRow<'r> {
    /// The service port.
    pub(in crate::render) service: &'r str,
    /// Its kind, address and protocol.
    pub(in crate::render) frontend: String,
    /// The answers of all targets, one for each kind of client.
    pub(in crate::render) cells: Vec<Option<&'r [Summary]>>,
}

/// `  ClusterIP      10.96.0.10:80/TCP`
pub(in crate::render) fn frontend(kind: &str, to: SocketAddr, protocol: &str) -> String {
    format!("  {kind:14} {to}/{protocol}")
}

/// All tables.
#[must_use]
pub fn draw(matrix: &Matrix<'_>, targets: &[&'static str]) -> String {
    let rows = matrix.rows.iter().map(|row| TableRow {
        service: &row.port.id,
        frontend: frontend(row.kind.as_str(), row.to, row.protocol.as_str()),
        cells: row.cells.iter().map(|cell| cell.as_ref().map(|cell| &*cell.answers)).collect(),
    });
    draw_tables(&rows.collect::<Vec<_>>(), targets)
}

/// A table for each target.
pub(in crate::render) fn draw_tables(rows: &[TableRow<'_>], targets: &[&str]) -> String {
    let columns = Columns::of(rows, targets);
    let mut text = String::new();
    for (at, target) in targets.iter().enumerate() {
        let kinds = ClientKind::ALL.map(|kind| kind.as_str().to_owned());
        columns.line(&mut text, target, &kinds);
        let mut last = "";
        for row in rows {
            if last != row.service {
                let _ = writeln!(text, "{}", row.service);
                last = row.service;
            }
            columns.line(&mut text, &row.frontend, &answers(row, at));
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
    fn of(rows: &[TableRow<'_>], targets: &[&str]) -> Self {
        let width = |text: &str| text.chars().count();
        let mut columns = Self {
            frontend: targets.iter().map(|target| width(target)).max().unwrap_or_default(),
            answers: ClientKind::ALL.map(|kind| width(kind.as_str())),
        };
        for row in rows {
            columns.frontend = columns.frontend.max(width(&row.frontend));
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

/// What a target answers, one for each kind of client.
fn answers(row: &TableRow<'_>, target: usize) -> Vec<String> {
    row.cells.iter().map(|cell| answer(cell.and_then(|answers| answers.get(target)))).collect()
}

fn answer(summary: Option<&Summary>) -> String {
    let Some(summary) = summary else { return ".".to_owned() };
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
