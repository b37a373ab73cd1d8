"""Gradients through the host's own network in this process: where they come from, and where they cannot."""

import pytest
import torch
from dragkit.core.instruction.spec import Extent
from dragkit.tests.host.golden_network import golden_model
from torch import Tensor

LATENT = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
PROMPTS = {
    name: [[torch.randn(1, 6, 16, generator=torch.Generator().manual_seed(seed)), {"pooled_output": None}]]
    for seed, name in enumerate(("positive", "negative"))
}
SIGMAS = torch.tensor([3.0, 2.0])


@pytest.fixture
def model(host):
    from dragkit.tools.in_process import use_host

    use_host()
    with torch.inference_mode():
        yield golden_model()


def feature_gradient(model, blocks=(8,), whole=True, cfg=1.0, checkpointing=False) -> tuple[Tensor, bool]:
    """The gradient of a sum of features to the latent, and whether the network put out its noise."""
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients
    from dragkit.nodes.gradients.features import FeatureTap
    from dragkit.nodes.host.sampling import denoiser

    patched, found = differentiable(model, "Test"), []
    tap = FeatureTap(blocks, cfg, Extent(64, 64))
    patched.set_model_output_block_patch(tap)

    def work(model_wrap, extra_args, state, sigmas, callback):
        latent = state.requires_grad_()
        with tap.watching(model_wrap):
            seen = tap.evaluate(denoiser(model_wrap, extra_args), latent, sigmas[0], 1.0, whole)
        sum(feature.square().sum() for feature in seen.features.maps).backward()
        found.extend([latent.grad, seen.noise is not None])
        return state.detach()

    prompts = PROMPTS if cfg > 1 else {"positive": PROMPTS["positive"]}
    run_with_gradients(patched, prompts, LATENT, SIGMAS, work, node="Test", cfg=cfg, checkpointing=checkpointing)
    return found[0], found[1]


@pytest.mark.parametrize("cfg", [1.0, 5.0])
@pytest.mark.parametrize("blocks", [(8,), (2, 5), (-1,)])
def test_stopping_after_the_features_gives_the_same_gradient(model, blocks: tuple[int, ...], cfg: float):
    whole, ended = feature_gradient(model, blocks, whole=True, cfg=cfg)
    early, also_ended = feature_gradient(model, blocks, whole=False, cfg=cfg)
    assert (ended, also_ended) == (True, False)
    assert whole.any() and torch.equal(whole, early)


@pytest.mark.parametrize("blocks", [(8,), (11,), (-1, 8)])
def test_recomputation_gives_the_same_gradient(model, blocks: tuple[int, ...]):
    """Also where patches go by the labels of blocks, which the network rewrites as it runs."""
    plain, _ = feature_gradient(model, blocks)
    again, _ = feature_gradient(model, blocks, checkpointing=True)
    torch.testing.assert_close(again, plain, atol=1e-6 * plain.abs().max().item(), rtol=0)


def test_recomputed_blocks_see_their_own_labels(model):
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients
    from dragkit.nodes.host.sampling import denoiser

    patched, seen = differentiable(model, "Test"), []

    def note(hidden, context, value, options):
        seen.append((*options["block"], options["transformer_index"]))
        return hidden, context, value

    patched.set_model_attn1_patch(note)

    def work(model_wrap, extra_args, state, sigmas, callback):
        denoiser(model_wrap, extra_args)(state.requires_grad_(), sigmas[0]).sum().backward()
        return state.detach()

    run_with_gradients(
        patched, {"positive": PROMPTS["positive"]}, LATENT, SIGMAS, work, node="Test", checkpointing=True
    )
    first, second = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert len(first) == 16 and sorted(first) == sorted(second)


def test_the_network_is_left_as_it_was(model):
    network = model.model.diffusion_model
    before = {name: (p.requires_grad, p.clone()) for name, p in network.named_parameters()}
    feature_gradient(model, whole=False, checkpointing=True)
    assert all(p.requires_grad == before[n][0] and torch.equal(p, before[n][1]) for n, p in network.named_parameters())
    assert not any("forward" in module.__dict__ or module._forward_pre_hooks for module in network.modules())


def test_a_failure_leaves_it_too(model):
    from dragkit.nodes.gradients.autograd import differentiable, run_with_gradients

    def work(*arguments):
        raise KeyError("stop")

    patched = differentiable(model, "Test")
    with pytest.raises(KeyError):
        run_with_gradients(
            patched, {"positive": PROMPTS["positive"]}, LATENT, SIGMAS, work, node="Test", checkpointing=True
        )
    import comfy.model_management

    assert not comfy.model_management.in_training and torch.is_inference_mode_enabled()
    assert not any("forward" in module.__dict__ for module in model.model.diffusion_model.modules())


def test_a_failure_inside_a_recomputed_block_leaves_nothing_behind(model):
    def fail(hidden, context, value, options):
        raise KeyError("stop")

    before, _ = feature_gradient(model)
    broken = model.clone()
    broken.set_model_attn1_patch(fail)
    with pytest.raises(KeyError) as held:
        feature_gradient(broken, checkpointing=True)
    after, _ = feature_gradient(model)
    assert torch.equal(before, after) and held.value is not None


def test_attention_without_a_backward_pass_is_replaced(model):
    def sage(function, *arguments, **options):
        raise AssertionError("an attention without a gradient was called")

    patched = model.clone()
    patched.model_options["transformer_options"]["optimized_attention_override"] = sage
    gradient, _ = feature_gradient(patched)
    assert gradient.isfinite().all()
    assert patched.model_options["transformer_options"]["optimized_attention_override"] is sage


def test_streamed_weights_without_a_file_are_refused(model):
    from dragkit.nodes.gradients.autograd import differentiable

    streamed = model.clone()
    streamed.is_dynamic = lambda: True
    with pytest.raises(ValueError, match="--disable-dynamic-vram"):
        differentiable(streamed, "DragOptimizeLatent")


def test_streamed_weights_of_a_file_are_loaded_plainly(model):
    """As the host does for its own training: a clone whose weights are read again."""
    from dragkit.nodes.demo_networks import UNET_NETWORK, load_network, read_weights
    from dragkit.nodes.gradients.autograd import differentiable

    loaded = load_network(UNET_NETWORK, read_weights(UNET_NETWORK)[0])
    loaded.is_dynamic = lambda: True
    assert type(differentiable(loaded, "Test")).__name__ == "ModelPatcher"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        torch.cuda.OutOfMemoryError("Allocation on device"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        MemoryError("not enough memory"),
    ],
)
def test_out_of_memory_says_what_to_lower(host, error: Exception):
    from dragkit.tools.in_process import use_host

    use_host()
    from dragkit.nodes.gradients.autograd import memory_advice

    with pytest.raises(type(error), match="DragOptimizeLatent: .*Lower this") as raised:
        with memory_advice("DragOptimizeLatent", "Lower this."):
            raise error
    assert str(error) in str(raised.value)


def test_other_errors_pass_as_they_are(host):
    from dragkit.tools.in_process import use_host

    use_host()
    from dragkit.nodes.gradients.autograd import memory_advice

    with pytest.raises(RuntimeError, match="^something else$"), memory_advice("Node", "Lower this."):
        raise RuntimeError("something else")


SD15 = {"channel_mult": [1, 2, 4, 4], "num_res_blocks": [2] * 4, "context_dim": 768}
SDXL = {"channel_mult": [1, 2, 4], "num_res_blocks": [2] * 3, "context_dim": 2048}
ARCHITECTURES = [
    (SD15, [1] * 6 + [0] * 2, 1, [1] * 9 + [0] * 3, (8, 10)),
    (SDXL, [0, 0, 2, 2, 10, 10], 10, [0] * 3 + [2] * 3 + [10] * 3, (5, 8)),
    (SDXL, [0, 0, 0, 0, 10, 10], 10, [0] * 6 + [10] * 3, (5, 3)),
]


@pytest.mark.parametrize(("sizes", "down", "middle", "up", "places"), ARCHITECTURES, ids=["SD1.5", "SDXL", "one level"])
def test_the_papers_places_are_found_by_their_role(host, sizes: dict, down: list, middle: int, up: list, places: tuple):
    from dragkit.tools.in_process import use_host

    use_host()
    from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel
    from dragkit.nodes.gradients.places import first_shared_layer, last_enlarging_block

    depths = {"transformer_depth": list(down), "transformer_depth_middle": middle, "transformer_depth_output": list(up)}
    shared = {"image_size": 32, "in_channels": 4, "out_channels": 4, "model_channels": 320, "num_heads": 8}
    unet = UNetModel(**shared, **sizes, **depths, use_spatial_transformer=True, legacy=False, device="meta")
    assert (last_enlarging_block(unet), first_shared_layer(unet)) == places
