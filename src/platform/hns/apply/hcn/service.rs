//! HNS of this Windows, as the engine calls it.

use super::neighbours::kube_proxy_runs;
use super::{CallError, Hcn, LoadError};
use crate::answer::step::Again;
use crate::answer::step::{self, Failure, Obstacle};
use crate::platform::hns::apply::HnsService;
use crate::platform::hns::errors;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer, NetworkRef, State};

/// `ERROR_ACCESS_DENIED`
const ACCESS_DENIED: u32 = 0x8007_0005;

/// `HCN_E_NETWORK_NOT_FOUND`
const NETWORK_NOT_FOUND: u32 = 0x803b_0001;

impl HnsService for Hcn {
    fn state(&mut self) -> Result<State, Failure> {
        Ok(Self::state(self)?)
    }

    /// Whether HNS answers a question that changes nothing tells whether it runs, and for whom.
    fn obstacles(&mut self) -> Result<Vec<Obstacle>, Failure> {
        let mut found = Vec::new();
        if let Err(error) = self.version() {
            found.push(unavailable(&error)?);
        }
        if kube_proxy_runs() {
            let advice =
                "stop it while the plan is in effect: Stop-Service kube-proxy, or drain its DaemonSet";
            let what = "kube-proxy runs on this node and changes the same objects";
            found.push(Obstacle::new(step::codes::OTHER_WRITER, what, advice).that_may_be_forced());
        }
        Ok(found)
    }

    fn host(&self) -> Option<String> {
        std::env::var("COMPUTERNAME").ok().filter(|name| !name.is_empty())
    }

    fn endpoint(&mut self, id: Guid) -> Result<Option<Endpoint>, Failure> {
        Ok(Self::endpoint(self, id)?)
    }

    fn load_balancer(&mut self, id: Guid) -> Result<Option<LoadBalancer>, Failure> {
        Ok(Self::load_balancer(self, id)?)
    }

    fn create_endpoint(&mut self, id: Guid, endpoint: &Endpoint) -> Result<Guid, Failure> {
        let Some(NetworkRef::Id(network)) = endpoint.network else {
            return Err(errors::failure(NETWORK_NOT_FOUND, "the endpoint is in no network"));
        };
        // HNS gets what kube-proxy sends; the id is an argument of its own.
        let endpoint = Endpoint { id: None, ..endpoint.clone() };
        Ok(Self::create_endpoint(self, network, id, &endpoint)?)
    }

    fn create_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<Guid, Failure> {
        let balancer = LoadBalancer { id: None, ..balancer.clone() };
        Ok(Self::create_load_balancer(self, id, &balancer)?)
    }

    fn modify_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<(), Failure> {
        Ok(Self::modify_load_balancer(self, id, balancer)?)
    }

    fn delete_endpoint(&mut self, id: Guid) -> Result<(), Failure> {
        Ok(Self::delete_endpoint(self, id)?)
    }

    fn delete_load_balancer(&mut self, id: Guid) -> Result<(), Failure> {
        Ok(Self::delete_load_balancer(self, id)?)
    }
}

/// What keeps HNS from answering, if a person can do something about it.
fn unavailable(error: &CallError) -> Result<Obstacle, Failure> {
    let failure = Failure::from(error.clone());
    if error.code == ACCESS_DENIED {
        return Ok(Obstacle::new(step::codes::NOT_ALLOWED, "this process may not use HNS", failure.advice));
    }
    match failure.class.again() {
        Again::Later => Ok(Obstacle::new(
            step::codes::SERVICE_STOPPED,
            format!("HNS does not answer: {failure}"),
            "start it with Start-Service hns, then run the command again",
        )),
        Again::After(_) | Again::Never => Err(failure),
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let said = error.said.trim_end_matches('.');
        let said =
            if said.is_empty() { error.function.to_owned() } else { format!("{}: {said}", error.function) };
        errors::failure(error.code, &said)
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::permanent(error.to_string(), error.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_hns_from_answering_is_said_with_a_way_out() {
        let call = |code| CallError { function: "HNSCall", code, said: String::new() };
        let denied = unavailable(&call(ACCESS_DENIED)).unwrap();
        assert!(denied.advice.contains("administrator") && !denied.may_be_forced, "{denied:?}");
        // The RPC server is unavailable.
        let down = unavailable(&call(0x8007_06ba)).unwrap();
        assert!(down.advice.contains("Start-Service hns"), "{down:?}");
        assert!(unavailable(&call(0x8007_0057)).is_err());
    }

    #[test]
    fn a_failed_call_says_which_one_and_what_hns_said() {
        let error = CallError {
            function: "HcnCreateLoadBalancer",
            code: 0x803b_0013,
            said: "The specified port already exists.".to_owned(),
        };
        let failure = Failure::from(error);
        let wanted = "0x803B0013 HCN_E_PORT_ALREADY_EXISTS: HcnCreateLoadBalancer: The specified port already exists. ";
        assert!(failure.to_string().starts_with(wanted), "{failure}");
    }
}
