//! HNS by way of HCN: what takes several calls, with objects in and out.

use serde_json::value::RawValue;

use super::error::{CallError, LoadError};
use super::ffi::{Handle, Kind, Library};
use crate::node::HnsVersion;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer, State};
use crate::platform::hns::read::{self, Problem};

/// What is asked for: objects of schema 2.0, with what they need to be known by.
const QUERY: &str = r#"{"SchemaVersion":{"Major":2,"Minor":0}}"#;

/// HNS of this machine.
pub struct Hcn {
    hns: Library,
}

impl Hcn {
    /// HNS of this Windows.
    ///
    /// # Errors
    /// Where there is no HNS, or none that is new enough.
    pub fn of_system() -> Result<Self, LoadError> {
        Ok(Self { hns: Library::of_system()? })
    }

    /// A library that does what HNS does, for tests.
    ///
    /// # Safety
    /// The file is a library whose functions do what those of `computenetwork.dll`, `vmcompute.dll` and
    /// `CoTaskMemFree` do.
    ///
    /// # Errors
    /// When it cannot be loaded, or a function is missing.
    #[expect(unsafe_code, reason = "only the caller knows what the library is")]
    pub unsafe fn in_file(path: &std::path::Path) -> Result<Self, LoadError> {
        // SAFETY: as the caller says.
        Ok(Self { hns: unsafe { Library::in_file(path) }? })
    }

    /// The version of HNS.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn version(&self) -> Result<Option<HnsVersion>, CallError> {
        let answer = self.hns.hns_call("GET", "/globals/version")?;
        CallError::check_answer("HNSCall", &answer)?;
        let output = serde_json::from_str::<Answer<'_>>(&answer).ok().and_then(|answer| answer.output);
        let (state, _) = read::read(output.map_or("", RawValue::get));
        Ok(state.hns_version)
    }

    /// All that HNS holds. An object that goes while it is listed is left out.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn state(&self) -> Result<State, CallError> {
        let networks = self.list(Kind::Network)?;
        let endpoints = self.list(Kind::Endpoint)?;
        let load_balancers = self.list(Kind::LoadBalancer)?;
        let text = format!(
            r#"{{"Networks":[{}],"Endpoints":[{}],"LoadBalancers":[{}]}}"#,
            networks.join(","),
            endpoints.join(","),
            load_balancers.join(",")
        );
        let (state, problems) = read::read(&text);
        // What is read only in part would be planned as if the rest were not there.
        if let Some(problem) = problems.iter().find(|problem| loses_something(&problem.problem)) {
            return Err(CallError::unreadable("Hcn…Properties", &problem.message()));
        }
        Ok(State { hns_version: self.version()?, ..state })
    }

    /// All objects of a kind, as JSON.
    fn list(&self, kind: Kind) -> Result<Vec<String>, CallError> {
        let answer = self.hns.enumerate(kind, QUERY)?;
        let ids = ids_of(&answer).ok_or_else(|| CallError::unreadable("HcnEnumerate…", &answer))?;
        ids.into_iter().filter_map(|id| self.properties(kind, id).transpose()).collect()
    }

    /// An object as JSON, or nothing where it is not there.
    fn properties(&self, kind: Kind, id: Guid) -> Result<Option<String>, CallError> {
        let asked = self.hns.open(kind, id).and_then(|object| self.hns.query(&object, QUERY));
        match asked {
            Err(error) if error.is_not_found() => Ok(None),
            asked => asked.map(Some),
        }
    }

    /// The endpoint with an id, if there is one.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn endpoint(&self, id: Guid) -> Result<Option<Endpoint>, CallError> {
        let text = self.properties(Kind::Endpoint, id)?;
        Ok(text.and_then(|text| listed("Endpoints", &text).endpoints.pop()))
    }

    /// The load balancer with an id, if there is one.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn load_balancer(&self, id: Guid) -> Result<Option<LoadBalancer>, CallError> {
        let text = self.properties(Kind::LoadBalancer, id)?;
        Ok(text.and_then(|text| listed("LoadBalancers", &text).load_balancers.pop()))
    }

    /// Makes an endpoint in a network. HNS is asked for this id; the one that it gave is returned.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn create_endpoint(&self, network: Guid, id: Guid, endpoint: &Endpoint) -> Result<Guid, CallError> {
        let network = self.hns.open(Kind::Network, network)?;
        let made = self.hns.create_endpoint(&network, id, &settings(endpoint))?;
        self.id_of(&made)
    }

    /// Makes a load balancer. HNS is asked for this id; the one that it gave is returned.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn create_load_balancer(&self, id: Guid, balancer: &LoadBalancer) -> Result<Guid, CallError> {
        let made = self.hns.create_load_balancer(id, &settings(balancer))?;
        self.id_of(&made)
    }

    /// Makes a load balancer another one, in place.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn modify_load_balancer(&self, id: Guid, balancer: &LoadBalancer) -> Result<(), CallError> {
        let present = self.hns.open(Kind::LoadBalancer, id)?;
        self.hns.modify_load_balancer(&present, &settings(balancer))
    }

    /// Deletes an endpoint.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn delete_endpoint(&self, id: Guid) -> Result<(), CallError> {
        self.hns.delete(Kind::Endpoint, id)
    }

    /// Deletes a load balancer.
    ///
    /// # Errors
    /// What HNS answered.
    pub fn delete_load_balancer(&self, id: Guid) -> Result<(), CallError> {
        self.hns.delete(Kind::LoadBalancer, id)
    }

    /// The id that HNS gave an object. If HNS does not tell, the object is there all the same, and has to be
    /// found by what it is.
    fn id_of(&self, made: &Handle<'_>) -> Result<Guid, CallError> {
        #[derive(serde::Deserialize)]
        struct Properties {
            #[serde(rename = "ID", alias = "Id")]
            id: String,
        }
        let properties = self.hns.query(made, QUERY)?;
        let id = serde_json::from_str::<Properties>(&properties).ok().and_then(|of| of.id.parse().ok());
        id.ok_or_else(|| CallError::without_id(&properties))
    }
}

/// The ids of an enumeration. HNS lists nothing as `[]`; no text, null and anything else are no list.
fn ids_of(answer: &str) -> Option<Vec<Guid>> {
    let ids: Vec<String> = serde_json::from_str(answer).ok()?;
    ids.iter().map(|id| id.parse().ok()).collect()
}

/// Whether a part of an object was left out that matters.
fn loses_something(problem: &Problem) -> bool {
    !matches!(problem, Problem::NoPortMappings | Problem::UnknownMembers { .. })
}

/// An answer of the old API.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    #[serde(borrow)]
    output: Option<&'a RawValue>,
}

/// The one object in a list of a state.
fn listed(list: &str, object: &str) -> State {
    read::read(&format!(r#"{{"{list}":[{object}]}}"#)).0
}

/// An object as HCN gets it.
fn settings(object: &impl serde::Serialize) -> String {
    serde_json::to_string(object).expect("an HCN object has text keys only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_list_means_that_there_is_nothing() {
        assert_eq!(ids_of("[]"), Some(Vec::new()));
        let id = "00000000-0000-4000-8000-000000000001";
        assert_eq!(ids_of(&format!("[\"{id}\"]")), Some(vec![id.parse().unwrap()]));
        let whole = format!("[\"{id}\",\"{id}\"]");
        let cut = (0..whole.len()).map(|end| whole[..end].to_owned());
        let others = ["", "null", "{", "{}", "\"\"", "[null]", "[1]", "[\"x\"]", "false"].map(str::to_owned);
        for answer in cut.chain(others) {
            assert_eq!(ids_of(&answer), None, "{answer}");
        }
    }
}
