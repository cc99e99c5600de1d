//! A sequence as one page: a lane for each frontend over the calls of all steps in one picture, and the same in words. The
//! page runs nothing and loads nothing; the template encodes every text.

use askama::Template;

use super::call::sentence as call_sentence;
use super::flows;
use super::lanes::{self, Picture};
use super::notice::{listed, reach, sentence};
use crate::document::replay::Replay;
use crate::name::printable;
use crate::platform::timeline::{Disturbance, StepRecord, Trouble};
use crate::render::counted;
use crate::render::html::StillHead;

/// How much of a long sequence the page has: more would not open at once.
const MOST_SENTENCES: usize = 2_000;
const MOST_STEPS: usize = 1_000;

#[derive(Template)]
#[template(path = "replay.html", config = "src/render/html/askama.toml")]
struct Page<'r> {
    policy: String,
    style: String,
    title: String,
    scope: String,
    notes: &'r [String],
    noun: &'static str,
    picture: Picture,
    sentences: Vec<String>,
    more_sentences: usize,
    flows: Vec<String>,
    reaches: Vec<(String, String)>,
    steps: Vec<StepView>,
    more_steps: usize,
}

struct StepView {
    title: String,
    calls: Vec<String>,
}

/// The page.
///
/// # Panics
/// Never: a page is made in memory.
pub(super) fn page(replay: &Replay) -> String {
    let StillHead { style, policy } = StillHead::of(lanes::STYLE);
    let mut all: Vec<&Disturbance> = replay.disturbances.iter().collect();
    all.sort_by_key(|of| !of.is_felt());
    let sentences = all.iter().take(MOST_SENTENCES).map(|of| sentence(of, replay.noun)).collect();
    let reaches = listed(replay.of_kind(Trouble::NoRules, true), reach).into_iter();
    let page = Page {
        policy,
        style,
        title: format!("Replay of {}, kube-proxy {}", replay.target, replay.kube_proxy_version),
        scope: scope(replay),
        notes: &replay.notes,
        noun: replay.noun,
        picture: Picture::of(replay, "Frontends over the calls of all steps".to_owned(), "step"),
        sentences,
        more_sentences: all.len().saturating_sub(MOST_SENTENCES),
        flows: replay.flows.iter().take(MOST_SENTENCES).map(flows::sentence).collect(),
        reaches: reaches
            .map(|(frontend, reach)| (printable(&frontend), reach))
            .take(MOST_SENTENCES)
            .collect(),
        steps: replay.steps.iter().take(MOST_STEPS).map(view).collect(),
        more_steps: replay.steps.len().saturating_sub(MOST_STEPS),
    };
    page.render().expect("a page is written to memory")
}

fn scope(replay: &Replay) -> String {
    let calls: usize = replay.steps.iter().map(|step| step.calls.len()).sum();
    let felt = replay.disturbances.iter().filter(|of| of.is_felt()).count();
    let [steps, calls, felt] =
        [(replay.steps.len(), "step"), (calls, "call"), (felt, "time")].map(|(many, of)| counted(many, of));
    format!("{steps}, {calls}; clients notice something {felt}")
}

fn view(step: &StepRecord) -> StepView {
    let calls = step.calls.iter().map(call_sentence).collect();
    StepView { title: super::call::title(step), calls }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::html::{STYLE, hash};
    use crate::render::replay::testing::replay;

    #[test]
    fn hostile_texts_are_text_everywhere() {
        let page = page(&replay());
        assert!(!page.contains("<script") && !page.contains("<!--"), "{page}");
        assert_eq!(page.matches("</svg>").count(), 1);
        assert_eq!(page.matches("</style>").count(), 1);
        for loading in [" src=", "http://", "https://", "url(", "@import", " style=", "onclick", "href="] {
            assert!(!page.contains(loading), "{loading}");
        }
        assert!(page.replace("&#43;", "+").contains(&hash(&format!("{STYLE}{}", lanes::STYLE))));
    }
}
