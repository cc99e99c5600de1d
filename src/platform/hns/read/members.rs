//! The members of a JSON object, taken one by one, in any case, into checked types.
//!
//! `null`, an empty text and a missing member are the same. A member that cannot be read is reported and
//! then missing too.

use std::borrow::Cow;
use std::str::FromStr;

use rustc_hash::FxHashSet;
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::model::{Address, Extra};
use super::log::{Log, join};
use super::problem::Problem;
use crate::name::printable;
use crate::node::MacAddress;

/// The members of an object that were not taken yet.
pub(super) struct Members<'a> {
    /// The way to this object from the one of HNS: `PortMappings[0].`.
    path: Cow<'static, str>,
    entries: Vec<(String, &'a RawValue)>,
}

/// One value.
pub(super) struct Member<'a> {
    path: Cow<'static, str>,
    raw: &'a RawValue,
}

impl<'a> Members<'a> {
    pub(super) fn of(entries: Vec<(String, &'a RawValue)>) -> Self {
        Self { path: Cow::Borrowed(""), entries }
    }

    /// A member that stands there twice: nothing prints such an object, so it was two.
    pub(super) fn doubled(&self) -> Option<&str> {
        let mut known = FxHashSet::default();
        self.entries.iter().map(|(name, _)| &**name).find(|name| !known.insert(*name))
    }

    /// A part of the text within the object, for messages about it.
    pub(super) fn part(&self) -> &'a str {
        self.entries.first().map_or("", |(_, value)| value.get())
    }

    /// Whether there is a member that says something.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, value)| key.eq_ignore_ascii_case(name) && value.get() != "null")
    }

    /// A number deep inside, read without a word: it is of use where it is there.
    pub(super) fn silent_number(&self, path: &[&'static str]) -> Option<u32> {
        let (first, rest) = path.split_first()?;
        let mut value: Value = serde_json::from_str(self.peek(first)?.raw.get()).ok()?;
        for name in rest {
            value = value.get_mut(*name)?.take();
        }
        // An HRESULT may be written with its sign.
        let number = value.as_i64()?;
        u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned))
    }

    /// A text, read without a word.
    pub(super) fn silent_text(&self, name: &'static str) -> Option<String> {
        serde_json::from_str(self.peek(name)?.raw.get()).ok()
    }

    /// Whether something is so, read without a word.
    pub(super) fn silent_truth(&self, name: &'static str) -> Option<bool> {
        serde_json::from_str(self.peek(name)?.raw.get()).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first names, for a message.
    pub(super) fn names(&self) -> String {
        join(self.entries.iter().map(|(name, _)| name.as_str()))
    }

    /// Takes a member; of several with one name the last counts, as everywhere in JSON.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Member<'a>> {
        let member = self.peek(name);
        self.entries.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        member
    }

    fn peek(&self, name: &'static str) -> Option<Member<'a>> {
        let same = |(key, _): &&(String, _)| key.eq_ignore_ascii_case(name);
        let raw = self.entries.iter().rfind(same).map(|(_, value)| *value)?;
        if raw.get() == "null" {
            return None;
        }
        let path = match &self.path {
            path if path.is_empty() => Cow::Borrowed(name),
            path => Cow::Owned(format!("{path}{name}")),
        };
        Some(Member { path, raw })
    }

    /// Takes a member and reads it; whether it is told: a member that is there and cannot be read is not.
    pub(super) fn told<T>(
        &mut self,
        name: &'static str,
        log: &mut Log<'a>,
        read: impl FnOnce(&Member<'a>, &mut Log<'a>) -> Option<T>,
    ) -> (Option<T>, bool) {
        let (is_there, before) = (self.has(name), log.len());
        let value = self.read(name, log, read);
        (value, is_there && log.len() == before)
    }

    /// Takes a member and reads it.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        log: &mut Log<'a>,
        read: impl FnOnce(&Member<'a>, &mut Log<'a>) -> Option<T>,
    ) -> Option<T> {
        self.take(name).and_then(|member| read(&member, log))
    }

    /// The values of a list.
    pub(super) fn list(&mut self, name: &'static str, log: &mut Log<'a>) -> Vec<Member<'a>> {
        self.read(name, log, Member::list).unwrap_or_default()
    }

    /// The objects of a list.
    pub(super) fn objects(&mut self, name: &'static str, log: &mut Log<'a>) -> Vec<Members<'a>> {
        self.list(name, log).iter().filter_map(|item| item.object(log)).collect()
    }

    /// The objects of a list that stays where it is.
    pub(super) fn peek_objects(&self, name: &'static str, log: &mut Log<'a>) -> Vec<Members<'a>> {
        let list = self.peek(name).and_then(|list| list.list(log)).unwrap_or_default();
        list.iter().filter_map(|item| item.object(log)).collect()
    }

    /// Whether something is so.
    pub(super) fn flag(&mut self, name: &'static str, log: &mut Log<'a>) -> bool {
        self.read(name, log, Member::truth).unwrap_or_default()
    }

    /// All that was not taken, for an object that keeps it.
    pub(super) fn into_extra(self, log: &mut Log<'a>) -> Extra {
        let path = self.path;
        let kept = self.entries.into_iter().filter_map(|(name, raw)| {
            let member = Member { path: Cow::Owned(format!("{path}{}", printable(&name))), raw };
            Some((name.into_boxed_str(), member.value(log)?))
        });
        kept.collect()
    }

    /// Notes all that was not taken, for an object that has no place for it.
    pub(super) fn leave_rest(self, log: &mut Log<'a>) {
        for (name, value) in self.entries.iter().filter(|(_, value)| value.get() != "null") {
            // The number in `PortMappings[0].` is not of interest.
            let list = self.path.split('[').next().unwrap_or_default();
            log.unknown_member(value.get(), &format!("{list}.{name}"));
        }
    }
}

impl<'a> Member<'a> {
    /// A text that is not empty.
    pub(super) fn text(&self, log: &mut Log<'a>) -> Option<String> {
        let text: Option<String> =
            if self.raw.get().starts_with('"') { serde_json::from_str(self.raw.get()).ok() } else { None };
        if text.is_none() {
            self.wrong(log, "a text");
        }
        let text = text.filter(|text| !text.is_empty())?;
        if is_cut(&text) {
            log.add(
                self.raw.get(),
                Problem::Cut { member: self.path.clone().into_owned(), shown: printable(&text) },
            );
            return None;
        }
        Some(text)
    }

    /// One of the words that HNS has for something.
    pub(super) fn word(&self, log: &mut Log<'a>) -> Option<String> {
        let text = self.text(log)?;
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.wrong(log, "a word of letters and digits");
            return None;
        }
        Some(text)
    }

    /// An id, or what refers to an object.
    pub(super) fn id<T: FromStr>(&self, log: &mut Log<'a>) -> Option<T> {
        self.parsed(log, "a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01")
    }

    /// A MAC address.
    pub(super) fn mac_address(&self, log: &mut Log<'a>) -> Option<MacAddress> {
        self.parsed(log, "six bytes in hexadecimal, as in 00-15-5d-0a-0b-0c")
    }

    fn parsed<T: FromStr>(&self, log: &mut Log<'a>, expected: &str) -> Option<T> {
        let parsed = self.text(log)?.parse().ok();
        if parsed.is_none() {
            self.wrong(log, expected);
        }
        parsed
    }

    /// An address, as HNS spells it.
    pub(super) fn address(&self, log: &mut Log<'a>) -> Option<Address> {
        let text = self.text(log)?;
        if !looks_like_address(&text) {
            self.wrong(log, "an IP address");
            return None;
        }
        Some(Address::of(&text))
    }

    /// A number that fits.
    pub(super) fn number<N: TryFrom<u64>>(&self, log: &mut Log<'a>) -> Option<N> {
        let number =
            serde_json::from_str::<u64>(self.raw.get()).ok().and_then(|number| number.try_into().ok());
        if number.is_none() {
            let bits = 8 * size_of::<N>();
            self.wrong(log, &format!("a number from 0 to {}", u64::MAX >> (64 - bits)));
        }
        number
    }

    /// Whether something is so.
    pub(super) fn truth(&self, log: &mut Log<'a>) -> Option<bool> {
        let truth = serde_json::from_str(self.raw.get()).ok();
        if truth.is_none() {
            self.wrong(log, "true or false");
        }
        truth
    }

    /// The values of a list but `null`. An empty text is an empty list that PowerShell cut.
    pub(super) fn list(&self, log: &mut Log<'a>) -> Option<Vec<Self>> {
        let items = match self.raw.get() {
            "\"\"" => Some(Vec::new()),
            text => serde_json::from_str::<Vec<&RawValue>>(text).ok(),
        };
        let Some(items) = items else {
            self.cut_or_wrong(log, "a list");
            return None;
        };
        let numbered = items.into_iter().enumerate();
        let member = |(number, raw)| Self { path: Cow::Owned(format!("{}[{number}]", self.path)), raw };
        Some(numbered.filter(|(_, raw)| raw.get() != "null").map(member).collect())
    }

    /// The members of an object.
    pub(super) fn object(&self, log: &mut Log<'a>) -> Option<Members<'a>> {
        let entries = serde_json::from_str::<Entries>(self.raw.get()).ok();
        if entries.is_none() {
            self.cut_or_wrong(log, "an object");
        }
        let members = entries
            .map(|Entries(entries)| Members { path: Cow::Owned(format!("{}.", self.path)), entries })?;
        if members.doubled().is_some() {
            self.wrong(log, "an object that has each member once");
            return None;
        }
        Some(members)
    }

    /// The value as it is.
    pub(super) fn value(&self, log: &mut Log<'a>) -> Option<Value> {
        let value = serde_json::from_str(self.raw.get()).ok();
        if value.is_none() {
            self.wrong(log, "JSON with at most 127 levels and numbers below 1.8e308");
        }
        value
    }

    /// Reports that the value is not what it should be.
    pub(super) fn wrong(&self, log: &mut Log<'a>, expected: &str) {
        let problem = Problem::WrongValue {
            member: self.path.clone().into_owned(),
            shown: printable(self.raw.get()),
            expected: expected.to_owned(),
        };
        log.add(self.raw.get(), problem);
    }

    /// PowerShell writes what is deeper than its `-Depth` as one text: the members of an object as
    /// `@{Type=PA; PA=10.0.0.12}`, those of a list with blanks between them, or the name of a .NET type.
    fn cut_or_wrong(&self, log: &mut Log<'a>, expected: &str) {
        if self.raw.get().starts_with('"') {
            let member = self.path.clone().into_owned();
            log.add(
                self.raw.get(),
                Problem::Cut { member, shown: printable(self.raw.get().trim_matches('"')) },
            );
        } else {
            self.wrong(log, expected);
        }
    }
}

/// Whether a text has nothing that no address has: HNS keeps unusual spellings as they are.
pub(super) fn looks_like_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
}

/// Whether PowerShell or a console cut a text to fit: only its beginning is known then.
pub(super) fn is_cut(text: &str) -> bool {
    text.ends_with('…') || text.ends_with("...")
}

/// The members of an object as they stand in the text.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Entries<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
