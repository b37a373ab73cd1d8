"""Pictures as files that the page can show."""

import os

import folder_paths
import torch
from comfy_api.latest import ui
from torch.utils.weak import WeakIdKeyDictionary

from ...core.show.preview import as_colours

_files = WeakIdKeyDictionary()


def preview_of(image: torch.Tensor) -> list:
    """The file of the first of some pictures (B, H, W, C), written once for as long as the host keeps them."""
    files = _files.get(image)
    if files is None or not all(os.path.isfile(path_of(file)) for file in files):
        files = _files[image] = ui.PreviewImage(as_colours(image[:1])).values
    return files


def path_of(file: dict[str, str]) -> str:
    return os.path.join(folder_paths.get_temp_directory(), file["subfolder"], file["filename"])
