//! The picture of a replay: a lane for each frontend over the calls of all steps, with a bar where clients notice something.

use std::collections::BTreeMap;

use super::notice::sentence;
use crate::document::replay::Replay;
use crate::name::printable;
use crate::platform::timeline::{CallAt, Disturbance, StepRecord, Trouble};

/// The style of the picture, and of what explains it.
pub(in crate::render) const STYLE: &str = include_str!("../html/replay.css");

/// How many lanes are drawn: more would not open at once.
const MOST_LANES: usize = 300;

/// How wide the picture is at least and at most, and a call in it.
const WIDTH: usize = 900;
const MOST_WIDTH: usize = 20_000;
const CALL_WIDTH: usize = 16;

/// How high a lane is, and what stands above the first one.
const LANE: usize = 34;
const TOP: usize = 34;

/// The picture, in the sizes and places of an SVG.
pub(in crate::render) struct Picture {
    /// What it shows; of several on a page each has its own.
    pub(in crate::render) title: String,
    pub(in crate::render) noun: &'static str,
    pub(in crate::render) width: usize,
    pub(in crate::render) height: usize,
    pub(in crate::render) ticks: Vec<Tick>,
    pub(in crate::render) lanes: Vec<Lane>,
    pub(in crate::render) more_lanes: usize,
}

/// Where a step begins; not each has a label.
pub(in crate::render) struct Tick {
    pub(in crate::render) x: usize,
    pub(in crate::render) label: String,
}

pub(in crate::render) struct Lane {
    pub(in crate::render) y: usize,
    pub(in crate::render) name: String,
    pub(in crate::render) bars: Vec<Bar>,
}

pub(in crate::render) struct Bar {
    pub(in crate::render) class: &'static str,
    pub(in crate::render) x: usize,
    pub(in crate::render) width: usize,
    pub(in crate::render) title: String,
}

impl Picture {
    /// The picture of a replay; `step` is what its steps are called.
    pub(in crate::render) fn of(replay: &Replay, title: String, step: &str) -> Self {
        let scale = Scale::of(replay);
        let (lanes, more_lanes) = lanes(replay, &scale, step);
        Self {
            title,
            noun: replay.noun,
            width: scale.width,
            height: TOP + lanes.len() * LANE,
            ticks: ticks(replay, &scale, step),
            lanes,
            more_lanes,
        }
    }
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

fn ticks(replay: &Replay, scale: &Scale, name: &str) -> Vec<Tick> {
    let mut free = 0;
    let tick = |step: &StepRecord| {
        let x = scale.x(Some(CallAt { step: step.step, call: 0 }));
        let has_room = x >= free;
        if has_room {
            free = x + LABEL;
        }
        Tick { x, label: if has_room { format!("{name} {}", step.step) } else { String::new() } }
    };
    replay.steps.iter().map(tick).collect()
}

/// A lane for each frontend, those with troubles first; and how many there are more.
fn lanes(replay: &Replay, scale: &Scale, step: &str) -> (Vec<Lane>, usize) {
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
        bars: troubles.into_iter().map(|of| bar(of, replay.noun, scale, step)).collect(),
    };
    (lanes.map(lane).collect(), more)
}

fn bar(of: &Disturbance, noun: &str, scale: &Scale, step: &str) -> Bar {
    let class = match of.what {
        Trouble::NoRules => "bar-no-rules",
        Trouble::GoneMembers => "bar-gone-members",
        Trouble::WrongMembers => "bar-wrong-members",
    };
    let x = scale.x(Some(of.from));
    let title = sentence(of, noun).replace(" of step ", &format!(" of {step} "));
    Bar { class, x, width: scale.x(of.to).saturating_sub(x).max(2), title }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::replay::testing::replay;

    /// Bars are where their calls are: a trouble from call 1 of step 1 to call 1 of step 2 ends behind the beginning of step 2.
    #[test]
    fn a_lane_shows_from_which_call_to_which() {
        let replay = replay();
        let scale = Scale::of(&replay);
        let (lanes, more) = lanes(&replay, &scale, "step");
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
