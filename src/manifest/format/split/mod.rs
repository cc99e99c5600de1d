//! Cutting a text into pieces that can be parsed one by one and side by side.
//!
//! A document ends at a line that starts with `---`, wherever that line is. A `kind: List` as kubectl
//! prints it is cut at its items: parsed whole, 54 MB of it cost 632 MB of memory, in pieces 86 MB.
//! The cut is a guess from the layout, and it is exact all the same: every piece must parse, and so
//! must what is left when the items are taken out; where one does not, the document is parsed whole.

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::{Origin, SourceId};

/// A document of a file.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Document {
    /// All of it.
    pub whole: Origin,
    /// Its items, if it looks like a list.
    pub list: Option<List>,
}

/// A list cut at its items.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::manifest) struct List {
    /// The document without its items; `None` for a bare sequence of objects.
    pub frame: Option<String>,
    /// Each item.
    pub items: Vec<Origin>,
}

/// Finds the documents of a text, and the items of those that are lists.
pub(in crate::manifest) fn documents(source: SourceId, text: &str) -> Vec<Document> {
    let mut lines = LineCounter { text, at: 0, line: 1 };
    let mut documents = Vec::new();
    for (start, end) in document_bounds(text) {
        let piece = &text[start..end];
        if piece.trim().is_empty() {
            continue;
        }
        let mut origin = |from: usize, to: usize| Origin {
            source,
            start: offset(start + from),
            end: offset(start + to),
            line: lines.line_at(start + from),
            item: None,
        };
        let lines_of_json = json_lines(piece);
        if lines_of_json.is_empty() {
            let whole = origin(0, piece.len());
            let list = list_items(piece).map(|(frame, items)| List {
                frame,
                items: items.into_iter().map(|(from, to)| origin(from, to)).collect(),
            });
            documents.push(Document { whole, list });
        } else {
            let one = |(from, to)| Document { whole: origin(from, to), list: None };
            documents.extend(lines_of_json.into_iter().map(one));
        }
    }
    documents
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a source is smaller than 4 GiB")
}

/// Counts lines on the way through a text, each byte once.
struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl LineCounter<'_> {
    fn line_at(&mut self, at: usize) -> u32 {
        let passed = &self.text.as_bytes()[self.at..at];
        self.line += offset(memchr::memchr_iter(b'\n', passed).count());
        self.at = at;
        self.line
    }
}

/// The documents of a text, without the logs between them that `kubectl cluster-info dump` prints.
fn document_bounds(text: &str) -> Bounds {
    let mut bounds = Vec::new();
    let mut start = 0;
    while let Some(log) = log_after(text, start) {
        bounds.extend(
            stream_bounds(&text[start..log.0]).into_iter().map(|(from, to)| (start + from, start + to)),
        );
        start = log.1;
    }
    bounds.extend(stream_bounds(&text[start..]).into_iter().map(|(from, to)| (start + from, start + to)));
    bounds
}

/// The bounds of the first log of a container from a byte on.
fn log_after(text: &str, start: usize) -> Option<(usize, usize)> {
    const BEGIN: &str = "==== START logs for container ";
    const END: &str = "\n==== END logs for container ";
    let rest = &text[start..];
    let begin = if rest.starts_with(BEGIN) {
        0
    } else {
        memmem::find(rest.as_bytes(), format!("\n{BEGIN}").as_bytes())? + 1
    };
    let end = memmem::find(&rest.as_bytes()[begin..], END.as_bytes()).map(|at| begin + at + 1);
    let line_end =
        |at: usize| memchr::memchr(b'\n', &rest.as_bytes()[at..]).map_or(rest.len(), |end| at + end + 1);
    Some((start + begin, start + end.map_or(rest.len(), line_end)))
}

/// The values of JSON that follow each other, each from a brace at the margin to one: no string of JSON contains a
/// line end. Empty for any other text.
fn json_bounds(text: &str) -> Bounds {
    if !text.trim_start().starts_with("{\n") && !text.trim_start().starts_with("{\r\n") {
        return Vec::new();
    }
    let ends = memmem::find_iter(text.as_bytes(), b"\n}").map(|at| at + 2);
    let is_end =
        |at: &usize| text[*at..].trim_start().starts_with('{') && text[*at..].starts_with(['\r', '\n']);
    let mut bounds = Vec::new();
    let mut start = 0;
    for end in ends.filter(is_end).chain([text.len()]) {
        bounds.push((start, end));
        start = end;
    }
    bounds
}

/// The documents of a YAML stream, or of a stream of JSON. Directives (`%YAML`) belong to the document after them.
fn stream_bounds(text: &str) -> Bounds {
    // The closing brace of JSON is alone at the margin, and nothing comes after it.
    if text.starts_with("{\n") && memmem::find(text.as_bytes(), b"\n}").is_some_and(|at| at + 3 >= text.len())
    {
        return vec![(0, text.len())];
    }
    let of_json = json_bounds(text);
    if of_json.len() > 1 {
        return of_json;
    }
    // Behind the first document only the end of a document (`...`) may stand before a directive.
    if memmem::find(text.as_bytes(), b"\n%").is_some() && !text.starts_with(['%', '#']) {
        return vec![(0, text.len())];
    }
    let is_marker =
        |at: usize| matches!(text.as_bytes().get(at + 4), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
    let cuts = memmem::find_iter(text.as_bytes(), b"\n---").filter(|&at| is_marker(at)).map(|at| at + 1);
    let mut bounds = Vec::new();
    let mut start = 0;
    for cut in cuts.chain([text.len()]) {
        if start > 0 || !is_directives(&text[..cut]) {
            bounds.push((start, cut));
            start = cut;
        }
    }
    bounds
}

/// Whether there are directives, and nothing else that means anything.
fn is_directives(text: &str) -> bool {
    let means_nothing = |line: &str| line.trim().is_empty() || line.starts_with(['%', '#']);
    text.lines().all(means_nothing) && text.lines().any(|line| line.starts_with('%'))
}

/// The lines of a text in which each line is a JSON object; empty for any other text.
fn json_lines(text: &str) -> Bounds {
    let is_object = |line: &str| line.starts_with('{') && line.ends_with('}');
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if is_object(content) {
            found.push((start, start + line.len()));
        } else if !content.is_empty() {
            return Vec::new();
        }
        start += line.len();
    }
    if found.len() > 1 { found } else { Vec::new() }
}

/// The bounds of a list's items.
type Bounds = Vec<(usize, usize)>;

/// The frame of a list and the bounds of its items.
fn list_items(text: &str) -> Option<(Option<String>, Bounds)> {
    let is_json = super::json::is_json(text);
    let items = match (is_json, crate::source::has_root_sequence(text)) {
        (true, true) => return json_elements(text).map(|items| (None, items)),
        (false, true) => return yaml_elements(text).map(|items| (None, items)),
        (true, false) => json_items(text).or_else(|| compact_json_items(text))?,
        (false, false) => yaml_items(text)?,
    };
    let (first, last) = (items.first()?.0, items.last()?.1);
    Some((Some(format!("{}{}", &text[..first], &text[last..])), items))
}

/// Items of a JSON list in any layout. One more pass over the text finds them.
fn compact_json_items(text: &str) -> Option<Bounds> {
    #[derive(Deserialize)]
    struct Items<'t> {
        #[serde(borrow, default)]
        items: Vec<&'t RawValue>,
    }
    let list: Items<'_> = serde_json::from_str(text).ok()?;
    Some(bounds_in(text, &list.items)).filter(|items| !items.is_empty())
}

/// Elements of a JSON array.
fn json_elements(text: &str) -> Option<Bounds> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(bounds_in(text, &elements))
}

/// The bounds of values in the text that they were taken from.
fn bounds_in(text: &str, values: &[&RawValue]) -> Bounds {
    let start = |value: &RawValue| value.get().as_ptr().addr() - text.as_ptr().addr();
    values.iter().map(|value| (start(value), start(value) + value.get().len())).collect()
}

/// Elements of a YAML sequence whose dashes are at the margin.
fn yaml_elements(text: &str) -> Option<Bounds> {
    let first = if text.starts_with("- ") { 0 } else { memmem::find(text.as_bytes(), b"\n- ")? + 1 };
    Some(items_from(text, first, "- "))
}

/// Items of a list as `kubectl get -o yaml` prints it: `items:` at the margin, then `- ` lines at
/// column 0 or 2.
fn yaml_items(text: &str) -> Option<Bounds> {
    const KEY: &str = "items:";
    let at = if text.starts_with(KEY) { 0 } else { memmem::find(text.as_bytes(), b"\nitems:")? + 1 };
    let after_key = &text[at + KEY.len()..];
    let line_end = after_key.find('\n')? + 1;
    if !after_key[..line_end].trim().is_empty() {
        return None;
    }
    let first = at + KEY.len() + line_end;
    let dash = ["- ", "  - "].into_iter().find(|dash| text[first..].starts_with(dash))?;
    Some(items_from(text, first, dash))
}

/// The items that start with `dash`, from the first one on.
fn items_from(text: &str, first: usize, dash: &str) -> Bounds {
    let mut items = Vec::new();
    let mut start = first;
    let line_starts =
        memchr::memchr_iter(b'\n', &text.as_bytes()[first..]).map(|newline| first + newline + 1);
    for line_start in line_starts {
        let rest = &text.as_bytes()[line_start..];
        // A line at the margin that is no item ends the list; blank lines and comments do not.
        let is_item = rest.starts_with(dash.as_bytes());
        let is_end = matches!(rest.first(), Some(first) if !b" \t\r\n#-".contains(first));
        if is_item || is_end {
            items.push((start, line_start));
            start = line_start;
        }
        if is_end {
            return items;
        }
    }
    items.push((start, text.len()));
    items
}

/// Items of a list as `kubectl get -o json` prints it: `"items": [`, then objects whose braces are
/// alone on lines of one indentation. No string of JSON contains a newline, so these are braces indeed.
fn json_items(text: &str) -> Option<Bounds> {
    const KEY: &str = "\"items\": [";
    let after_key = memmem::find(text.as_bytes(), KEY.as_bytes())? + KEY.len();
    let brace = after_key + text[after_key..].find('{')?;
    let indentation = text[after_key..brace].strip_prefix('\n')?;
    if !indentation.bytes().all(|b| b == b' ') {
        return None;
    }
    let closing = format!("\n{indentation}}}");
    let next = format!(",\n{indentation}{{");
    let mut items = Vec::new();
    let mut start = brace;
    for end in memmem::find_iter(&text.as_bytes()[brace..], closing.as_bytes()) {
        let end = brace + end + closing.len();
        items.push((start, end));
        if !text[end..].starts_with(&next) {
            return Some(items);
        }
        start = end + next.len() - 1;
    }
    None
}

#[cfg(test)]
mod tests;
