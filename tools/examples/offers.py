"""The files of large models: names, folders and links as the host's own templates give them."""

from __future__ import annotations

from .layout import Model

HUB = "https://huggingface.co/"


def offer(place: str, directory: str) -> Model:
    """The file at a place on the hub, for a folder of ComfyUI's models."""
    return Model(place.rpartition("/")[2], HUB + place, directory)


def diffusion(place: str) -> Model:
    return offer(place, "diffusion_models")


def encoder(place: str) -> Model:
    return offer(place, "text_encoders")


def autoencoder(place: str) -> Model:
    return offer(place, "vae")


KLEIN = diffusion("black-forest-labs/FLUX.2-klein-4b-fp8/resolve/main/flux-2-klein-4b-fp8.safetensors")
KLEIN_TEXT = encoder("Comfy-Org/z_image_turbo/resolve/main/split_files/text_encoders/qwen_3_4b.safetensors")
FLUX2_VAE = autoencoder("Comfy-Org/flux2-dev/resolve/main/split_files/vae/flux2-vae.safetensors")

QWEN21 = diffusion("Comfy-Org/Qwen-Image-2.1/resolve/main/diffusion_models/qwen_image_2.1_int8_convrot.safetensors")
QWEN21_TEXT = encoder("Comfy-Org/Qwen-Image-2.1/resolve/main/text_encoders/qwen3vl_8b_int8_convrot.safetensors")
QWEN21_VAE = autoencoder("Comfy-Org/Qwen-Image-2.1/resolve/main/vae/qwen_image_2.1_vae_bf16.safetensors")

QWEN_EDIT = diffusion(
    "Comfy-Org/Qwen-Image-Edit_ComfyUI/resolve/main/split_files/diffusion_models/"
    "qwen_image_edit_2511_int8_convrot.safetensors"
)
QWEN_EDIT_TEXT = encoder(
    "Comfy-Org/HunyuanVideo_1.5_repackaged/resolve/main/split_files/text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors"
)
QWEN_VAE = autoencoder("Comfy-Org/Qwen-Image_ComfyUI/resolve/main/split_files/vae/qwen_image_vae.safetensors")

KONTEXT = diffusion(
    "Comfy-Org/flux1-kontext-dev_ComfyUI/resolve/main/split_files/diffusion_models/"
    "flux1-dev-kontext_fp8_scaled.safetensors"
)
FLUX_FILL = diffusion("Comfy-Org/flux1-dev/resolve/main/split_files/diffusion_models/flux1-fill-dev.safetensors")
FLUX_KREA = diffusion(
    "Comfy-Org/FLUX.1-Krea-dev_ComfyUI/resolve/main/split_files/diffusion_models/flux1-krea-dev_fp8_scaled.safetensors"
)
SAM3 = offer("Comfy-Org/sam3.1/resolve/main/checkpoints/sam3.1_multiplex_fp16.safetensors", "checkpoints")
CLIP_L = encoder("comfyanonymous/flux_text_encoders/resolve/main/clip_l.safetensors")
T5 = encoder("comfyanonymous/flux_text_encoders/resolve/main/t5xxl_fp8_e4m3fn_scaled.safetensors")
FLUX_VAE = autoencoder("Comfy-Org/Lumina_Image_2.0_Repackaged/resolve/main/split_files/vae/ae.safetensors")
