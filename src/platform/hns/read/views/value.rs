//! Values as PowerShell prints them in lists and tables.
//!
//! ```text
//! True                          a truth
//! 38654705666                   a number
//! {a, b}                        a list; one that ends with `...` goes on
//! @{Type=ELB; Protocol=6}       an object
//! System.Object[]               something that is not shown
//! ```
//!
//! What is not closed was cut, and stays a text: whoever expects a list or an object there sees that it is none.

use serde_json::{Map, Number, Value};

/// How deep lists and objects may be in each other.
const DEPTH: usize = 16;

/// The value of a member. Names and ids are texts, whatever they look like.
pub(super) fn of(name: &str, text: &str) -> Value {
    let text = text.trim();
    let is_text = ["ID", "Name"].iter().any(|of| name.eq_ignore_ascii_case(of));
    if is_text && !text.is_empty() { Value::String(text.to_owned()) } else { value(text, DEPTH) }
}

fn value(text: &str, depth: usize) -> Value {
    let as_text = || Value::String(text.to_owned());
    let Some(depth) = depth.checked_sub(1) else { return as_text() };
    if let Some(inside) = text.strip_prefix("@{") {
        let Some(inside) = inside.strip_suffix('}') else { return as_text() };
        return parts(inside, ';').and_then(|parts| object(&parts, depth)).unwrap_or_else(as_text);
    }
    if let Some(inside) = text.strip_prefix('{') {
        let Some(inside) = inside.strip_suffix('}') else { return as_text() };
        let Some(parts) = parts(inside, ',') else { return as_text() };
        return Value::Array(parts.into_iter().map(|part| value(part.trim(), depth)).collect());
    }
    match text {
        "" | "null" => Value::Null,
        "True" | "true" => Value::Bool(true),
        "False" | "false" => Value::Bool(false),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse::<u64>().map_or_else(|_| as_text(), |number| Value::Number(Number::from(number)))
        }
        _ => as_text(),
    }
}

fn object(parts: &[&str], depth: usize) -> Option<Value> {
    let mut members = Map::new();
    for part in parts {
        let (name, text) = part.split_once('=')?;
        members.insert(name.trim().to_owned(), value(text.trim(), depth));
    }
    Some(Value::Object(members))
}

/// The parts between separators that stand in no braces; `None` where braces do not match.
fn parts(text: &str, separator: char) -> Option<Vec<&str>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let (mut found, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ if letter == separator && depth == 0 => {
                found.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    (depth == 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_far_as_they_are_shown() {
        for (name, text, expected) in [
            ("Flags", "", json!(null)),
            ("IsRemoteEndpoint", "True", json!(true)),
            ("Version", "38654705666", json!(38_654_705_666_u64)),
            ("Name", "12345", json!("12345")),
            ("Policies", "{}", json!([])),
            ("References", "{/endpoints/a, /endpoints/b}", json!(["/endpoints/a", "/endpoints/b"])),
            ("References", "{/endpoints/a, ...}", json!(["/endpoints/a", "..."])),
            (
                "Policies",
                "{@{Type=ELB; Protocol=6; VIPs=System.Object[]}, @{A={x, y}; B=}}",
                json!([{"Type": "ELB", "Protocol": 6, "VIPs": "System.Object[]"}, {"A": ["x", "y"], "B": null}]),
            ),
            ("Policies", "{@{Type=ELB; Pro...", json!("{@{Type=ELB; Pro...")),
            ("Policies", "{@{Type=ELB}", json!("{@{Type=ELB}")),
            ("Policies", "@{nothing}", json!("@{nothing}")),
            ("IPAddress", "10.200.1.5", json!("10.200.1.5")),
        ] {
            assert_eq!(of(name, text), expected, "{text}");
        }
        let deep = "{".repeat(100_000) + &"}".repeat(100_000);
        assert!(of("Policies", &deep).is_array());
    }
}
