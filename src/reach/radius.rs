//! How far one lost workload leads: what can be reached from each, through any others.

use super::graph::{BlastRadius, Graph, Measures};

/// Counts edges and pairs, and fills in how many workloads each reaches.
pub(super) fn measure(graph: &mut Graph) {
    let workloads: u64 = graph.groups.iter().map(|group| u64::from(group.counted)).sum();
    let mut measures = Measures { workloads, flat: workloads * workloads.saturating_sub(1), ..Measures::default() };
    let counted = |group: u32| graph.groups.get(group as usize).map_or(0, |group| u64::from(group.counted));
    for edge in &graph.edges {
        let Some(kind) = graph.kinds.get(edge.kind as usize) else { continue };
        let own = u64::from(edge.from == edge.to);
        let pairs = counted(edge.from) * counted(edge.to).saturating_sub(own);
        if kind.ports.is_empty() {
            measures.perhaps += pairs;
        } else {
            measures.edges += pairs;
            measures.implicit += if kind.is_explicit() { 0 } else { pairs };
        }
    }
    let sure = reached(graph, |ports| ports);
    let most = reached(graph, |_| true);
    graph.radius = graph.nodes.iter().map(|node| sure.get(node.group as usize).copied().unwrap_or(0)).collect();
    let mut counted: Vec<u32> =
        graph.nodes.iter().zip(&graph.radius).filter(|(node, _)| node.is_counted).map(|(_, radius)| *radius).collect();
    counted.sort_unstable();
    let most = graph.nodes.iter().filter(|node| node.is_counted).map(|node| most.get(node.group as usize).copied().unwrap_or(0)).max();
    measures.blast_radius = BlastRadius {
        // of two in the middle the greater, which exists
        median: counted.get(counted.len() / 2).copied().unwrap_or(0),
        max: counted.last().copied().unwrap_or(0),
        max_perhaps: most.unwrap_or(0),
    };
    graph.measures = measures;
}

/// By group: how many counted workloads one of its members reaches. `counts` says of an edge whether it counts, by whether something
/// passes surely.
fn reached(graph: &Graph, counts: impl Fn(bool) -> bool) -> Vec<u32> {
    let size = graph.groups.len();
    let mut next: Vec<Vec<u32>> = vec![Vec::new(); size];
    for edge in &graph.edges {
        let sure = graph.kinds.get(edge.kind as usize).is_some_and(|kind| !kind.ports.is_empty());
        if counts(sure) && (edge.from as usize) < size {
            next[edge.from as usize].push(edge.to);
        }
    }
    let (component, count) = components(&next);
    // components are numbered in the order that they are finished in: what one leads to has a lower number
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (group, own) in component.iter().enumerate() {
        members[*own as usize].push(u32::try_from(group).unwrap_or(u32::MAX));
    }
    let words = count.div_ceil(64);
    let mut sets: Vec<Vec<u64>> = Vec::with_capacity(count);
    let weight: Vec<u32> = members
        .iter()
        .map(|own| own.iter().map(|group| graph.groups.get(*group as usize).map_or(0, |group| group.counted)).sum())
        .collect();
    let mut out = vec![0; size];
    for (own, groups) in members.iter().enumerate() {
        let mut set = vec![0u64; words];
        let mut last = usize::MAX;
        for to in groups.iter().flat_map(|group| &next[*group as usize]) {
            let to = component[*to as usize] as usize;
            if to == last {
                continue;
            }
            last = to;
            set[to / 64] |= 1 << (to % 64);
            if to != own {
                for (word, other) in set.iter_mut().zip(&sets[to]) {
                    *word |= other;
                }
            }
        }
        let mut total: u32 = 0;
        for (at, word) in set.iter().enumerate() {
            let mut bits = *word;
            while bits != 0 {
                total = total.saturating_add(weight[at * 64 + bits.trailing_zeros() as usize]);
                bits &= bits - 1;
            }
        }
        let in_itself = set[own / 64] >> (own % 64) & 1 == 1;
        for group in groups {
            // a workload is not its own victim
            let itself = in_itself && graph.groups.get(*group as usize).is_some_and(|group| group.counted > 0);
            out[*group as usize] = total.saturating_sub(u32::from(itself));
        }
        sets.push(set);
    }
    out
}

/// Strongly connected components, by Tarjan without recursion: the component of each node, and how many there are.
fn components(next: &[Vec<u32>]) -> (Vec<u32>, usize) {
    const NEW: u32 = u32::MAX;
    let size = next.len();
    let (mut index, mut low) = (vec![NEW; size], vec![0u32; size]);
    let (mut component, mut count, mut clock) = (vec![NEW; size], 0usize, 0u32);
    let mut stack: Vec<usize> = Vec::new();
    for start in 0..size {
        if index[start] != NEW {
            continue;
        }
        let mut work: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((node, at)) = work.pop() {
            if at == 0 {
                index[node] = clock;
                low[node] = clock;
                clock += 1;
                stack.push(node);
            }
            if let Some(to) = next[node].get(at).map(|to| *to as usize) {
                work.push((node, at + 1));
                if index[to] == NEW {
                    work.push((to, 0));
                } else if component[to] == NEW {
                    low[node] = low[node].min(index[to]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(member) = stack.pop() {
                    component[member] = u32::try_from(count).unwrap_or(u32::MAX);
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
        }
    }
    (component, count)
}
