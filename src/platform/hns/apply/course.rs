//! What HNS will hold while steps are carried out, as far as others have to do with it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::directory::{Directory, Names};
use super::same::same;
use super::step::{Call, HnsObject, HnsStep};
use crate::platform::hns::FrontendKey;
use crate::platform::hns::model::{Address, Endpoint, EndpointRef, Guid, LoadBalancer, State};

/// What HNS holds after the steps so far.
pub(super) struct Course<'s> {
    names: &'s Names,
    endpoints: FxHashSet<Guid>,
    /// The members of each load balancer.
    members: FxHashMap<Guid, Vec<Guid>>,
    /// How many load balancers have an endpoint as a member.
    uses: FxHashMap<Guid, usize>,
    /// What no step has deleted yet, by what it answers to.
    balancers: FxHashMap<FrontendKey, (Guid, &'s LoadBalancer)>,
    /// The same of endpoints, by their addresses.
    addresses: FxHashMap<&'s Address, (Guid, &'s Endpoint)>,
}

impl<'s> Course<'s> {
    /// Before the first step.
    pub(super) fn of(state: &'s State, names: &'s Names) -> Self {
        let mut course = Self {
            names,
            endpoints: state.endpoints.iter().filter_map(|endpoint| endpoint.id).collect(),
            members: FxHashMap::default(),
            uses: FxHashMap::default(),
            balancers: FxHashMap::default(),
            addresses: FxHashMap::default(),
        };
        for balancer in &state.load_balancers {
            let Some(id) = balancer.id else { continue };
            course.set_members(id, balancer);
            if let Some(key) = FrontendKey::of(balancer) {
                course.balancers.insert(key, (id, balancer));
            }
        }
        for endpoint in &state.endpoints {
            let Some(id) = endpoint.id else { continue };
            course.addresses.extend(endpoint.addresses().map(|address| (address, (id, endpoint))));
        }
        course
    }

    /// A load balancer that has an endpoint as a member.
    pub(super) fn user_of(&self, endpoint: Guid) -> Option<Guid> {
        let endpoint = self.names.current(endpoint);
        self.uses.get(&endpoint).filter(|uses| **uses > 0)?;
        self.members.iter().filter(|(_, members)| members.contains(&endpoint)).map(|(id, _)| *id).min()
    }

    /// The object that has the address of a new one, or answers to the same, and is not the same.
    pub(super) fn in_place_of(&self, object: &HnsObject, directory: &Directory) -> Option<Guid> {
        let (id, found) = match object {
            HnsObject::Endpoint(endpoint) => {
                let (id, found) = endpoint.addresses().find_map(|address| self.addresses.get(address))?;
                (*id, HnsObject::Endpoint(Box::new((*found).clone())))
            }
            HnsObject::LoadBalancer(balancer) => {
                let (id, found) = self.balancers.get(&FrontendKey::of(balancer)?)?;
                (*id, HnsObject::LoadBalancer(Box::new((*found).clone())))
            }
        };
        let wanted = directory.resolved(object, self.names).ok()?;
        // Networks may have the same addresses.
        let is_elsewhere = match (&found, &wanted) {
            (HnsObject::Endpoint(found), HnsObject::Endpoint(wanted)) => found.network != wanted.network,
            _ => false,
        };
        (!is_elsewhere && !same(&found, &wanted)).then_some(id)
    }

    /// A member of a load balancer that is made or changed, which is not there and which no earlier step makes.
    pub(super) fn missing_member(&self, step: &HnsStep) -> Option<Guid> {
        let after = match &step.call {
            Call::Create { object: HnsObject::LoadBalancer(after) } | Call::Modify { after, .. } => after,
            Call::Create { .. } | Call::Delete { .. } => return None,
        };
        let members = after.endpoints.iter().filter_map(EndpointRef::id);
        members.map(|id| self.names.current(id)).find(|id| !self.endpoints.contains(id))
    }

    /// Takes in a step.
    pub(super) fn take(&mut self, step: &HnsStep) {
        let id = self.names.current(step.id);
        match &step.call {
            Call::Create { object: HnsObject::Endpoint(_) } => {
                self.endpoints.insert(id);
            }
            Call::Delete { object: HnsObject::Endpoint(endpoint) } => {
                self.endpoints.remove(&id);
                for address in endpoint.addresses() {
                    if self.addresses.get(address).is_some_and(|(of, _)| *of == id) {
                        self.addresses.remove(address);
                    }
                }
            }
            Call::Create { object: HnsObject::LoadBalancer(balancer) } => self.set_members(id, balancer),
            Call::Modify { after, .. } => self.set_members(id, after),
            Call::Delete { object: HnsObject::LoadBalancer(balancer) } => {
                self.set_members(id, &LoadBalancer::default());
                if let Some(key) = FrontendKey::of(balancer)
                    && self.balancers.get(&key).is_some_and(|(of, _)| *of == id)
                {
                    self.balancers.remove(&key);
                }
            }
        }
    }

    fn set_members(&mut self, id: Guid, balancer: &LoadBalancer) {
        let members: Vec<Guid> =
            balancer.endpoints.iter().filter_map(EndpointRef::id).map(|id| self.names.current(id)).collect();
        for member in self.members.remove(&id).unwrap_or_default() {
            self.uses.entry(member).and_modify(|uses| *uses -= 1);
        }
        for member in &members {
            *self.uses.entry(*member).or_default() += 1;
        }
        self.members.insert(id, members);
    }
}
