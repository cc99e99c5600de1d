//! Reads the JSON of nft by spelling each object as a listing has it, so that there is one reader of rules.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;

/// The document of `nft --json list ruleset`.
#[derive(Deserialize)]
struct Document {
    nftables: Vec<Value>,
}

/// The text that a listing would have, as commands.
pub(super) fn listing(text: &str) -> Result<String, String> {
    let document: Document = serde_json::from_str(text)
        .map_err(|error| format!("it is no JSON of nft: {}", crate::name::printable(&error.to_string())))?;
    let mut out = String::new();
    for object in &document.nftables {
        if let Some((kind, fields)) = object.as_object().and_then(|object| object.iter().next()) {
            push_object(&mut out, kind, fields);
        }
    }
    Ok(out)
}

fn push_object(out: &mut String, kind: &str, fields: &Value) {
    let field = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| is_word(text));
    let family = field("family").unwrap_or("ip");
    let (table, name) = (field("table").unwrap_or("-"), field("name").unwrap_or("-"));
    match kind {
        "table" => {
            push(out, &["add table ", family, " ", name]);
            let mut inner = comment(fields);
            if let Some(of) = fields.get("flags") {
                let named = flags(of).filter(|names| !names.is_empty());
                push(
                    &mut inner,
                    &["flags ", &named.unwrap_or_else(|| vec!["unknown".into()]).join(","), " ; "],
                );
            }
            push(out, &[" { ", &inner, "}\n"]);
        }
        "chain" => {
            push(out, &["add chain ", family, " ", table, " ", name, " { "]);
            if let (Some(of), Some(hook)) = (field("type"), field("hook")) {
                let priority = fields.get("prio").and_then(Value::as_i64).unwrap_or_default();
                let policy = field("policy").unwrap_or("accept");
                let priority = priority.to_string();
                push(
                    out,
                    &["type ", of, " hook ", hook, " priority ", &priority, " ; policy ", policy, " ; "],
                );
            }
            push(out, &[&comment(fields), "}\n"]);
        }
        "set" | "map" => push_container(out, kind, fields, [family, table, name]),
        "rule" => {
            let chain = field("chain").unwrap_or("-");
            push(out, &["add rule ", family, " ", table, " ", chain]);
            for expression in fields.get("expr").and_then(Value::as_array).into_iter().flatten() {
                out.push(' ');
                match statement(expression) {
                    Some(text) => out.push_str(&text),
                    None => push(out, &["json ", &unknown(expression)]),
                }
            }
            push(out, &[" ", &comment(fields), "\n"]);
        }
        "counter" => push(out, &["add counter ", family, " ", table, " ", name, "\n"]),
        // Nothing of the tables.
        "metainfo" => {}
        _ if table == super::super::model::TABLE => push(out, &["add ", &word(kind), " unknown\n"]),
        _ => {}
    }
}

fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// Whether a text can stand for itself in a line.
fn is_word(text: &str) -> bool {
    let breaks =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '{' | '}' | ';' | ',' | '#');
    !text.is_empty() && !text.contains(breaks)
}

/// A text as one word.
fn word(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { format!("\"{}\"", quotable(text)) }
}

fn quotable(text: &str) -> String {
    crate::name::printable(text).replace('"', "'")
}

fn comment(fields: &Value) -> String {
    match fields.get("comment").and_then(Value::as_str) {
        Some(text) => format!("comment \"{}\" ; ", quotable(text)),
        None => String::new(),
    }
}

/// What is not known, in quotes so that nothing of it is taken for something else.
fn unknown(value: &Value) -> String {
    format!("\"{}\"", quotable(&value.to_string()))
}

fn push_container(out: &mut String, kind: &str, fields: &Value, [family, table, name]: [&str; 3]) {
    let of = match fields.get("type") {
        Some(Value::String(one)) => word(one),
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(word).collect::<Vec<_>>().join(" . ")
        }
        _ => "unknown".to_owned(),
    };
    push(out, &["add ", kind, " ", family, " ", table, " ", name, " { type ", &of]);
    if let Some(value) = fields.get("map").and_then(Value::as_str) {
        push(out, &[" : ", &word(value)]);
    }
    out.push_str(" ; ");
    if let Some(timeout) = fields.get("timeout").and_then(Value::as_u64) {
        let _ = write!(out, "timeout {timeout}s ; ");
    }
    out.push_str(&comment(fields));
    let elements = fields.get("elem").and_then(Value::as_array);
    if let Some(elements) = elements.filter(|elements| !elements.is_empty()) {
        out.push_str("elements = { ");
        for (place, element) in elements.iter().enumerate() {
            out.push_str(if place > 0 { ", " } else { "" });
            out.push_str(&spelled_element(element));
        }
        out.push_str(" } ; ");
    }
    out.push_str("}\n");
}

fn spelled_element(element: &Value) -> String {
    let (key, verdict) = match element {
        Value::Array(pair) if pair.len() == 2 => (&pair[0], Some(&pair[1])),
        key => (key, None),
    };
    let (key, comment) = match key.get("elem") {
        Some(elem) => (elem.get("val").unwrap_or(key), elem.get("comment").and_then(Value::as_str)),
        None => (key, None),
    };
    let mut text = expression(key).unwrap_or_else(|| unknown(key));
    if let Some(comment) = comment {
        push(&mut text, &[" comment \"", &quotable(comment), "\""]);
    }
    if let Some(of) = verdict {
        push(&mut text, &[" : ", &statement(of).unwrap_or_else(|| unknown(of))]);
    }
    text
}

/// A value: an address, a field of a packet, several of them joined.
fn expression(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(word(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(object) if object.len() == 1 => {
            let (kind, of) = object.iter().next()?;
            match &**kind {
                "prefix" => {
                    let length = of.get("len")?.as_u64()?;
                    Some(format!("{}/{length}", word(of.get("addr")?.as_str()?)))
                }
                "range" => {
                    let ends: Vec<String> = of.as_array()?.iter().map(expression).collect::<Option<_>>()?;
                    Some(ends.join("-"))
                }
                "concat" => {
                    let parts: Vec<String> = of.as_array()?.iter().map(expression).collect::<Option<_>>()?;
                    Some(parts.join(" . "))
                }
                "set" => {
                    let members = of.as_array()?.iter().map(entry).collect::<Option<Vec<_>>>()?;
                    Some(format!("{{ {} }}", members.join(", ")))
                }
                "payload" => {
                    let (protocol, field) = (of.get("protocol")?.as_str()?, of.get("field")?.as_str()?);
                    Some(format!("{} {}", word(protocol), word(field)))
                }
                "meta" => Some(format!("meta {}", word(of.get("key")?.as_str()?))),
                "ct" if of.get("dir").is_none() => Some(format!("ct {}", word(of.get("key")?.as_str()?))),
                "fib" => {
                    let flags = flags(of.get("flags")?)?;
                    Some(format!("fib {} {}", flags.join(" . "), word(of.get("result")?.as_str()?)))
                }
                "numgen" => {
                    let mode = word(of.get("mode")?.as_str()?);
                    let offset = of.get("offset").and_then(Value::as_u64).unwrap_or_default();
                    Some(format!("numgen {mode} mod {} offset {offset}", of.get("mod")?.as_u64()?))
                }
                "&" | "|" | "^" => {
                    let [left, right] = &of.as_array()?[..] else { return None };
                    Some(format!("{} {kind} {}", expression(left)?, expression(right)?))
                }
                "map" => {
                    Some(format!("{} map {}", expression(of.get("key")?)?, expression(of.get("data")?)?))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A member of a set, or a pair of a map.
fn entry(value: &Value) -> Option<String> {
    match value {
        Value::Array(pair) => {
            let [key, of] = &pair[..] else { return None };
            let of = statement(of).or_else(|| expression(of))?;
            Some(format!("{} : {of}", expression(key)?))
        }
        one => expression(one),
    }
}

/// One flag, or a list of them.
fn flags(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![word(one)]),
        Value::Array(all) => all.iter().map(|flag| flag.as_str().map(word)).collect(),
        _ => None,
    }
}

/// A statement of a rule, or a verdict of an element.
fn statement(value: &Value) -> Option<String> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (kind, of) = object.iter().next()?;
    match &**kind {
        "match" => {
            let (left, right) = (expression(of.get("left")?)?, expression_list(of.get("right")?)?);
            match of.get("op")?.as_str()? {
                "==" if left.contains(['&', '|', '^']) => Some(format!("{left} == {right}")),
                "==" | "in" => Some(format!("{left} {right}")),
                "!=" => Some(format!("{left} != {right}")),
                _ => None,
            }
        }
        "vmap" => Some(format!("{} vmap {}", expression(of.get("key")?)?, expression(of.get("data")?)?)),
        "jump" | "goto" => Some(format!("{kind} {}", word(of.get("target")?.as_str()?))),
        "accept" | "drop" | "return" | "continue" => Some(kind.clone()),
        "counter" => match of {
            Value::String(name) => Some(format!("counter name \"{}\"", quotable(name))),
            _ => Some("counter".to_owned()),
        },
        "mangle" => Some(format!("{} set {}", expression(of.get("key")?)?, expression(of.get("value")?)?)),
        "masquerade" => match of.get("flags") {
            None => of.as_object().is_none_or(serde_json::Map::is_empty).then(|| kind.clone()),
            Some(of) => Some(format!("masquerade {}", flags(of)?.join(" "))),
        },
        "reject" => match (of.get("type").and_then(Value::as_str), of.get("expr").and_then(Value::as_str)) {
            (None, None) => Some("reject".to_owned()),
            (Some(of), None) => Some(format!("reject with {}", word(of))),
            (Some(of), Some(what)) => Some(format!("reject with {} {}", word(of), word(what))),
            (None, Some(_)) => None,
        },
        "set" if of.get("op").and_then(Value::as_str) == Some("update") => {
            let (set, element) = (of.get("set")?.as_str()?, expression(of.get("elem")?)?);
            Some(format!("update {} {{ {element} }}", word(set)))
        }
        "dnat" => {
            let is_known = of.as_object()?.keys().all(|key| matches!(&**key, "addr" | "port" | "family"));
            let address = expression(of.get("addr")?)?;
            match of.get("port") {
                _ if !is_known => None,
                Some(port) => Some(format!("dnat to {address} . {}", expression(port)?)),
                None => Some(format!("dnat to {address}")),
            }
        }
        _ => None,
    }
}

/// A value, or several of which one has to be met.
fn expression_list(value: &Value) -> Option<String> {
    match value {
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(expression).collect::<Option<_>>()?;
            Some(all.join(","))
        }
        one => expression(one),
    }
}
