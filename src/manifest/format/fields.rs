//! A walk along the keys of a text that compares each with a table of known fields.

use super::walk::{PathStep, path_of, steps_to_object, visit_values};

/// The fields of a mapping.
#[derive(Debug)]
pub(in crate::manifest) struct Fields {
    /// Fields whose inside is not checked: scalars, lists of scalars, maps with free keys.
    pub plain: &'static [&'static str],
    /// Fields with known fields inside.
    pub nested: &'static [(&'static str, Inside)],
}

/// What is inside a field.
#[derive(Debug, Clone, Copy)]
pub(in crate::manifest) enum Inside {
    /// A mapping.
    Object(&'static Fields),
    /// A list of mappings.
    List(&'static Fields),
}

/// The key by which YAML merges one mapping into another. Its fields are those of the other.
const MERGE_KEY: &str = "<<";

impl Fields {
    /// The names of all fields.
    pub(in crate::manifest) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.plain.iter().copied().chain(self.nested.iter().map(|(name, _)| *name))
    }

    fn has(&self, name: &str) -> bool {
        self.names().any(|field| field == name)
    }

    fn inside(&self, name: &str) -> Option<Inside> {
        self.nested.iter().find(|(field, _)| *field == name).map(|(_, inside)| *inside)
    }
}

/// Calls `visit` for every key that `known` does not have, with its path, its name, and the fields that are
/// known there. `text` is the object, or a list with the object as an item.
pub(in crate::manifest) fn visit_unknown_fields(
    known: &'static Fields,
    text: &str,
    item: Option<u32>,
    mut visit: impl FnMut(String, &str, &'static Fields),
) {
    let to_object = steps_to_object(text, item);
    visit_values(text, |path, _| {
        if let Some([outside @ .., PathStep::Key(name)]) = path.strip_prefix(to_object.as_slice())
            && let Some(known) = fields_at(known, outside)
            && !known.has(name)
            && name != MERGE_KEY
        {
            visit(path_of(&path[to_object.len()..]), name, known);
        }
    });
}

/// The fields of the mapping that a path leads to; `None` where keys are free or not known themselves.
fn fields_at(root: &'static Fields, path: &[PathStep<'_>]) -> Option<&'static Fields> {
    let inside = path.iter().try_fold(Inside::Object(root), |inside, step| match (inside, step) {
        (Inside::Object(fields), PathStep::Key(name)) => fields.inside(name),
        (Inside::List(element), PathStep::Item(_)) => Some(Inside::Object(element)),
        _ => None,
    });
    match inside? {
        Inside::Object(fields) => Some(fields),
        Inside::List(_) => None,
    }
}
