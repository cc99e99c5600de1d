//! What HNS says about the condition of an object: an object that is listed need not work.

/// The condition of an object, as far as its source tells. Nothing told is nothing wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Condition {
    /// `State`, a number whose meaning depends on the kind of object.
    pub state: Option<u32>,
    /// `Health.LastErrorCode` of the object, or of its `Resources`; left out where it is 0.
    pub last_error: Option<u32>,
    /// `IsApplied`: HNS writes `false` for load balancers that work, so it is no fault by itself.
    pub is_applied: Option<bool>,
}

/// The `State` of a load balancer that works.
const APPLIED: u32 = 2;

/// What a `State` says of endpoints and networks, where it is one of a fault.
const STATES: [(u32, &str); 4] = [(0, "uninitialised"), (4, "detached"), (5, "degraded"), (6, "destroyed")];

impl Condition {
    /// What is wrong with the state of a load balancer; a load balancer that works is applied.
    #[must_use]
    pub fn fault_of_balancer(self) -> Option<&'static str> {
        let state = self.state.filter(|state| *state != APPLIED)?;
        Some(word(state).unwrap_or("not applied"))
    }

    /// What is wrong with the state of an endpoint or a network.
    #[must_use]
    pub fn fault(self) -> Option<&'static str> {
        self.state.and_then(word)
    }

    /// What one source tells, completed by another.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            state: self.state.or(other.state),
            last_error: self.last_error.or(other.last_error),
            is_applied: self.is_applied.or(other.is_applied),
        }
    }
}

fn word(state: u32) -> Option<&'static str> {
    STATES.iter().find(|(number, _)| *number == state).map(|(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(state: u32) -> Condition {
        Condition { state: Some(state), ..Condition::default() }
    }

    #[test]
    fn a_load_balancer_is_applied_or_faulty() {
        assert_eq!(of(2).fault_of_balancer(), None);
        assert_eq!(of(5).fault_of_balancer(), Some("degraded"));
        assert_eq!(of(1).fault_of_balancer(), Some("not applied"));
        assert_eq!(Condition::default().fault_of_balancer(), None);
    }

    #[test]
    fn an_endpoint_is_created_attached_or_faulty() {
        assert!([1, 2, 3].iter().all(|state| of(*state).fault().is_none()));
        assert_eq!([0, 4, 5, 6].map(|state| of(state).fault().is_some()), [true; 4]);
        assert_eq!(Condition::default().fault(), None);
    }

    #[test]
    fn what_one_source_lacks_another_tells() {
        let error = Condition { last_error: Some(7), ..Condition::default() };
        assert_eq!(of(2).or(error), Condition { last_error: Some(7), ..of(2) });
    }
}
