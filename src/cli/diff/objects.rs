//! What differs object by object where both sides are of one platform, and frontend by frontend where they are not.

use std::io::IsTerminal;

use super::{Diff, no_flows};
use crate::allow::AllowList;
use crate::diff::{
    Artifact, Comparison, Conclusion, Directory, Flows, Marks, Ownership, Pair, Sheet, compare_selected,
    sheet_of, tell_story,
};
use crate::document;
use crate::platform::{Objects, Options};
use crate::render::diff::html::FlowFindings;
use crate::render::diff::side_by_side::Layout;
use crate::render::diff::{BY_ENDPOINTS, html, markdown, prometheus, side_by_side, structure, unified};
use crate::render::html::Provenance;
use crate::shell::formats::{DiffFormat as Output, View};
use crate::shell::{Failure, Judge, Terminal, external};

/// Both sides, and the Services that explain them.
struct Laid<'l, 'r> {
    pair: &'l Pair,
    sides: [&'l dyn Objects; 2],
    directory: &'l Directory<'r>,
    options: &'l Options,
    allow: &'l AllowList,
}

impl Laid<'_, '_> {
    /// Frontend by frontend; `marks` are differences in effect, where they are known.
    fn sheet(&self, marks: Option<&Marks>) -> Sheet {
        sheet_of(self.sides, self.directory, marks)
    }
}

impl Diff {
    /// Shows what differs object by object, or frontend by frontend. Whether anything does.
    pub(super) fn objects(
        &self,
        mut pair: Pair,
        options: &Options,
        judge: &mut Judge,
        terminal: &mut Terminal,
    ) -> Result<bool, Failure> {
        let mut sides = pair.sides.take().expect("the sides have been made");
        let directory = pair.directory();
        let mut comparison = compare_selected(&mut sides, &directory, &self.ownership(), pair.selector());
        if !self.sequence.is_empty() {
            let setup = self.request.setup()?;
            let story =
                tell_story(comparison.as_mut(), &self.sequence, setup, options).map_err(Failure::usage)?;
            story.remarks.iter().for_each(|of| terminal.diagnostics(&of.diagnostics, &of.sources));
            terminal.say(&story.summary);
        }
        let views = sides.each_ref().map(|side| &**side);
        let laid = Laid { pair: &pair, sides: views, directory: &directory, options, allow: &judge.list };
        let external =
            std::env::var(external::EXTERNAL).ok().filter(|_| self.view.is_none() && !terminal.is_quiet());
        let wants_texts = external.is_some() || self.view == Some(View::Unified);
        let conclusion = match (&comparison, self.output) {
            (comparison, Output::Html) => self.page(comparison.as_ref(), &laid, terminal),
            (comparison, Output::Text) if wants_texts => {
                self.texts(comparison.as_ref(), &laid, external.as_deref(), terminal)
            }
            (Some(comparison), _) => self.of_one_platform(comparison, &laid, terminal),
            (None, _) => self.of_two_platforms(&laid, terminal),
        }?;
        // The process ends here: the system takes the memory back faster than piece by piece.
        std::mem::forget((directory, sides));
        std::mem::forget((pair, comparison));
        conclusion.differs().map_err(|why| Failure::Usage(why.to_owned()))
    }

    fn of_one_platform(
        &self,
        comparison: &Comparison,
        laid: &Laid<'_, '_>,
        terminal: &mut Terminal,
    ) -> Result<Conclusion, Failure> {
        let names = &laid.pair.names;
        let is_wide = self.view.map_or(std::io::stdout().is_terminal(), |view| view == View::SideBySide);
        let (marks, nodes) = (laid.pair.marks(), laid.pair.nodes());
        let subject = markdown::Subject { names, nodes: &nodes, marks: &marks };
        let text = match self.output {
            Output::Json => document::diff::draw(names, comparison, &marks)?,
            Output::Md => markdown::draw(&subject, comparison, &self.causes(laid.pair)),
            Output::Prom => prometheus::draw(comparison, &marks),
            _ if is_wide && !terminal.is_quiet() => {
                let mut text = side_by_side::draw(
                    names,
                    &laid.sheet(None),
                    Layout { same_platform: true, ..layout(terminal) },
                );
                structure::draw_findings(&mut text, names, comparison, terminal.is_verbose());
                text
            }
            _ => structure::draw(names, comparison, terminal.is_verbose()),
        };
        terminal.answer(&self.marked(text, &marks), self.out.as_deref())?;
        Ok(comparison.conclusion())
    }

    fn of_two_platforms(&self, laid: &Laid<'_, '_>, terminal: &mut Terminal) -> Result<Conclusion, Failure> {
        let names = &laid.pair.names;
        let sheet = match (self.output, self.view) {
            (Output::Md | Output::Prom, _) => {
                let message = "-o md and -o prom need two sides of one platform; use -o text, json or html";
                return Err(Failure::Usage(message.to_owned()));
            }
            (Output::Text, Some(View::Structural)) => {
                let message = "A and B are of two platforms, which have no object in common; they can be put side \
                               by side: --view side-by-side, or compared in effect: --semantic";
                return Err(Failure::Usage(message.to_owned()));
            }
            _ => in_effect(laid, terminal),
        };
        let marks = laid.pair.marks();
        let text = match self.output {
            Output::Json => document::diff::draw_sheet(names, &sheet, &marks)?,
            _ => side_by_side::draw(names, &sheet, layout(terminal)),
        };
        terminal.answer(&self.marked(text, &marks), self.out.as_deref())?;
        Ok(sheet.conclusion())
    }

    /// Shows texts, or lets a program do that.
    fn texts(
        &self,
        comparison: Option<&Comparison>,
        laid: &Laid<'_, '_>,
        external: Option<&str>,
        terminal: &mut Terminal,
    ) -> Result<Conclusion, Failure> {
        let (artifacts, conclusion): ([Vec<Artifact>; 2], _) = if let Some(comparison) = comparison {
            (laid.sides.map(|side| side.labelled_artifacts(laid.directory)), comparison.conclusion())
        } else {
            let sheet = in_effect(laid, terminal);
            ([0, 1].map(|side| vec![sheet.artifact(side)]), sheet.conclusion())
        };
        let is_open = conclusion == Conclusion::Open;
        if let Some(command) = external {
            return Ok(Conclusion::of(external::run(command, &artifacts)?, is_open));
        }
        let text = unified::draw(&laid.pair.names, &artifacts);
        let text = crate::render::fill::with_footnote(text, &laid.pair.marks());
        terminal.answer(&text, self.out.as_deref())?;
        // Two platforms have no text in common.
        let differ = comparison.is_none() && !is_open && artifacts[0] != artifacts[1];
        Ok(if differ { Conclusion::Differs } else { conclusion })
    }

    /// Shows a page, which has room for objects and flows.
    fn page(
        &self,
        comparison: Option<&Comparison>,
        laid: &Laid<'_, '_>,
        terminal: &mut Terminal,
    ) -> Result<Conclusion, Failure> {
        let flows = self.flow_findings(laid, comparison.is_some())?;
        let sheet = laid.sheet(flows.as_ref().map(|flows| &flows.marks));
        let of_objects = comparison.map_or_else(|| sheet.conclusion(), Comparison::conclusion);
        let conclusion = match &flows {
            Some(flows) if self.semantic => Conclusion::of(!flows.is_empty(), of_objects == Conclusion::Open),
            _ => of_objects,
        };
        let nothing = flows.as_ref().and_then(|flows| flows.nothing.clone()).filter(|_| self.semantic);
        let marks = laid.pair.marks();
        let texts: Vec<_> = laid.pair.compiled.iter().map(|of| &of.sources).collect();
        let (names, made) = (&laid.pair.names, Provenance::of_run(&texts));
        let page = html::draw(names, comparison, sheet, flows, terminal.is_verbose(), &marks, made);
        terminal.answer(&page, self.out.as_deref())?;
        match nothing {
            Some(why) => Err(Failure::Usage(format!("nothing was compared: {why}"))),
            None => Ok(conclusion),
        }
    }

    /// What becomes of packets, where that is asked or nothing else can be compared.
    fn flow_findings(
        &self,
        laid: &Laid<'_, '_>,
        same_platform: bool,
    ) -> Result<Option<FlowFindings>, Failure> {
        if same_platform && !self.semantic {
            return Ok(None);
        }
        let flows = Flows { pair: laid.pair, options: laid.options, allow: laid.allow };
        let found = flows.compare(|found| FlowFindings::of(found, &laid.pair.names, &flows.graphs()));
        if self.semantic && found.is_none() { Err(no_flows()) } else { Ok(found) }
    }

    pub(super) fn ownership(&self) -> Ownership {
        Ownership { service_networks: self.service_cidr.clone(), ..Ownership::default() }
    }
}

fn layout(terminal: &Terminal) -> Layout {
    Layout { width: terminal.columns(), all: terminal.is_verbose(), same_platform: false }
}

/// Two platforms frontend by frontend, compared in effect where packets can be asked about.
fn in_effect(laid: &Laid<'_, '_>, terminal: &mut Terminal) -> Sheet {
    let marks = Flows { pair: laid.pair, options: laid.options, allow: laid.allow }.marks();
    if marks.is_none() {
        terminal.say(BY_ENDPOINTS);
    }
    laid.sheet(marks.as_ref())
}
