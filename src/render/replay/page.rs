//! A sequence as one page: a lane for each frontend over the calls of all steps in one picture, and the same in words. The
//! page runs nothing and loads nothing; the template encodes every text.

use std::collections::BTreeMap;

use askama::Template;

use super::call::sentence as call_sentence;
use super::flows;
use super::notice::{listed, reach, sentence};
use crate::document::replay::Replay;
use crate::name::printable;
use crate::platform::timeline::{CallAt, Disturbance, StepRecord, Trouble};
use crate::render::html::{STYLE, hash};

const OWN_STYLE: &str = include_str!("../html/replay.css");

/// How much of a long sequence the page has: more would not open at once.
const MOST_LANES: usize = 300;
const MOST_SENTENCES: usize = 2_000;
const MOST_STEPS: usize = 1_000;

/// How wide the picture is at least and at most, and a call in it.
const WIDTH: usize = 900;
const MOST_WIDTH: usize = 20_000;
const CALL_WIDTH: usize = 16;

/// How high a lane is, and what stands above the first one.
const LANE: usize = 34;
const TOP: usize = 34;

#[derive(Template)]
#[template(path = "replay.html", config = "src/render/html/askama.toml")]
struct Page<'r> {
    policy: String,
    style: String,
    title: String,
    scope: String,
    notes: &'r [String],
    noun: &'static str,
    width: usize,
    height: usize,
    ticks: Vec<Tick>,
    lanes: Vec<Lane>,
    more_lanes: usize,
    sentences: Vec<String>,
    more_sentences: usize,
    flows: Vec<String>,
    reaches: Vec<(String, String)>,
    steps: Vec<StepView>,
    more_steps: usize,
}

/// Where a step begins; not each has a label.
struct Tick {
    x: usize,
    label: String,
}

struct Lane {
    y: usize,
    name: String,
    bars: Vec<Bar>,
}

struct Bar {
    class: &'static str,
    x: usize,
    width: usize,
    title: String,
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
    let style = format!("{STYLE}{OWN_STYLE}");
    let policy =
        format!("default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'", hash(&style));
    let scale = Scale::of(replay);
    let (lanes, more_lanes) = lanes(replay, &scale);
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
        width: scale.width,
        height: TOP + lanes.len() * LANE,
        ticks: ticks(replay, &scale),
        lanes,
        more_lanes,
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
    let [steps, calls, felt] = [(replay.steps.len(), "step"), (calls, "call"), (felt, "time")]
        .map(|(many, of)| super::counted(many, of));
    format!("{steps}, {calls}; clients notice something {felt}")
}

/// Where the calls of the steps are in the picture. Before the first call of a step there is room for what was before.
struct Scale {
    /// Before how many calls each step begins.
    begins: BTreeMap<usize, usize>,
    slots: usize,
    width: usize,
}

impl Scale {
    fn of(replay: &Replay) -> Self {
        let mut slots = 0;
        let mut begins = BTreeMap::new();
        for step in &replay.steps {
            begins.insert(step.step, slots);
            slots += step.calls.len() + 2;
        }
        Self { begins, slots, width: (slots * CALL_WIDTH).clamp(WIDTH, MOST_WIDTH) }
    }

    fn at_slot(&self, slot: usize) -> usize {
        slot.min(self.slots) * self.width / self.slots.max(1)
    }

    /// Where a call is made. The slot behind the last call of a step is the time until the next one.
    fn x(&self, at: Option<CallAt>) -> usize {
        let slot = at.and_then(|at| Some(self.begins.get(&at.step)? + at.call));
        self.at_slot(slot.unwrap_or(self.slots))
    }
}

/// How wide a label is with what is beside it.
const LABEL: usize = 64;

fn ticks(replay: &Replay, scale: &Scale) -> Vec<Tick> {
    let mut free = 0;
    let tick = |step: &StepRecord| {
        let x = scale.x(Some(CallAt { step: step.step, call: 0 }));
        let has_room = x >= free;
        if has_room {
            free = x + LABEL;
        }
        Tick { x, label: if has_room { format!("step {}", step.step) } else { String::new() } }
    };
    replay.steps.iter().map(tick).collect()
}

/// A lane for each frontend, those with troubles first; and how many there are more.
fn lanes(replay: &Replay, scale: &Scale) -> (Vec<Lane>, usize) {
    let mut by_frontend: BTreeMap<(bool, &str, &str), Vec<&Disturbance>> = BTreeMap::new();
    for of in &replay.disturbances {
        by_frontend.entry((false, &of.service, &of.frontend)).or_default().push(of);
    }
    for [service, frontend] in &replay.frontends {
        if !by_frontend.contains_key(&(false, service, frontend)) {
            by_frontend.entry((true, service, frontend)).or_default();
        }
    }
    let more = by_frontend.len().saturating_sub(MOST_LANES);
    let lanes = by_frontend.into_iter().take(MOST_LANES).enumerate();
    let lane = |(at, ((_, service, frontend), troubles)): (usize, (_, Vec<&Disturbance>))| Lane {
        y: TOP + at * LANE,
        name: format!("{} {}", printable(service), printable(frontend)),
        bars: troubles.into_iter().map(|of| bar(of, replay.noun, scale)).collect(),
    };
    (lanes.map(lane).collect(), more)
}

fn bar(of: &Disturbance, noun: &str, scale: &Scale) -> Bar {
    let class = match of.what {
        Trouble::NoRules => "bar-no-rules",
        Trouble::GoneMembers => "bar-gone-members",
        Trouble::WrongMembers => "bar-wrong-members",
    };
    let x = scale.x(Some(of.from));
    Bar { class, x, width: scale.x(of.to).saturating_sub(x).max(2), title: sentence(of, noun) }
}

fn view(step: &StepRecord) -> StepView {
    let calls = step.calls.iter().map(call_sentence).collect();
    StepView { title: super::call::title(step), calls }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Family;
    use crate::platform::timeline::CallRecord;

    const HOSTILE: &str = "</svg></style><script>alert(1)</script><!--\"'&{{7*7}}";

    fn replay() -> Replay {
        let at = |step, call| CallAt { step, call };
        let mut noticed = Disturbance::new(Trouble::NoRules, HOSTILE, HOSTILE, at(1, 1));
        noticed.to = Some(at(2, 1));
        noticed.has_ready_endpoints = true;
        let mut gone = Disturbance::new(Trouble::GoneMembers, "shop/web", "TCP 10.96.0.10:80", at(2, 0));
        gone.members = vec![HOSTILE.to_owned()];
        let call = CallRecord {
            by: Family::Ipv4,
            what: "delete load balancer".into(),
            on: HOSTILE.to_owned(),
            members: vec![HOSTILE.to_owned()],
            error: Some(HOSTILE.to_owned()),
            refusal: Some(HOSTILE.to_owned()),
            forgets: vec![HOSTILE.to_owned()],
        };
        let step = |step| StepRecord {
            step,
            restart: true,
            events: vec![HOSTILE.to_owned()],
            calls: vec![call.clone()],
        };
        Replay {
            api_version: "".into(),
            kind: "Replay".into(),
            target: "hns".into(),
            kube_proxy_version: "1.36".to_owned(),
            notes: vec![HOSTILE.to_owned()],
            noun: "load balancer",
            frontends: vec![["shop/still".into(), HOSTILE.into()]],
            disturbances: vec![noticed, gone],
            flows: Vec::new(),
            steps: vec![step(1), step(2)],
        }
    }

    #[test]
    fn hostile_texts_are_text_everywhere() {
        let page = page(&replay());
        assert!(!page.contains("<script") && !page.contains("<!--"), "{page}");
        assert_eq!(page.matches("</svg>").count(), 1);
        assert_eq!(page.matches("</style>").count(), 1);
        for loading in [" src=", "http://", "https://", "url(", "@import", " style=", "onclick", "href="] {
            assert!(!page.contains(loading), "{loading}");
        }
        assert!(page.replace("&#43;", "+").contains(&hash(&format!("{STYLE}{OWN_STYLE}"))));
    }

    /// Bars are where their calls are: a trouble from call 1 of step 1 to call 1 of step 2 ends behind the beginning of step 2.
    #[test]
    fn a_lane_shows_from_which_call_to_which() {
        let replay = replay();
        let scale = Scale::of(&replay);
        let (lanes, more) = lanes(&replay, &scale);
        assert_eq!((lanes.len(), more), (3, 0));
        assert!(lanes[2].bars.is_empty(), "what has no trouble comes last");
        let of = lanes.iter().find(|lane| lane.bars.iter().any(|bar| bar.class == "bar-no-rules")).unwrap();
        let step_2 = scale.x(Some(CallAt { step: 2, call: 0 }));
        let [bar] = &of.bars[..] else { panic!("one bar") };
        assert!(bar.x > 0 && bar.x < step_2 && bar.x + bar.width > step_2 && bar.x + bar.width < scale.width);
        let open =
            lanes.iter().flat_map(|lane| &lane.bars).find(|bar| bar.class == "bar-gone-members").unwrap();
        assert_eq!(open.x + open.width, scale.width, "what has no end goes to the end");
    }
}
