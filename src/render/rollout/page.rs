//! A rollout as one page: what it leaves without endpoints, what helps, and on each node a picture with a lane for each
//! frontend over the moments. The page runs nothing and loads nothing; the template encodes every text.

use askama::Template;

use super::sentence::{felt_in_orders, gap, headline, lasting, longest, not_modelled, place, remedy, rolled};
use crate::document::rollout::{Order, Rollout};
use crate::name::printable;
use crate::render::html::StillHead;
use crate::render::replay::lanes::{self, Picture};

/// How many lines of a kind the page has: more would not open at once.
const MOST: usize = 1_000;

#[derive(Template)]
#[template(path = "rollout.html", config = "src/render/html/askama.toml")]
struct Page {
    policy: String,
    style: String,
    title: &'static str,
    changes: List,
    class: &'static str,
    headline: &'static str,
    lists: Vec<List>,
    notes: Vec<String>,
    nodes: Vec<NodeView>,
    orders: Vec<List>,
}

/// Lines under a title, and how many there are more.
struct List {
    title: &'static str,
    lines: Vec<String>,
    more: usize,
}

struct NodeView {
    place: String,
    orders: Vec<OrderView>,
}

struct OrderView {
    title: String,
    picture: Picture,
    noticed: List,
}

/// The page.
///
/// # Panics
/// Never: a page is made in memory.
pub(super) fn page(rollout: &Rollout) -> String {
    let StillHead { style, policy } = StillHead::of(lanes::STYLE);
    let mut changes: Vec<String> = rollout.workloads.iter().map(rolled).collect();
    changes.extend(rollout.not_modelled.iter().map(|of| not_modelled(of)));
    if changes.is_empty() {
        changes.push("No pod of a workload changes.".to_owned());
    }
    let orders = [("Worst order", &rollout.worst), ("Best order", &rollout.best)];
    let page = Page {
        policy,
        style,
        title: "What clients notice of a rollout",
        changes: list("", changes),
        class: if rollout.longest.is_empty() { "soft" } else { "" },
        headline: headline(rollout),
        lists: lists(rollout),
        notes: rollout.notes.iter().map(|note| printable(note)).collect(),
        nodes: nodes(rollout),
        orders: orders.map(|(title, order)| list(title, moments(order))).into(),
    };
    page.render().expect("a page is written to memory")
}

/// What is without endpoints and for how long, what is so afterwards, and what helps.
fn lists(rollout: &Rollout) -> Vec<List> {
    let stuck: Vec<String> = rollout.worst.stuck.iter().map(|stuck| printable(stuck)).collect();
    let best = if rollout.longest.is_empty() { &[][..] } else { &rollout.best.gaps };
    let lists = [
        list("", longest(rollout)),
        list("And after the rollout", lasting(rollout)),
        list("It does not end", stuck),
        list("In the best order", best.iter().map(gap).collect()),
        list("What changes it", rollout.remedies.iter().map(remedy).collect()),
    ];
    lists.into_iter().filter(|list| !list.lines.is_empty()).collect()
}

fn list(title: &'static str, mut lines: Vec<String>) -> List {
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    List { title, lines, more }
}

/// Each node with both orders, or with one where clients notice the same in both.
fn nodes(rollout: &Rollout) -> Vec<NodeView> {
    let node = |at: usize| {
        let place = place(&rollout.worst.replays[at]);
        let order = |(name, order, felt): (&str, &Order, Vec<String>)| {
            let title = format!("In {name}");
            let what = format!("Frontends on {place} over the moments: {title}");
            let picture = Picture::of(&order.replays[at].replay, what, "moment");
            OrderView { title, picture, noticed: list("", felt) }
        };
        let orders = felt_in_orders(rollout, at).into_iter().map(order).collect();
        NodeView { place, orders }
    };
    let both = rollout.worst.replays.len().min(rollout.best.replays.len());
    (0..both).map(node).collect()
}

fn moments(order: &Order) -> Vec<String> {
    order.moments.iter().map(|moment| printable(moment)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::rollout::OnNode;
    use crate::render::replay::testing::{HOSTILE, replay};

    #[test]
    fn hostile_texts_are_text_everywhere() {
        let order = json!({ "moments": [HOSTILE], "stuck": HOSTILE, "replays": [],
            "gaps": [{ "service": HOSTILE, "node": HOSTILE, "field": HOSTILE, "starts": 1, "from": 1 }] });
        let document = json!({ "apiVersion": "", "kind": "Rollout", "allOrders": true,
            "workloads": [{ "kind": HOSTILE, "name": HOSTILE, "strategy": HOSTILE, "pods": [1, 2], "hasNewTemplate": true }],
            "longest": [{ "service": HOSTILE, "node": HOSTILE, "field": HOSTILE, "starts": 1 }],
            "remedies": [{ "field": HOSTILE, "value": HOSTILE, "removesAll": false }],
            "notModelled": [HOSTILE], "notes": [HOSTILE], "worst": order, "best": order });
        let mut rollout: Rollout = serde_json::from_value(document).expect("it is a rollout");
        for order in [&mut rollout.worst, &mut rollout.best] {
            order.replays.push(OnNode { node: Some(HOSTILE.to_owned()), replay: replay() });
        }
        let page = page(&rollout);
        assert!(!page.contains("<script") && !page.contains("<!--"), "{page}");
        assert_eq!(page.matches("</svg>").count(), 1, "both orders are alike");
        assert_eq!(page.matches("</style>").count(), 1);
        for loading in [" src=", "http://", "https://", "url(", "@import", " style=", "onclick", "href="] {
            assert!(!page.contains(loading), "{loading}");
        }
        assert!(page.matches("alert(1)").count() > 12, "{page}");
    }
}
