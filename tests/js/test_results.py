"""Results in the canvas: which node shows one, whether it is out of date, and the pictures that it goes on from."""

import io
import json
import zlib

import pytest
from dragkit.tests.js.conftest import Run
from PIL import Image
from PIL.PngImagePlugin import PngInfo

GRAPH = """
const { flattened } = await import('/result/flat.js'), { found } = await import('/result/targets.js')
const IMAGE = 'IMAGE', DRAG = 'DRAG', MASK = 'MASK', LATENT = 'LATENT', MODEL = 'MODEL', STITCH = 'STITCH'
const KINDS = {
  LoadImage: [{}, [IMAGE, MASK]],
  DragCanvas: [{ image: IMAGE, mask: MASK, base: DRAG }, [DRAG, MASK, IMAGE], true],
  DragWarp: [{ image: IMAGE, drag: DRAG }, [IMAGE, MASK]],
  DragPreview: [{ image: IMAGE, drag: DRAG }, [IMAGE]],
  DragCrop: [{ image: IMAGE, drag: DRAG }, [IMAGE, DRAG, MASK, STITCH]],
  DragStitch: [{ stitch: STITCH, image: IMAGE }, [IMAGE]],
  DragReference: [{ model: MODEL, drag: DRAG }, [MODEL]],
  EmptyLatent: [{}, [LATENT]],
  KSampler: [{ model: MODEL, latent: LATENT }, [LATENT]],
  Decode: [{ samples: LATENT }, [IMAGE]],
  MaskToImage: [{ mask: MASK }, [IMAGE]],
  ImageInvert: [{ image: IMAGE, mask: MASK }, [IMAGE, MASK]],
  ImageScale: [{ image: IMAGE }, [IMAGE]],
  Left: [{ image: IMAGE }, [DRAG, IMAGE]],
  Right: [{ image: IMAGE, drag: DRAG }, [IMAGE]],
  Reroute: [{ any: '*' }, ['*']],
  PreviewImage: [{ images: IMAGE }, [], true]
}
const node = (id, type, more = {}) => {
  const [inputs, outputs, output_node] = KINDS[type]
  return {
    id, type, mode: 0, constructor: { nodeData: { output_node } },
    isVirtualNode: type === 'Reroute' || Boolean(more.subgraph), // as the page's subgraph nodes are
    inputs: Object.entries(inputs).map(([name, type]) => ({ name, type })),
    outputs: outputs.map((type) => ({ type })), ...more
  }
}
// Wires: from node, its output, to node, its input.
const graph = (nodes, wires) => ({
  nodes,
  links: wires.map(([origin_id, origin_slot, target_id, target_slot]) =>
    ({ origin_id, origin_slot, target_id, target_slot })),
  getNodeById: (id) => nodes.find((each) => each.id === id) ?? null
})
const show = (root, canvas) => {
  const { targets, makers, reached } = found(flattened(root), canvas)
  const cuts = [...makers].map(([id, cut]) => (cut ? `${id} of ${cut.id}` : id))
  return { targets: targets.map(({ id }) => id), makers: cuts.sort(), reached: [...reached].sort() }
}
"""
PLAIN = """
const canvas = node(2, 'DragCanvas')
const nodes = [node(1, 'LoadImage'), canvas, node(3, 'DragWarp'), node(4, 'PreviewImage'), node(5, 'PreviewImage'),
  node(6, 'MaskToImage'), node(7, 'PreviewImage'), node(8, 'DragPreview'), node(9, 'PreviewImage')]
const wires = [[1, 0, 2, 0], [2, 2, 3, 0], [2, 0, 3, 1], [3, 0, 4, 0], [2, 2, 5, 0], [2, 1, 6, 0], [6, 0, 7, 0],
  [1, 0, 8, 0], [2, 0, 8, 1], [8, 0, 9, 0]]
"""


def test_a_result_is_what_the_drawing_was_applied_to(run: Run):
    """Neither the picture before, nor the mask, nor the drawing on the picture is one."""
    shown = run(GRAPH + PLAIN + "return show(graph(nodes, wires), canvas)", None)
    assert shown["targets"] == ["4"] and shown["makers"] == ["3"]
    assert {"2", "3", "4", "7", "9"} <= {*shown["reached"]} and "5" not in shown["reached"]


def test_the_last_of_a_chain_comes_first_then_the_nearest(run: Run):
    script = """
    nodes.push(node(10, 'ImageScale'), node(11, 'PreviewImage'), node(12, 'DragWarp'),
      node(13, 'ImageInvert'), node(14, 'PreviewImage'))
    wires.push([3, 0, 10, 0], [10, 0, 11, 0], [2, 0, 12, 1], [1, 0, 12, 0], [12, 0, 13, 0], [13, 0, 14, 0])
    return show(graph(nodes, wires), canvas).targets
    """
    assert run(GRAPH + PLAIN + script, None) == ["11", "14", "4"]


def test_a_crop_is_no_result_until_it_is_put_back(run: Run):
    script = """
    const canvas = node(2, 'DragCanvas')
    const nodes = [node(1, 'LoadImage'), canvas, node(3, 'DragCrop'), node(4, 'DragWarp'), node(5, 'PreviewImage'),
      node(6, 'DragStitch'), node(7, 'PreviewImage')]
    const wires = [[1, 0, 2, 0], [2, 2, 3, 0], [2, 0, 3, 1], [3, 0, 4, 0], [3, 1, 4, 1], [4, 0, 5, 0], [4, 0, 6, 1],
      [3, 3, 6, 0], [6, 0, 7, 0]]
    return show(graph(nodes, wires), canvas)
    """
    shown = run(GRAPH + script, None)
    assert shown["targets"] == ["7"] and shown["makers"] == ["4 of 3", "6"]


def test_a_model_that_knows_the_drawing_makes_a_result_of_noise(run: Run):
    script = """
    const canvas = node(2, 'DragCanvas')
    const nodes = [node(1, 'LoadImage'), canvas, node(3, 'DragReference'), node(4, 'EmptyLatent'), node(5, 'KSampler'),
      node(6, 'Decode'), node(7, 'PreviewImage')]
    const wires = [[1, 0, 2, 0], [2, 0, 3, 1], [3, 0, 5, 0], [4, 0, 5, 1], [5, 0, 6, 0], [6, 0, 7, 0]]
    return show(graph(nodes, wires), canvas)
    """
    shown = run(GRAPH + script, None)
    assert shown["targets"] == ["7"] and shown["makers"] == ["5", "6"]


@pytest.mark.parametrize(("input_name", "own", "other"), [(0, ["5"], ["7"]), (2, ["7"], ["7"])])
def test_each_canvas_has_its_own(run: Run, input_name: int, own: list[str], other: list[str]):
    """A second canvas draws on the first one's result, and so shows it; or draws on its instruction."""
    script = """
    const first = node(2, 'DragCanvas'), second = node(5, 'DragCanvas')
    const nodes = [node(1, 'LoadImage'), first, node(3, 'DragWarp'), second, node(6, 'DragWarp'),
      node(7, 'PreviewImage')]
    const wires = [[1, 0, 2, 0], [2, 2, 3, 0], [2, 0, 3, 1], given === 0 ? [3, 0, 5, 0] : [2, 0, 5, 2], [1, 0, 6, 0],
      [5, 0, 6, 1], [6, 0, 7, 0]]
    const root = graph(nodes, wires)
    return [show(root, first).targets, show(root, second).targets]
    """
    assert run(GRAPH + script, input_name) == [own, other]


def test_through_reroutes_bypassed_and_muted_nodes(run: Run):
    script = """
    nodes.push(node(10, 'Reroute'), node(11, 'ImageInvert', { mode: given }), node(12, 'PreviewImage'))
    wires.push([3, 0, 11, 0], [11, 0, 10, 0], [10, 0, 12, 0])
    return show(graph(nodes, wires), canvas).targets
    """
    assert run(GRAPH + PLAIN + script, 4) == ["4", "12"]
    assert run(GRAPH + PLAIN + script, 2) == ["4"]


def test_into_subgraphs_and_out_of_them(run: Run):
    """The canvas within one, the warp within another that is there twice; one preview inside, one outside."""
    script = """
    const canvas = node(2, 'DragCanvas'), left = graph([canvas], [[-10, 0, 2, 0], [2, 0, -20, 0], [2, 2, -20, 1]])
    const right = graph([node(1, 'DragWarp'), node(2, 'PreviewImage')],
      [[-10, 0, 1, 0], [-10, 1, 1, 1], [1, 0, 2, 0], [1, 0, -20, 0]])
    const nodes = [node(1, 'LoadImage'), node(3, 'Left', { subgraph: left }), node(4, 'Right', { subgraph: right }),
      node(5, 'Right', { subgraph: right }), node(6, 'PreviewImage')]
    const wires = [[1, 0, 3, 0], [3, 1, 4, 0], [3, 0, 4, 1], [1, 0, 5, 0], [4, 0, 6, 0]]
    return show(graph(nodes, wires), canvas)
    """
    shown = run(GRAPH + script, None)
    assert shown["targets"] == ["4:2", "6"] and shown["makers"] == ["4:1"]


def test_a_file_chosen_on_a_subgraph_is_the_picture(run: Run):
    script = """
    const { findPicture } = await import('/host/picture.js'), { settingOf } = await import('/host/upstream.js')
    const { Seat } = await import('/host/seat.js')
    const image = (value) => [{ name: 'image', value }], canvas = node(2, 'DragCanvas'), loader = node(1, 'LoadImage')
    Object.assign(loader, { inputs: [{ name: 'image', type: 'COMBO' }], widgets: image('old.png') })
    const inner = graph([loader, canvas], given ? [[-10, 0, 1, 0], [1, 0, 2, 0]] : [[1, 0, 2, 0]])
    const holder = node(3, 'Left', { subgraph: inner, widgets: image('kept/new.png') }), root = graph([holder], [])
    for (const [each, place] of [[canvas, inner], [loader, inner], [holder, root]]) each.graph = place
    const nodeOutputs = { 1: { images: [{ filename: 'old.png', type: 'input' }] } }
    const app = { rootGraph: root, nodeOutputs, extensionManager: { workflow: {} } }
    const seat = new Seat(canvas, app, { apiURL: (route) => route }), { urls } = findPicture(seat)
    return [new URL(urls[0], location).searchParams.get('filename'), settingOf(seat, loader, 'image').widget.value]
    """
    assert run(GRAPH + script, True) == ["new.png", "kept/new.png"]
    assert run(GRAPH + script, False) == ["old.png", "old.png"]


def test_a_seat_knows_its_place_and_what_it_has_in_common_with_others(run: Run):
    script = """
    const { Seat } = await import('/host/seat.js')
    const canvas = node(2, 'DragCanvas'), loader = node(1, 'LoadImage'), inner = graph([loader, canvas], [])
    const first = node(3, 'Left', { subgraph: inner }), second = node(4, 'Left', { subgraph: inner }),
      alone = node(5, 'Right', { subgraph: graph([], []) }), root = graph([first, second, alone], [])
    for (const [each, place] of [[canvas, inner], [loader, inner], [first, root], [second, root]]) each.graph = place
    const app = { rootGraph: root, extensionManager: {} }, within = new Seat(canvas, app, {})
    const kept = { value: null }, place = { node: second, input: 'drag', path: [second], kept }
    const lent = new Seat(canvas, app, {}, place)
    within.save('states', 1)
    lent.save('states', 2)
    const common = [within.isShared(inner), lent.isShared(lent.owner.graph), within.isShared(alone.subgraph)]
    return [within.id, lent.id, ...common,
      canvas.properties, second.properties, within.saved('states'), lent.saved('states')]
    """
    kept = [{"states": 1}, {"states:drag": 2}, 1, 2]
    assert run(GRAPH + script, None) == ["3:2", "4:2", True, False, False, *kept]


@pytest.mark.parametrize(
    ("workflow", "drawn", "found"), [("a", 1, "new"), ("a", 2, "old"), ("a", 3, None), ("b", 1, None)]
)
def test_the_host_is_asked_for_the_last_run_with_a_drawing(run: Run, workflow: str, drawn: int, found: str | None):
    script = """
    const { lastRunWith } = await import('/result/recall.js'), { canonical } = await import('/result/state.js')
    const drawing = (x) => ({ version: 1, drags: [{ handle: [x, 0], target: [9, 9] }] })
    const past = (id, x) => [id, { outputs: {}, prompt: [0, id,
      { '3:2': { class_type: 'DragCanvas', inputs: { drag: drawing(x) } } },
      { extra_pnginfo: { workflow: { id: 'a' } } }, []] }]
    const history = Object.fromEntries([past('older', 1), past('old', 2), past('new', 1), ['api', { outputs: {},
      prompt: [0, 'api', {}, {}, []] }]])
    const api = { fetchApi: async () => ({ ok: true, json: async () => history }) }
    return (await lastRunWith(api, given[0], '3:2', canonical(drawing(given[1]))))?.id ?? null
    """
    assert run(GRAPH + script, [workflow, drawn]) == found


def test_a_refusal_is_told_in_a_sentence(run: Run):
    script = """
    const { refusalOf } = await import('/result/refusal.js')
    const faulty = (class_type, type, message, details) => ({ class_type, errors: [{ type, message, details }] })
    const lastNodeErrors = {
      1: faulty('DragCanvas', 'custom_validation_failed', 'Custom validation failed', 'drag - drags[0]: no pair'),
      2: faulty('DragWarp', 'required_input_missing', 'Required input is missing', 'image'),
      3: faulty('Loader', 'value_not_in_list', 'Value not in list', "name: 'x' not in []"),
      4: faulty('Other', 'x', 'Why', '')
    }
    const tell = (...ids) => refusalOf({ extensionManager: { lastNodeErrors } }, new Set(ids))
    return [tell('1'), tell('2'), tell('3'), tell('4'), tell('5'), refusalOf({ extensionManager: {} }, new Set(['1']))]
    """
    told = [
        "DragCanvas: drags[0]: no pair",
        "DragWarp: Required input is missing: image",
        "Loader: name: 'x' not in []",
    ]
    assert run(GRAPH + script, None) == [*told, "Other: Why", None, None]


def png(**texts: str) -> list[int]:
    info, file = PngInfo(), io.BytesIO()
    for name, value in texts.items():
        info.add_text(name, value)
    Image.new("RGB", (3, 2)).save(file, "PNG", pnginfo=info)
    return list(file.getvalue())


def test_a_file_tells_its_prompt(run: Run):
    script = "return promptOf(new Uint8Array(given).buffer)"
    read = "const { promptOf } = await import('/result/png.js');" + script
    prompt = {"5": {"class_type": "DragCanvas", "inputs": {"drag": {"version": 1}}}}
    assert run(read, png(workflow="{}", prompt=json.dumps(prompt))) == prompt
    broken = png(prompt="{")
    assert [run(read, file) for file in (png(), broken, broken[:40], [1, 2], list(zlib.compress(b"x")))] == [None] * 5


STATE = """
const { canonical, goneOn, hidesDrawing, keyOfFile, keyOfUrl, lookedAt, nextName, NO_RESULTS, readHistory, returned,
  staleness, START_LOOK } = await import('/result/state.js')
const { opened } = await import('/editor/document.js'), { START, NOTHING } = await import('/editor/view.js')
const drawn = { version: 1, drags: [{ handle: [1, 2], target: [3, 4] }] }
const url = '/api/view?filename=a.png&subfolder=&type=input'
const last = { picture: { url: 'made' }, node: 'Preview', drawn: canonical(drawn), from: ['input//a.png'] }
const seen = (value, scene = {}, look = {}, view = {}) => ({
  document: opened(value, null),
  scene: { ...NOTHING, picture: { url }, results: { ...NO_RESULTS, last, ...scene } },
  view: { ...START, look: { ...START_LOOK, ...look }, ...view }
})
"""


def test_a_result_is_out_of_date_when_drawing_or_picture_changed(run: Run):
    script = """
    const same = { drags: [{ target: [3, 4], handle: [1, 2.0001] }], version: 1, mask: [] }
    const other = { last: { ...last, from: ['input//b.png'] } }, unknown = { last: { ...last, drawn: null, from: [] } }
    return [staleness(seen(same)), staleness(seen({ version: 1 })), staleness(seen(drawn, other)),
      staleness(seen({ version: 1 }, unknown)), staleness(seen(drawn, { last: null }))]
    """
    assert run(STATE + script, None) == [None, "drawing", "picture", None, None]


def test_what_is_looked_at(run: Run):
    script = """
    const look = (...given) => lookedAt(seen(...given))?.url ?? null, stale = { version: 1 }
    return [look(drawn), look(drawn, {}, { before: true }), look(drawn, {}, { shown: false }), look(stale),
      look(stale, {}, { old: true }), look(drawn, {}, {}, { draft: {} }), look(drawn, { preview: { url: 'half' } }),
      look(stale, {}, { mode: 'beside' }, { draft: {} }), hidesDrawing(seen(drawn)),
      hidesDrawing(seen(drawn, {}, { drawn: false })), hidesDrawing(seen(stale, {}, { drawn: false }))]
    """
    made = ["made", None, None, None, "made", None, "half", "made"]
    assert run(STATE + script, None) == [*made, False, True, False]


def test_pictures_are_known_by_their_files(run: Run):
    script = """
    const { fileOf } = await import('/result/names.js')
    return [...given.map((name) => keyOfFile(fileOf(name))), keyOfUrl('/dragkit/loaded?filename=p.webp&type=input')]
    """
    names = ["photo.png", "my pictures/photo.png", "clipspace/mask-1.png [input]", "made.png [output]"]
    keys = ["input//photo.png", "input/my pictures/photo.png", "input/clipspace/mask-1.png", "output//made.png"]
    assert run(STATE + script, names) == [*keys, "input//p.webp"]


def test_the_next_picture_is_named_after_the_first(run: Run):
    names = ["a/photo.jpg", "photo_drag1.png", "photo_drag9 (2).png", "no_end"]
    script = "return given.map((name) => nextName(name, 'image/png'))"
    assert run(STATE + script, names) == [
        "photo_drag1.png",
        "photo_drag2.png",
        "photo_drag10.png",
        "no_end_drag1.png",
    ]


def test_states_are_kept_and_returned_to(run: Run):
    script = """
    const state = (picture, drag = 0) => ({ picture, drag }), none = readHistory(undefined)
    const one = goneOn(none, state('a', 1), state('b')), two = goneOn(one, state('b', 2), state('c'))
    const back = returned(two, state('c', 3), 0), on = goneOn(back, state('a', 4), state('d'))
    let many = one
    for (let i = 0; i < 20; i++) many = goneOn(many, state('x'), state(`${i}`))
    const names = ({ states, at }) => [states.map(({ picture, drag }) => picture + drag).join(' '), at]
    const odd = [null, 3, { states: 'x' }, { states: [1, { picture: 'p' }], at: 9 }].map(readHistory)
    return [names(one), names(two), names(back), names(on), many.states.length, many.at, odd]
    """
    one, two, back, on, count, at, odd = run(STATE + script, None)
    assert (one, two) == (["a1 b0", 1], ["a1 b2 c0", 2])
    assert (back, on) == (["a1 b2 c3", 0], ["a4 b2 c3 d0", 3])
    assert (count, at) == (10, 9)
    assert odd == [{"states": [], "at": 0}] * 3 + [{"states": [{"picture": "p"}], "at": 0}]
