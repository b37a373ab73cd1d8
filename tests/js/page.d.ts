// What the modules of js/ use of ComfyUI's page, for the type checker alone.

declare module '*/scripts/app.js' {
  export const app: App
}

declare module '*/scripts/api.js' {
  export const api: Api
}

declare const LiteGraph: {
  vueNodesMode?: boolean
  createNode(type: string): GraphNode
  registered_node_types?: Record<string, NodeType & { title: string }>
}

interface App {
  graph: Graph
  rootGraph?: Graph
  canvas: GraphCanvas
  nodeOutputs?: Record<string, NodeOutput>
  extensionManager: ExtensionManager
  registerExtension(extension: Extension): void
  queuePrompt(number: number, batchCount: number, nodes: string[]): void
  graphToPrompt(): Promise<{ output: import('../../js/live/prompt.js').Prompt; workflow: object }>
}

interface Api {
  apiURL(route: string): string
  fetchApi(route: string, options?: RequestInit): Promise<Response>
  clientId?: string
  addEventListener(name: string, listener: (event: CustomEvent) => void, options?: AddEventListenerOptions): void
  dispatchCustomEvent(name: string, detail: object): void
  removeEventListener(name: string, listener: (event: CustomEvent) => void): void
}

interface Extension {
  name: string
  init?(): Promise<void>
  getCustomWidgets?(): Record<string, (node: GraphNode, name: string, spec: WidgetSpec) => object>
  afterConfigureGraph?(): void
  beforeRegisterNodeDef?(nodeType: NodeType, nodeData: NodeDefinition): void
  nodeCreated?(node: GraphNode): void
}

interface ExtensionManager {
  lastNodeErrors?: Record<string, import('../../js/result/refusal.js').Faulty> | null
  command: { execute(command: string): Promise<void> }
  setting?: { get(name: string): string | undefined }
  toast: { add(message: { severity: string; summary: string; detail: string; life: number }): void }
  workflow: {
    activeWorkflow?: { changeTracker?: { captureCanvasState?(): void; checkState?(): void } }
    nodeToNodeLocatorId?(node: GraphNode): string
  }
}

interface GraphCanvas {
  read_only: boolean
  processMouseWheel(event: WheelEvent): void
  processMouseDown(event: PointerEvent): void
}

interface Graph {
  id?: string
  isRootGraph?: boolean
  nodes: GraphNode[]
  links: Map<number, Link> | Record<string, Link>
  add(node: GraphNode): void
  remove(node: GraphNode): void
  getNodeById(id: number | string): GraphNode | null
  setDirtyCanvas?(foreground: boolean, background: boolean): void
  events?: { addEventListener(name: string, listener: (event: CustomEvent) => void): void }
}

interface Link {
  origin_id: number | string
  origin_slot: number | string
  target_id: number | string
  target_slot: number | string
}

type InputSpec = [type: unknown, options?: { default?: unknown; numbers?: Record<string, Record<string, unknown>> }]
type WidgetSpec = [type: string, options?: { default?: unknown }]

interface NodeDefinition {
  name: string
  input: { required: Record<string, InputSpec>; optional?: Record<string, InputSpec> }
}

interface NodeType {
  nodeData?: { output_node?: boolean; api_node?: boolean }
  dragkitInputs?: Record<string, InputSpec>
}

interface GraphInput {
  name: string
  type: unknown
  widgetId?: string
  _widget?: Widget
}

interface GraphNode {
  constructor: NodeType
  id: number | string
  type: string
  title: string
  mode: number
  pos: [number, number]
  size: [number, number]
  graph: Graph | null
  subgraph?: Graph
  isVirtualNode?: boolean
  inputs: GraphInput[]
  outputs: { type: unknown }[]
  widgets?: Widget[]
  properties?: Record<string, unknown>
  comfyClass?: string
  serialize(): SavedNode
  onAdded?(...given: unknown[]): void
  onExecuted?(output: NodeOutput): void
  setSize?(size: [number, number]): void
  onConfigure?(...given: unknown[]): void
  addCustomWidget?(widget: Widget): Widget
  addDOMWidget(name: string, type: string, element: HTMLElement, options: object): Widget
  connect(output: number, target: GraphNode, input: number): void
  setDirtyCanvas?(foreground: boolean, background: boolean): void
}

interface SavedNode {
  widgets_values?: unknown
}

interface Widget {
  name: string
  value: unknown
  disabled?: boolean
  options?: { values?: unknown }
  type?: string
  editor?: object
  seat?: import('../../js/host/seat.js').Seat
  callback?(...given: unknown[]): void
  onRemove?(): void
}

interface SentFile {
  filename: string
  subfolder?: string
  type?: string
}

interface NodeOutput {
  text?: string[]
  images?: SentFile[]
  dragkit_picture?: SentFile[]
  dragkit_mask?: SentFile[]
  dragkit_base?: unknown[]
  dragkit_objects?: unknown[]
  dragkit_parts?: [left: number, top: number, width: number, height: number][]
}

interface Executed {
  node: number | string
  display_node?: number | string
  output: NodeOutput | null
  prompt_id: string
}

interface Sampled {
  blob: Blob
  nodeId: string
  displayNodeId?: string
}

interface Failed {
  node_id: number | string
  exception_message: string
}
