//! What a report shows: numbers, findings, and Services with what both sides do for them.

use std::collections::BTreeSet;

use super::Provenance;
use crate::fill::Marks;

/// All that a report shows.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// For which node, and what was asked: one sentence.
    pub scope: String,
    /// The numbers at the top.
    pub tiles: Vec<Tile>,
    /// How many objects of each kind there are; nothing where none were compared.
    pub tally: Option<Tally>,
    /// Findings of one kind each.
    pub groups: Vec<Group>,
    /// What the list of Services is about.
    pub heading: String,
    /// What of all that is assumed, each with what it is; a star marks it.
    pub assumed: Vec<String>,
    /// What has to be known to read that list; whole sentences.
    pub remarks: Vec<String>,
    /// The names of the sides that stand next to each other.
    pub sides: Vec<String>,
    /// Whether the sides speak the same language, so that words that differ can be marked.
    pub is_one_language: bool,
    /// Services, and whatever else differs.
    pub entries: Vec<EntryView>,
    /// What all of that was made from.
    pub provenance: Provenance,
}

impl Page {
    /// The page with a star at each assumed number, and a list of what they are.
    #[must_use]
    pub fn marked(mut self, marks: &Marks) -> Self {
        if marks.is_empty() {
            return self;
        }
        let mut found = BTreeSet::new();
        let mut star = |text: &mut String| {
            let of_text = marks.found_in(text).into_iter().map(|(number, mark)| format!("{number} {mark}"));
            let of_text: Vec<String> = of_text.collect();
            let is_marked = !of_text.is_empty();
            found.extend(of_text);
            if is_marked {
                *text = marks.starred(text);
            }
        };
        for finding in self.groups.iter_mut().flat_map(|group| &mut group.findings) {
            star(&mut finding.question);
            for side in &mut finding.sides {
                [&mut side.answer, &mut side.trace, &mut side.rules].into_iter().for_each(&mut star);
            }
            finding.spots.iter_mut().for_each(|spot| star(&mut spot.what));
        }
        for entry in &mut self.entries {
            for change in &mut entry.changes {
                star(&mut change.name);
                let values = change.fields.iter_mut().flat_map(|field| field.values.iter_mut().flatten());
                values.for_each(&mut star);
            }
            for frontend in &mut entry.frontends {
                star(&mut frontend.name);
                let sides = frontend.lines.iter_mut().flat_map(|line| line.sides.iter_mut().flatten());
                sides.for_each(&mut star);
            }
        }
        self.assumed = found.into_iter().collect();
        self
    }
}

/// A number, and what it counts.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The number.
    pub number: usize,
    /// What it counts.
    pub name: String,
}

/// Objects by kind.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// What the numbers count.
    pub columns: Vec<String>,
    /// A kind of object, and its numbers.
    pub rows: Vec<(String, Vec<usize>)>,
}

/// Findings that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// The findings.
    pub findings: Vec<FindingView>,
}

/// A finding.
#[derive(Debug, Clone, Default)]
pub struct FindingView {
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
    /// Where it was found, where that is not what an example shows.
    pub spots: Vec<Spot>,
    /// How many spots there are besides.
    pub more_spots: usize,
    /// What was asked as an example; empty where there is none.
    pub question: String,
    /// What each side says to it.
    pub sides: Vec<SideView>,
    /// The command that says more; empty where there is none.
    pub command: String,
}

/// A place with a finding.
#[derive(Debug, Clone, Default)]
pub struct Spot {
    /// Where: a line of a file, or an object; empty where it is about the node as a whole.
    pub at: String,
    /// What is wrong there.
    pub what: String,
    /// What to do about it; empty where there is nothing to say.
    pub advice: String,
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

/// A Service with findings or differences, or objects that several of them share, or that none has.
#[derive(Debug, Clone, Default)]
pub struct EntryView {
    /// `namespace/name:port`, or several of them.
    pub name: String,
    /// Where it was read.
    pub place: String,
    /// The codes of what was found.
    pub codes: Vec<&'static str>,
    /// The objects that are not the same on both sides.
    pub changes: Vec<ChangeView>,
    /// What stands next to each other.
    pub frontends: Vec<FrontendView>,
}

/// An object that is not the same on both sides.
#[derive(Debug, Clone, Default)]
pub struct ChangeView {
    /// In which way: `changed`, `missing`.
    pub verb: &'static str,
    /// What it is: `load balancer`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What else is to be said of it.
    pub notes: Vec<String>,
    /// Its fields that differ.
    pub fields: Vec<Field>,
}

/// A field that differs.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Its way from the object.
    pub path: String,
    /// Its value on each side.
    pub values: [Option<String>; 2],
}

/// An address and port that clients connect to, on all sides.
#[derive(Debug, Clone, Default)]
pub struct FrontendView {
    /// Its kind, address, port and protocol.
    pub name: String,
    /// In which ways the sides differ there.
    pub codes: Vec<&'static str>,
    /// What the sides say of one thing each; nothing where they agree, and it is folded.
    pub lines: Vec<LineView>,
}

/// What the sides say of one thing.
#[derive(Debug, Clone, Default)]
pub struct LineView {
    /// The code of the difference that it shows; empty where there is none.
    pub code: &'static str,
    /// What each side says, in its own words; nothing where it has none.
    pub sides: Vec<Option<String>>,
    /// Whether it is what a side calls the object, which tells nothing where it differs.
    pub is_name: bool,
}
