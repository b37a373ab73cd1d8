"""Tells noisy latents (B, C, h, w) from clean ones."""

from torch import Tensor

from .ddim import Inversion

CLEARLY_NOISIER = 1.3  # how much larger a noisy state is than the clean one, for the two to be told apart
SAME, FAIR_PART = 2e-3, 0.05  # relative distance of the same values; of all cells


def size_between(clean: Tensor, noisy: Tensor) -> float | None:
    """The size (root mean square) that parts latents like the clean one from the noisy; None where they are alike."""
    small, large = root_mean_square(clean), root_mean_square(noisy)
    return (small * large) ** 0.5 if large > CLEARLY_NOISIER * small else None


def is_larger(samples: Tensor, size: float) -> bool:
    return root_mean_square(samples) > size


def root_mean_square(samples: Tensor) -> float:
    return float(samples.float().square().mean().sqrt())


def is_noisy(latent: Tensor, sigma: Tensor, inversion: Inversion) -> bool | None:
    """Whether a latent in model space is noisy as the inversion is at a sigma, or clean; None where no one can tell.

    An edit leaves some cells of either as they were; else the size of the latent tells.
    """
    level = int((inversion.sigmas - sigma.cpu()).abs().argmin())
    clean, noisy = (state.to(latent) for state in (inversion.path[0], inversion.path[level]))
    for state, answer in ((noisy, True), (clean, False)):
        if shares_cells(latent[: len(state)], state):
            return answer
    size = size_between(clean, noisy)
    return None if size is None else is_larger(latent, size)


def shares_cells(latent: Tensor, state: Tensor) -> bool:
    """Whether a fair part of two latents (B, C, h, w) is the same."""
    same = (latent - state).abs() < SAME * state.square().mean().sqrt()
    return bool(same.all(1).float().mean() > FAIR_PART)
