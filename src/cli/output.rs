//! Writing results and messages: to the streams, or atomically to files.

use std::io::{self, Write};
use std::path::Path;

use clap::builder::PossibleValue;

use super::Failure;
use crate::diagnostics::{Diagnostic, text};
use crate::name::escaped;
pub(super) use crate::render::messages::MessageFormat;
use crate::render::messages::lines;
use crate::source::{Links, Sources, write_whole};

impl clap::ValueEnum for MessageFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Short, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("With a snippet of the source"),
            Self::Short => PossibleValue::new("short")
                .help("One line each, as compilers print them: file, line, column, severity, code, message"),
            Self::Json => PossibleValue::new("json").help("One JSON object a line"),
        })
    }
}

/// How many columns an answer has where no flag sets it.
const DEFAULT_WIDTH: usize = 110;

/// How many columns an answer may have: those asked for, or those of the terminal, by COLUMNS or by itself.
pub(super) fn columns_or_default(asked: Option<usize>) -> usize {
    let named = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let of_terminal = || {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    };
    asked.or_else(named).or_else(of_terminal).unwrap_or(DEFAULT_WIDTH).clamp(60, 400)
}

/// The two output streams.
#[derive(Debug)]
pub(super) struct Terminal;

impl Terminal {
    /// Writes a result. A reader that has seen enough closes the pipe, which is no error.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn result(
        &mut self,
        pieces: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let write = || pieces.into_iter().try_for_each(|piece| stdout.write_all(piece.as_ref().as_bytes()));
        match write().and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Message(format!("cannot write the result: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes an answer to a file, or to standard output.
    pub(super) fn answer(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        match file {
            Some(file) => write_file(file, [anstream::adapter::strip_str(text).to_string()]),
            None => self.painted(text),
        }
    }

    /// Writes a result that is handed out in pieces.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn pieces(
        &mut self,
        write: impl FnOnce(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let written = write(&mut |piece| stdout.write_all(piece.as_bytes()));
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Message(format!("cannot write the result: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes a result with styles, which are left out where they cannot be displayed.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn painted(&mut self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Message(format!("cannot write the result: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Says something about the result; where even that cannot be written, nothing can be done.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(super) fn say(&mut self, line: &str) {
        let _ = writeln!(anstream::stderr(), "{line}");
    }

    /// Says why the command failed, in one line whatever the names of files and objects in it are.
    pub(super) fn error(&mut self, message: &str) {
        let style = anstyle::AnsiColor::Red.on_default().bold();
        self.say(&format!("{style}error{style:#}: {}", escaped(message)));
    }

    /// Says why the command failed, with the codes that `hnsplan explain` knows.
    pub(super) fn errors(&mut self, why: &[Diagnostic]) {
        for diagnostic in why {
            self.say(&text::render(diagnostic, &Sources::default()));
        }
    }

    /// Prints diagnostics, at most a few of each code unless `verbose`, and how many there are of each
    /// severity. Notes are shown one by one only if `verbose`.
    pub(super) fn diagnostics(
        &mut self,
        diagnostics: &[Diagnostic],
        sources: &Sources,
        format: MessageFormat,
        verbose: bool,
    ) {
        for line in lines(diagnostics, sources, format, verbose) {
            self.say(&line);
        }
    }
}

/// Writes a file as a whole or not at all; a device or a pipe is written into.
pub(super) fn write_file(
    path: &Path,
    pieces: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<(), Failure> {
    write_pieces(path, |sink| pieces.into_iter().try_for_each(|piece| sink(piece.as_ref())))
}

/// The same with pieces that are handed out.
pub(super) fn write_pieces(
    path: &Path,
    pieces: impl FnOnce(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
) -> Result<(), Failure> {
    write_whole(path, Links::Follow, pieces)
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", path.display())))
}
