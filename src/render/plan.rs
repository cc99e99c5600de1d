//! Plans as text, with Terraform's signs and sentences.

use std::collections::HashSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::answer::step::{PlanCounts, Sign};
use crate::document::plan::{PlanSummary, PlannedChange};
use crate::name::printable;

/// How many Services are named on a line.
const NAMED: usize = 2;

/// The sentence for a plan without changes.
const NO_CHANGES: &str = "No changes. Node matches the manifests.\n";

/// A line of the plan. Every text may come from a file that somebody edited.
struct Row {
    symbol: &'static str,
    style: Style,
    kind: String,
    name: String,
    detail: String,
    services: String,
}

/// The plan as text.
#[must_use]
pub fn text(plan: &PlanSummary) -> String {
    if plan.changes.is_empty() {
        return NO_CHANGES.to_owned() + &last_line(plan);
    }
    let rows = rows(&plan.changes);
    let width =
        |of: fn(&Row) -> &String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default();
    let kind = width(|row| &row.kind);
    let name = width(|row| &row.name).min(48);
    let detail = width(|row| &row.detail).min(40);
    let mut text = String::new();
    for row in &rows {
        let Row { symbol, style, .. } = row;
        let line =
            format!("{:kind$}  {:name$}  {:detail$}  {}", row.kind, row.name, row.detail, row.services);
        writeln!(text, "{style}{symbol:>5}{style:#} {}", line.trim_end()).expect("a String takes all text");
    }
    text + &format!("Plan: {}.\n", plan.counts) + &last_line(plan)
}

/// What a plan lacks of what is wanted: `1 loss, 2 errors`.
#[must_use]
pub fn shortcomings(losses: usize, errors: usize) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [counted(losses, "loss", "losses"), counted(errors, "error", "errors")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The sentence for a plan that was carried out.
#[must_use]
pub fn completion(command: &str, counts: PlanCounts) -> String {
    let PlanCounts { add, change, destroy } = counts;
    format!("{command} complete! {add} added, {change} changed, {destroy} destroyed.\n")
}

/// A change in a few words: `+ load balancer 10.96.0.10:80/TCP`.
#[must_use]
pub fn brief(change: &PlannedChange) -> String {
    format!("{} {} {}", change.sign.symbol(), printable(&change.kind), printable(&change.name))
}

/// The lines of a plan. What is deleted and made again has one line.
fn rows(changes: &[PlannedChange]) -> Vec<Row> {
    let identity = |change: &PlannedChange| (change.kind.clone(), change.name.clone());
    let of_sign = |sign: Sign| changes.iter().filter(move |change| change.sign == sign);
    let deleted: HashSet<_> = of_sign(Sign::Destroy).map(identity).collect();
    let replaced: HashSet<_> = of_sign(Sign::Add).map(identity).filter(|of| deleted.contains(of)).collect();
    let row = |change: &PlannedChange| {
        let is_replaced = replaced.contains(&identity(change));
        let (symbol, color) = match change.sign {
            Sign::Destroy if is_replaced => return None,
            Sign::Add if is_replaced => ("-/+", AnsiColor::Yellow),
            Sign::Add => ("+", AnsiColor::Green),
            Sign::Change => ("~", AnsiColor::Yellow),
            Sign::Destroy => ("-", AnsiColor::Red),
        };
        Some(Row {
            symbol,
            style: color.on_default(),
            kind: printable(&change.kind),
            name: printable(&change.name),
            detail: printable(&change.detail),
            services: services(&change.services),
        })
    };
    changes.iter().filter_map(row).collect()
}

fn services(services: &[String]) -> String {
    let named = services.iter().take(NAMED).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    match services.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn last_line(plan: &PlanSummary) -> String {
    match (plan.losses, plan.errors) {
        (0, 0) => String::new(),
        (losses, 0) => format!("Losses: {losses}.\n"),
        (losses, errors) => format!("Losses: {losses}, errors: {errors}.\n"),
    }
}
