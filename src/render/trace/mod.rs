//! Draws what becomes of packets, for people.

mod columns;
pub mod matrix;
pub mod text;
mod view;

pub(crate) use columns::Paragraph;
#[cfg(feature = "apply")]
pub(super) use view::{AnswerView, OutcomeView, StepView, View, Way, fate, mark, within};
