//! All values of a piece of text, in whichever format it is.

use serde::de::DeserializeOwned;

use super::error::ReadError;
use super::{json, yaml};
use crate::source::Origin;

/// Of longer texts in braces that neither format takes, the mistake in JSON is told: people write shorter ones.
const LONGEST_FLOW: usize = 1 << 20;

/// Reads all values of a piece with their own origins: the documents of YAML, the values of JSON, the
/// elements of a sequence at the root.
pub(in crate::manifest) fn values<T: DeserializeOwned>(
    text: &str,
    origin: Origin,
) -> Result<Vec<(Origin, T)>, Box<ReadError>> {
    if !json::is_json(text) {
        return yaml::values(text, origin);
    }
    match json::values(text, origin) {
        Ok(values) => Ok(values),
        // A flow mapping without quotes is YAML, too. A value of the wrong type is wrong in both.
        Err(error) if !error.is_data() => match yaml::values(text, origin) {
            Err(_) if text.len() > LONGEST_FLOW => Err(Box::new(json::read_error(text, origin, &error))),
            read => read,
        },
        Err(error) => Err(Box::new(json::read_error(text, origin, &error))),
    }
}

/// Reads a text that contains exactly one value.
pub(in crate::manifest) fn single<T: DeserializeOwned>(text: &str) -> Option<T> {
    if json::is_json(text) {
        serde_json::from_str::<Option<T>>(text).ok()?
    } else {
        serde_yaml::from_str::<Option<T>>(text).ok()?
    }
}
