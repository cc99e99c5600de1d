//! Draws a packet on its way, and who reaches what, from saved documents.

use super::Detail;
use crate::document::saved::{SavedMatrix, SavedOutcome, SavedStep, SavedTarget, SavedTrace};
use crate::render::trace::matrix::{TableRow, draw_tables, frontend};
use crate::render::trace::{AnswerView, OutcomeView, StepView, View, Way, fate, mark, text, within};

/// What becomes of a packet.
pub(super) fn draw(trace: &SavedTrace, detail: Detail) -> String {
    let SavedTrace { client, destination, protocol, service, targets } = trace;
    let service = service.as_ref().map(|service| format!("  {service}")).unwrap_or_default();
    let view = View {
        head: format!("{} {} → {destination}/{protocol}{service}", client.kind, client.ip),
        answers: targets.iter().map(answer).collect(),
    };
    view.draw(text::Detail { all: detail.all, explain: false, width: detail.targets })
}

fn answer(target: &SavedTarget) -> AnswerView {
    let believed = target.grounds().iter().filter(|ground| ground.confidence == "believed");
    AnswerView {
        target: target.target.clone(),
        sentence: target.sentence(),
        believed: believed.map(|ground| ground.id.clone()).collect(),
        outcomes: target.outcomes.iter().map(|of| outcome(of, target)).collect(),
    }
}

fn outcome(of: &SavedOutcome, target: &SavedTarget) -> OutcomeView {
    OutcomeView {
        chance: of.chance.clone(),
        fate: fate(&of.fate),
        way: Way::to(&of.fate),
        steps: of.steps.iter().map(|of| step(of, target)).collect(),
    }
}

fn step(of: &SavedStep, target: &SavedTarget) -> StepView {
    let ground = of.ground.as_ref().map(|id| {
        let known = target.grounds().iter().find(|ground| ground.id == *id);
        let doubt = known.filter(|ground| !["read", "seen"].contains(&&*ground.confidence));
        mark(id, doubt.map(|ground| &*ground.confidence))
    });
    let place = of.manifest.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
    StepView {
        within: within(&of.within, of.number),
        rule: format!("{}{}{place}", of.rule, ground.unwrap_or_default()),
        after: of.packet.clone(),
    }
}

/// Who reaches what, a table for each target.
pub(super) fn draw_matrix(matrix: &SavedMatrix) -> String {
    let rows = matrix.rows.iter().map(|row| TableRow {
        service: &row.service,
        frontend: frontend(&row.frontend, row.address, &row.protocol),
        cells: row.cells.iter().map(Option::as_deref).collect(),
    });
    let targets: Vec<&str> = matrix.targets.iter().map(String::as_str).collect();
    draw_tables(&rows.collect::<Vec<_>>(), &targets)
}
