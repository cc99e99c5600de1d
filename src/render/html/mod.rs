//! The HTML report: one file that needs nothing else, safe to open whatever names it shows.
//!
//! The page is made of a template that encodes every text, a style and a script of our own, and the Services as
//! JSON, which the script draws piece by piece. The browser runs nothing but that one script: the page's own
//! policy names its hash.
//!
//! **Invariant:** nothing here knows how findings and differences were made.

mod data;
pub mod frontends;
mod model;
mod provenance;

use std::collections::BTreeMap;

use askama::Template;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

pub use self::model::{
    ChangeView, EntryView, Field, FindingView, FrontendView, Group, LineView, Page, SideView, Spot, Tally,
    Tile,
};

pub use self::provenance::{InputView, Provenance};

use self::data::{Data, ROOM};

pub(super) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Template)]
#[template(path = "page.html", config = "src/render/html/askama.toml")]
struct Filled<'r> {
    report: &'r Page,
    policy: String,
    style: String,
    script: &'static str,
    /// The words for changes and for kinds of objects, and how many of each there are.
    verbs: Words,
    kinds: Words,
    data: Data,
    /// How many megabytes the page has for what unfolds.
    room: usize,
}

type Words = Vec<(&'static str, usize)>;

impl Page {
    /// The page.
    ///
    /// # Panics
    /// Never: a page is made in memory.
    #[must_use]
    pub fn html(&self) -> String {
        let style = format!("{}{STYLE}", crate::graph::draw::STYLE);
        let (style_hash, script_hash) = (hash(&style), hash(SCRIPT));
        let policy = format!(
            "default-src 'none'; style-src '{style_hash}'; script-src '{script_hash}'; base-uri 'none'; \
             form-action 'none'"
        );
        let verbs = self.words(|change| change.verb);
        let kinds = self.words(|change| change.kind);
        let [verb_words, kind_words] =
            [&verbs, &kinds].map(|words| words.iter().map(|(word, _)| *word).collect::<Vec<_>>());
        let data = Data::of(self, &verb_words, &kind_words);
        let page =
            Filled { report: self, policy, style, script: SCRIPT, verbs, kinds, data, room: ROOM >> 20 };
        page.render().expect("a page is written to memory")
    }

    /// The words for all changes, sorted, and how many changes have them.
    fn words(&self, of: impl Fn(&ChangeView) -> &'static str) -> Words {
        let mut words: BTreeMap<&'static str, usize> = BTreeMap::new();
        for change in self.entries.iter().flat_map(|entry| &entry.changes) {
            *words.entry(of(change)).or_default() += 1;
        }
        words.into_iter().collect()
    }
}

/// What the head of a page has that runs nothing.
pub(super) struct StillHead {
    /// The style of all pages, and the page's own.
    pub(super) style: String,
    /// Lets nothing in but that style.
    pub(super) policy: String,
}

impl StillHead {
    pub(super) fn of(own_style: &str) -> Self {
        let style = format!("{STYLE}{own_style}");
        let hash = hash(&style);
        let policy = format!("default-src 'none'; style-src '{hash}'; base-uri 'none'; form-action 'none'");
        Self { style, policy }
    }
}

/// The hash by which a policy names an inline text.
pub(super) fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><script>alert(1)</script><!--\"'&{{7*7}}\n\u{2028}";

    fn hostile() -> String {
        HOSTILE.to_owned()
    }

    /// A report in which every text is hostile.
    fn report() -> Page {
        let side = SideView {
            name: hostile(),
            answer: hostile(),
            trace: hostile(),
            rules: hostile(),
            drawing: "<svg></svg>".into(),
        };
        let finding = FindingView {
            code: "D0801",
            severity: "error",
            title: hostile(),
            extent: hostile(),
            meaning: hostile(),
            advice: hostile(),
            spots: vec![Spot { at: hostile(), what: hostile(), advice: hostile() }],
            more_spots: 1,
            question: hostile(),
            sides: vec![side],
            command: hostile(),
        };
        let field = Field { path: hostile(), values: [Some(hostile()), None] };
        let change = ChangeView {
            verb: "changed",
            kind: "chain",
            name: hostile(),
            notes: vec![hostile()],
            fields: vec![field],
        };
        let line = LineView { code: "D0801", sides: vec![Some(hostile()), None], is_name: true };
        let frontend = FrontendView { name: hostile(), codes: vec!["D0801"], lines: vec![line] };
        Page {
            title: hostile(),
            scope: hostile(),
            tiles: vec![Tile { number: 1, name: hostile() }],
            tally: Some(Tally { columns: vec![hostile()], rows: vec![(hostile(), vec![1])] }),
            groups: vec![Group { name: hostile(), findings: vec![finding] }],
            heading: hostile(),
            assumed: vec![hostile()],
            remarks: vec![hostile()],
            sides: vec![hostile(), hostile()],
            is_one_language: true,
            entries: vec![EntryView {
                name: hostile(),
                place: hostile(),
                codes: vec!["D0801"],
                changes: vec![change],
                frontends: vec![frontend],
            }],
            provenance: Provenance {
                made_by: hostile(),
                command: hostile(),
                time: Some(hostile()),
                inputs: vec![InputView { name: hostile(), bytes: 1, sha256: hostile() }],
            },
        }
    }

    /// What stands in a script of the page.
    fn script<'p>(page: &'p str, id: &str) -> &'p str {
        page.split(&format!("id=\"{id}\">")).nth(1).unwrap().split("</script>").next().unwrap()
    }

    #[test]
    fn hostile_texts_are_text_everywhere() {
        let page = report().html();
        assert!(!page.contains("<script>alert") && !page.contains("<!--"), "{page}");
        assert_eq!(page.matches("<script").count(), 3);
        assert_eq!(page.matches("</script>").count(), 3);
        let list: serde_json::Value = serde_json::from_str(script(&page, "list")).unwrap();
        assert_eq!(list["entries"][0], serde_json::json!([HOSTILE, HOSTILE, [0], [[0, 0, 1]]]));
        let view: serde_json::Value = serde_json::from_str(script(&page, "views")).unwrap();
        let changes = serde_json::json!([[0, 0, HOSTILE, [HOSTILE], [[HOSTILE, HOSTILE, null]]]]);
        let frontends = serde_json::json!([[HOSTILE, ["D0801"], [["D0801", [HOSTILE, null], 1]]]]);
        assert_eq!(view, serde_json::json!([changes, frontends]));
        assert!(!SCRIPT.contains("innerHTML"));
    }

    #[test]
    fn the_policy_names_what_is_inline_and_nothing_else_is_loaded() {
        let page = Page::default().html();
        let inline = |tag: &str| {
            let text =
                page.rsplit(&format!("<{tag}>")).next().unwrap().split(&format!("</{tag}>")).next().unwrap();
            hash(text)
        };
        for tag in ["style", "script"] {
            // The template encodes the quotes of the policy.
            assert!(page.replace("&#43;", "+").contains(&inline(tag)), "{tag}");
        }
        for loading in [" src=", "http://", "https://", "url(", "@import", "onclick"] {
            assert!(!page.contains(loading), "{loading}");
        }
    }

    /// A page that is too large helps nobody: what finds no room is counted, said, and still in the list.
    #[test]
    fn what_finds_no_room_is_said() {
        let line = LineView { sides: vec![Some("x".repeat(ROOM / 4)), None], ..LineView::default() };
        let frontend = FrontendView { lines: vec![line], ..FrontendView::default() };
        let entry = |number: usize| EntryView {
            name: format!("shop/web-{number}:http"),
            frontends: vec![frontend.clone()],
            ..EntryView::default()
        };
        let page = Page { entries: (0..6).map(entry).collect(), ..Page::default() }.html();
        assert!(page.contains("3 of 6 are listed by name only"));
        assert!(page.len() < ROOM + (1 << 16));
        let list: serde_json::Value = serde_json::from_str(script(&page, "list")).unwrap();
        assert_eq!(list["entries"].as_array().unwrap().len(), 6);
        let views: Vec<&str> = script(&page, "views").lines().collect();
        assert_eq!(views.len(), 6);
        assert_eq!(views.iter().filter(|view| **view == "null").count(), 3);
        assert!(!Page::default().html().contains("by name only"));
    }
}
