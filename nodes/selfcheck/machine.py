"""What the machine is, as far as results depend on it; nothing that tells whose it is."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from typing import Any

import comfy.ldm.modules.attention
import comfy.memory_management
import comfy.model_management
import torch
from comfy.cli_args import args
from comfyui_version import __version__ as comfyui

GIB = 1 << 30
FRONTEND = "comfyui-frontend-package"
ELSEWHERE = {"--listen", "--port", "--disable-auto-launch", "--base-directory", "--user-directory", "--database-url"}


def describe() -> dict[str, str]:
    """Names and values, a line each."""
    device = comfy.model_management.get_torch_device()
    return {
        "ComfyUI": f"{comfyui}, frontend {frontend()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
        "PyTorch": f"{comfy.model_management.torch_version}, {os.cpu_count()} processors",
        "device": comfy.model_management.get_torch_device_name(device),
        "attention": comfy.ldm.modules.attention.optimized_attention.__name__.removeprefix("attention_"),
        "memory": f"{memory(device)}; RAM {memory(torch.device('cpu'))}",
        "dynamic VRAM": "on" if getattr(comfy.memory_management, "aimdo_enabled", False) else "off",
        "options": " ".join(word for word in sys.argv[1:] if word.startswith("--") and word not in ELSEWHERE) or "none",
    }


def frontend() -> str:
    """The page's version, or that another one is served."""
    if args.front_end_root:
        return "of another folder"
    return installed(FRONTEND)


def installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def memory(device: torch.device) -> str:
    asks: list[Callable[..., Any]] = [comfy.model_management.get_total_memory, comfy.model_management.get_free_memory]
    total, free = (ask(device) / GIB for ask in asks)
    return f"{total:.1f} GiB, {free:.1f} free"


def forget_peak(device: torch.device) -> None:
    """Starts measuring the device's memory anew, where it can be measured."""
    reset = getattr(getattr(torch, device.type, None), "reset_peak_memory_stats", None)
    if reset is not None:
        reset(device)


def peak(device: torch.device) -> str:
    """The most memory that was taken on the device since `forget_peak`, or by the whole process."""
    measure = getattr(getattr(torch, device.type, None), "max_memory_allocated", None)
    if measure is not None:
        return f"peak {measure(device) / GIB:.2f} GiB of the device"
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return f"peak {psutil.Process().memory_info().peak_wset / GIB:.2f} GiB RAM"
    unit = 1 if sys.platform == "darwin" else 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return f"peak {largest / GIB:.2f} GiB RAM"
