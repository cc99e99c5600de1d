//! The HTML report: one file that needs nothing else, safe to open whatever names it shows.
//!
//! The page is made of a template that encodes every text, a style and a script of our own, and the list of
//! Services as JSON, which the script draws piece by piece. The browser runs nothing but that one script: the
//! page's own policy names its hash.
//!
//! **Invariant:** nothing here knows how findings were made.

use askama::Template;
use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// All that a report shows.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// For which node, and what was asked: one sentence.
    pub scope: String,
    /// The numbers at the top.
    pub tiles: Vec<Tile>,
    /// Findings of one kind each.
    pub groups: Vec<Group>,
    /// The service ports that findings are about, each once.
    pub services: Vec<ServiceRow>,
}

/// A number, and what it counts.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The number.
    pub number: usize,
    /// What it counts.
    pub name: String,
}

/// Findings that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// A finding.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// Its code.
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What it is, in a few words.
    pub title: String,
    /// How much it is about.
    pub extent: String,
    /// What it means.
    pub meaning: String,
    /// What to do; empty where there is nothing to say.
    pub advice: String,
    /// What was asked as an example; empty where there is none.
    pub question: String,
    /// What each side says to it.
    pub sides: Vec<SideView>,
    /// The command that says more; empty where there is none.
    pub command: String,
}

/// One side of an example.
#[derive(Debug, Clone, Default)]
pub struct SideView {
    /// Its name.
    pub name: String,
    /// What it answers.
    pub answer: String,
    /// The steps to that, as text.
    pub trace: String,
    /// The rules of the Service, as text.
    pub rules: String,
    /// The rules of the Service as an SVG element made by [`crate::graph::draw`]; it is taken as it is.
    pub drawing: String,
}

/// A service port with findings.
#[derive(Debug, Clone)]
pub struct ServiceRow {
    /// `namespace/name:port`
    pub id: String,
    /// Where it was read.
    pub place: String,
    /// The codes of what was found.
    pub codes: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "page.html", config = "src/report/askama.toml")]
struct Page<'r> {
    report: &'r Report,
    policy: String,
    style: String,
    script: &'static str,
    data: String,
}

#[derive(Serialize)]
struct Data<'r> {
    codes: Vec<&'static str>,
    services: Vec<(&'r str, &'r str, Vec<usize>)>,
}

impl Report {
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
        let page = Page { report: self, policy, style, script: SCRIPT, data: self.data() };
        page.render().expect("a page is written to memory")
    }

    /// The Services as JSON that no browser takes for markup: `<` is written by its number.
    fn data(&self) -> String {
        let mut codes: Vec<&'static str> = self.services.iter().flat_map(|row| row.codes.clone()).collect();
        codes.sort_unstable();
        codes.dedup();
        let position = |code: &&'static str| codes.binary_search(code).ok();
        let rows = self.services.iter();
        let services =
            rows.map(|row| (&*row.id, &*row.place, row.codes.iter().filter_map(position).collect()));
        let services = services.collect();
        let json = serde_json::to_string(&Data { codes, services }).expect("texts and numbers only");
        json.replace('<', "\\u003c")
    }
}

/// The hash by which a policy names an inline text.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><script>alert(1)</script><!--\"'&{{7*7}}";

    #[test]
    fn hostile_texts_are_text_everywhere() {
        let side = SideView {
            name: HOSTILE.into(),
            answer: HOSTILE.into(),
            trace: HOSTILE.into(),
            rules: HOSTILE.into(),
            drawing: "<svg></svg>".into(),
        };
        let finding = Finding {
            code: "D0801",
            severity: "error",
            title: HOSTILE.into(),
            extent: HOSTILE.into(),
            meaning: HOSTILE.into(),
            advice: HOSTILE.into(),
            question: HOSTILE.into(),
            sides: vec![side],
            command: HOSTILE.into(),
        };
        let report = Report {
            title: HOSTILE.into(),
            scope: HOSTILE.into(),
            tiles: vec![Tile { number: 1, name: HOSTILE.into() }],
            groups: vec![Group { name: HOSTILE.into(), findings: vec![finding] }],
            services: vec![ServiceRow { id: HOSTILE.into(), place: HOSTILE.into(), codes: vec!["D0801"] }],
        };
        let page = report.html();
        assert!(!page.contains("<script>alert") && !page.contains("<!--"), "{page}");
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script>").count(), 2);
        let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["services"][0][0], HOSTILE);
        assert!(!SCRIPT.contains("innerHTML"));
    }

    #[test]
    fn the_policy_names_what_is_inline_and_nothing_else_is_loaded() {
        let page = Report::default().html();
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
}
