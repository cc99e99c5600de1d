//! The chains that a packet is in.

use super::limits;
use crate::source::Origin;

/// How deep chains may jump and go to others. The kernel refuses more than 16 jumps of nftables; the older variant of
/// iptables has no fixed limit.
const DEEPEST: usize = 128;

/// The chains that a packet is in, each called by the one before. None between two base chains.
#[derive(Debug, Clone)]
pub(in crate::platform) struct Calls<Chain> {
    frames: Vec<Frame<Chain>>,
}

/// A place in a chain.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct Frame<Chain> {
    pub(in crate::platform) chain: Chain,
    /// The position of the rule to ask next.
    pub(in crate::platform) next: usize,
    /// How many jumps led here.
    depth: usize,
    /// The Service of the rule that led here.
    origin: Option<Origin>,
}

impl<Chain: Copy> Calls<Chain> {
    /// None, with room for as many as there usually are.
    pub(in crate::platform) fn with_capacity(usual: usize) -> Self {
        Self { frames: Vec::with_capacity(usual) }
    }

    /// Enters a base chain.
    pub(in crate::platform) fn enter(&mut self, chain: Chain) {
        self.frames.push(Frame { chain, next: 0, depth: 0, origin: None });
    }

    /// The place in the chain that the packet is in.
    pub(in crate::platform) fn current(&mut self) -> Option<&mut Frame<Chain>> {
        self.frames.last_mut()
    }

    /// The Service of the rule that led to where the packet is.
    pub(in crate::platform) fn origin(&self) -> Option<Origin> {
        self.frames.last()?.origin
    }

    pub(in crate::platform) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Enters a chain that a rule calls; a reason why nothing is known behind it, if that is too deep.
    pub(in crate::platform) fn jump(&mut self, chain: Chain, origin: Option<Origin>) -> Result<(), Box<str>> {
        let depth = self.frames.last().map_or(0, |frame| frame.depth) + 1;
        if depth > DEEPEST {
            return Err(limits::too_deep(DEEPEST));
        }
        self.frames.push(Frame { chain, next: 0, depth, origin });
        Ok(())
    }

    /// Makes a jump a goto: the chain that the packet left is not returned to.
    pub(in crate::platform) fn forget_caller(&mut self) {
        let entered = self.frames.pop();
        self.frames.pop();
        self.frames.extend(entered);
    }

    /// Goes back to the calling chain, if there is one; the chain that was left.
    pub(in crate::platform) fn return_to_caller(&mut self) -> Option<Chain> {
        self.frames.pop().map(|left| left.chain)
    }

    /// Leaves the base chain, wherever in it the packet is.
    pub(in crate::platform) fn leave_all(&mut self) {
        self.frames.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goto_returns_to_where_its_chain_was_called() {
        let mut calls = Calls::with_capacity(4);
        calls.enter("base");
        calls.current().unwrap().next = 7;
        calls.jump("called", None).unwrap();
        calls.jump("gone to", None).unwrap();
        calls.forget_caller();
        assert_eq!(calls.return_to_caller(), Some("gone to"));
        assert_eq!(calls.current().map(|at| (at.chain, at.next)), Some(("base", 7)));
    }

    #[test]
    fn circles_come_to_an_end() {
        let mut calls = Calls::with_capacity(0);
        calls.enter(0);
        let why = (0..).find_map(|_| {
            let too_deep = calls.jump(1, None).err();
            calls.forget_caller();
            too_deep
        });
        assert_eq!(why.unwrap(), limits::too_deep(DEEPEST));
    }
}
