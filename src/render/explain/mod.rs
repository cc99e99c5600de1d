//! Explanations for terminals.

mod at_step;
mod log;
mod service;
pub mod version;

use crate::answer::lexicon::{ErrorCode, Meaning, Number, RegistrySwitch};
use crate::answer::verdict::Ground;
use crate::catalog;
use crate::diagnostics::Code;
use crate::explain::{Explanation, errors, rules, switches};
use crate::render::columns::{block, wrapped};

pub use at_step::at_step;
pub use log::log;
pub use service::ServiceTable;

/// Free columns between a name and its text.
const GAP: usize = 4;

/// Columns of a number and its word before the effect.
const NUMBERS: usize = 32;

/// Explanations in lines of at most `width` characters.
#[must_use]
pub fn describe(explanations: &[Explanation], width: usize) -> String {
    let texts: Vec<String> =
        explanations.iter().map(|explanation| describe_one(*explanation, width)).collect();
    texts.join("\n")
}

fn describe_one(explanation: Explanation, width: usize) -> String {
    match explanation {
        Explanation::Code(code) => describe_code(code, width),
        Explanation::Rule(platform, rows) => describe_rule(platform, rows, width),
        Explanation::Error(_, error) => describe_error(error, width),
        Explanation::Switch(switch) => describe_switch(switch, width),
        Explanation::Word(number, meaning) => describe_word(number, meaning, width),
    }
}

fn describe_code(code: Code, width: usize) -> String {
    let loss = if code.is_loss() { "The platform does not support what the manifests ask for." } else { "" };
    let rows = [("next", &*sentence(code.advice())), ("loss", loss)];
    let head = format!("{} ({}): {}", code.id(), code.severity(), code.title());
    page(&head, code.explanation(), &rows, width)
}

fn describe_rule(platform: &str, rows: &[Ground], width: usize) -> String {
    let [rule] = rows else { return describe_releases(platform, rows, width) };
    let head = format!("{} (rule of {platform}): {}", rule.id, rule.confidence.as_str());
    let [confidence, source] = [rule.confidence.meaning(), rule.source].map(sentence);
    page(&head, rule.sentence, &[("confidence", &confidence), ("source", &source)], width)
}

/// A rule that does not say the same of all releases: a page for each of them, one below the other.
fn describe_releases(platform: &str, rows: &[Ground], width: usize) -> String {
    let mut text = format!("{} (rule of {platform}): by release\n", rows[0].id);
    for row in rows {
        let holds = row.holds.unwrap_or_default();
        let head = format!("{}: {}", sentence(holds).trim_end_matches('.'), row.confidence.as_str());
        text.push('\n');
        text.push_str(&wrapped(&head, width).join("\n"));
        text.push('\n');
        for (name, of_row) in [("  rule", row.sentence), ("  source", &sentence(row.source))] {
            text.push_str(&block(name, "  source".len() + GAP, of_row, width));
        }
    }
    text
}

fn describe_error(error: &ErrorCode, width: usize) -> String {
    let ErrorCode { code, symbol, class, meaning, advice } = error;
    let win32 = match error.win32() {
        Some(code @ 10_000..12_000) => format!(", Winsock {code}"),
        Some(code) => format!(", Win32 {code:#x}"),
        None => String::new(),
    };
    let head = format!("{symbol} (0x{code:08X}, {code}{win32}): {class}");
    page(&head, meaning, &[("again", &class.again().to_string()), ("next", advice)], width)
}

fn describe_switch(switch: &RegistrySwitch, width: usize) -> String {
    let RegistrySwitch { name, key, effect, set_by, confidence, source } = switch;
    let head = format!("{name} (registry): {}", confidence.as_str());
    let [meaning, source] = [confidence.meaning(), source].map(sentence);
    let rows = [("key", *key), ("set by", set_by), ("confidence", &meaning), ("source", &source)];
    page(&head, effect, &rows, width)
}

fn describe_word(number: &Number, meaning: &Meaning, width: usize) -> String {
    let kind = if number.is_mask { "bit" } else { "value" };
    let head = format!("{} ({kind} {} of {})", meaning.name, meaning.number, number.title);
    page(&head, meaning.effect, &[], width)
}

/// A part of a sentence as a sentence of its own. Names of programs and fields keep their spelling.
fn sentence(text: &str) -> String {
    let first = text.split([' ', ',', ';']).next().unwrap_or_default();
    let is_name =
        matches!(first, "hnsplan" | "netsh" | "kubectl") || !first.bytes().all(|b| b.is_ascii_lowercase());
    let mut sentence = text.to_owned();
    if !is_name && let Some(letter) = sentence.get_mut(..1) {
        letter.make_ascii_uppercase();
    }
    if !text.is_empty() && !text.ends_with(['.', '?']) {
        sentence.push('.');
    }
    sentence
}

/// A headline, a paragraph, and rows of what else there is to know; empty rows are left out.
fn page(head: &str, text: &str, rows: &[(&str, &str)], width: usize) -> String {
    let indent = rows.iter().map(|(name, _)| name.len() + GAP).max().unwrap_or_default();
    let rows = rows.iter().filter(|(_, text)| !text.is_empty());
    let rows: String = rows.map(|(name, text)| block(name, indent, text, width)).collect();
    let blank = if rows.is_empty() { "" } else { "\n" };
    let [head, text] = [head, text].map(|text| wrapped(text, width).join("\n"));
    format!("{head}\n\n{text}\n{blank}{rows}")
}

/// Everything that can be explained by its name, one a line: codes, rules, error codes.
#[must_use]
pub fn list() -> String {
    let code = |code: &Code| format!("{}  {:7}  {}\n", code.id(), code.severity(), code.title());
    let row = |rule: &Ground| {
        let holds = rule.holds.map(|holds| format!("{holds}: ")).unwrap_or_default();
        format!("{:5}  {:8}  {holds}{}\n", rule.id, rule.confidence.as_str(), rule.sentence)
    };
    let error = |(_, error): (_, &ErrorCode)| format!("{:41}  0x{:08X}\n", error.symbol, error.code);
    let codes: String = catalog::all().iter().map(code).collect();
    let rules: String = rules().flat_map(|(_, rows)| rows).map(row).collect();
    let errors: String = errors().map(error).collect();
    let switch = |of: &RegistrySwitch| format!("{:43}  {:8}  {}\n", of.name, of.confidence.as_str(), of.key);
    let switches: String = switches().map(switch).collect();
    format!("{codes}\n{rules}\n{errors}\n{switches}")
}

/// The meanings of a value, or without one all meanings of the member, in lines of at most `width` characters.
#[must_use]
pub fn describe_number(number: &Number, value: Option<u32>, width: usize) -> String {
    let row = |meaning: &Meaning| line(meaning.number, meaning.name, meaning.effect, width);
    let Some(value) = value else {
        let rows: String = number.meanings.iter().map(row).collect();
        return format!("{}\n\n{rows}", number.title);
    };
    let parts = number.parts(value);
    let names: Vec<&str> = parts.meanings.iter().map(|meaning| meaning.name).collect();
    let words = match (names.is_empty(), value) {
        (false, _) => names.join(" + "),
        (true, 0) => "nothing is set".to_owned(),
        (true, _) => "no meaning is known".to_owned(),
    };
    let mut rows: String = parts.meanings.iter().map(|meaning| row(meaning)).collect();
    if parts.unknown != 0 && !names.is_empty() {
        rows.push_str(&line(parts.unknown, "unknown", "No meaning is known.", width));
    }
    let blank = if rows.is_empty() { "" } else { "\n" };
    format!("{} {value}: {words}\n{blank}{rows}", number.title)
}

fn line(number: u32, name: &str, effect: &str, width: usize) -> String {
    block(&format!("{number:>4}  {name}"), NUMBERS, effect, width)
}
