"""The host's modules inside this process, for training and benchmarks."""

import os
import sys

import torch


def use_host() -> None:
    """Makes the host that COMFYUI_PATH names importable, on the device there is and with PyTorch attention."""
    if "COMFYUI_PATH" not in os.environ:
        sys.exit("Set COMFYUI_PATH to the folder that holds ComfyUI's main.py.")
    sys.path.insert(0, os.environ["COMFYUI_PATH"])
    from comfy.cli_args import args

    args.cpu = not torch.cuda.is_available()
    args.use_pytorch_cross_attention = True
