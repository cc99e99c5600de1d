//! Choices that a person is asked for.

use std::io::{BufRead, IsTerminal, stderr, stdin, stdout};

use super::Terminal;

/// Whether a person reads the output, and can answer.
pub(crate) fn is_on_terminal() -> bool {
    stdin().is_terminal() && stdout().is_terminal() && stderr().is_terminal()
}

/// Asks for one of these words, or its first letter, until there is an answer. Whoever goes away chooses nothing.
pub(crate) fn choice<C: Copy>(question: &str, words: &[(&str, C)], terminal: &mut Terminal) -> Option<C> {
    loop {
        terminal.insist(question);
        let mut answer = String::new();
        if !matches!(stdin().lock().read_line(&mut answer), Ok(1..)) {
            return None;
        }
        let answer = answer.trim();
        let is_it = |word: &str| word == answer || word.get(..1) == Some(answer);
        if let Some((_, chosen)) = words.iter().find(|(word, _)| is_it(word)) {
            return Some(*chosen);
        }
    }
}
