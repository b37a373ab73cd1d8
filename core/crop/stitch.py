"""An edited crop put back into its picture: a soft seam inside of the mask, outside of it the picture bit for bit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..grid.given_mask import differ_in_shape, fitted, joined, read_mask
from ..instruction.geometry import Extent
from ..redraw.keep_outside import softened
from .crop import Cut, resized
from .drift import Take, measured
from .likeness import looks_unlike
from .touched import Inside, touched_share

RING = 4  # pixels of the crop beside the mask, where models blend, that do not count for the drift
OTHER_PICTURE = (
    "the original shows something else around the crop than the picture that was cut. Connect the image that Drag Crop "
    "got, or a version of it."
)
OTHER_CROP = (
    "outside of the mask the edited crop shows something else than what Drag Crop gave. See that image and stitch come "
    "from the same Drag Crop, and give the model a mask or less strength where it redraws all."
)
NOTHING_CHANGED = (
    "the edit differs nowhere within the mask by more than the model's redrawing, so the picture stays as it was. Pull "
    'further, or set inside to "all of the edit".'
)
TOO_UNLIKE = "where nothing was to change it differs too much to tell an edit from it."
TOO_FEW = "too little of the crop lies outside of it to tell what was merely redrawn."
TOO_LITTLE = "too little of the crop lies outside of the mask to measure a drift; give more context."


@dataclass(frozen=True, eq=False)
class Stitch:
    """What is needed to put edited crops back: the pictures, and where each crop was taken from them."""

    original: Tensor  # (B, H, W, C)
    cuts: tuple[Cut, ...]
    crops: tuple[Tensor, ...]  # (B, h, w, C) of each cut


class Mask(NamedTuple):
    """A crop's mask, read for putting it back."""

    stays: Tensor  # (h, w) bool of the crop
    share: Tensor  # (H', W') of the part, how much of the edit shows


class Stitched(NamedTuple):
    """Pictures with their edited crops, and what was found on the way, a sentence for each crop and picture."""

    image: Tensor  # (N, H, W, C)
    report: tuple[str, ...]
    notes: tuple[str, ...] = ()  # sentences on what is probably not meant


def put_back(
    stitch: Stitch,
    crops: Sequence[Tensor],
    feather: float,
    take: Take,
    original: Tensor | None = None,
    masks: Sequence[Tensor] = (),
    inside: Inside = Inside.ALL,
) -> Stitched:
    """Put edited crops back into their pictures, or into others of the same size.

    crops: for each cut (N, h, w, C) at any size of the crop's shape, one for each picture, or variants of a single one;
    feather: width of the seam in pixels of the crop; masks: for each cut what of the crop has changed, (n, h, w) at any
    size, in place of what was to change; inside: what of the edit counts within them. Raises ValueError for crops and
    pictures of other numbers and shapes, and for masks with nothing in them.
    """
    under = stitch.original if original is None else original
    check_original(stitch.original, under)
    check_crops(stitch, crops)
    if len(masks) not in (0, len(stitch.cuts)):
        raise ValueError(
            f"the stitch is of {counted(len(stitch.cuts), 'crop')}, and {counted(len(masks), 'mask')} came. Connect a "
            "mask for each crop, or none."
        )
    count = len(crops[0])
    image = under.repeat(count, 1, 1, 1) if count > len(under) else under.clone()  # (N, H, W, C)
    report: list[str] = []
    cuts = [with_mask(cut, mask, count) for cut, mask in zip(stitch.cuts, masks, strict=True)] if masks else stitch.cuts
    notes = [*other_pictures(stitch, under), *other_crops(cuts, stitch.crops, crops)]
    for number, (cut, before, edited) in enumerate(zip(cuts, stitch.crops, crops, strict=True), 1):
        words, is_lost = lay_crop(cut.window(image), cut, before, edited, feather, take, inside)
        notes += [NOTHING_CHANGED] * is_lost
        report += [numbered(line, number, len(crops), index, count) for index, line in enumerate(words, 1)]
    return Stitched(image, tuple(report), tuple(notes))


def lay_crop(
    window: Tensor, cut: Cut, before: Tensor, edited: Tensor, feather: float, take: Take, inside: Inside
) -> tuple[list[str], bool]:
    """Lay edited crops (N, h, w, C) into their part (N, H', W', C) of pictures, in place.

    Returns what was found of each, and whether one shows nothing of its edit.

    before: the crops as they were cut out, (B, h, w, C).
    """
    is_lost = False
    channels, words = min(window.shape[-1], edited.shape[-1], before.shape[-1]), []
    masks = [Mask(stays(area, cut), seam(area, cut, feather)) for area in cut.areas]
    for index, picture in enumerate(edited.to(window)[..., :channels]):
        mask, unedited = masks[index % len(masks)], before[index % len(before), ..., :channels]
        settled, found = without_drift(unedited, picture, mask.stays, take)
        share, counted_as = (mask.share, "") if inside is Inside.ALL else only_changed(cut, unedited, settled, mask)
        content = resized(settled[None], cut.part.size)[0]  # (H', W', C)
        window[index, ..., :channels].lerp_(content, share.to(window)[..., None])  # exactly as it was where 0
        words.append(found + counted_as)
        is_lost |= not bool(share.any())
    return words, is_lost


def only_changed(cut: Cut, before: Tensor, edited: Tensor, mask: Mask) -> tuple[Tensor, str]:
    """A mask's share (H', W') without what an edit (h, w, C) hardly changed, and what was found, in words."""
    share, bound = touched_share(before[..., :3], resized(edited[None, ..., :3], cut.size)[0], mask.stays)
    if share is None:
        return mask.share, f" All of the edit counts within the mask: {TOO_UNLIKE if bound else TOO_FEW}"
    height, width = mask.share.shape
    wide = F.interpolate(share[None, None], (height, width), mode="bilinear", align_corners=False)[0, 0]
    kept = 1 - int((mask.share * wide > 0).sum()) / max(int((mask.share > 0).sum()), 1)
    return (
        mask.share * wide,
        f" {kept:.0%} of the mask hardly differed (by less than {255 * bound:.1f} of 255) and stayed as it was.",
    )


def without_drift(before: Tensor, edited: Tensor, kept: Tensor, take: Take) -> tuple[Tensor, str]:
    """An edited crop (h, w, C) without its drift against the one before, which is measured where (h, w) it was kept."""
    if take is Take.NOTHING:
        return edited, "drift was not measured."
    size, own = (Extent(picture.shape[1], picture.shape[0]) for picture in (before, edited))
    original, changed = (part.movedim(-1, 0).float().cpu() for part in (before, resized(edited[None], size)[0]))
    drift = measured(original, changed, kept, take)
    if drift is None:
        return edited, TOO_LITTLE
    if drift.is_slight:
        return edited, f"no drift worth taking back: {drift.text()}."
    growth = own.width / size.width, own.height / size.height
    settled = drift.scaled(*growth).taken_back(edited.movedim(-1, 0).float().cpu()).movedim(0, -1)
    return settled.to(edited), f"drift taken back: {drift.text()}."


def seam(area: Tensor, cut: Cut, feather: float) -> Tensor:
    """How much of an edited crop shows in its part, (H', W'): all of it inside of an area, nothing outside.

    It grows smoothly over the width of the seam, or over half of what is less wide; not from the picture's own border.
    """
    inside = fitted(area, cut.size)
    if not feather or not bool(inside.any()):
        return area.float()
    share = torch.from_numpy(softened(inside.numpy(), feather, cut.borders))[None, None]  # (1, 1, h, w)
    height, width = area.shape
    return F.interpolate(share, (height, width), mode="bilinear", align_corners=False)[0, 0] * area


def stays(area: Tensor, cut: Cut) -> Tensor:
    """What of a crop nothing was to change, (h, w) bool: outside of an area and of the blend around it."""
    inside = fitted(area, cut.size).float()[None]  # (1, h, w)
    along = F.max_pool2d(inside, (1, 2 * RING + 1), 1, (0, RING))
    return F.max_pool2d(along, (2 * RING + 1, 1), 1, (RING, 0))[0] == 0


def with_mask(cut: Cut, mask: Tensor, count: int) -> Cut:
    """A cut of which other areas have changed, by a MASK (..., h, w) of its crop, for a number of edits of it."""
    given = read_mask(mask, cut.size)
    if given is None:
        return cut
    given.refuse_empty()
    return replace(cut, areas=tuple(fitted(inside, cut.part.size) for inside in joined(given.inside, count)))


def other_pictures(stitch: Stitch, under: Tensor) -> list[str]:
    """Say that pictures (B, H, W, C) to stitch into show something else around the crops than those that were cut."""
    if under is stitch.original:
        return []
    unlike = [
        looks_unlike(before, after, ~cut.areas[index % len(cut.areas)])
        for cut in stitch.cuts
        for index, (before, after) in enumerate(zip(cut.window(stitch.original), cut.window(under), strict=True))
    ]
    return [OTHER_PICTURE] if any(unlike) else []


def other_crops(cuts: Sequence[Cut], crops: Sequence[Tensor], edits: Sequence[Tensor]) -> list[str]:
    """Say that edits (N, h, w, C) show something else outside of the mask than the crops (B, h, w, C) they are of."""
    unlike = [
        looks_unlike(before[index % len(before)], resized(edit[None], cut.size)[0], stays(area, cut))
        for cut, before, edited in zip(cuts, crops, edits, strict=True)
        for index, edit in enumerate(edited)
        for area in (cut.areas[index % len(cut.areas)],)
    ]
    return [OTHER_CROP] if any(unlike) else []


def check_original(cut: Tensor, under: Tensor) -> None:
    """Refuses pictures (B, H, W, C) to stitch into that are not those that were cut."""
    if cut.shape[:3] == under.shape[:3]:
        return
    (count, height, width), (others, high, wide) = cut.shape[:3], under.shape[:3]
    raise ValueError(
        f"the original has {others} of {wide}x{high}, the stitch is of {count} of {width}x{height}. Connect the image "
        "that Drag Crop got, or leave original open."
    )


def check_crops(stitch: Stitch, crops: Sequence[Tensor]) -> None:
    """Refuses edited crops (N, h, w, C) that are not those of the stitch, by number or by shape."""
    pictures, cuts = len(stitch.original), len(stitch.cuts)
    counts = {len(crop) for crop in crops}
    if len(crops) != cuts or len(counts) > 1 or (pictures > 1 and counts != {pictures}) or counts == {0}:
        raise ValueError(
            f"the stitch is of {counted(cuts, 'crop')} of {counted(pictures, 'picture')}, and "
            f"{counted(len(crops), 'crop')} of {', '.join(map(str, sorted(counts)))} came. Connect the edited crops of "
            "the same Drag Crop, as many as it gave."
        )
    for cut, crop in zip(stitch.cuts, crops, strict=True):
        size = Extent(crop.shape[2], crop.shape[1])
        if not crop.isfinite().all():
            raise ValueError(
                "the edited crop is broken, with values that are no numbers (NaN). Load the MODEL or VAE that made it "
                "in bf16 or fp32."
            )
        if differ_in_shape(size, cut.size):
            raise ValueError(
                f"the edited crop is {size.width}x{size.height} and has another shape than the {cut.size.width}x"
                f"{cut.size.height} that Drag Crop gave. Connect the edit of that crop, not cut or padded."
            )


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def numbered(line: str, crop: int, crops: int, picture: int, pictures: int) -> str:
    """A sentence with the numbers of its crop and its picture, where there are several."""
    of = [f"crop {crop}"] * (crops > 1) + [f"picture {picture}"] * (pictures > 1)
    return f"{', '.join(of)}: {line}" if of else line
