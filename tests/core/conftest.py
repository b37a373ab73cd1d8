"""Where and in what precision tests compute that have the fixtures `device` and `dtype`: --device, --dtype."""

import pytest
import torch

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    config = metafunc.config
    own = {mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")}
    wanted = set(metafunc.fixturenames) - own  # a test may name precisions of its own
    if "device" in wanted:
        metafunc.parametrize("device", [torch.device(config.getoption("--device"))], ids=str)
    if "dtype" in wanted:
        names = [config.getoption("--dtype")] if config.getoption("--dtype") else list(DTYPES)
        metafunc.parametrize("dtype", [DTYPES[name] for name in names], ids=names)
