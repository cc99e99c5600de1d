//! The options of all platforms, each as its own type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

use super::{Side, all};
use crate::flag::{FlagError, Given};

/// How rules are lowered and written: one value of each platform's own type.
///
/// ```
/// use hnsplan::platform::Options;
/// use hnsplan::platform::netsh;
///
/// let spread = netsh::Options { pick: netsh::Pick::Spread, ..netsh::Options::default() };
/// let options = Options::default().with(spread);
/// assert_eq!(options.get::<netsh::Options>().pick, netsh::Pick::Spread);
/// ```
pub struct Options {
    by_type: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::of(&Given::default()).expect("the defaults of flags are valid")
    }
}

/// The sides that a question is about; all platforms where there are none.
pub type Asked<'s> = Option<&'s [Side]>;

impl Options {
    /// The options that flags give, with the defaults of those that are not given.
    ///
    /// # Errors
    /// When a platform refuses a value.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let mut options = Self { by_type: HashMap::new() };
        for platform in all() {
            platform.read_options(given, &mut options)?;
        }
        Ok(options)
    }

    /// The same for sides that are asked: a flag that says something of a platform that is not among them is refused. `None`
    /// stands for all platforms.
    ///
    /// # Errors
    /// When a platform refuses a value, or is not asked.
    pub fn of_sides(given: &Given, sides: Asked<'_>) -> Result<Self, FlagError> {
        let is_asked =
            |name: &str| sides.is_none_or(|sides| sides.iter().any(|side| side.platform.name() == name));
        for platform in all().iter().filter(|of| !is_asked(of.name())) {
            if let Some(flag) = platform.flags().iter().find(|flag| flag.own && given.has(flag)) {
                let (value, name) = (given.one(flag).unwrap_or_default(), platform.name());
                return Err(flag.error(value, format!("it is about {name} only; add {name} to -t")));
            }
        }
        Self::of(given)
    }

    /// The same with other options of one platform.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, options: T) -> Self {
        self.set(options);
        self
    }

    /// Sets the options of one platform.
    pub fn set<T: Any + Send + Sync>(&mut self, options: T) {
        self.by_type.insert(TypeId::of::<T>(), Box::new(options));
    }

    /// The options of one platform, by their type.
    ///
    /// # Panics
    /// When no platform has options of this type.
    #[must_use]
    pub fn get<T: Any>(&self) -> &T {
        let found = self.by_type.get(&TypeId::of::<T>()).and_then(|options| options.downcast_ref());
        found.expect("every platform sets its options, also without flags")
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("platforms", &self.by_type.len()).finish()
    }
}
