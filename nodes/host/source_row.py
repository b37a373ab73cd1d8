"""A MODEL that runs the source of an edit as further rows of every batch, and lends it to the edit's attention."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from comfy.patcher_extension import WrappersMP

from ...core.attention.source_row import Lending, Rows, TokenMap, attend_beside, output_gate
from ...core.attention.states import SigmaOf
from ...core.invert.ddim import Inversion
from ...core.invert.flow import FlowSchedule
from ...core.redraw.keep_outside import KeepOutside, SourcePath
from .flows import unframed
from .keep_outside import recorded_path
from .transformers import Family, Options

KEY = "dragkit_source_row"
OVERRIDE = "optimized_attention_override"


class Call(NamedTuple):
    """What attention has to know of one call of the network; used: filled where it was asked."""

    rows: Rows
    lending: Lending
    network: Any
    used: list[bool]


class SourceRow:
    """The hooks of one edit: while its MODEL is sampled, the source stands beside it at the same noise level."""

    def __init__(
        self,
        node: str,
        family: Family,
        inversion: Inversion,
        schedule: FlowSchedule,
        tokens: TokenMap,
        grid: tuple[int, int],
        until: float,
        strongest: float,
    ):
        """grid: the number of tokens (h, w); until: the share of all steps in which the source's keys are lent."""
        self.schedule = schedule
        self.node, self.family, self.inversion, self.tokens, self.grid = node, family, inversion, tokens, grid
        self.until, self.strongest, self.sigma_of = until, strongest, SigmaOf()
        self.forget()

    def forget(self) -> None:
        """Frees what was put on a device."""
        self.placed: dict[tuple, tuple[TokenMap, torch.Tensor | None]] = {}
        self.paths: dict[tuple[int, torch.device], SourcePath] = {}
        self.outsides: dict[tuple[int, torch.device], KeepOutside] = {}

    def set_on(self, patched, kept: torch.Tensor | None) -> None:
        """Puts the hooks on a clone of a MODEL, before an override of attention that is there already.

        kept: the cells (h, w) bool of the latent that stay the source's at every step, if any.
        """
        options = patched.model_options.setdefault("transformer_options", {})
        options[OVERRIDE] = partial(self.attention, options.get(OVERRIDE))
        patched.add_wrapper_with_key(WrappersMP.CALC_COND_BATCH, KEY, self.predict)
        patched.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, KEY, self.sample)
        if kept is not None:
            patched.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, KEY, partial(self.keep, kept))

    def sample(self, executor, *args, **kwargs) -> torch.Tensor:
        """A wrapper around sampling, which frees what was put on a device."""
        try:
            return executor(*args, **kwargs)
        finally:
            self.forget()

    def predict(self, executor, model, conds: list, x: torch.Tensor, timestep: torch.Tensor, options: dict) -> list:
        """A wrapper of the network's calls for all prompts: with rows of the source, which are taken off again."""
        path = self.path(len(self.inversion.path[0]), x.device)
        sources = path.state(x, timestep.flatten()[0]).to(x).view(-1, *x.shape[1:])
        inner = options.get("transformer_options", {})
        lending = self.lending(self.sigma_of({"sigmas": timestep}))
        call = Call(Rows(len(x), len(sources)), lending, plain_network_of(model), [])
        found = executor(
            model,
            conds,
            torch.cat([x, sources]),
            timestep.flatten()[:1].expand(len(x) + len(sources)),
            options | {"transformer_options": inner | {KEY: call}},
        )
        if not call.used:
            raise ValueError(
                f"{self.node}: attention of this MODEL does not reach this node, because another patch replaces it. "
                "Take that patch off, or put it in front of this node."
            )
        return [part[: len(x)] for part in found]

    def lending(self, sigma: float) -> Lending:
        done = 1 - self.schedule.sigma_to_share(sigma)
        keys = done < self.until
        return Lending(keys, output_gate(done, self.strongest) if keys else 0.0)

    def attention(self, earlier: Callable | None, function: Callable, q, k, v, heads: int, *args, **kwargs):
        """An override of the host's attention."""
        plain = function if earlier is None else partial(earlier, function)
        options: Options = kwargs.get("transformer_options") or {}
        call, count = options.get(KEY), self.grid[0] * self.grid[1]
        if call is None or not self.family.is_late(options) or len(args) > 1:
            return plain(q, k, v, heads, *args, **kwargs)
        call.used.append(True)
        mask = args[0] if args else kwargs.pop("mask", None)
        if not kwargs.pop("skip_reshape", False):  # (rows, T, heads * D) or (rows, T, heads, D)
            q, k, v = (t.flatten(2).unflatten(-1, (heads, -1)).transpose(1, 2) for t in (q, k, v))
        first = self.family.first(call.network, q.shape[2], count, options)
        tokens, table = self.tokens_at(first, q.device, call.network, self.family.scale(options))

        def attend(query, key, value, mask):
            return plain(query, key, value, heads, mask=mask, skip_reshape=True, **kwargs)

        return attend_beside(attend, (q, k, v), mask, call.rows, tokens, table, call.lending)

    def tokens_at(
        self, first: int, device: torch.device, network: Any, scale: tuple[float, float]
    ) -> tuple[TokenMap, torch.Tensor | None]:
        """The tokens of the picture where it begins in a sequence, and the rotary table of their moves."""
        key = (first, device, scale)
        if key not in self.placed:
            tokens = self.tokens.behind(first).to(device)
            self.placed = {key: (tokens, self.family.table(network, tokens.moves, scale))}
        return self.placed[key]

    def path(self, batch: int, device: torch.device) -> SourcePath:
        """The source's states for a batch."""
        if (batch, device) not in self.paths:
            self.paths[batch, device] = recorded_path(self.inversion, batch, device)
        return self.paths[batch, device]

    def keep(self, kept: torch.Tensor, executor, x: torch.Tensor, timestep: torch.Tensor, *args, **kwargs):
        """A wrapper of a guider's prediction: in some cells (h, w) the state is the source's at every step."""
        flat = unframed(x)
        key = (len(flat), x.device)
        if key not in self.outsides:
            mask = (~kept).to(flat).expand_as(flat)
            self.outsides[key] = KeepOutside(self.path(*key), lambda sigma: mask)

        def denoise(state: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            return unframed(executor(state.view_as(x), timestep, *args, **kwargs))

        return self.outsides[key].denoise(denoise, flat, timestep.flatten()[0]).view_as(x)


def plain_network_of(model: Any) -> torch.nn.Module:
    """The network of the host's model, also of a compiled one."""
    return getattr(model.diffusion_model, "_orig_mod", model.diffusion_model)
