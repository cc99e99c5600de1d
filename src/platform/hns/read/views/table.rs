//! `Format-Table`: a head, dashes below each of its names, and a row for each object.

use serde_json::{Map, Value};

use super::super::pasted::is_around;
use super::shown::Shown;
use super::value;

/// A column: its name, and where its dashes stand, in characters.
struct Column<'t> {
    name: &'t str,
    start: usize,
}

/// The objects in the tables of a text.
pub(super) fn objects(lines: &[&str]) -> Vec<Shown> {
    let mut found = Vec::new();
    let mut at = 1;
    while at < lines.len() {
        let Some(columns) = columns(lines[at - 1], lines[at]) else {
            at += 1;
            continue;
        };
        let head = at - 1;
        at += 1;
        let first = found.len();
        while at < lines.len() && !ends_table(lines[at].trim()) {
            let cells = cells(lines[at], &columns);
            match found.get_mut(first..).and_then(<[Shown]>::last_mut) {
                // The rest of cells that are wrapped: the first cell is never empty.
                Some(last) if cells[0].is_empty() => extend(last, &columns, &cells, at),
                _ => found.push(row(&columns, &cells, at)),
            }
            at += 1;
        }
        // Head and dashes are a part of the first object.
        if let Some(one) = found.get_mut(first) {
            one.lines.start = head;
        }
    }
    found
}

/// Whether a line is no row: a blank one, a prompt, the beginning of a table of `hnsdiag`, or JSON.
fn ends_table(line: &str) -> bool {
    line.is_empty()
        || is_around(line)
        || line.ends_with(':')
        || line.contains(" | ")
        || line.starts_with(['[', '{'])
}

fn row(columns: &[Column<'_>], cells: &[String], at: usize) -> Shown {
    let members: Map<String, Value> = columns
        .iter()
        .zip(cells)
        .map(|(column, cell)| (column.name.to_owned(), value::of(column.name, cell)))
        .collect();
    Shown { members, lines: at..at + 1 }
}

fn extend(last: &mut Shown, columns: &[Column<'_>], cells: &[String], at: usize) {
    for (column, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        let before = match last.members.get(column.name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            // A value that was complete does not go on: nobody knows what it is.
            Some(_) => "…".to_owned(),
        };
        last.members.insert(column.name.to_owned(), value::of(column.name, &(before + cell)));
    }
    last.lines.end = at + 1;
}

/// The columns of a head with its dashes: as many words as groups of dashes, each beginning or ending with its dashes.
fn columns<'t>(head: &'t str, dashes: &str) -> Option<Vec<Column<'t>>> {
    let groups = words(dashes);
    let names = words(head);
    let is_dashes = !groups.is_empty()
        && groups.len() == names.len()
        && groups.len() > 1
        && groups.iter().all(|(_, word)| word.len() > 1 && word.bytes().all(|byte| byte == b'-'));
    let is_name = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // Without its id, no object can be told from others.
    let has_id = names.iter().any(|(_, name)| name.eq_ignore_ascii_case("ID"));
    let fits = groups
        .iter()
        .zip(&names)
        .all(|((at, group), (of, name))| is_name(name) && (at == of || at + group.len() == of + name.len()));
    (is_dashes && fits && has_id).then(|| {
        groups.iter().zip(names).map(|((start, _), (_, name))| Column { name, start: *start }).collect()
    })
}

/// Words with their places, in characters.
fn words(line: &str) -> Vec<(usize, &str)> {
    let (mut found, mut start) = (Vec::new(), None);
    for (chars, (at, letter)) in line.char_indices().enumerate() {
        match (letter.is_whitespace(), start) {
            (false, None) => start = Some((chars, at)),
            (true, Some((place, from))) => {
                found.push((place, &line[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    if let Some((place, from)) = start {
        found.push((place, line[from..].trim_end()));
    }
    found
}

/// The cells of a row. A column begins where its dashes begin; numbers are aligned to the right and may begin before.
fn cells(line: &str, columns: &[Column<'_>]) -> Vec<String> {
    let line: Vec<char> = line.trim_end().chars().collect();
    let begin = |column: &Column<'_>| {
        let mut at = column.start.min(line.len());
        while at > 0 && at < line.len() && !line[at].is_whitespace() && !line[at - 1].is_whitespace() {
            at -= 1;
        }
        at
    };
    let starts: Vec<usize> = columns.iter().map(begin).collect();
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    let cell = |(start, end): (&usize, usize)| {
        let cell: String = line.get(*start..end.max(*start)).unwrap_or_default().iter().collect();
        cell.trim().to_owned()
    };
    starts.iter().zip(ends).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        objects(&lines).into_iter().map(|of| Value::Object(of.members).to_string()).collect()
    }

    #[test]
    fn cells_stand_below_their_dashes() {
        let text = "\
ID   Name                State IPAddress
--   ----                ----- ---------
1    vEthernet (Ether 2)     3 10.0.0.5
2                            1 10.0.0.6

3    no row              1     10.0.0.7
";
        assert_eq!(
            read(text),
            [
                r#"{"ID":"1","IPAddress":"10.0.0.5","Name":"vEthernet (Ether 2)","State":3}"#,
                r#"{"ID":"2","IPAddress":"10.0.0.6","Name":null,"State":1}"#,
            ]
        );
    }

    #[test]
    fn wrapped_cells_go_on() {
        let text = "ID    IPAddress\n--    ---------\nabc-  10.200.\n      1.5\nd     10.0.0.6\n";
        assert_eq!(
            read(text),
            [r#"{"ID":"abc-","IPAddress":"10.200.1.5"}"#, r#"{"ID":"d","IPAddress":"10.0.0.6"}"#]
        );
        assert_eq!(read("ID Name\n-- --\nx y\n").len(), 1);
        for other in ["ID Name\n--\nx y\n", "a b\nc d\n", "--\n--\n", "ID: Name\n--- ----\n1 2\n"] {
            assert_eq!(read(other), [""; 0], "{other}");
        }
    }
}
