// @ts-check
// The nodes that stand for a subgraph.

/** All of them, in all graphs. @type {(graph: Graph, subgraph: Graph) => GraphNode[]} */
export function holdersOf(graph, subgraph) {
  const within = [...new Set(graph.nodes.map((node) => node.subgraph))]
  return [
    ...graph.nodes.filter((node) => node.subgraph === subgraph),
    ...within.flatMap((each) => (each ? holdersOf(each, subgraph) : []))
  ]
}

/** The first of them. @type {(graph: Graph, subgraph: Graph) => GraphNode | null} */
export function findHolder(graph, subgraph) {
  return holdersOf(graph, subgraph)[0] ?? null
}
