//! Progress of a run: a bar for people, a line for each event for programs.

use std::io::{IsTerminal, stderr};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::Terminal;
use crate::apply::{Event, RunOutcome};
use crate::document::events::RunEvent;
use crate::document::plan::PlannedChange;
use crate::render;

/// Formats of progress output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressFormat {
    /// For people: the plan, a bar on a terminal, one sentence at the end
    Text,
    /// A JSON object for each event
    Jsonl,
}

/// Shows the progress of a run.
pub(crate) struct ProgressView {
    format: ProgressFormat,
    total: usize,
    bar: Option<ProgressBar>,
}

impl ProgressView {
    /// Of a run with so many steps.
    pub(crate) fn new(format: ProgressFormat, total: usize) -> Self {
        let shows_bar = format == ProgressFormat::Text && stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
        let bar = shows_bar.then(|| {
            let bar = ProgressBar::new(total as u64);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Self { format, total, bar }
    }

    /// Shows an event.
    pub(crate) fn show(&self, event: &Event<'_>, terminal: &mut Terminal) {
        match self.format {
            ProgressFormat::Text => self.draw(event, terminal),
            ProgressFormat::Jsonl => print_event(&RunEvent::of(event, self.total), terminal),
        }
    }

    /// Shows the end.
    pub(crate) fn end(&self, outcome: &RunOutcome, terminal: &mut Terminal) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.format == ProgressFormat::Jsonl {
            print_event(&outcome.into(), terminal);
        }
    }

    fn draw(&self, event: &Event<'_>, terminal: &mut Terminal) {
        match event {
            Event::Begun { step, .. } => {
                if let (Some(bar), Some(line)) = (&self.bar, step.changes().into_iter().next()) {
                    bar.set_message(render::plan::brief(&PlannedChange::from(line)));
                }
            }
            Event::Done { number, .. } => self.set_done(number + 1, terminal),
            Event::Back { number } => self.set_done(*number, terminal),
            Event::Retried { failure, pause } => {
                self.print(&format!("{failure} Trying again in {} ms.", pause.as_millis()), terminal);
            }
            // The steps are listed at the end.
            Event::Skipped { .. } => {}
            // The reason follows at the end.
            Event::TurnedBack { .. } => self.print("Rolling back.", terminal),
        }
    }

    /// So many steps are done. Without a bar ten messages show it.
    fn set_done(&self, done: usize, terminal: &mut Terminal) {
        let tenth = self.total.div_ceil(10).max(100);
        match &self.bar {
            Some(bar) => bar.set_position(done as u64),
            None if done > 0 && done.is_multiple_of(tenth) => {
                terminal.say(&format!("{done} of {} steps", self.total));
            }
            None => {}
        }
    }

    fn print(&self, text: &str, terminal: &mut Terminal) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal.say(text)),
            None => terminal.say(text),
        }
    }
}

/// Prints an event. A reader that closes the pipe does not stop a change of a node.
pub(crate) fn print_event(event: &RunEvent, terminal: &mut Terminal) {
    let line = serde_json::to_string(event).expect("an event is JSON");
    let _ = terminal.answer(&(line + "\n"), None);
}
