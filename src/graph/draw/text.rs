//! A tree for the terminal. What is reached twice is drawn once, and referred to after that.

use crate::graph::{Node, NodeKind, RuleGraph};
use crate::name::escaped;

/// How deep the tree goes; no rules of Services do.
const DEEPEST: usize = 24;

/// The graph as trees, one for each node that nothing leads to.
#[must_use]
pub fn text(graph: &RuleGraph) -> String {
    let nodes: Vec<&Node> = graph.nodes().collect();
    let mut children: Vec<Vec<Child<'_>>> = vec![Vec::new(); nodes.len()];
    let mut is_root = vec![true; nodes.len()];
    for (from, to, edge) in graph.edges() {
        children[from].push((to, &edge.labels));
        is_root[to] = is_root[to] && from == to;
    }
    let mut tree = Tree { nodes, children, drawn: Vec::new(), text: String::new() };
    tree.drawn = vec![false; tree.nodes.len()];
    let (mut roots, others): (Vec<usize>, Vec<usize>) = (0..tree.nodes.len()).partition(|at| is_root[*at]);
    // People look for their Services. Only nodes of a circle are left when all roots are drawn.
    roots.sort_by_key(|at| tree.nodes[*at].kind != NodeKind::ServicePort);
    for at in roots.into_iter().chain(others) {
        if !tree.drawn[at] {
            tree.draw(at, &[], "", 0);
        }
    }
    tree.text.lines().map(|line| escaped(line) + "\n").collect()
}

/// The number of a node, and the texts of the edge that leads there.
type Child<'g> = (usize, &'g [Box<str>]);

struct Tree<'g> {
    nodes: Vec<&'g Node>,
    children: Vec<Vec<Child<'g>>>,
    drawn: Vec<bool>,
    text: String,
}

impl Tree<'_> {
    /// Draws a node behind what stands there already, and all below it, each behind `indent`.
    fn draw(&mut self, at: usize, labels: &[Box<str>], indent: &str, depth: usize) {
        if !labels.is_empty() {
            self.text.push_str(&labels.join(" or "));
            self.text.push_str("  ");
        }
        let node = self.nodes[at];
        self.text.push_str(&node.title);
        if std::mem::replace(&mut self.drawn[at], true) && !self.children[at].is_empty() {
            self.text.push_str("  (above)\n");
            return;
        }
        if !node.details.is_empty() {
            self.text.push_str("  ");
            self.text.push_str(&node.details.join("; "));
        }
        if let Some(manifest) = &node.manifest {
            self.text.push_str("  ");
            self.text.push_str(manifest);
        }
        self.text.push('\n');
        let children = self.children[at].clone();
        if depth == DEEPEST && !children.is_empty() {
            self.text.push_str(indent);
            self.text.push_str("└─ …\n");
            return;
        }
        let last = children.len().saturating_sub(1);
        for (number, (child, labels)) in children.into_iter().enumerate() {
            let (branch, below) = if number == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            self.text.push_str(indent);
            self.text.push_str(branch);
            self.draw(child, labels, &format!("{indent}{below}"), depth + 1);
        }
    }
}
