//! Reading a configuration: every value is checked as kube-proxy checks it before it starts, and wrong ones are refused
//! with their places.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Config;
use super::fields::{self, Field};
use super::unknown_keys::UnknownKey;
use super::value::{DOES_NOT_START, Kind, Wrong};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::yaml::not_parsable;
use crate::name::printable;
use crate::node::codes;
use crate::node::written::{Written, WrongSettings, origin_of, place};
use crate::source::{Origin, Outline, Outlined, OutlinedKind, Place, SourceId, hazard};

/// What a file of the configuration may be.
const EXPECTED: &str = "the file of kube-proxy --config, or the ConfigMap from kubectl get configmap -n kube-system kube-proxy -o yaml";

impl Config {
    /// Reads a configuration file, or a `ConfigMap` that contains one.
    ///
    /// # Errors
    /// When the text is not YAML, contains no configuration, or kube-proxy would not start with a value of it.
    pub fn parse(text: &str) -> Result<Self, WrongSettings> {
        Self::parse_file("configuration", text)
    }

    /// The same for the text of a file with a name.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), with the name.
    pub fn parse_file(name: &str, text: &str) -> Result<Self, WrongSettings> {
        WrongSettings::of(name, text, Self::read)
    }

    /// Reads a configuration file, or a `ConfigMap` that contains one.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn read(source: SourceId, name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let whole = Origin {
            source,
            start: 0,
            end: u32::try_from(text.len()).unwrap_or(u32::MAX),
            line: 1,
            item: None,
        };
        if let Some(hazard) = hazard(text) {
            return Err(vec![wrong(hazard.to_string(), place(whole, "document", hazard.at()))]);
        }
        for document in serde_yaml::Deserializer::from_str(text) {
            IgnoredAny::deserialize(document)
                .map_err(|error| vec![not_parsable(codes::CONFIG_INVALID, text, whole, &error)])?;
        }
        let documents = Outline::documents(text);
        let written = |(config, places): (Self, Places)| Self {
            written: Some(Written::new(name, text, places)),
            ..config
        };
        for (index, document) in documents.iter().enumerate() {
            let origin = origin_of(source, text, &documents, index);
            match document.text("kind") {
                Some(KIND) => {
                    let own = &text[origin.start as usize..origin.end as usize];
                    let reader = Reader { origin, prefix: String::new(), to_file: &|byte| byte };
                    return reader.config(own, document).map(written);
                }
                Some("ConfigMap") => {
                    let Some(inside) = document.values.iter().find(|value| {
                        value.path.starts_with("data") && value.text().is_some_and(contains_configuration)
                    }) else {
                        continue;
                    };
                    let own = inside.text().unwrap_or_default();
                    if let Some(hazard) = hazard(own) {
                        return Err(vec![wrong(hazard.to_string(), place(origin, &inside.path, inside.at))]);
                    }
                    let is_literal = matches!(inside.kind, OutlinedKind::Scalar { is_literal: true, .. });
                    let to_file =
                        |byte| if is_literal { byte_in_block(text, inside.at, own, byte) } else { inside.at };
                    let prefix = format!("{}.", inside.path);
                    let reader = Reader { origin, prefix, to_file: &to_file };
                    return reader.inside(own).map(written);
                }
                _ => {}
            }
        }
        let of =
            documents.iter().enumerate().find_map(|(index, document)| Some((index, document.get("kind")?)));
        let found = match of {
            Some((index, kind)) => {
                let message =
                    format!("this is not a KubeProxyConfiguration: kind is `{}`", shown(kind.text()));
                wrong(message, place(origin_of(source, text, &documents, index), "kind", kind.at))
            }
            None => wrong("this is not a KubeProxyConfiguration: it has no kind".to_owned(), whole.field("")),
        };
        Err(vec![found.allowed(EXPECTED)])
    }
}

const KIND: &str = "KubeProxyConfiguration";

/// Whether a text of a `ConfigMap` is the configuration.
fn contains_configuration(text: &str) -> bool {
    Outline::documents(text).iter().any(|document| document.text("kind") == Some(KIND))
}

fn shown(text: Option<&str>) -> String {
    printable(text.unwrap_or("no text"))
}

fn wrong(message: String, place: Place) -> Diagnostic {
    Diagnostic::new(codes::CONFIG_INVALID, message).at(place)
}

/// The byte of the file of a byte of a block of lines that starts there: the block is indented, and otherwise the same.
fn byte_in_block(file: &str, block: usize, own: &str, byte: usize) -> usize {
    let byte = byte.min(own.len());
    let line = memchr::memchr_iter(b'\n', &own.as_bytes()[..byte]).count();
    let own_start = own[..byte].rfind('\n').map_or(0, |newline| newline + 1);
    let own_length = own[own_start..].lines().next().map_or(0, str::len);
    // The first line is that of the mark `|`, if the block starts with it.
    let skipped = line + usize::from(file[block..].starts_with(['|', '>']));
    let mut start = file[..block].rfind('\n').map_or(0, |newline| newline + 1);
    for _ in 0..skipped {
        let Some(newline) = file[start..].find('\n') else { return block };
        start += newline + 1;
    }
    let length = file[start..].lines().next().map_or(0, str::len);
    let at = start + length.saturating_sub(own_length) + (byte - own_start);
    if at <= file.len() && file.is_char_boundary(at) { at } else { block }
}

/// The places of values by their paths.
type Places = Vec<(Box<str>, Place)>;

/// The reader of one document.
struct Reader<'r> {
    /// The document of the file that it is in.
    origin: Origin,
    /// The path to the document, with a dot, where it is inside of another one.
    prefix: String,
    /// From a byte of the document's text to a byte of the file.
    to_file: &'r dyn Fn(usize) -> usize,
}

impl Reader<'_> {
    /// The configuration in the text of a `ConfigMap`.
    fn inside(&self, text: &str) -> Result<(Config, Places), Vec<Diagnostic>> {
        for document in serde_yaml::Deserializer::from_str(text) {
            IgnoredAny::deserialize(document).map_err(|error| vec![self.not_parsable(text, &error)])?;
        }
        let documents = Outline::documents(text);
        let index = documents.iter().position(|document| document.text("kind") == Some(KIND)).unwrap_or(0);
        let part = origin_of(self.origin.source, text, &documents, index);
        self.config(&text[part.start as usize..part.end as usize], &documents[index])
    }

    fn config(&self, own: &str, document: &Outline) -> Result<(Config, Places), Vec<Diagnostic>> {
        let mut found = Vec::new();
        let mut unknown_keys = Vec::new();
        for value in &document.values {
            if let Err(why) = kind_at(&value.path).check(&value.kind) {
                found.push(self.refused(&value.path, value.at, &why));
            }
            unknown_keys.extend(UnknownKey::of(value));
        }
        found.extend(self.check_mode_of_nftables(document));
        found.extend(self.repeated(document));
        if !found.is_empty() {
            return Err(found);
        }
        let config: Result<Config, _> = serde_yaml::from_str(own);
        let config = config.map_err(|error| vec![self.not_parsable(own, &error)])?;
        let places = document.values.iter().map(|value| {
            let at = if value.kind == OutlinedKind::Mapping { value.key_at } else { value.at };
            (value.path.clone().into_boxed_str(), self.place(&value.path, at))
        });
        Ok((Config { unknown_keys, ..config }, places.collect()))
    }

    /// Duplicate keys: parsers differ in which of them counts.
    fn repeated(&self, document: &Outline) -> Vec<Diagnostic> {
        let mut seen = BTreeSet::new();
        let again = document.values.iter().filter(|value| value.key.is_some() && !seen.insert(&value.path));
        let told = |value: &Outlined| {
            let message = format!("duplicate key {}", printable(&value.path));
            wrong(message, self.place(&value.path, value.key_at)).help("keep one of them")
        };
        again.map(told).collect()
    }

    /// In its own mode the number of the bit counts.
    fn check_mode_of_nftables(&self, document: &Outline) -> Option<Diagnostic> {
        const BIT: &str = "nftables.masqueradeBit";
        let bit = document.get(BIT).filter(|_| document.text("mode") == Some("nftables"))?;
        let why = Kind::Number(0, 31).check(&bit.kind).err()?;
        let is_told = kind_at(BIT).check(&bit.kind).is_err();
        (!is_told).then(|| self.refused(BIT, bit.at, &why))
    }

    fn refused(&self, path: &str, at: usize, why: &Wrong) -> Diagnostic {
        let message = format!("{} is {}", printable(path), why.is);
        wrong(message, self.place(path, at))
            .allowed(&*why.allowed)
            .help(why.advice.clone().unwrap_or_else(|| DOES_NOT_START.to_owned()))
    }

    fn not_parsable(&self, text: &str, error: &serde_yaml::Error) -> Diagnostic {
        let found = not_parsable(codes::CONFIG_INVALID, text, Origin { start: 0, ..self.origin }, error);
        let Some(Place { byte, path, .. }) = found.place.clone() else { return found };
        found.at(self.place(&path, byte.map_or(0, |byte| byte as usize)))
    }

    fn place(&self, path: &str, at: usize) -> Place {
        place(self.origin, &format!("{}{path}", self.prefix), (self.to_file)(at))
    }
}

/// What the value at a path takes; anything where no field is known.
fn kind_at(path: &str) -> Kind {
    if let Some(Field { kind, .. }) = fields::at(path) {
        return *kind;
    }
    if path.starts_with("featureGates.") {
        return Kind::Bool;
    }
    let list = path.strip_suffix(']').and_then(|path| path.rsplit_once('['));
    match list.and_then(|(list, _)| fields::at(list)) {
        Some(Field { kind: Kind::List(of), .. }) => **of,
        _ => Kind::Any,
    }
}

#[cfg(test)]
mod tests;
