"""Training a LoRA inside this process: against the original program, and what a failure leaves behind."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from dragkit.tests.host.golden_network import FOLDER, conditioning, golden_model
from dragkit.tools.in_process import use_host

RECORDED = np.load(FOLDER / "tiny_lora.npz")
PAPER = {"steps": 80, "rank": 16, "learning_rate": 5e-4, "batch_size": 4, "seed": 0}


@pytest.fixture(scope="module")
def golden(host) -> Any:
    use_host()
    with torch.inference_mode():
        yield golden_model()


def recorded_factors(values: str, names: str) -> dict[str, torch.Tensor]:
    """One factor of every layer as the original had it, by the host's names."""
    shapes = RECORDED[f"{names}_shapes"].tolist()
    parts = torch.from_numpy(RECORDED[values]).split([rows * columns for rows, columns in shapes])
    layers = [name.rpartition(".") for name in json.loads(str(RECORDED[f"{names}_names"]))]
    return {
        f"diffusion_model.{layer}.lora_{factor}.weight": part.view(*shape)
        for (layer, _, factor), part, shape in zip(layers, parts, shapes, strict=True)
    }


def replay(model, run: str, steps: int, checkpointing: bool, monkeypatch: pytest.MonkeyPatch):
    """The node's training on what the original drew; its result and its losses."""
    from dragkit.core.optimise.lora import Batch, LowRank
    from dragkit.nodes import lora
    from dragkit.nodes.gradients import lora_training

    _, _, rank, learning_rate, batch = RECORDED[f"{run}_par"].tolist()
    latents, noise, labels = (torch.from_numpy(RECORDED[f"{run}_{key}"][:steps]) for key in ("latents", "noise", "t"))
    downs = recorded_factors(f"{run}_init_down", f"{run}_down")

    def start(layers: dict, rank: int, *_: object) -> dict[str, LowRank]:
        assert {f"diffusion_model.{name}.lora_down.weight" for name in layers} == downs.keys()
        factors = {name: downs[f"diffusion_model.{name}.lora_down.weight"].clone() for name in layers}
        return {
            name: LowRank(down.requires_grad_(), torch.zeros(layers[name].out_features, rank).requires_grad_())
            for name, down in factors.items()
        }

    monkeypatch.setattr(lora_training, "start_pairs", start)
    monkeypatch.setattr(
        lora_training,
        "random_batches",
        lambda _, picks, sigmas, generator: map(Batch, latents.clone(), noise.clone(), sigmas[labels]),
    )
    training = lora_training.Training(lora.NODE, model, int(rank), learning_rate, torch.Generator())
    pictures = lora_training.Pictures(latents[0], torch.zeros(steps, int(batch), dtype=torch.long))
    return training.run(conditioning(RECORDED[f"{run}_emb"]), pictures, checkpointing), training.losses


@pytest.mark.parametrize("run", ["l0", "l1"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_training_follows_the_original(golden, run: str, checkpointing: bool, monkeypatch: pytest.MonkeyPatch):
    first, _ = replay(golden, run, 1, checkpointing, monkeypatch)
    final, losses = replay(golden, run, 8, checkpointing, monkeypatch)
    np.testing.assert_allclose(losses, RECORDED[f"{run}_loss"], rtol=1e-4)
    ups = recorded_factors(f"{run}_final_up", f"{run}_up")
    downs = recorded_factors(f"{run}_final_down", f"{run}_down")
    assert final.keys() == (ups | downs).keys()
    for name, expected in (ups | downs).items():
        torch.testing.assert_close(final[name], expected, atol=1e-4, rtol=0)
    for name, expected in recorded_factors(f"{run}_step1_up", f"{run}_up").items():
        torch.testing.assert_close(first[name], expected, atol=1e-4, rtol=0)


def test_an_interrupt_leaves_the_network_as_it_was(golden, monkeypatch: pytest.MonkeyPatch):
    import comfy.model_management
    from dragkit.nodes.lora import DragLoRATrain

    network, shown = golden.model.diffusion_model, []

    def prepare(model, steps: int):
        return lambda step, denoised, state, total: shown.append((step, tuple(denoised.shape), total, steps))

    def interrupted() -> None:
        if len(shown) == 2:
            raise comfy.model_management.InterruptProcessingException

    monkeypatch.setattr("latent_preview.prepare_callback", prepare)
    monkeypatch.setattr(comfy.model_management, "throw_exception_if_processing_interrupted", interrupted)
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    latent, positive = {"samples": torch.ones(1, 4, 8, 8)}, conditioning(RECORDED["l0_emb"])
    with pytest.raises(comfy.model_management.InterruptProcessingException):
        DragLoRATrain.execute(golden, positive, **PAPER, latent=latent, checkpointing=True)
    assert shown == [(0, (4, 4, 8, 8), 80, 80), (1, (4, 4, 8, 8), 80, 80)]
    assert not any(module._forward_hooks or "forward" in vars(module) for module in network.modules())
    assert not comfy.model_management.in_training and not golden.patches
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


def test_out_of_memory_says_what_to_lower(golden, monkeypatch: pytest.MonkeyPatch):
    from dragkit.nodes import lora
    from dragkit.nodes.gradients import lora_training

    def exhausted(*args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

    monkeypatch.setattr(lora_training, "train", exhausted)
    latent, positive = {"samples": torch.ones(1, 4, 8, 8)}, conditioning(RECORDED["l0_emb"])
    with pytest.raises(torch.OutOfMemoryError, match="DragLoRATrain: .*checkpointing on, lower batch_size"):
        lora.DragLoRATrain.execute(golden, positive, **PAPER, latent=latent)
