"""Telling networks apart by a few weights."""

import pytest
import torch
from dragkit.core.invert.fingerprint import VALUES, WEIGHTS, fingerprint, same_network


def weights(seed: int = 0, count: int = 40) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    named = {f"block.{n}.weight": torch.randn(8, 16, generator=generator) / 30 for n in range(count)}
    return named | {f"block.{n}.bias": torch.zeros(8) for n in range(count)}


def test_equal_weights_are_one_network():
    assert same_network(fingerprint(weights()), fingerprint({k: v.clone() for k, v in weights().items()}))


def test_few_values_are_read():
    values = fingerprint(weights(count=200)).values
    assert len(values) == WEIGHTS and all(v.shape == (VALUES,) for v in values.values())


def test_other_weights_are_another_network():
    assert not same_network(fingerprint(weights()), fingerprint(weights(1)))
    slightly = {k: v * 1.001 for k, v in weights().items()}
    assert not same_network(fingerprint(weights()), fingerprint(slightly))


def test_other_names_or_shapes_are_another_network():
    named = weights()
    assert not same_network(fingerprint(named), fingerprint({f"a.{k}": v for k, v in named.items()}))
    assert not same_network(fingerprint(named), fingerprint({k: v.view(-1, 2) for k, v in named.items()}))


KINDS = [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_network_in_another_precision_is_the_same(kind: torch.dtype):
    cast = fingerprint({k: v.to(kind) for k, v in weights().items()})
    assert same_network(fingerprint(weights()), cast) and same_network(cast, fingerprint(weights()))
    assert not same_network(fingerprint(weights(1)), cast)


def test_compiled_parts_keep_their_names():
    named = {k.replace("block.3.", "block.3._orig_mod."): v for k, v in weights().items()}
    assert same_network(fingerprint(weights()), fingerprint(named))


def test_packed_weights_are_not_read():
    class Packed(torch.nn.Parameter):
        pass

    named = {k: Packed(v.to(torch.uint8), requires_grad=False) for k, v in weights().items()}
    assert fingerprint(named).values == {}
    assert same_network(fingerprint(named), fingerprint(weights()))
