//! What is wrong with what a node holds, by what differs.

use super::{Defect, ObjectChange, Verb, Weight, codes};

impl Defect {
    /// What a change of rules means where one side is what should be: `wanted` is its position.
    #[must_use]
    pub fn of_change(change: &ObjectChange, wanted: usize) -> Option<Self> {
        let ObjectChange { verb, subject, weight, .. } = change;
        let is_missing = match verb {
            Verb::Deleted => wanted == 0,
            Verb::Created => wanted == 1,
            Verb::Changed | Verb::Moved { .. } if *weight == Weight::Undecided => return None,
            Verb::Changed | Verb::Moved { .. } => {
                let fields: Vec<&str> =
                    change.fields.iter().map(|field| field.path.as_str()).take(3).collect();
                return Some(Self {
                    code: codes::CHANGED,
                    subject: subject.clone(),
                    message: match verb {
                        Verb::Moved { from } => format!("it is elsewhere: {from} on one side"),
                        _ => format!("it is not as it should be: {}", fields.join(", ")),
                    },
                    help: None,
                    cause: None,
                });
            }
            Verb::Renamed { .. } | Verb::Replaced => return None,
        };
        let (code, message) = match (is_missing, weight) {
            (_, Weight::Undecided) | (false, Weight::Foreign) => return None,
            (true, _) => (codes::MISSING, "the node does not have it"),
            (false, _) => (codes::STALE, "no Service in the input needs it"),
        };
        let (subject, message) = (subject.clone(), message.to_owned());
        Some(Self { code, subject, message, help: None, cause: None })
    }

    /// What is wrong with it, and how it came to be so where that is known.
    #[must_use]
    pub fn message_and_cause(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}; {cause}", self.message),
            None => self.message.clone(),
        }
    }
}
