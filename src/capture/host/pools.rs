//! Ports that HNS has reserved, as `Invoke-HnsRequest -Method GET -Type portpools` lists them.

use serde_json::{Deserializer, Value};

use super::Told;
use crate::net::PortRange;

/// The member that only objects of port pools have.
const MARK: &str = "\"PortRanges\"";

/// The numbers of protocols in IP headers.
const TCP: u64 = 6;
const UDP: u64 = 17;

/// Takes the port pools out of a text. Documents stay in it that have other objects of HNS as well.
pub(super) fn read(text: &str, told: &mut Told) {
    // The second takes long where there is no JSON at all.
    if !text.as_bytes().contains(&b'{') || !text.contains(MARK) {
        return;
    }
    let (mut at, mut lines, mut taken) = (0, 1, Vec::new());
    while let Some(start) = next_document(text, at) {
        lines += text[at..start].matches('\n').count();
        let mut documents = Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let Some(Ok(document)) = documents.next() else {
            if text[start..].contains(MARK) {
                let why = "the JSON that begins here is cut or damaged, so its port pools are not used";
                told.remarks.push((lines, why.to_owned()));
            }
            break;
        };
        take_in(&document, told);
        at = start + documents.byte_offset();
        let last = lines + text[start..at].matches('\n').count();
        if is_of_pools(&document) {
            taken.extend(lines..=last);
        }
        lines = last;
    }
    taken.dedup();
    told.take(text, &taken);
}

/// Whether a document has nothing but port pools.
fn is_of_pools(document: &Value) -> bool {
    match document {
        Value::Array(all) => all.iter().all(is_of_pools),
        Value::Object(members) => {
            let inside = ["PortPoolAllocations", "Output"].iter().find_map(|name| members.get(*name));
            members.contains_key("PortRanges") || inside.is_some_and(is_of_pools)
        }
        _ => false,
    }
}

/// Where the next line begins that may be a document.
fn next_document(text: &str, at: usize) -> Option<usize> {
    let starts = |line: &str| line.trim_start().starts_with(['{', '[']);
    let mut start = at;
    text[at..].split_inclusive('\n').find_map(|line| {
        let own = start;
        start += line.len();
        starts(line).then_some(own)
    })
}

/// The pools in a document, wherever they are in it: `Invoke-HnsRequest` wraps its answer, and `ConvertTo-Json` unwraps it.
fn take_in(document: &Value, told: &mut Told) {
    match document {
        Value::Array(all) => all.iter().for_each(|one| take_in(one, told)),
        Value::Object(members) => {
            let reserves = members.get("RequiresHostPortReservation") != Some(&Value::Bool(false));
            if let Some(Value::Array(ranges)) = members.get("PortRanges").filter(|_| reserves) {
                let ranges = ranges.iter().filter_map(range);
                match members.get("Protocol").and_then(Value::as_u64) {
                    Some(TCP) => told.facts.excluded.extend(ranges),
                    Some(UDP) => told.facts.excluded_udp.extend(ranges),
                    // Of which protocol they are is not told.
                    _ => {}
                }
            }
            members.values().for_each(|member| take_in(member, told));
        }
        _ => {}
    }
}

/// `{"StartingPort": 33300, "NumberOfPorts": 64}`
fn range(range: &Value) -> Option<PortRange> {
    let number = |name: &str| range.get(name).and_then(Value::as_u64);
    let (first, count) = (number("StartingPort")?, number("NumberOfPorts")?);
    let last = first.checked_add(count)?.checked_sub(1)?;
    PortRange::new(u16::try_from(first).ok()?, u16::try_from(last).ok()?)
}
