"""A small model that keeps to the written contract of Qwen-Image 2.1, which the pinned host does not have.

References stand in the text, the picture to make comes last; what comes before it sees nothing behind it and is the
same at every step, so its keys and values are kept for a run.
"""

import comfy.conds
import comfy.latent_formats
import comfy.model_base
import comfy.supported_models
import torch
from comfy.ldm.flux.layers import EmbedND
from comfy.ldm.flux.math import _apply_rope1 as rotated
from comfy.patcher_extension import WrapperExecutor, WrappersMP, get_all_wrappers
from torch.nn.functional import layer_norm, scaled_dot_product_attention

from .transformers import CONTEXT

HEADS, HEAD = 2, 32


class QwenImage21Transformer2DModel(torch.nn.Module):
    def __init__(self, image_model=None, in_channels=64, layers=2, dtype=None, device=None, operations=None):
        super().__init__()
        width, made = HEADS * HEAD, {"dtype": dtype, "device": device, "bias": False}
        self.dtype, self.width = dtype, width
        self.pe_embedder = EmbedND(dim=HEAD, theta=10000, axes_dim=[8, 12, 12])
        self.img_in = operations.Linear(in_channels, width, **made)
        self.txt_in = operations.Linear(CONTEXT, width, **made)
        self.time_in = operations.Linear(1, width, **made)
        self.qkv = torch.nn.ModuleList([operations.Linear(width, 3 * width, **made) for _ in range(layers)])
        self.out = torch.nn.ModuleList([operations.Linear(width, width, **made) for _ in range(layers)])
        self.proj_out = operations.Linear(width, in_channels, **made)
        self.kept, self.keeps, self.recomputed = {}, False, 0

    def build_sequence(self, x, context, ref_latents, image_slots):
        text, (high, wide) = self.txt_in(context), x.shape[-2:]
        slots = (list(image_slots) + [text.shape[1]] * len(ref_latents))[: len(ref_latents)]
        parts, ids, segments, number, done, length = [], [], [], 0, 0, 0
        for picture, until in zip([*ref_latents, x], [*slots, text.shape[1]], strict=True):
            words = until - done
            if words:
                parts.append(text[:, done:until])
                ids.append(torch.arange(number, number + words, device=x.device).float()[:, None].expand(-1, 3))
                causal = torch.ones(words, length + words, dtype=torch.bool, device=x.device).tril(length)
                segments.append((length, length + words, causal))
            number, done, length = number + words, until, length + words
            h, w = picture.shape[-2:]
            rows = torch.arange(h, device=x.device) - (h - h // 2) + 0.5 * (h % 2 - high % 2)
            columns = torch.arange(w, device=x.device) - (w - w // 2) + 0.5 * (w % 2 - wide % 2)
            place = torch.cartesian_prod(rows.float(), columns.float())
            ids.append(torch.cat([torch.full((h * w, 1), float(number), device=x.device), place], dim=1))
            parts.append(self.img_in(picture.flatten(2).transpose(1, 2)))
            segments.append((length, length + h * w, None))
            number, length = number + max(h, w), length + h * w
        table = self.pe_embedder(torch.cat(ids)[None]).transpose(1, 2).contiguous()
        return torch.cat(parts, dim=1), table, segments

    def forward(self, x, timestep, context, ref_latents=None, image_slots=None, transformer_options=None, **kwargs):
        wrappers = get_all_wrappers(WrappersMP.DIFFUSION_MODEL, transformer_options or {})
        run = WrapperExecutor.new_class_executor(self._forward, self, wrappers)
        return run.execute(x, timestep, context, ref_latents, image_slots, transformer_options, **kwargs)

    def _forward(self, x, timestep, context, ref_latents=None, image_slots=None, transformer_options=None, **kwargs):
        given = list(ref_latents or []), list(image_slots or [])
        states, table, segments = self.build_sequence(x, context, *given)
        before, key = states.shape[1] - x[0, 0].numel(), tuple(context.flatten().tolist())
        cached = self.keeps and key in self.kept
        if not cached:
            self.recomputed += 1
            found = self.run(states[:, :before], table[:, :before], segments[:-1], None)
            if self.keeps:
                self.kept[key] = found[1]
        earlier = self.kept[key] if cached else found[1]
        time = self.time_in(timestep.to(x)[:, None, None])
        made, _ = self.run(states[:, before:] + time, table[:, before:], [(0, states.shape[1] - before, None)], earlier)
        return self.proj_out(made).transpose(1, 2).reshape(x.shape)

    def run(self, x, table, segments, earlier):
        """The layers over some tokens, behind the keys and values of those before them."""
        kept = []
        for number, (qkv, out) in enumerate(zip(self.qkv, self.out, strict=True)):
            q, k, v = qkv(layer_norm(x, [self.width])).unflatten(2, (3, HEADS, HEAD)).unbind(2)
            q, k = rotated(q, table), rotated(k, table)
            kept.append((k, v))
            if earlier:
                k, v = (torch.cat(pair, dim=1) for pair in zip(earlier[number], (k, v), strict=True))
            ahead = k.shape[1] - q.shape[1]
            seen = [
                scaled_dot_product_attention(
                    *(part.transpose(1, 2) for part in (q[:, a:b], k[:, : ahead + b], v[:, : ahead + b])),
                    attn_mask=mask,
                ).transpose(1, 2)
                for a, b, mask in segments
            ]
            x = x + out(torch.cat(seen, dim=1).flatten(2))
        return x, kept


QwenImage21Transformer2DModel.__module__ = "comfy.ldm.qwen_image21.model"


class Latents(comfy.latent_formats.LatentFormat):
    latent_channels, spacial_downscale_ratio = 64, 16


class QwenImage21(comfy.model_base.QwenImage):
    def __init__(self, model_config, device=None):
        kind = comfy.model_base.ModelType.FLOW
        super().__init__(model_config, kind, device=device, unet_model=QwenImage21Transformer2DModel)

    def extra_conds(self, **kwargs):
        return super().extra_conds(**kwargs) | {
            "image_slots": comfy.conds.CONDConstant(kwargs.get("image_slots") or []),
        }


class SmallQwenImage21(comfy.supported_models.QwenImage):
    latent_format = Latents

    def get_model(self, state_dict, prefix="", device=None):
        return QwenImage21(self, device=device)


NETWORK = {"image_model": "qwen_image21", "in_channels": 64}
