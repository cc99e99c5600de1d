//! Plans as text, with Terraform's signs and sentences.

use std::collections::HashSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::answer::step::{PlanCounts, Sign};
use crate::apply::PlannedLoss;
use crate::document::plan::{PlanSummary, PlannedChange};
use crate::name::printable;

/// How many Services are named on a line.
const NAMED: usize = 2;

/// The sign of what is deleted and made again.
const REPLACED: &str = "-/+";

/// Why something is.
const WHY_REPLACED: &str =
    "-/+ is deleted and created again: this version of the platform cannot change it in place.\n";

/// The sentence for a plan without changes.
const NO_CHANGES: &str = "No changes. Node matches the manifests.\n";

/// The sentence for a plan that would delete, and finds nothing.
const NOTHING_TO_DESTROY: &str = "No changes. The node has nothing to destroy.\n";

/// A line of the plan. Every text may come from a file that somebody edited.
struct Row {
    symbol: &'static str,
    style: Style,
    kind: String,
    name: String,
    detail: String,
    services: String,
    differences: Vec<String>,
}

/// How many differences of an object are listed.
const LISTED: usize = 12;

/// The plan as text.
#[must_use]
pub fn text(plan: &PlanSummary) -> String {
    if plan.changes.is_empty() {
        let sentence = match plan.unmet {
            _ if plan.destroy => NOTHING_TO_DESTROY.to_owned(),
            0 => NO_CHANGES.to_owned(),
            1 => {
                "No changes, and 1 problem of the node remains that kube-proxy does not repair.\n".to_owned()
            }
            many => format!(
                "No changes, and {many} problems of the node remain that kube-proxy does not repair.\n"
            ),
        };
        return sentence + &last_line(plan);
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
        for difference in &row.differences {
            writeln!(text, "          {difference}").expect("a String takes all text");
        }
    }
    if rows.iter().any(|row| row.symbol == REPLACED) {
        text.push_str(WHY_REPLACED);
    }
    text + &format!("Plan: {}.\n", plan.counts) + &last_line(plan)
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
            Sign::Add if is_replaced => (REPLACED, AnsiColor::Yellow),
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
            differences: differences(change),
        })
    };
    changes.iter().filter_map(row).collect()
}

/// What an object does no longer, and what it does instead; and where the manifests want that.
fn differences(change: &PlannedChange) -> Vec<String> {
    let signed = |sign: char, facts: &[String]| -> Vec<String> {
        facts.iter().map(|fact| format!("{sign} {}", printable(fact))).collect()
    };
    let mut lines = signed('-', &change.removed);
    lines.extend(signed('+', &change.added));
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more; -o json lists all"));
    }
    if let (false, Some(place), Some(service)) = (lines.is_empty(), &change.place, change.services.first()) {
        lines.push(format!("as wanted by {} at {}", printable(service), printable(place)));
    }
    lines
}

fn services(services: &[String]) -> String {
    let named = services.iter().take(NAMED).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    match services.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn last_line(plan: &PlanSummary) -> String {
    let lost: String = plan.lost.iter().map(loss_line).collect();
    let accepted = match plan.lost.iter().filter(|loss| loss.accepted.is_some()).count() {
        0 => String::new(),
        count => format!(" ({count} accepted)"),
    };
    match (plan.losses, plan.errors) {
        (0, 0) => String::new(),
        (losses, 0) => format!("Losses: {losses}{accepted}.\n{lost}"),
        (losses, errors) => format!("Losses: {losses}{accepted}, errors: {errors}.\n{lost}"),
    }
}

/// One loss, with its Service and its place in the manifests, and why it is accepted.
fn loss_line(loss: &PlannedLoss) -> String {
    let part = |text: &Option<String>| text.as_deref().map(printable).unwrap_or_default();
    let line = format!("  {}  {}  {}", printable(&loss.code), part(&loss.object), part(&loss.place));
    let accepted = loss.accepted.as_deref().map(|why| format!("\n         accepted: {}", printable(why)));
    line.trim_end().to_owned() + &accepted.unwrap_or_default() + "\n"
}
