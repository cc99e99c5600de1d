//! Plans as people read them, in Terraform's signs and sentences.

use std::collections::HashSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::apply::{Change, Plan, Sign, Step, Tally};

/// How many Services are named on a line.
const NAMED: usize = 2;

/// The sentence for a plan without steps.
pub(in crate::cli) const NO_CHANGES: &str = "No changes. Node matches the manifests.\n";

/// A line of the plan.
struct Row {
    symbol: &'static str,
    style: Style,
    change: Change,
}

/// The text of a plan.
pub(in crate::cli) fn plan<S: Step>(plan: &Plan<S>) -> String {
    if plan.steps.is_empty() {
        return NO_CHANGES.to_owned() + &last_line(plan);
    }
    let rows = rows(&plan.steps);
    let width = |of: fn(&Change) -> usize| rows.iter().map(|row| of(&row.change)).max().unwrap_or_default();
    let kind = width(|change| change.kind.len());
    let name = width(|change| change.name.chars().count()).min(48);
    let detail = width(|change| change.detail.chars().count()).min(40);
    let mut text = String::new();
    for Row { symbol, style, change } in &rows {
        let line = format!(
            "{:kind$}  {:name$}  {:detail$}  {}",
            change.kind,
            change.name,
            change.detail,
            services(&change.services)
        );
        writeln!(text, "{style}{symbol:>5}{style:#} {}", line.trim_end()).expect("a String takes all text");
    }
    text + &format!("Plan: {}.\n", plan.tally()) + &last_line(plan)
}

/// The lines of a plan; what is deleted and made anew stands on one.
fn rows<S: Step>(steps: &[S]) -> Vec<Row> {
    let changes: Vec<Change> = steps.iter().flat_map(Step::changes).collect();
    let identity = |change: &Change| (change.kind, change.name.clone());
    let of_sign = |sign: Sign| changes.iter().filter(move |change| change.sign == sign);
    let deleted: HashSet<_> = of_sign(Sign::Destroy).map(identity).collect();
    let replaced: HashSet<_> = of_sign(Sign::Add).map(identity).filter(|of| deleted.contains(of)).collect();
    let row = |change: Change| {
        let is_replaced = replaced.contains(&identity(&change));
        let (symbol, color) = match change.sign {
            Sign::Destroy if is_replaced => return None,
            Sign::Add if is_replaced => ("-/+", AnsiColor::Yellow),
            Sign::Add => ("+", AnsiColor::Green),
            Sign::Change => ("~", AnsiColor::Yellow),
            Sign::Destroy => ("-", AnsiColor::Red),
        };
        Some(Row { symbol, style: color.on_default(), change })
    };
    changes.into_iter().filter_map(row).collect()
}

fn services(services: &[String]) -> String {
    let named = services.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match services.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn last_line<S: Step>(plan: &Plan<S>) -> String {
    match (plan.losses, plan.errors) {
        (0, 0) => String::new(),
        (losses, 0) => format!("Losses: {losses}.\n"),
        (losses, errors) => format!("Losses: {losses}, errors: {errors}.\n"),
    }
}

/// How much of what is wanted a plan lacks, in a sentence.
pub(in crate::cli) fn losses<S: Step>(plan: &Plan<S>) -> String {
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let parts = [counted(plan.losses, "loss", "losses"), counted(plan.errors, "error", "errors")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The sentence for a plan that was carried out.
pub(in crate::cli) fn complete(what: &str, tally: Tally) -> String {
    let Tally { add, change, destroy } = tally;
    format!("{what} complete! {add} added, {change} changed, {destroy} destroyed.\n")
}
