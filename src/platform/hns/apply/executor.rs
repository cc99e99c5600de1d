//! The executor for HNS, over whatever takes the calls of HCN.

use super::directory::{Directory, Names};
use super::drift::drift;
use super::outline::outline;
use super::same::same;
use super::{Call, HnsObject, HnsService, HnsStep, fingerprint, obstacles};
use crate::answer::step::{Done, Drift, Failure, Fingerprint, Obstacle, StepStanding};
use crate::platform::hns::held::FORMAT;
use crate::platform::hns::model::{Guid, State};
use crate::platform::hns::{errors, write};
use crate::platform::{DumpText, Executor};

/// A node whose HNS is called.
#[derive(Debug)]
pub struct HnsNode<S> {
    service: S,
    names: Names,
    /// Of the state that was read last.
    directory: Option<Directory>,
}

impl<S: HnsService> HnsNode<S> {
    /// Over the calls of an HNS.
    pub fn new(service: S) -> Self {
        Self { service, names: Names::default(), directory: None }
    }

    /// The calls.
    pub fn service(&mut self) -> &mut S {
        &mut self.service
    }

    fn directory(&mut self) -> Result<&Directory, Failure> {
        if self.directory.is_none() {
            self.read()?;
        }
        Ok(self.directory.as_ref().expect("reading makes one"))
    }

    /// The object as HNS takes it.
    fn resolved(&mut self, object: &HnsObject) -> Result<HnsObject, Failure> {
        self.directory()?;
        let directory = self.directory.as_ref().expect("it has just been made");
        directory.resolved(object, &self.names).map_err(|missing| {
            // Both are answers of HNS; here they are known without asking.
            let code = if matches!(object, HnsObject::Endpoint(_)) { 0x803b_0001 } else { 0x803b_0002 };
            errors::failure(code, &format!("there is no {}", missing.0))
        })
    }

    fn create(&mut self, id: Guid, object: &HnsObject) -> Result<Guid, Failure> {
        match self.resolved(object)? {
            HnsObject::Endpoint(endpoint) => self.service.create_endpoint(id, &endpoint),
            HnsObject::LoadBalancer(balancer) => self.service.create_load_balancer(id, &balancer),
        }
    }

    fn delete(&mut self, id: Guid, object: &HnsObject) -> Result<(), Failure> {
        match object {
            HnsObject::Endpoint(_) => self.service.delete_endpoint(id),
            HnsObject::LoadBalancer(_) => self.service.delete_load_balancer(id),
        }
    }

    /// The object with this id, if it is of the same kind.
    fn get(&mut self, id: Guid, like: &HnsObject) -> Result<Option<HnsObject>, Failure> {
        Ok(match like {
            HnsObject::Endpoint(_) => self.service.endpoint(id)?.map(Box::new).map(HnsObject::Endpoint),
            HnsObject::LoadBalancer(_) => {
                self.service.load_balancer(id)?.map(Box::new).map(HnsObject::LoadBalancer)
            }
        })
    }

    /// The object that has the place of a new one. Only HNS knows its id.
    fn get_like(&mut self, object: &HnsObject) -> Result<Option<(Guid, HnsObject)>, Failure> {
        for is_fresh in [false, true] {
            if is_fresh {
                self.read()?;
            }
            if let Some(id) = self.directory()?.like(object)
                && let Some(found) = self.get(id, object)?
            {
                return Ok(Some((id, found)));
            }
        }
        Ok(None)
    }

    fn look_for_new(&mut self, id: Guid, wanted: &HnsObject) -> Result<StepStanding, Failure> {
        let found = match self.get(id, wanted)? {
            Some(found) => Some((id, found)),
            None => self.get_like(wanted)?,
        };
        let Some((id, found)) = found else { return Ok(StepStanding::Before) };
        Ok(if self.is(&found, wanted)? {
            StepStanding::After(Done { id: Some(id.to_string()) })
        } else {
            StepStanding::Taken(format!(
                "{} {id} has {} and differs from the planned one",
                found.kind(),
                found.name()
            ))
        })
    }

    /// Whether an object is as it is wanted, as far as the members of a wanted one can be found.
    fn is(&mut self, found: &HnsObject, wanted: &HnsObject) -> Result<bool, Failure> {
        self.directory()?;
        let directory = self.directory.as_ref().expect("it has just been made");
        Ok(directory.resolved(wanted, &self.names).is_ok_and(|wanted| same(found, &wanted)))
    }
}

impl<S: HnsService> Executor for HnsNode<S> {
    type Step = HnsStep;
    type State = State;

    fn fingerprint(state: &State) -> Fingerprint {
        fingerprint(state)
    }

    fn outline(state: &State) -> Fingerprint {
        outline(state)
    }

    fn host(&self) -> Option<String> {
        self.service.host()
    }

    fn read(&mut self) -> Result<State, Failure> {
        let state = self.service.state()?;
        self.directory = Some(Directory::of(&state));
        Ok(state)
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        let state = self.service.state()?;
        Ok(vec![DumpText { name: "HNS".to_owned(), text: write::state(&state), format: Some(FORMAT) }])
    }

    fn obstacles(&mut self, steps: &[HnsStep]) -> Result<Vec<Obstacle>, Failure> {
        let mut found = self.service.obstacles()?;
        if !found.is_empty() {
            return Ok(found);
        }
        if !steps.is_empty() {
            let state = self.read()?;
            found.extend(obstacles::of_steps(steps, &state, &self.names));
        }
        Ok(found)
    }

    fn drift(&mut self, steps: &[HnsStep]) -> Result<Drift, Failure> {
        let state = self.read()?;
        Ok(drift(steps, &state, &self.names))
    }

    /// The id of an object is one that only hnsplan gives, where HNS takes it.
    fn is_own(&self, step: &HnsStep, done: &Done) -> bool {
        !matches!(step.call, Call::Create { .. }) || done.id == Some(step.id.to_string())
    }

    fn run(&mut self, step: &HnsStep) -> Result<Done, Failure> {
        let id = self.names.current(step.id);
        match &step.call {
            Call::Create { object } => self.create(id, object).map(|id| Done { id: Some(id.to_string()) }),
            Call::Modify { after, .. } => {
                let HnsObject::LoadBalancer(after) =
                    self.resolved(&HnsObject::LoadBalancer(after.clone()))?
                else {
                    unreachable!("what is resolved stays what it is")
                };
                self.service.modify_load_balancer(id, &after).map(|()| Done::default())
            }
            Call::Delete { object } => self.delete(id, object).map(|()| Done::default()),
        }
    }

    fn look(&mut self, step: &HnsStep) -> Result<StepStanding, Failure> {
        let id = self.names.current(step.id);
        match &step.call {
            Call::Create { object } => self.look_for_new(id, object),
            Call::Modify { before, after } => {
                let [before, after] = [before, after].map(|of| HnsObject::LoadBalancer(of.clone()));
                let Some(found) = self.get(id, &after)? else {
                    return Ok(StepStanding::Neither(format!("load balancer {id} is gone")));
                };
                Ok(if self.is(&found, &after)? {
                    StepStanding::After(Done::default())
                } else if self.is(&found, &before)? {
                    StepStanding::Before
                } else {
                    StepStanding::Neither(format!("load balancer {id} is neither as before nor as wanted"))
                })
            }
            Call::Delete { object } => Ok(match self.get(id, object)? {
                Some(_) => StepStanding::Before,
                None => StepStanding::After(Done::default()),
            }),
        }
    }

    fn recall(&mut self, step: &HnsStep, done: &Done) {
        if let Some(given) = done.id.as_ref().and_then(|id| id.parse().ok()) {
            self.names.add(step.id, given);
        }
    }
}
