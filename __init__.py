"""DragKit: drag-based image editing for ComfyUI."""

WEB_DIRECTORY = "./js"


async def comfy_entrypoint():
    """The host's entry point; nothing of the host is imported before it is called."""
    from .nodes import DragKitExtension

    return DragKitExtension()
