"""Every published layout is read alike; what is bad in a sample is told, and pickles run nothing."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from dragkit.benchmarks.dragbench.samples import Instruction, Sample, SampleError, find_samples, read_sample
from dragkit.benchmarks.plain_pickle import read_plain
from dragkit.tests.benchmarks.dragbench_samples import (
    HEIGHT,
    POINTS,
    PROMPT,
    WIDTH,
    area,
    json_sample,
    pickled_sample,
    picture,
    write_pickle,
)
from PIL import Image


def read_only(root: Path, instruction: Instruction = Instruction.POINTS) -> Sample:
    ((name, folder),) = find_samples(root).items()
    return read_sample(name, folder, instruction)


def test_layouts_give_the_same_sample(tmp_path):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled_sample(tmp_path / f"pickled{protocol}" / "animals" / "a", protocol)
    pickled_sample(tmp_path / "arrays" / "a", points=np.array(POINTS), prompt=PROMPT)
    pickled_sample(tmp_path / "numbers" / "a", points=[[np.int64(v) for v in point] for point in POINTS])
    pickled_sample(tmp_path / "flat" / "art_0", mask=area().astype(bool))
    json_sample(tmp_path / "json" / "animals" / "a")
    for layout in tmp_path.iterdir():
        sample = read_only(layout)
        assert sample.prompt == PROMPT and sample.size == (WIDTH, HEIGHT)
        assert sample.points.handles.tolist() == POINTS[0::2] and sample.points.targets.tolist() == POINTS[1::2]
        assert sample.mask.dtype == bool and (sample.mask == area()).all()


def test_samples_are_named_by_their_path_in_order(tmp_path):
    for name in ("b/2", "a/1", "art_0"):
        picture(tmp_path / name)
        write_pickle(tmp_path / name / "meta_data.pkl")
    (tmp_path / "notes").mkdir()
    assert list(find_samples(tmp_path)) == ["a/1", "art_0", "b/2"]


def test_pickles_of_older_numpy_are_read(tmp_path):
    pickled_sample(tmp_path / "a", 2)
    file = tmp_path / "a" / "meta_data.pkl"
    file.write_bytes(file.read_bytes().replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    assert (read_only(tmp_path).mask == area()).all()


def test_a_region_instruction_is_measured_at_the_sparse_points(tmp_path):
    dense = [[8, 16], [16, 16], [16, 16], [24, 16], [99, 99]]
    whole = np.ones((HEIGHT, WIDTH))
    write_pickle(pickled_sample(tmp_path / "a") / "meta_data_region.pkl", points=dense, mask=whole)
    sample = read_only(tmp_path, Instruction.REGIONS)
    assert sample.dense and sample.given.handles.tolist() == [[8, 16], [16, 16]]
    assert sample.given.targets.tolist() == [[16, 16], [24, 16]]
    assert sample.points.handles.tolist() == POINTS[0::2]
    assert sample.editable.all() and not sample.mask.all()


def test_inpaint4drag_s_points_and_mask_replace_what_the_graph_is_given(tmp_path):
    folder = pickled_sample(tmp_path / "a")
    content = {"points": [[1, 2], [3, 4]], "mask": np.eye(HEIGHT, WIDTH, dtype=np.uint8)}
    (folder / "meta_data_i4p.pkl").write_bytes(pickle.dumps(content))
    sample = read_only(tmp_path, Instruction.INPAINT4DRAG)
    assert sample.given.handles.tolist() == [[1, 2]] and sample.points.handles.tolist() == POINTS[0::2]
    assert sample.editable.sum() == HEIGHT and sample.prompt == PROMPT


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"points": POINTS[:3]}, "3 points, an odd number"),
        ({"points": []}, "no list of"),
        ({"points": [[1, 2, 3], [4, 5, 6]]}, "no list of"),
        ({"points": [[1, float("nan")], [4, 5]]}, "no list of"),
        ({"mask": np.ones((WIDTH, HEIGHT))}, "its mask is 48x64, its picture 64x48"),
        ({"prompt": 7}, "no text"),
    ],
)
def test_a_bad_sample_is_named_with_what_is_wrong(tmp_path, parts, reason):
    pickled_sample(tmp_path / "animals" / "bad", **parts)
    with pytest.raises(SampleError, match=f"^animals/bad: .*{reason}"):
        read_only(tmp_path)


def test_missing_and_broken_files_are_named(tmp_path):
    folder = pickled_sample(tmp_path / "a")
    with pytest.raises(SampleError, match="^a: there is no meta_data_region.pkl"):
        read_only(tmp_path, Instruction.REGIONS)
    (folder / "original_image.png").write_bytes(b"no picture")
    with pytest.raises(SampleError, match="^a: .*identify"):
        read_only(tmp_path)
    (folder / "original_image.png").unlink()
    with pytest.raises(SampleError, match="^a: there is no original_image.png"):
        read_only(tmp_path)


def test_an_empty_mask_is_none(tmp_path):
    pickled_sample(tmp_path / "a", mask=np.zeros((HEIGHT, WIDTH)))
    assert read_only(tmp_path).mask is None


def test_a_resized_sample_keeps_its_proportions(tmp_path):
    pickled_sample(tmp_path / "a")
    sample = read_only(tmp_path).with_longer_side(32)
    assert sample.size == (32, 24) and sample.image().size == (32, 24)
    assert sample.points.targets.tolist() == [[15, 10], [16, 12]]
    assert (sample.mask == area().astype(bool)[1::2, 1::2]).all() and sample.editable.shape == (24, 32)


class Command:
    """An object whose unpickling would run a command."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_runs_code_is_refused(tmp_path, protocol):
    pickled_sample(tmp_path / "a", protocol, prompt=Command(tmp_path / "trace"))
    with pytest.raises(SampleError, match="^a: .*mkdir"):
        read_only(tmp_path)
    assert not (tmp_path / "trace").exists()
    pickle.loads((tmp_path / "a" / "meta_data.pkl").read_bytes())
    assert (tmp_path / "trace").exists()


def test_other_classes_and_contents_are_refused(tmp_path):
    file = tmp_path / "content.pkl"
    for content, reason in ((OrderedDict(a=1), "OrderedDict"), ([1, 2], "holds a list"), (len, "len")):
        file.write_bytes(pickle.dumps(content))
        with pytest.raises(ValueError, match=reason):
            read_plain(file)
    file.write_bytes(pickle.dumps({"points": b"bytes"}, protocol=2))
    assert read_plain(file) == {"points": b"bytes"}


def test_a_mask_resized_is_sampled_as_pillow_does(tmp_path):
    pickled_sample(tmp_path / "a")
    sample = read_only(tmp_path).with_longer_side(40)
    expected = Image.fromarray(area()).resize((40, 30), Image.Resampling.NEAREST)
    assert (sample.mask == np.asarray(expected)).all()
