import weakref

import numpy as np
import pytest
import torch
from dragkit.core.instruction.spec import Extent
from dragkit.core.optimise.lora import (
    Batch,
    Crop,
    LowRank,
    Prediction,
    Trainer,
    adapted,
    attention_projections,
    crops_of,
    named_weights,
    random_batches,
    random_crops,
    shrunk_to,
    start_pairs,
    train,
    training_loss,
)
from dragkit.tests.core.copies import Copies
from PIL import Image
from torch import nn

CPU = torch.device("cpu")
SIGMAS = torch.linspace(0.03, 14.6, 1000)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.to_q, self.to_k, self.to_v = nn.Linear(6, 6), nn.Linear(6, 8), nn.Linear(5, 8), nn.Linear(5, 8)
        self.to_out = nn.Sequential(nn.Linear(8, 6), nn.Dropout())


@pytest.fixture
def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.ModuleDict({"attn1": Attention(), "attn2": Attention(), "proj": nn.Linear(6, 6)})


def full_pairs(layers: dict[str, nn.Linear], rank: int = 3) -> dict[str, LowRank]:
    """Pairs with something in both factors."""
    pairs = start_pairs(layers, rank, seeded(), CPU)
    return {name: LowRank(pair.down, torch.randn(pair.up.shape, generator=seeded(1))) for name, pair in pairs.items()}


def test_the_projections_of_every_attention_are_adapted(network):
    names = {f"attn{number}.{layer}" for number in (1, 2) for layer in ("to_q", "to_k", "to_v", "to_out.0")}
    assert attention_projections(network).keys() == names


def test_pairs_start_without_a_change():
    layers = {"a.to_q": nn.Linear(3000, 40), "a.to_k": nn.Linear(7, 5)}
    before = torch.get_rng_state()
    pairs = start_pairs(layers, 16, seeded(), CPU)
    assert torch.equal(torch.get_rng_state(), before)
    down, up = (factor.detach() for factor in pairs["a.to_q"])
    assert down.shape == (16, 3000) and up.shape == (40, 16) and not up.any()
    assert down.std() == pytest.approx(1 / 16, rel=0.02) and abs(down.mean()) < 1e-3
    again = start_pairs(layers, 16, seeded(), CPU)
    assert all(torch.equal(again[name].down, pairs[name].down) for name in layers)
    assert not torch.equal(start_pairs(layers, 16, seeded(1), CPU)["a.to_q"].down, down)


@pytest.mark.parametrize("shape", [(2, 9, 6), (4, 6), (1, 2, 3, 6)])
def test_an_adapted_layer_is_one_with_the_product_added_to_its_weight(network, shape: tuple[int, ...]):
    layers = attention_projections(network)
    layer, x = layers["attn1.to_q"], torch.randn(shape, generator=seeded())
    pairs = full_pairs(layers)
    down, up = pairs["attn1.to_q"]
    with adapted(layers, pairs):
        found = layer(x)
    torch.testing.assert_close(found, nn.functional.linear(x, layer.weight + up @ down, layer.bias))


def test_layers_are_as_before_afterwards_whatever_happens(network):
    layers, x = attention_projections(network), torch.ones(2, 6)
    before = network["attn1"].to_q(x)
    with pytest.raises(KeyboardInterrupt), adapted(layers, full_pairs(layers)):
        assert not torch.equal(network["attn1"].to_q(x), before)
        raise KeyboardInterrupt
    assert torch.equal(network["attn1"].to_q(x), before)
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_half_precision_layer_keeps_its_precision_and_the_pair_its_own(network, dtype: torch.dtype):
    layers = attention_projections(network.to(dtype))
    pairs = start_pairs(layers, 3, seeded(), CPU)
    with adapted(layers, pairs):
        found = layers["attn1.to_q"](torch.ones(2, 6, dtype=dtype))
    assert found.dtype == dtype
    found.sum().backward()
    assert pairs["attn1.to_q"].up.grad.dtype == torch.float32 and pairs["attn1.to_q"].up.grad.any()


def test_the_gradient_of_a_pair_is_that_of_its_sum(network):
    layers = attention_projections(network)
    layer, (down, up) = layers["attn1.to_q"], full_pairs(layers)["attn1.to_q"]
    x = torch.randn(2, 3, 6, generator=seeded(4))
    of_hook, plain = ([part.detach().clone().requires_grad_() for part in (x, down, up)] for _ in range(2))
    with adapted({"attn1.to_q": layer}, {"attn1.to_q": LowRank(*of_hook[1:])}):
        layer(of_hook[0]).square().sum().backward()
    (layer(plain[0]) + plain[0] @ plain[1].T @ plain[2].T).square().sum().backward()
    for found, expected in zip(of_hook, plain, strict=True):
        torch.testing.assert_close(found.grad, expected.grad)


def test_a_pair_keeps_nothing_for_its_gradient_but_what_a_layer_was_given(network):
    layers = attention_projections(network.bfloat16().requires_grad_(False))
    pairs, x, kept = full_pairs(layers), torch.randn(9, 6, generator=seeded()).bfloat16(), []
    with adapted(layers, pairs), torch.autograd.graph.saved_tensors_hooks(kept.append, lambda tensor: tensor):
        layers["attn1.to_q"](x.requires_grad_())
    given = {tensor.data_ptr() for tensor in (x, *pairs["attn1.to_q"], layers["attn1.to_q"].weight)}
    assert {tensor.data_ptr() for tensor in kept} <= given


def test_a_trainer_leaves_one_copy_of_the_factors(network):
    pairs = start_pairs(attention_projections(network), 3, seeded(), CPU)
    first = weakref.ref(next(iter(pairs.values())).down.untyped_storage())
    Trainer(pairs, 1e-3)
    assert first() is None


def random_batch(size: int = 5) -> Batch:
    latents = torch.randn(3, 4, 6, 6, generator=seeded(), dtype=torch.float64)
    picks = torch.randint(3, (1, size), generator=seeded(1))
    return next(random_batches(latents, picks, SIGMAS.double(), seeded(2)))


def test_the_loss_of_a_network_that_predicts_noise():
    batch = random_batch()
    sigma = batch.sigma.view(-1, 1, 1, 1)
    predicted = torch.randn(batch.noise.shape, generator=seeded(3), dtype=torch.float64)
    denoised = batch.noisy - sigma * predicted
    expected = (predicted - batch.noise).square().mean()
    torch.testing.assert_close(training_loss(denoised, batch, Prediction.NOISE), expected)


@pytest.mark.parametrize("sigma_data", [1.0, 0.5])
def test_the_loss_of_a_network_that_predicts_velocity(sigma_data: float):
    """In DDPM's terms x = a z + b e and v = a e - b z, so that z = a x - b v; z are the latents over sigma_data."""
    batch = random_batch()
    sigma = batch.sigma.view(-1, 1, 1, 1) / sigma_data
    a, b = 1 / (1 + sigma**2).sqrt(), sigma / (1 + sigma**2).sqrt()
    z = batch.latents / sigma_data
    x, v = a * z + b * batch.noise, a * batch.noise - b * z
    predicted = torch.randn(v.shape, generator=seeded(3), dtype=torch.float64)
    denoised = sigma_data * (a * x - b * predicted)
    expected = (predicted - v).square().mean()
    torch.testing.assert_close(training_loss(denoised, batch, Prediction.VELOCITY, sigma_data), expected)


def test_batches_are_the_picked_latents_with_seeded_noise_at_any_training_timestep():
    latents = torch.arange(3.0).view(3, 1, 1, 1).expand(3, 4, 2, 2)
    picks = torch.randint(3, (500, 4), generator=seeded())
    before = torch.get_rng_state()
    batches = list(random_batches(latents, picks, SIGMAS, seeded()))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(torch.stack([batch.latents[:, 0, 0, 0] for batch in batches]).long(), picks)
    noise, sigma = torch.stack([b.noise for b in batches]), torch.cat([b.sigma for b in batches])
    assert abs(noise.mean()) < 0.02 and noise.std() == pytest.approx(1, rel=0.02)
    assert torch.isin(sigma, SIGMAS).all() and len(sigma.unique()) > 800
    assert sigma.mean() == pytest.approx(SIGMAS.mean().item(), rel=0.03)
    torch.testing.assert_close(batches[7].noisy, batches[7].latents + sigma[28:32].view(4, 1, 1, 1) * batches[7].noise)
    again = list(random_batches(latents, picks, SIGMAS, seeded()))
    assert all(torch.equal(a, b) for a, b in zip(batches[3], again[3], strict=True))


class Denoiser:
    """A linear layer over the channels that shall learn to answer 0.7 times what it is given."""

    def __init__(self):
        self.layers = {"to_q": nn.Linear(4, 4, bias=False)}
        nn.init.eye_(self.layers["to_q"].weight).requires_grad_(False)
        self.pairs = start_pairs(self.layers, 2, seeded(), CPU)

    def __call__(self, noisy: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        return self.layers["to_q"](noisy.movedim(1, -1)).movedim(-1, 1)

    def train(self, steps: int, scaling: bool, **options) -> list[float]:
        latents = torch.randn(1, 4, 3, 3, generator=seeded())
        batches = random_batches(latents, torch.zeros(steps, 2, dtype=torch.long), SIGMAS, seeded(1))
        with adapted(self.layers, self.pairs):
            return train(Trainer(self.pairs, 1e-2, scaling), batches, self, self.loss, **options)

    def loss(self, denoised: torch.Tensor, batch: Batch) -> torch.Tensor:
        return (denoised - 0.7 * batch.noisy).square().mean() / batch.noisy.square().mean()


@pytest.mark.parametrize("scaling", [False, True])
def test_training_lowers_the_loss_and_leaves_the_network_alone(scaling: bool):
    toy = Denoiser()
    told = []
    losses = toy.train(150, scaling, callback=lambda step, denoised: told.append((step, denoised.requires_grad)))
    assert np.mean(losses[-10:]) < 0.6 * losses[0]
    assert told == [(step, False) for step in range(150)]
    assert torch.equal(toy.layers["to_q"].weight, torch.eye(4))


@pytest.mark.parametrize("scaling", [False, True])
def test_a_loss_that_is_not_finite_ends_the_training_with_its_step(scaling: bool):
    pairs = start_pairs({"to_q": nn.Linear(2, 2)}, 1, seeded(), CPU)
    trainer = Trainer(pairs, 1e-3, scaling)
    loss = sum(factor.square().sum() for pair in pairs.values() for factor in pair)
    trainer.step(loss)
    with pytest.raises(FloatingPointError, match="loss of step 2 is nan"):
        trainer.step((pairs["to_q"].up * float("nan")).sum() + pairs["to_q"].down.sum())


def test_a_lora_is_sent_in_one_piece_and_comes_back_in_pieces_of_its_own(network):
    layers = attention_projections(network)
    with Copies() as copies:
        start_pairs(layers, 3, seeded(), torch.device("meta"))
    assert copies.count == 1
    pairs = full_pairs(layers)
    Trainer(pairs, 1e-3)
    weights = named_weights(pairs)
    assert len({weight.untyped_storage().data_ptr() for weight in weights.values()}) == 2 * len(layers)
    assert torch.equal(weights["diffusion_model.attn1.to_q.lora_up.weight"], pairs["attn1.to_q"].up)


def test_factors_in_one_piece_are_trained_as_if_each_were_alone(network):
    layers = attention_projections(network)
    joined, alone = (start_pairs(layers, 3, seeded(), CPU) for _ in range(2))
    trainer = Trainer(joined, 1e-2)
    optimiser = torch.optim.AdamW([f for pair in alone.values() for f in pair], lr=1e-2, weight_decay=0.01)
    for step in range(3):
        losses = (sum((step + f).square().sum() for pair in pairs.values() for f in pair) for pairs in (joined, alone))
        trainer.step(next(losses))
        optimiser.zero_grad()
        next(losses).backward()
        optimiser.step()
    for name, pair in alone.items():
        assert all(torch.equal(a, b) for a, b in zip(pair, joined[name], strict=True))


def infinite_slope(pairs: dict[str, LowRank]) -> torch.Tensor:
    """A loss of 0 at the start, where its gradient is infinite."""
    return pairs["to_q"].up.sum().sqrt() + 0 * pairs["to_q"].down.sum()


def test_a_spoilt_lora_is_told_at_the_end():
    pairs = start_pairs({"to_q": nn.Linear(2, 2)}, 1, seeded(), CPU)
    trainer = Trainer(pairs, 1e-3)
    trainer.step(infinite_slope(pairs))
    with pytest.raises(FloatingPointError, match="LoRA after step 1 is not finite"):
        trainer.check()


def test_scaling_skips_steps_and_gives_up_where_no_scale_is_small_enough():
    pairs = start_pairs({"to_q": nn.Linear(2, 2)}, 1, seeded(), CPU)
    trainer = Trainer(pairs, 1e-3, scaling=True)
    trainer.step(infinite_slope(pairs))
    trainer.check()
    assert not pairs["to_q"].up.any()
    with pytest.raises(FloatingPointError, match="gradient of step 17 is not finite"):
        for _ in range(30):
            trainer.step(infinite_slope(pairs))


def test_scaling_does_not_change_the_result():
    factors = []
    for scaling in (False, True):
        pairs = start_pairs({"to_q": nn.Linear(2, 2)}, 1, seeded(), CPU)
        trainer = Trainer(pairs, 1e-3, scaling)
        for _ in range(3):
            trainer.step((pairs["to_q"].up @ pairs["to_q"].down - 1).square().sum())
        factors.append(torch.cat([f.detach().flatten() for f in pairs["to_q"]]))
    torch.testing.assert_close(*factors)


@pytest.mark.parametrize(
    ("size", "resized"), [((40, 40), (16, 16)), ((60, 41), (23, 16)), ((31, 90), (16, 46)), ((8, 12), (16, 24))]
)
def test_the_shorter_side_is_resized_as_by_pil(size: tuple[int, int], resized: tuple[int, int]):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    found = shrunk_to(torch.from_numpy(picture).movedim(-1, 0)[None] / 255, 16)
    assert found.shape == (1, 3, *resized)
    expected = np.asarray(Image.fromarray(picture).resize(resized[::-1], Image.Resampling.BILINEAR)) / 255
    np.testing.assert_allclose(found[0].movedim(0, -1), expected, atol=1.5 / 255)


def test_crops_are_anywhere_in_any_picture():
    before = torch.get_rng_state()
    crops = random_crops(2, Extent(10, 8), 8, 400, seeded())
    assert torch.equal(torch.get_rng_state(), before)
    assert set(crops) == {Crop(picture, 0, left) for picture in (0, 1) for left in (0, 1, 2)}
    assert all(40 < crops.count(crop) < 100 for crop in set(crops))
    assert (
        crops == random_crops(2, Extent(10, 8), 8, 400, seeded()) != random_crops(2, Extent(10, 8), 8, 400, seeded(1))
    )


def test_a_square_picture_has_one_crop():
    assert set(random_crops(1, Extent(8, 8), 8, 20, seeded())) == {Crop(0, 0, 0)}


def test_crops_are_cut_where_they_say():
    pictures = torch.arange(2 * 5 * 7.0).view(2, 1, 5, 7)
    found = crops_of(pictures, [Crop(1, 0, 2), Crop(0, 1, 3)], 4)
    assert torch.equal(found[0], pictures[1, :, 0:4, 2:6]) and torch.equal(found[1], pictures[0, :, 1:5, 3:7])
