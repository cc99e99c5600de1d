//! Writing results and messages: to the streams, or atomically to files. The flags for that are those of every command.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ColorChoice};

use super::Failure;
use crate::diagnostics::{Diagnostic, Severity, json, text};
use crate::fill::Assumed;
use crate::name::escaped;
use crate::render::fill;
use crate::render::messages::{MessageFormat, lines};
#[cfg(feature = "apply")]
use crate::render::saved;
use crate::source::{Links, Sources, input_at, write_whole};

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

/// How every command prints.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct TerminalFlags {
    /// Print no messages, and no answer either: the exit code is the answer
    ///
    /// Files of --out are written, and what a command is run for is printed: rules, manifests, a graph, an
    /// explanation. Errors that end the command are always printed.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show everything: all messages, notes as well, and nothing cut short
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Format of messages
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    message_format: MessageFormat,
    /// When to use colors, in answers and messages
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Columns of an answer in text [default: those of the terminal, by COLUMNS]
    #[arg(long, global = true, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// How many columns an answer has where no flag sets it.
const DEFAULT_WIDTH: usize = 110;

/// The two output streams, and how they are used.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    flags: TerminalFlags,
}

/// How many reasons for a failure are printed, unless all are asked for.
const REASONS: usize = 20;

impl Terminal {
    /// With these flags, which hold for the whole process.
    pub(crate) fn new(flags: TerminalFlags) -> Self {
        set_color(flags.color);
        Self { flags }
    }

    /// Whether everything is shown.
    pub(crate) fn is_verbose(&self) -> bool {
        self.flags.verbose
    }

    /// Whether the exit code is the only answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.flags.quiet
    }

    /// How many columns an answer has: those of the flag, or so many.
    pub(crate) fn columns_or(&self, default: usize) -> usize {
        self.flags.width.unwrap_or(default).clamp(40, 400)
    }

    /// How many columns an answer has: those of the flag, or of the terminal, by COLUMNS or by itself.
    pub(crate) fn columns(&self) -> usize {
        let named = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let of_terminal = || {
            let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
            Some(usize::from(width.0))
        };
        self.flags.width.or_else(named).or_else(of_terminal).unwrap_or(DEFAULT_WIDTH).clamp(60, 400)
    }

    /// The same where they are known. What goes to a file or a program does not depend on a terminal.
    pub(crate) fn known_columns(&self) -> Option<usize> {
        let is_known = self.flags.width.is_some() || io::stdout().is_terminal();
        is_known.then(|| self.columns())
    }

    /// How much of a saved document is drawn, and how wide.
    #[cfg(feature = "apply")]
    pub(crate) fn detail_of_saved(&self) -> saved::Detail {
        saved::Detail {
            all: self.is_verbose(),
            width: self.columns_or(saved::WIDTH),
            targets: self.known_columns(),
            sides: self.columns(),
        }
    }

    /// Writes a result: what the command is run for.
    pub(crate) fn result(
        &mut self,
        pieces: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), Failure> {
        self.pieces(|sink| pieces.into_iter().try_for_each(|piece| sink(piece.as_ref())))
    }

    /// Writes a result that is handed out in pieces.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(crate) fn pieces(
        &mut self,
        write: impl FnOnce(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        let written = write(&mut |piece| stdout.write_all(piece.as_bytes()));
        checked(written.and_then(|()| stdout.flush()))
    }

    /// Writes a result with styles, which are left out where they cannot be displayed, to a file or to standard output.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(crate) fn painted(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        if let Some(file) = file {
            return write_file(file, [anstream::adapter::strip_str(text).to_string()]);
        }
        let mut stdout = anstream::stdout().lock();
        checked(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// Writes an answer, of which the exit code is the short form.
    pub(crate) fn answer(&mut self, text: &str, file: Option<&Path>) -> Result<(), Failure> {
        if self.is_quiet() && file.is_none() { Ok(()) } else { self.painted(text, file) }
    }

    /// Prints a message about the result.
    pub(crate) fn say(&mut self, line: &str) {
        if !self.is_quiet() {
            self.told(Severity::Note, line);
        }
    }

    /// Prints the last line about a failure.
    pub(crate) fn conclude(&mut self, line: &str) {
        self.told(Severity::Error, line);
    }

    /// Prints a message that has no code.
    fn told(&mut self, severity: Severity, line: &str) {
        if self.flags.message_format == MessageFormat::Json {
            self.insist(&json::plain(severity, line));
        } else {
            self.insist(line);
        }
    }

    /// Prints a line that a person has to read, such as a question. Where even that fails, nothing can be done.
    #[expect(clippy::unused_self, reason = "all output goes through here")]
    pub(crate) fn insist(&mut self, line: &str) {
        let _ = writeln!(anstream::stderr(), "{line}");
    }

    /// Prints what was assumed of an input: how much, and with `-v` all of it.
    pub(crate) fn say_assumed(&mut self, assumed: Option<&Assumed>) {
        let Some(assumed) = assumed else { return };
        self.say(&fill::summary(assumed));
        if self.is_verbose() {
            for line in fill::lines(assumed) {
                self.say(&line);
            }
        }
    }

    /// Prints why the command failed, in one line whatever the names of files and objects in it are.
    pub(crate) fn error(&mut self, message: &str) {
        if self.flags.message_format == MessageFormat::Json {
            return self.insist(&json::plain(Severity::Error, message));
        }
        let style = anstyle::AnsiColor::Red.on_default().bold();
        self.insist(&format!("{style}error{style:#}: {}", escaped(message)));
    }

    /// Prints why the command failed, each reason without a place in a source.
    pub(crate) fn reasons(&mut self, why: &[Diagnostic]) {
        let is_whole = self.is_verbose() || self.flags.message_format == MessageFormat::Json;
        let shown = if is_whole { why.len() } else { REASONS.min(why.len()) };
        for diagnostic in &why[..shown] {
            let sources = Sources::default();
            self.insist(&match self.flags.message_format {
                MessageFormat::Json => json::render(diagnostic, &sources),
                _ => text::render(diagnostic, &sources),
            });
        }
        if shown < why.len() {
            self.insist(&format!("{} more reasons; -v shows all", why.len() - shown));
        }
    }

    /// Prints why the command failed, with places; `all` of it, or as much as `-v` asks for.
    pub(crate) fn errors(&mut self, why: &[Diagnostic], sources: &Sources, all: bool) {
        for line in lines(why, sources, self.flags.message_format, all || self.is_verbose()) {
            self.insist(&line);
        }
    }

    /// Prints diagnostics, at most a few of each code unless `-v` is given, and how many there are of each severity.
    /// Notes are shown one by one only with `-v`.
    pub(crate) fn diagnostics(&mut self, diagnostics: &[Diagnostic], sources: &Sources) {
        if !self.is_quiet() {
            self.errors(diagnostics, sources, false);
        }
    }
}

/// Colors of both streams, and of help and errors of the command line itself.
pub(crate) fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => {}
        ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// A reader that has seen enough closes the pipe, which is no error.
pub(super) fn checked(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Message(format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a file as a whole or not at all; a device or a pipe is written into.
pub(crate) fn write_file(
    path: &Path,
    pieces: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<(), Failure> {
    write_pieces(path, |sink| pieces.into_iter().try_for_each(|piece| sink(piece.as_ref())))
}

/// The same with pieces that are handed out.
pub(crate) fn write_pieces(
    path: &Path,
    pieces: impl FnOnce(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
) -> Result<(), Failure> {
    refuse_input(path)?;
    write_whole(path, Links::Follow, pieces)
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", path.display())))
}

/// Refuses to write any of these files if one of them is a file that this run has read.
pub(crate) fn refuse_inputs(files: impl IntoIterator<Item = PathBuf>) -> Result<(), Failure> {
    files.into_iter().try_for_each(|file| refuse_input(&file))
}

fn refuse_input(path: &Path) -> Result<(), Failure> {
    let Some(input) = input_at(path) else { return Ok(()) };
    let (shown, input) = (path.display().to_string(), input.display().to_string());
    let is = if shown == input { "is".to_owned() } else { format!("is the same file as {input},") };
    Err(Failure::Usage(format!(
        "--out: {shown} {is} an input of this run, and would be overwritten; nothing was written: choose another name"
    )))
}
