//! The path of a value in its object, as in `spec.ports[0].port`.

use std::fmt::{self, Display, Formatter};

/// A field path that costs nothing until it is written, which is only when something is reported.
#[derive(Debug, Clone, Copy)]
pub(in crate::manifest) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: PathPart<'p>,
}

#[derive(Debug, Clone, Copy)]
enum PathPart<'p> {
    Field(&'static str),
    Key(&'p str),
    Item(usize),
}

impl Path<'_> {
    /// A field of the object itself, or several: `spec.ports`.
    pub(in crate::manifest) const fn root(fields: &'static str) -> Self {
        Self { parent: None, step: PathPart::Field(fields) }
    }

    /// A field below.
    pub(in crate::manifest) fn field(&self, name: &'static str) -> Path<'_> {
        Path { parent: Some(self), step: PathPart::Field(name) }
    }

    /// An entry of a map with free keys, such as labels.
    pub(in crate::manifest) fn key<'p>(&'p self, key: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: PathPart::Key(key) }
    }

    /// An element of a list.
    pub(in crate::manifest) fn item(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), step: PathPart::Item(index) }
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            PathPart::Field(name) if self.parent.is_none() => f.write_str(name),
            PathPart::Field(name) => write!(f, ".{name}"),
            PathPart::Key(key) => write_key(f, key, self.parent.is_none()),
            PathPart::Item(index) => write!(f, "[{index}]"),
        }
    }
}

/// Writes a key as a step of a path: `.app`, or `["app.kubernetes.io/name"]` where a dot would mislead.
pub(super) fn write_key(f: &mut impl fmt::Write, key: &str, is_first: bool) -> fmt::Result {
    let simple = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if key.is_empty() || !key.bytes().all(simple) {
        write!(f, "[\"{key}\"]")
    } else if is_first {
        f.write_str(key)
    } else {
        write!(f, ".{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_kubernetes_writes_it() {
        let ports = Path::root("spec.ports");
        assert_eq!(ports.item(2).field("port").to_string(), "spec.ports[2].port");
        let labels = Path::root("metadata.labels");
        assert_eq!(labels.key("app").to_string(), "metadata.labels.app");
        assert_eq!(labels.key("a.b/c").to_string(), "metadata.labels[\"a.b/c\"]");
    }
}
