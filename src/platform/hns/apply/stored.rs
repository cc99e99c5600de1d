//! HCN objects in plans and journals: as they stand in a state, so that nothing of them is lost.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::platform::hns::model::{Endpoint, LoadBalancer, State};
use crate::platform::hns::read::{Problem, read};
use crate::platform::hns::write;

/// Endpoints.
pub(super) mod endpoint {
    use super::{Deserializer, Endpoint, Error, Serialize, Serializer, Value, one, write};

    pub(crate) fn serialize<S: Serializer>(object: &Endpoint, serializer: S) -> Result<S::Ok, S::Error> {
        write::state_endpoint(object).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(of: D) -> Result<Box<Endpoint>, D::Error> {
        let value: Value = super::Deserialize::deserialize(of)?;
        one("Endpoints", &value, |state| &mut state.endpoints).map(Box::new).map_err(D::Error::custom)
    }
}

/// Load balancers.
pub(super) mod load_balancer {
    use super::{Deserializer, Error, LoadBalancer, Serialize, Serializer, Value, one, write};

    pub(crate) fn serialize<S: Serializer>(object: &LoadBalancer, serializer: S) -> Result<S::Ok, S::Error> {
        write::state_load_balancer(object).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(of: D) -> Result<Box<LoadBalancer>, D::Error> {
        let value: Value = super::Deserialize::deserialize(of)?;
        one("LoadBalancers", &value, |state| &mut state.load_balancers)
            .map(Box::new)
            .map_err(D::Error::custom)
    }
}

/// Reads the only object of a list, and refuses one that cannot be read as a whole.
fn one<T>(list: &str, value: &Value, of: fn(&mut State) -> &mut Vec<T>) -> Result<T, String> {
    let (mut state, problems) = read(&format!("{{\"{list}\":[{value}]}}"));
    if let Some(problem) = problems.iter().find(|problem| problem.problem != Problem::NoPortMappings) {
        return Err(problem.message());
    }
    of(&mut state).pop().ok_or_else(|| format!("an object of {list} is missing"))
}
