//! What in a document is assumed: two members that every document about rules may have.

use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::fill::Marks;
use crate::name::visible_json;

/// The document with what it contains that is assumed, behind its kind. Texts that are no such document stay as they are.
#[must_use]
pub fn mark(document: String, marks: &Marks) -> String {
    let Some(at) = end_of_kind(&document).filter(|_| !marks.is_empty()) else { return document };
    let found =
        marks.found_in(&document).into_iter().map(|(address, mark)| (address.to_owned(), &*mark.symbol));
    let members = members(found);
    format!("{}{members}{}", &document[..at], &document[at..])
}

/// The first piece of a document with all that is assumed, behind its kind; `None` if it is not there.
#[must_use]
pub fn mark_head(piece: &str, marks: &Marks) -> Option<String> {
    let at = end_of_kind(piece).filter(|_| !marks.is_empty())?;
    let members = members(marks.iter().map(|(ip, mark)| (ip.to_string(), &*mark.symbol)));
    Some(format!("{}{members}{}", &piece[..at], &piece[at..]))
}

fn members<'m>(addresses: impl Iterator<Item = (String, &'m str)>) -> String {
    let addresses: Map<String, Value> = addresses.map(|(address, symbol)| (address, symbol.into())).collect();
    let addresses = visible_json(Value::Object(addresses).to_string());
    format!("\n  \"assumed\": true,\n  \"assumedAddresses\": {addresses},")
}

/// Where the line with the kind of a document ends, if a member follows it.
fn end_of_kind(document: &str) -> Option<usize> {
    let kind = document.find("\n  \"kind\": \"").filter(|at| *at < 100 && document.starts_with('{'))?;
    let end = kind + 1 + document[kind + 1..].find('\n')?;
    document[..end].ends_with(',').then_some(end)
}

/// The schema with these members.
#[must_use]
pub fn describe(mut schema: Schema) -> Schema {
    if let Some(Value::Object(properties)) = schema.ensure_object().get_mut("properties") {
        let assumed =
            json!({"type": "boolean", "description": "Some of it is assumed (--assume); never false."});
        let addresses = json!({
            "type": "object",
            "description": "The assumed addresses, and what each is, as in clusterIP:shop/front.",
            "additionalProperties": {"type": "string"},
        });
        properties.insert("assumed".into(), assumed);
        properties.insert("assumedAddresses".into(), addresses);
    }
    schema
}
