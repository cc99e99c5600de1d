//! The frontends that Services of one family want, in words, and which Services want each: two may want the same.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::timeline::ServiceName;

/// What is wanted.
#[derive(Debug, Default)]
pub(super) struct WantedFrontends {
    of_services: FxHashMap<ServiceName, Vec<Box<str>>>,
    services: FxHashMap<Box<str>, BTreeSet<ServiceName>>,
}

impl WantedFrontends {
    /// Whether any Service wants a frontend.
    pub(super) fn has(&self, frontend: &str) -> bool {
        self.services.contains_key(frontend)
    }

    /// The Services that want a frontend.
    pub(super) fn services_of(&self, frontend: &str) -> impl Iterator<Item = &ServiceName> {
        self.services.get(frontend).into_iter().flatten()
    }

    /// A Service wants a frontend.
    pub(super) fn add(&mut self, service: ServiceName, frontend: Box<str>) {
        if self.services.entry(frontend.clone()).or_default().insert(service.clone()) {
            self.of_services.entry(service).or_default().push(frontend);
        }
    }

    /// A Service wants nothing any more; what it wanted.
    pub(super) fn forget(&mut self, service: &ServiceName) -> Vec<Box<str>> {
        let frontends = self.of_services.remove(service).unwrap_or_default();
        for frontend in &frontends {
            if let Some(services) = self.services.get_mut(frontend) {
                services.remove(service);
                if services.is_empty() {
                    self.services.remove(frontend);
                }
            }
        }
        frontends
    }
}
