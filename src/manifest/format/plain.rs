//! Scalars without quotes that kubectl does not read as text.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::json::is_json;
use super::path::Path;
use super::scalar::{is_yaml11_boolean, is_yaml11_number};
use super::walk::{path_of, steps_to_object, visit_values};

/// Finds the plain scalars of a text that are booleans or numbers in YAML 1.1. The text is walked once, and
/// only when a value looks like one.
#[derive(Debug)]
pub(in crate::manifest) struct PlainScalars<'s> {
    text: &'s str,
    item: Option<u32>,
    paths: OnceCell<FxHashSet<String>>,
}

impl<'s> PlainScalars<'s> {
    /// For an object of a text.
    pub(in crate::manifest) fn new(text: &'s str, item: Option<u32>) -> Self {
        Self { text, item, paths: OnceCell::new() }
    }

    /// The type that the value at a path has in YAML 1.1, if that is not text.
    pub(in crate::manifest) fn yaml11_type_at(&self, at: &Path<'_>, value: &str) -> Option<&'static str> {
        let kind = yaml11_type(value)?;
        // Text in JSON has quotes.
        if is_json(self.text) {
            return None;
        }
        let paths = self.paths.get_or_init(|| ambiguous_paths(self.text, self.item));
        paths.contains(&at.to_string()).then_some(kind)
    }
}

fn yaml11_type(value: &str) -> Option<&'static str> {
    match value.as_bytes() {
        [b'0'..=b'9' | b'+' | b'-', ..] if is_yaml11_number(value) => Some("a number"),
        // No other letters start a boolean: looked at first, because nearly every text fails here.
        [b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' | b't' | b'T' | b'f' | b'F', ..]
            if is_yaml11_boolean(value) =>
        {
            Some("a boolean")
        }
        _ => None,
    }
}

/// The paths of ambiguous scalars, from the object on.
fn ambiguous_paths(text: &str, item: Option<u32>) -> FxHashSet<String> {
    let to_object = steps_to_object(text, item);
    let mut paths = FxHashSet::default();
    visit_values(text, |path, plain| {
        if plain.and_then(yaml11_type).is_some()
            && let Some(inside) = path.strip_prefix(to_object.as_slice())
        {
            paths.insert(path_of(inside));
        }
    });
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml11_type_at(
        text: &str,
        item: Option<u32>,
        path: &'static str,
        value: &str,
    ) -> Option<&'static str> {
        PlainScalars::new(text, item).yaml11_type_at(&Path::root(path), value)
    }

    #[test]
    fn only_plain_scalars_are_ambiguous() {
        assert_eq!(yaml11_type_at("a: yes", None, "a", "yes"), Some("a boolean"));
        assert_eq!(yaml11_type_at("a: 0777", None, "a", "0777"), Some("a number"));
        assert_eq!(yaml11_type_at("a: 'yes'", None, "a", "yes"), None);
        assert_eq!(yaml11_type_at("a: web", None, "a", "web"), None);
        assert_eq!(yaml11_type_at("{\"a\": \"yes\"}", None, "a", "yes"), None);
    }

    #[test]
    fn the_items_of_a_list_are_distinguished() {
        let list = "items:\n- a: on\n- a: 'on'\n";
        assert_eq!(yaml11_type_at(list, Some(0), "a", "on"), Some("a boolean"));
        assert_eq!(yaml11_type_at(list, Some(1), "a", "on"), None);
    }
}
