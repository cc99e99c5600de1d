//! Sizes that Windows does not support, and times that it takes.

use super::{CALLS, NEW, WindowsNode};
use crate::diagnostics::Diagnostic;
use crate::platform::hns::codes;

/// The most endpoints of a Service (documentation of Kubernetes, Windows networking).
const ENDPOINTS: usize = 1024;

/// From how many seconds on the time is told.
const TOLD: u64 = 10;

/// Milliseconds for a load balancer with all that belongs to it, after the changes of k/k#109124: 2,000 Services
/// took 22 minutes on Windows Server 2019, and 1 minute on 2022.
const SERVER_2019: u64 = 22 * 60 * 1000 / 2000;
const SERVER_2022: u64 = 60 * 1000 / 2000;

impl WindowsNode<'_> {
    pub(super) fn scale(self) -> Vec<Diagnostic> {
        self.too_many_endpoints().into_iter().chain(self.programming_time()).collect()
    }

    fn too_many_endpoints(self) -> Vec<Diagnostic> {
        let many = self.rules.services.iter().filter(|port| port.endpoints.len() > ENDPOINTS);
        let said = many.map(|port| {
            let message = format!("{} has {} endpoints", port.id, port.endpoints.len());
            port.diagnostic(codes::TOO_MANY_ENDPOINTS, "metadata.name", message)
                .allowed(format!("up to {ENDPOINTS}"))
                .help("split the Service, or let larger pods do the work")
        });
        said.collect()
    }

    fn programming_time(self) -> Option<Diagnostic> {
        let changes = self.changes();
        let balancers = changes.new.len() + self.rest.number(NEW);
        let (each, windows) = match self.host.features.version.major {
            ..=12 => (SERVER_2019, "2019"),
            13.. => (SERVER_2022, "2022"),
        };
        let seconds = each * u64::try_from(balancers).ok()? / 1000;
        (seconds >= TOLD).then(|| {
            let (calls, time) = (changes.calls + self.rest.number(CALLS), spoken(seconds));
            let message = format!(
                "{calls} calls of HNS for {balancers} new load balancers take {time} or so on Windows Server {windows}"
            );
            Diagnostic::new(codes::PROGRAMMING_TIME, message)
                .help("an order of magnitude; Services are missing on the node meanwhile")
        })
    }
}

/// `40 seconds`, `3 minutes`
fn spoken(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} seconds") } else { format!("{} minutes", seconds / 60) }
}
