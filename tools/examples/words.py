"""What the examples say: to the models, and to whoever reads the notes."""

MEND = (
    "Mend this picture: blend the seams, clean up smeared and doubled edges, and fill blurred or torn places with what "
    "lies around them. Change nothing else: every thing keeps its place, shape, pose and colour, and light, style and "
    "framing stay as they are."
)
DRAW = (
    "**Draw here.** Paint with the **brush** (B) what moves: close around the arm. Then press on the hand with the "
    "**drag** tool (D): that is a **handle**, red. Pull, and release at its **target**. An **anchor** (A), the ring at "
    "the shoulder, holds the arm in place there.\n\nPull an end to move it later, right-click to remove it.\n\nIf the "
    "picture is not there yet, press **Show picture**, or **Run**.\n\nRight-click the node, *Node Info*, for all keys."
)
OUTLINE = (
    "**Draw here.** Draw around what moves with the **region** tool (R), then pull its frame to move it, the squares "
    "to scale, the knob to turn it. Paint with the **brush** (B) what may change: both the old and the new place. "
    "What lies outside stays as it is, to the bit.\n\nDrags work as well: paint close around the thing, in the mask of "
    "**Drag Reference**, and pull it.\n\nIf the picture is not there yet, press **Show picture**, or **Run**."
    "\n\nRight-click the node, *Node Info*, for all keys."
)
SMALL_OUTLINE = (
    "**Draw here.** Draw around what moves with the **region** tool (R), then pull its frame to move it, the squares "
    "to scale, the knob to turn it. Paint with the **brush** (B) what may change: both the old and the new place. "
    "What lies outside stays as it is, to the bit.\n\nIf the picture is not there yet, press **Show picture**, or "
    "**Run**.\n\nRight-click the node, *Node Info*, for all keys."
)
OWN_PICTURE = (
    "Load it, of any size: only the part around the drag goes to the model, at the model's size, and comes back at "
    "yours. Then draw your own drag in box 2."
)
OWN_THING = (
    "Load it, of any size, and say in a word what to find. Press **Run** once, then press on what lights up in box 2 "
    "and pull it."
)
SAID = "A word or two, such as *girl*. Several things: *dog, ball*; *window:4* finds up to four of a kind."
LIT = (
    "**Pull here.** With the **object** tool (O) everything that was found lights up under the pointer: press on it, "
    "pull it, scale and turn it by its frame. A stroke over anything else finds that, too, without a model; Alt takes "
    "away."
    "\n\nAfter a change of picture or word press **Run** once more, then pull."
    "\n\nRight-click the node, *Node Info*, for all keys."
)
STITCH = (
    "**Drag Stitch** takes back what the model shifted or tinted as a whole, and puts its pixels where something was "
    "to be painted, with a soft seam. Everything outside of that stays as it was, to the bit."
)
TOLD = "What the model is told"
WORDS = (
    "They ask the model to mend the seams, to fill what was uncovered and to change nothing else, and suit any "
    "picture. Add what must not be guessed: *behind the arm is blue sky*."
)
QWEN21_SIZE = (
    "\n\n**resolution** 0 keeps the crop at its own size, which is a multiple of 32 already; with another size the "
    "edit is shifted.\n\nTurbo: load its file, 8 steps."
)
SHOWN = "a drawing of a girl with yellow fox ears in a pink dress on a green hill, blue sky"
INPAINTING = (
    "**InpaintModelConditioning** cuts the seam and the uncovered place out of what the model sees, and the model "
    "paints them anew. It asks for what is *seen*, not for what is to be done."
)
INVERTING = (
    "**Invert Latent** carries the part up to noise; without a drag the way back returns it. **Lazy Drag** sets the "
    "start of that way for the drag, and runs the source beside the edit, which looks at it. **FluxGuidance** 1 and "
    "**cfg** 1 keep both ways alike."
)
LAID_IN = (
    "**Drag Evidence** is a sampler. After each of the first steps it lays in the warped picture: wholly away from the "
    "drag, half where content has come to, not at all where it left. The steps that remain join the parts."
)
FILLED = (
    "The old place is filled smoothly, so that the model sees one arm, not two. **mask_expand** is the width of the "
    "seam that it may mend."
)
OPEN = "The old place stays as it was: the model paints it. **mask_expand** is the width of the seam."
WARP_TIPS = """Change one thing, press **Run**, compare. Only what follows the change is computed again.

| You want | Do this |
| --- | --- |
| another place | pull the end of the arrow there |
| stretch, bend, turn | more drags in the same mask; what should stay gets an **anchor** (A) |
| move, scale, rotate as a whole | a **region** (R) in place of the drags |
| a wider seam mended | **mask_expand** larger |
| the model to see more | **context** of Drag Crop larger |
| another try | another seed |
"""
REFERENCE_TIPS = """Change one thing, press **Run**, compare. Only what follows the change is computed again.

| You want | Do this |
| --- | --- |
| another place, size or turn | pull the region's frame in box 2 |
| a rest of the thing gone | draw the region wider, by 8 pixels of what the model sees |
| a change of the thing, too | say so in the words: *and make it red* |
| the model to see more | **context** of Drag Crop larger |
| another try | another seed |
"""
MOVED = (
    "**Drag Reference** tells the model that what lies in the region lies elsewhere: the model looks at its reference "
    "piece by piece, and these pieces say their new place. It draws them there and invents what they uncovered. No "
    "pixel is moved, so light and edges fit."
)
LAZY_TIPS = """Change one thing, press **Run**, compare. Only what follows the change is computed again.

| You want | Do this |
| --- | --- |
| another place, size or turn | pull the region's frame in box 2 |
| more freedom for the model | **strength** nearer to 1; **end_percent** lower |
| closer to the picture | **strength** 0.6; more **steps** |
| the model to see more | **context** of Drag Crop larger |
| other noise where something was uncovered | another seed in Lazy Drag |
"""
EVIDENCE_TIPS = """Change one thing, press **Run**, compare. Only what follows the change is computed again.

| You want | Do this |
| --- | --- |
| another place, size or turn | pull the region's frame in box 2 |
| closer to the warped picture | **end_percent** nearer to 1 |
| the model to join the parts better | **end_percent** lower, or more **steps** |
| the paper's second run | **without_text** of Drag Evidence: an empty prompt with the same reference |
| another try | another seed |
"""
FIRST = (
    "# Pull something\n\nA corner of the mouth is pulled already. Press on a horn, an eye or the arrow's tip, pull, "
    "and let go: the result comes by itself. **Go on** makes it the picture; pull again.\n\n**Live** switches that "
    "off; then press **Run**.\n\nTo move a thing alone, go on or remove what is drawn, then take it: the **object** "
    "tool (O) finds its outline, or paint it with the **brush** (B).\n\nYour own photo: the picture button of the "
    "canvas, or paste it there.\n\nNothing has to be downloaded; no model runs."
)
BALL_GOES = (
    "Press **Run**: the ball goes to the right. Then pull it elsewhere.\n\nNothing has to be downloaded: this small "
    "model comes with DragKit and knows such pictures alone. Double-click the method's node to look inside."
)
WITH_CHECKPOINT = (
    "Download the checkpoint if the page offers it, then press **Run**. Your own photo: the picture button of the "
    "canvas."
)
GIRL = "a drawing of a girl with yellow fox ears in a pink dress on a green hill"
