//! Finds what a run did after the last line of its journal that is left.

use super::Engine;
use crate::apply::journal::{JournalError, Mark, Record};
use crate::apply::{Done, Failure, StepStanding};

/// How the node stands to a step of which the journal may have lost the end.
enum Standing {
    /// It is done, and nobody else can have done it.
    Done(Done),
    /// What it changes is neither as before it nor as after it.
    Overtaken,
    /// It is not done, or others may have done it.
    Open,
}

impl Engine<'_> {
    /// After a power failure the last lines of a file may be gone although they were on the disk. Steps that the
    /// journal does not know of, and that nobody else can have done, were done by this run.
    ///
    /// Steps are done in their order, so a step counts as done only if those before it do. The one that had begun is
    /// among them: carried out once more, it would spoil what later steps have made in its place.
    pub(super) fn find_lost_lines(&mut self) -> Result<Result<(), Failure>, JournalError> {
        let before = self.recorded().start.before.clone();
        if !self.run.is_resumed() || before.is_none() || self.outline() == before {
            return Ok(Ok(()));
        }
        let is_open = |number: &usize| matches!(self.mark(*number), Mark::Untouched | Mark::Begun);
        let open: Vec<usize> = (0..self.recorded().steps.len()).filter(is_open).collect();
        for (position, &number) in open.iter().enumerate() {
            let standing = match self.look_for_lost(number) {
                Err(failure) => return Ok(Err(failure)),
                Ok(Standing::Done(done)) => Some(done),
                // A later step may have made something else in the place of what this one changed.
                Ok(Standing::Overtaken) => match open.get(position + 1).map(|next| self.look_for_lost(*next))
                {
                    Some(Err(failure)) => return Ok(Err(failure)),
                    Some(Ok(Standing::Done(_))) => Some(Done::default()),
                    _ => None,
                },
                Ok(Standing::Open) => None,
            };
            let Some(done) = standing else { break };
            let step = self.recorded().steps[number].clone();
            self.executor.recall(&step, &done);
            if self.mark(number) == Mark::Untouched {
                self.run.write(Record::Begin { number })?;
            }
            self.run.write(Record::Done { number, done })?;
        }
        Ok(Ok(()))
    }

    /// How the node stands to a step of which the journal may have lost the end.
    fn look_for_lost(&mut self, number: usize) -> Result<Standing, Failure> {
        let step = self.recorded().steps[number].clone();
        Ok(match self.look(&step)? {
            StepStanding::After(done) if self.executor.is_own(&step, &done) => Standing::Done(done),
            StepStanding::Neither(_) => Standing::Overtaken,
            _ => Standing::Open,
        })
    }
}
