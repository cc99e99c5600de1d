//! What happens while a plan is carried out: a bar for people, a line for each event for programs.

use std::io::{IsTerminal, stderr};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::apply::{Event, Outcome, Step};
use crate::cli::output::Terminal;

/// How it is told what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProgressFormat {
    /// For people: the plan, a bar on a terminal, one sentence in the end
    Text,
    /// A JSON object for each event
    Jsonl,
}

/// What is told, to whom.
pub(in crate::cli) struct Progress {
    format: ProgressFormat,
    total: usize,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For so many steps.
    pub(in crate::cli) fn new(format: ProgressFormat, total: usize) -> Self {
        let shows_bar = format == ProgressFormat::Text && stderr().is_terminal();
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
        let bar = shows_bar.then(|| {
            let bar = ProgressBar::new(total as u64);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Self { format, total, bar }
    }

    /// Tells of an event.
    pub(in crate::cli) fn show<S: Step>(&self, event: &Event<'_, S>, terminal: &mut Terminal) {
        match self.format {
            ProgressFormat::Text => self.text(event, terminal),
            ProgressFormat::Jsonl => line(&self.json(event), terminal),
        }
    }

    /// Tells of the end.
    pub(in crate::cli) fn end(&self, outcome: &Outcome, terminal: &mut Terminal) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.format == ProgressFormat::Jsonl {
            line(
                &match outcome {
                    Outcome::Applied => json!({ "event": "applied" }),
                    Outcome::RolledBack(why) => json!({ "event": "rolledBack", "why": why }),
                    Outcome::Incomplete { why, left } => {
                        let left: Vec<Value> = left
                            .iter()
                            .map(|of| json!({ "step": of.number + 1, "failure": of.failure.to_string() }))
                            .collect();
                        json!({ "event": "incomplete", "why": why, "left": left })
                    }
                },
                terminal,
            );
        }
    }

    fn text<S: Step>(&self, event: &Event<'_, S>, terminal: &mut Terminal) {
        match event {
            Event::Begun { step, .. } => {
                if let (Some(bar), Some(change)) = (&self.bar, step.changes().first()) {
                    bar.set_message(format!("{} {} {}", change.sign.symbol(), change.kind, change.name));
                }
            }
            Event::Done { number, .. } => self.at(number + 1, terminal),
            Event::Back { number } => self.at(*number, terminal),
            Event::Retried { failure, pause } => {
                self.say(&format!("{failure} Trying again in {} ms.", pause.as_millis()), terminal);
            }
            // Why is said in the end.
            Event::TurnedBack { .. } => self.say("Taking everything back.", terminal),
        }
    }

    /// So many steps are done. Without a bar it is said ten times.
    fn at(&self, done: usize, terminal: &mut Terminal) {
        let tenth = self.total.div_ceil(10).max(100);
        match &self.bar {
            Some(bar) => bar.set_position(done as u64),
            None if done > 0 && done.is_multiple_of(tenth) => {
                terminal.say(&format!("{done} of {} steps", self.total));
            }
            None => {}
        }
    }

    fn say(&self, text: &str, terminal: &mut Terminal) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal.say(text)),
            None => terminal.say(text),
        }
    }

    fn json<S: Step>(&self, event: &Event<'_, S>) -> Value {
        match event {
            Event::Begun { number, step } => {
                let changes = step.changes().into_iter().map(|change| {
                    json!({
                        "sign": change.sign.symbol(),
                        "kind": change.kind,
                        "name": change.name,
                        "services": change.services,
                    })
                });
                json!({ "event": "begun", "step": number + 1, "of": self.total, "changes": changes.collect::<Vec<_>>() })
            }
            Event::Done { number, adopted } => {
                json!({ "event": "done", "step": number + 1, "adopted": adopted })
            }
            Event::Retried { failure, pause } => {
                json!({ "event": "retried", "failure": failure.to_string(), "pauseSeconds": pause.as_secs_f64() })
            }
            Event::TurnedBack { why } => json!({ "event": "turnedBack", "why": why }),
            Event::Back { number } => json!({ "event": "back", "step": number + 1 }),
        }
    }
}

/// Writes an event. A reader who has seen enough does not stop a change of a node.
pub(in crate::cli) fn line(event: &Value, terminal: &mut Terminal) {
    let _ = terminal.result([format!("{event}\n")]);
}
