//! Draws the matrix: one table for each target, a row for each frontend, a column for each kind of client.

use std::fmt::Write;

use crate::ir::FrontendKind;
use crate::trace::{Cell, ClientKind, Conclusion, Matrix, Row, Summary, TargetName};
use crate::verdict::SourceAddress;

/// Width of the column of frontends.
const FRONTEND: usize = 46;
/// Width of a column of answers.
const ANSWER: usize = 12;

const LEGEND: &str = "\
3        delivered to one of 3 endpoints, which see the client; with another letter they see
           N the node, V the SourceVIP; with D the client, answering to it directly
*        a client keeps its endpoint
-        no rule takes it: it goes where it was sent
?        it cannot be told; hnsplan trace -S CLIENT -D ADDRESS says why
.        not asked: no such client, or localhost to something else than a node port
";

/// All tables.
pub(super) fn draw(matrix: &Matrix<'_>, targets: &[TargetName]) -> String {
    let mut text = String::new();
    for (at, target) in targets.iter().enumerate() {
        let mut line = format!("{:FRONTEND$}", target.as_str());
        for kind in ClientKind::ALL {
            let _ = write!(line, "{:ANSWER$}", kind.as_str());
        }
        text.push_str(line.trim_end());
        text.push('\n');
        let mut last = "";
        for row in &matrix.rows {
            if last != &*row.port.id {
                let _ = writeln!(text, "{}", row.port.id);
                last = &row.port.id;
            }
            text.push_str(self::row(row, at).trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(LEGEND);
    text
}

fn row(row: &Row<'_>, target: usize) -> String {
    let frontend = format!("  {:14} {}/{}", kind(row.kind), row.to, row.protocol);
    let mut line = format!("{frontend:FRONTEND$}");
    if frontend.chars().count() >= FRONTEND {
        line.push(' ');
    }
    for cell in &row.cells {
        let _ = write!(line, "{:ANSWER$}", answer(cell.as_ref(), target));
    }
    line
}

/// The kind of a frontend, as people call it.
pub(super) fn kind(kind: FrontendKind) -> &'static str {
    match kind {
        FrontendKind::ClusterIp => "ClusterIP",
        FrontendKind::ExternalIp => "ExternalIP",
        FrontendKind::LoadBalancerIp => "LoadBalancerIP",
        FrontendKind::NodePort => "NodePort",
    }
}

fn answer(cell: Option<&Cell>, target: usize) -> String {
    let Some(summary) = cell.and_then(|cell| cell.answers.get(target)) else { return ".".to_owned() };
    match summary.conclusion {
        Conclusion::Delivered => delivered(summary),
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
