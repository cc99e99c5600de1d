//! An HNS in a file: for demonstrations, tests, and the question what would happen.
//!
//! It refuses what HNS refuses, and fails where faults are set.

mod disk;
mod fault;

use std::io;
use std::path::Path;
use std::time::Duration;

use super::{Call, HnsObject, HnsService, HnsStep, MemberNames};
use crate::answer::step::{self, Failure, Fingerprint, Obstacle};
use crate::name::escaped;
use crate::platform::hns::errors;
use crate::platform::hns::model::{Endpoint, Guid, LoadBalancer, State};
use crate::platform::hns::read::read;
use crate::platform::hns::{Refusal, Simulator, write};
use disk::Disk;

pub use fault::{Fault, FaultKind, NoFault};

/// A simulated HNS.
#[derive(Debug)]
pub struct Sim {
    simulator: Simulator,
    disk: Option<Disk>,
    habits: Habits,
    /// How many calls that would change something were made.
    calls: u64,
}

/// How a simulated HNS differs from an ideal one.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Whether it gives new objects ids of its own, as the real one may.
    pub gives_own_ids: bool,
    /// How long a call that changes something takes.
    pub pause: Duration,
}

impl Sim {
    /// One that holds a state, and forgets it in the end.
    #[must_use]
    pub fn in_memory(state: &State, habits: Habits) -> Self {
        Self { simulator: Simulator::new(state), disk: None, habits, calls: 0 }
    }

    /// One that keeps its state in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn open(path: &Path, habits: Habits) -> Result<Self, Failure> {
        let (disk, text, changes) = Disk::open(path).map_err(|error| cannot("read", path, &error))?;
        let (state, problems) = read(&text);
        if let Some(problem) = problems.first() {
            let what = format!("{}:{}: {}", shown(path), problem.line, problem.message());
            return Err(Failure::permanent(what, problem.problem.help()));
        }
        let mut sim = Self { simulator: Simulator::new(&state), disk: Some(disk), habits, calls: 0 };
        for change in &changes {
            // It was done once, so it cannot fail now.
            sim.carry_out(change)?;
        }
        Ok(sim)
    }

    /// Writes what it holds to its file.
    ///
    /// # Errors
    /// When the file cannot be written; what changed is in the log next to it all the same.
    pub fn save(&mut self) -> Result<(), Failure> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let text = write::state(&self.simulator.state());
        disk.save(&text).map_err(|error| cannot("write", disk.path(), &error))
    }

    /// How many calls that would change something were made.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    fn change(&mut self, step: &HnsStep) -> Result<(), Failure> {
        self.calls += 1;
        if !self.habits.pause.is_zero() {
            std::thread::sleep(self.habits.pause);
        }
        let fault = self.habits.faults.iter().find(|fault| fault.call == self.calls);
        match fault.map(|fault| fault.kind) {
            None => self.persist(step),
            Some(FaultKind::Ignored) => Ok(()),
            Some(FaultKind::Refused(code)) => Err(errors::failure(code, "")),
            Some(FaultKind::DoneAndRefused(code)) => {
                self.persist(step)?;
                Err(errors::failure(code, ""))
            }
        }
    }

    fn persist(&mut self, step: &HnsStep) -> Result<(), Failure> {
        self.carry_out(step)?;
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let path = disk.path().to_owned();
        let base = || std::fs::read_to_string(&path).map(|text| Fingerprint::of_text(&text));
        disk.add(base, step).map_err(|error| cannot("write", &path, &error))
    }

    fn carry_out(&mut self, step: &HnsStep) -> Result<(), Refusal> {
        let (simulator, id) = (&mut self.simulator, step.id);
        match &step.call {
            Call::Create { object: HnsObject::Endpoint(endpoint) } => simulator.create_endpoint(id, endpoint),
            Call::Create { object: HnsObject::LoadBalancer(balancer) } => {
                simulator.create_load_balancer(id, balancer)
            }
            Call::Modify { after, .. } => simulator.modify_load_balancer(id, after),
            Call::Delete { object: HnsObject::Endpoint(_) } => simulator.delete_endpoint(id),
            Call::Delete { object: HnsObject::LoadBalancer(_) } => simulator.delete_load_balancer(id),
        }
    }

    /// The id of a new object.
    fn given(&self, wanted: Guid) -> Guid {
        if !self.habits.gives_own_ids {
            return wanted;
        }
        let name = format!("{} {}", wanted, self.calls);
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).into()
    }

    fn create(&mut self, id: Guid, object: HnsObject) -> Result<Guid, Failure> {
        let id = self.given(id);
        self.change(&HnsStep {
            id,
            call: Call::Create { object },
            services: Vec::new(),
            members: MemberNames::new(),
        })
        .map(|()| id)
    }

    fn delete(&mut self, id: Guid, object: HnsObject) -> Result<(), Failure> {
        self.change(&HnsStep {
            id,
            call: Call::Delete { object },
            services: Vec::new(),
            members: MemberNames::new(),
        })
    }
}

impl HnsService for Sim {
    fn obstacles(&mut self) -> Result<Vec<Obstacle>, Failure> {
        let foreign = self.disk.as_ref().and_then(Disk::foreign_log);
        let obstacle = |path: &Path| {
            let what = format!("changes are logged in {}, which is another file", shown(path));
            Obstacle::new(
                step::codes::NOT_ALLOWED,
                what,
                "move that file away, or name another file for the simulated HNS",
            )
        };
        Ok(foreign.map(obstacle).into_iter().collect())
    }

    fn state(&mut self) -> Result<State, Failure> {
        Ok(self.simulator.state())
    }

    fn endpoint(&mut self, id: Guid) -> Result<Option<Endpoint>, Failure> {
        Ok(self.simulator.endpoint(id).cloned())
    }

    fn load_balancer(&mut self, id: Guid) -> Result<Option<LoadBalancer>, Failure> {
        Ok(self.simulator.load_balancer(id).cloned())
    }

    fn create_endpoint(&mut self, id: Guid, endpoint: &Endpoint) -> Result<Guid, Failure> {
        self.create(id, HnsObject::Endpoint(Box::new(endpoint.clone())))
    }

    fn create_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<Guid, Failure> {
        self.create(id, HnsObject::LoadBalancer(Box::new(balancer.clone())))
    }

    fn modify_load_balancer(&mut self, id: Guid, balancer: &LoadBalancer) -> Result<(), Failure> {
        let balancer = Box::new(balancer.clone());
        let call = Call::Modify { before: balancer.clone(), after: balancer };
        self.change(&HnsStep { id, call, services: Vec::new(), members: MemberNames::new() })
    }

    fn delete_endpoint(&mut self, id: Guid) -> Result<(), Failure> {
        self.delete(id, HnsObject::Endpoint(Box::default()))
    }

    fn delete_load_balancer(&mut self, id: Guid) -> Result<(), Failure> {
        self.delete(id, HnsObject::LoadBalancer(Box::default()))
    }
}

impl Drop for Sim {
    /// What cannot be written now is in the log.
    fn drop(&mut self) {
        if self.disk.as_ref().is_some_and(Disk::has_log) {
            let _ = self.save();
        }
    }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::permanent(
        format!("cannot {what} {}: {error}", shown(path)),
        "name a JSON file with the state of HNS: --executor sim:FILE",
    )
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}
