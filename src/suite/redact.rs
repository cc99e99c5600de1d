//! Ids that are others each time become numbers, so that texts can be compared.

use std::collections::HashMap;

/// Lengths of the groups of digits of a GUID.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Where a GUID says what it was made of; 5 is of a name.
const VERSION: usize = 14;
/// The length of a GUID.
const LENGTH: usize = 36;

/// The text with `guid-1`, `guid-2`, … in place of GUIDs, one number for each of them in any case: what
/// refers to the same object still does.
#[must_use]
pub fn redacted(text: &str) -> String {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    replaced(text, |guid| {
        let next = numbers.len() + 1;
        let number = *numbers.entry(guid).or_insert(next);
        format!("guid-{number}")
    })
}

/// The same, but ids that follow from names and addresses keep their first digits: these are the same each time, and do
/// not move when something is added before them.
#[must_use]
pub fn redacted_but_derived(text: &str) -> String {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    replaced(text, |guid| {
        if guid.as_bytes()[VERSION] == b'5' {
            return format!("guid-{}", &guid[..GROUPS[0]]);
        }
        let next = numbers.len() + 1;
        let number = *numbers.entry(guid).or_insert(next);
        format!("guid-{number}")
    })
}

fn replaced(text: &str, mut replace: impl FnMut(String) -> String) -> String {
    let mut stable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest) {
        let (before, after) = rest.split_at(at);
        let (guid, after) = after.split_at(LENGTH);
        stable.push_str(before);
        stable.push_str(&replace(guid.to_ascii_lowercase()));
        rest = after;
    }
    stable.push_str(rest);
    stable
}

/// Where the first GUID begins.
fn find(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        // The first dash of a GUID has eight digits before it.
        let dash = from + bytes[from..].iter().position(|byte| *byte == b'-')?;
        if let Some(start) = dash.checked_sub(GROUPS[0]).filter(|start| is_guid(bytes, *start)) {
            return Some(start);
        }
        from = dash + 1;
    }
}

fn is_guid(bytes: &[u8], start: usize) -> bool {
    let Some(guid) = bytes.get(start..start + LENGTH) else { return false };
    let is_word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    if is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) || is_word(bytes.get(start + LENGTH)) {
        return false;
    }
    let mut groups = guid.split(|byte| *byte == b'-');
    GROUPS.iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == *length && group.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_gets_one_number() {
        let (one, other) = ("fd8194b7-e6e7-5438-a5c0-4e26fe06aadd", "37331801-f72f-5c2f-9734-3175a3db8225");
        let text = format!("\"{one}\" {other},{} x-{one}", one.to_uppercase());
        assert_eq!(redacted(&text), "\"guid-1\" guid-2,guid-1 x-guid-1");
    }

    #[test]
    fn an_id_that_follows_from_a_name_stays() {
        let (derived, random) =
            ("fd8194b7-e6e7-5438-a5c0-4e26fe06aadd", "37331801-f72f-4c2f-9734-3175a3db8225");
        let text = format!("{random} {derived} {random}");
        assert_eq!(redacted_but_derived(&text), "guid-1 guid-fd8194b7 guid-1");
    }

    #[test]
    fn what_is_no_id_stays() {
        for text in [
            "a-b-c",
            "02-11-c0-a8-0a-02",
            "fd8194b7-e6e7-5438-a5c0-4e26fe06aad",
            "fd8194b7-e6e7-5438-a5c0-4e26fe06aadd0",
            "zfd8194b7-e6e7-5438-a5c0-4e26fe06aadd",
            "ü-ü-fd8194b7-",
            "",
        ] {
            assert_eq!(redacted(text), text);
        }
    }
}
