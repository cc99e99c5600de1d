//! Draws a saved document by what draws its kind.

use super::{Detail, check, flows, trace};
use crate::document::saved::{Answer, Saved};
use crate::render::diff::side_by_side::{self, Layout};
use crate::render::diff::structure;
use crate::render::{fill, fleet, history, plan, replay, rollout};

/// The document as text.
#[must_use]
pub fn text(saved: &Saved, detail: Detail) -> String {
    let text = match &saved.answer {
        Answer::Plan(plan) => plan::text(plan),
        Answer::History(history) => history::text(history),
        Answer::Check(found) => check::draw(found, detail),
        Answer::Diff(diff) => structure::draw(&diff.names, &diff.comparison, detail.all),
        Answer::Frontends(of) => {
            let layout = Layout { width: detail.sides, all: detail.all, same_platform: false };
            side_by_side::draw_sheet(&of.names, &of.sheet, &of.not_compared, layout)
        }
        Answer::Flows(of) => flows::draw(of, detail.all),
        Answer::Fleet(of) => fleet::text::draw(of, fleet::Detail { all: detail.all, width: detail.width }),
        Answer::Replay(of) => replay::text::text(of, detail.all),
        Answer::ReplayComparison(of) => replay::text::comparison_text(of, detail.all),
        Answer::Rollout(of) => rollout::text::text(of, detail.all),
        Answer::Trace(of) => trace::draw(of, detail),
        Answer::Matrix(of) => trace::draw_matrix(of),
    };
    fill::starred(&text, &saved.marks)
}
