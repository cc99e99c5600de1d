//! Draws two sides next to each other, frontend by frontend: what differs in full, what is equal in one line.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use crate::answer::telling::Telling;
use crate::diff::{Aspect, Pairing, Row, Sheet};
use crate::render::columns::wrapped;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// How the sheet is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// How many columns the terminal has.
    pub width: usize,
    /// Whether frontends without difference are drawn as well.
    pub all: bool,
    /// Whether both sides are of one platform, so that their words can be compared.
    pub same_platform: bool,
}

/// What stands before the lines of both sides.
const INDENT: usize = 4;

/// All that differs; the sums come last.
#[must_use]
pub fn draw(names: &[String; 2], sheet: &Sheet, layout: Layout) -> String {
    // Of one platform it is said object by object.
    let not_compared = if layout.same_platform { Vec::new() } else { sheet.not_compared(names) };
    draw_sheet(names, sheet, &not_compared, layout)
}

/// The same, where sentences say what is not compared.
pub(in crate::render) fn draw_sheet(
    names: &[String; 2],
    sheet: &Sheet,
    not_compared: &[String],
    layout: Layout,
) -> String {
    let column = Column::of(layout.width);
    let mut text = String::new();
    let heading = [&*names[0], &*names[1]];
    let _ = writeln!(text, "{FAINT}{}{FAINT:#}", column.plain(heading, ""));
    for rows in sheet.rows.chunk_by(|one, other| one.service == other.service) {
        if !layout.all && rows.iter().all(|row| !row.differs) {
            continue;
        }
        title(&mut text, &rows[0], layout.width);
        for row in rows {
            draw_row(&mut text, row, layout, &column);
        }
    }
    sums(&mut text, names, sheet, not_compared, layout);
    text
}

/// The service port, and where it was read at the end of the line.
fn title(text: &mut String, row: &Row, width: usize) {
    let service = row.service.as_deref().unwrap_or("of no Service");
    let place = row.place.as_deref().unwrap_or_default();
    let gap = width.saturating_sub(service.chars().count() + place.chars().count()).max(2);
    let gap = if place.is_empty() { 0 } else { gap };
    let _ = writeln!(text, "{BOLD}{service}{BOLD:#}{:gap$}{FAINT}{place}{FAINT:#}", "");
}

fn draw_row(text: &mut String, row: &Row, layout: Layout, column: &Column) {
    let name = row.name();
    let codes: Vec<&str> = row.codes.iter().map(|code| code.id()).collect();
    if row.is_undecided() && !layout.all {
        let _ = writeln!(text, "  {FAINT}{name}  undecided{FAINT:#}");
        return;
    }
    if !row.differs && !layout.all {
        let but = if codes.is_empty() { String::new() } else { format!(" but for {}", codes.join(" ")) };
        let _ = writeln!(text, "  {FAINT}{name}  equal{but}{FAINT:#}");
        return;
    }
    let marks = match codes.is_empty() {
        true if row.is_undecided() => "  undecided".to_owned(),
        true => String::new(),
        false => format!("  ≠ {}", codes.join(" ")),
    };
    let _ = writeln!(text, "  {name}{YELLOW}{marks}{YELLOW:#}");
    for side in 0..2 {
        if row.lines.iter().all(|pair| pair.sides[side].is_none()) {
            let mut nothing = ["", ""];
            nothing[side] = match row.tellings[side] {
                Telling::Whole => "nothing here",
                Telling::InPart | Telling::NotTold => "not known",
            };
            let _ = writeln!(text, "{FAINT}{}{FAINT:#}", column.plain(nothing, ""));
        }
    }
    for pair in &row.lines {
        let mark = row.codes.iter().find(|code| pair.aspect != Aspect::Entry && pair.aspect.is_about(**code));
        let mark = mark.map_or_else(String::new, |code| format!("≠ {}", code.id()));
        column.draw(text, pair, &mark, layout.same_platform);
    }
}

/// Where the lines of both sides stand.
struct Column {
    width: usize,
}

impl Column {
    /// What stands between both sides.
    const BETWEEN: &str = " │ ";
    /// Room for a code at the end: `  ≠ D0818`.
    const MARK: usize = 9;

    fn of(width: usize) -> Self {
        let between = Self::BETWEEN.chars().count();
        Self { width: (width.saturating_sub(INDENT + between + Self::MARK) / 2).max(16) }
    }

    fn plain(&self, sides: [&str; 2], mark: &str) -> String {
        let [one, other] = sides.map(|side| self.cut(side));
        let gap = self.width - one.chars().count();
        let text = format!("{:INDENT$}{one}{:gap$}{}{other}  {mark}", "", "", Self::BETWEEN);
        text.trim_end().to_owned()
    }

    /// A text that fits; what is left out is shown as such.
    fn cut(&self, text: &str) -> String {
        if text.chars().count() <= self.width {
            return text.to_owned();
        }
        text.chars().take(self.width - 1).chain(['…']).collect()
    }

    /// One line; words that are on one side only are marked where both are in the same language.
    fn draw(&self, text: &mut String, pair: &Pairing, mark: &str, same_platform: bool) {
        let sides = pair.sides.each_ref().map(|side| side.as_deref().unwrap_or_default());
        let is_equal = sides[0] == sides[1];
        if is_equal || !same_platform || pair.aspect == Aspect::Entry {
            let mark = if mark.is_empty() { String::new() } else { format!("{YELLOW}{mark}{YELLOW:#}") };
            let _ = writeln!(text, "{}", self.plain(sides, &mark));
            return;
        }
        let cut = sides.map(|side| self.cut(side));
        let gap = self.width - cut[0].chars().count();
        let diff = TextDiff::from_words(&*cut[0], &*cut[1]);
        let [mut one, mut other] = [String::new(), String::new()];
        for change in diff.iter_all_changes() {
            let word = change.value();
            let _ = match change.tag() {
                ChangeTag::Equal => {
                    one.push_str(word);
                    other.push_str(word);
                    Ok(())
                }
                ChangeTag::Delete => write!(one, "{RED}{word}{RED:#}"),
                ChangeTag::Insert => write!(other, "{GREEN}{word}{GREEN:#}"),
            };
        }
        // Without colours the sign tells what differs.
        let sign = match (cut[0].is_empty(), cut[1].is_empty()) {
            (true, _) => "+",
            (_, true) => "-",
            _ => "~",
        };
        let indent = INDENT - 2;
        let line = format!("{:indent$}{YELLOW}{sign}{YELLOW:#} {one}{:gap$}{}{other}", "", "", Self::BETWEEN);
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn sums(text: &mut String, names: &[String; 2], sheet: &Sheet, not_compared: &[String], layout: Layout) {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for code in sheet.rows.iter().flat_map(|row| &row.codes) {
        *codes.entry(code.id()).or_default() += 1;
    }
    let codes: Vec<String> = codes.iter().map(|(code, many)| format!("{code} ×{many}")).collect();
    if !codes.is_empty() {
        for line in wrapped(&format!("{}; hnsplan explain CODE says more", codes.join(", ")), layout.width) {
            let _ = writeln!(text, "{line}");
        }
    }
    for line in not_compared {
        let _ = writeln!(text, "not compared: {line}");
    }
    let many = sheet.rows.len();
    let (differ, undecided) = (sheet.differing(), sheet.undecided());
    let [one, other] = names;
    let noun = if many == 1 { "frontend" } else { "frontends" };
    let equal = many - differ - undecided;
    let open = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
    let _ = writeln!(text, "{one} and {other}: {many} {noun}: {equal} equal, {differ} differ{open}");
}
