"""The tracks of the host's video nodes: each a drag from where it is seen first to where it is seen last."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..instruction.point_lists import read_point_list
from ..instruction.spec import DragSpec

FORM = "tracks are positions (frames, tracks, 2) in pixels"


def read_tracks(tracks: Mapping[str, Tensor]) -> DragSpec:
    """Read TRACKS: track_path (F, N, 2) xy in pixels, track_visibility (F, N) or (F, 1) bool.

    Raises ValueError for another form, for tracks that are never seen, and for more than an instruction may have.
    """
    path, visible = tracks.get("track_path"), tracks.get("track_visibility")
    if path is None or path.ndim != 3 or path.shape[-1] != 2 or not path.numel():
        found = "nothing" if path is None else tuple(path.shape)
        raise ValueError(f"the tracks hold {found}; {FORM}. Connect at least one track.")
    path = path.detach().cpu()
    seen = torch.ones(path.shape[:2], dtype=torch.bool)  # (F, N)
    if visible is not None:
        seen = visible.detach().cpu().bool().expand(path.shape[:2])
    lists = [path[seen[:, n], n].tolist() for n in range(path.shape[1]) if seen[:, n].any()]
    if not lists:
        raise ValueError("no track is ever seen. Connect tracks that are visible in some frame.")
    return read_point_list(lists)
