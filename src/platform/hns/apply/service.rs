//! HNS as whoever changes it sees it: one method for each call of HCN.

use crate::answer::step::{Failure, Obstacle};
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer, State};

/// The HNS of a node, or something that behaves like it.
pub trait HnsService {
    /// All that it holds.
    ///
    /// # Errors
    /// When it does not answer.
    fn state(&mut self) -> Result<State, Failure>;

    /// What keeps it from taking calls at all: no rights, a service that does not run, somebody else who
    /// changes the same objects.
    ///
    /// # Errors
    /// When not even that can be found out.
    fn obstacles(&mut self) -> Result<Vec<Obstacle>, Failure> {
        Ok(Vec::new())
    }

    /// The name of its machine; `None` where that is no machine.
    fn host(&self) -> Option<String> {
        None
    }

    /// The endpoint with an id, if it is there.
    ///
    /// # Errors
    /// When HNS does not answer.
    fn endpoint(&mut self, id: Guid) -> Result<Option<Endpoint>, Failure>;

    /// The load balancer with an id, if it is there.
    ///
    /// # Errors
    /// When HNS does not answer.
    fn load_balancer(&mut self, id: Guid) -> Result<Option<LoadBalancer>, Failure>;

    /// Makes an endpoint. The id is a wish; the answer is the one that it has. Its network has an id.
    ///
    /// # Errors
    /// What HNS answered.
    fn create_endpoint(&mut self, id: Guid, endpoint: &Endpoint) -> Result<Guid, Failure>;

    /// Makes a load balancer. The id is a wish; the answer is the one that it has. Its members have ids.
    ///
    /// # Errors
    /// What HNS answered.
    fn create_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<Guid, Failure>;

    /// Replaces what a load balancer is. Its members have ids.
    ///
    /// # Errors
    /// What HNS answered.
    fn modify_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<(), Failure>;

    /// Deletes an endpoint.
    ///
    /// # Errors
    /// What HNS answered.
    fn delete_endpoint(&mut self, id: Guid) -> Result<(), Failure>;

    /// Deletes a load balancer.
    ///
    /// # Errors
    /// What HNS answered.
    fn delete_load_balancer(&mut self, id: Guid) -> Result<(), Failure>;
}
