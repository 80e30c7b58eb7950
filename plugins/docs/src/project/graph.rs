//! Owns cycles in a graph of numbered nodes. Knows nothing of files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A graph: the nodes that each node leads to.
pub type Graph = BTreeMap<usize, BTreeSet<usize>>;

/// One node on the way down.
struct Frame {
    node: usize,
    next: Vec<usize>,
}

/// Groups of at least two nodes that lead to one another, each sorted, by their first node. Linear; Tarjan (1972) without recursion.
pub fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    let mut state = State::default();
    for start in graph.keys() {
        if !state.number.contains_key(start) {
            state.search(graph, *start);
        }
    }
    state.circles.sort();
    state.circles
}

#[derive(Default)]
struct State {
    number: BTreeMap<usize, usize>,
    lowest: BTreeMap<usize, usize>,
    open: Vec<usize>,
    is_open: BTreeSet<usize>,
    circles: Vec<Vec<usize>>,
}

impl State {
    fn enter(&mut self, graph: &Graph, node: usize) -> Frame {
        let number = self.number.len();
        self.number.insert(node, number);
        self.lowest.insert(node, number);
        self.open.push(node);
        self.is_open.insert(node);
        Frame { node, next: graph.get(&node).map(|next| next.iter().rev().copied().collect()).unwrap_or_default() }
    }

    fn lower(&mut self, node: usize, to: usize) {
        if let Some(lowest) = self.lowest.get_mut(&node) {
            *lowest = (*lowest).min(to);
        }
    }

    fn search(&mut self, graph: &Graph, start: usize) {
        let mut frames = vec![self.enter(graph, start)];
        while let Some(frame) = frames.last_mut() {
            let node = frame.node;
            if let Some(next) = frame.next.pop() {
                match self.number.get(&next).copied() {
                    None => frames.push(self.enter(graph, next)),
                    Some(number) if self.is_open.contains(&next) => self.lower(node, number),
                    Some(_) => {}
                }
                continue;
            }
            frames.pop();
            let lowest = self.lowest.get(&node).copied().unwrap_or(0);
            if let Some(parent) = frames.last() {
                self.lower(parent.node, lowest);
            }
            if self.number.get(&node) == Some(&lowest) {
                self.close(node);
            }
        }
    }

    fn close(&mut self, root: usize) {
        let mut circle = Vec::new();
        while let Some(node) = self.open.pop() {
            self.is_open.remove(&node);
            circle.push(node);
            if node == root {
                break;
            }
        }
        if circle.len() > 1 {
            circle.sort_unstable();
            self.circles.push(circle);
        }
    }
}

/// A shortest way from `start` back to itself inside of `circle`, without `start` at its end.
pub fn way_round(graph: &Graph, circle: &[usize], start: usize) -> Vec<usize> {
    let inside: BTreeSet<usize> = circle.iter().copied().collect();
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.get(&node).into_iter().flatten().filter(|next| inside.contains(next)) {
            if *next == start {
                let mut way = vec![node];
                while let Some(last) = way.last().filter(|last| **last != start) {
                    let Some(previous) = before.get(last) else { break };
                    way.push(*previous);
                }
                way.reverse();
                return way;
            }
            if !before.contains_key(next) {
                before.insert(*next, node);
                queue.push_back(*next);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_with_their_shortest_way() {
        let graph: Graph = [(0, vec![1]), (1, vec![2, 0]), (2, vec![3]), (3, vec![1]), (4, vec![0]), (5, vec![5])]
            .map(|(a, b)| (a, b.into_iter().collect()))
            .into();
        assert_eq!(circles(&graph), [vec![0, 1, 2, 3]]);
        assert_eq!(way_round(&graph, &[0, 1, 2, 3], 0), [0, 1]);
        assert_eq!(way_round(&graph, &[0, 1, 2, 3], 2), [2, 3, 1]);
    }
}
