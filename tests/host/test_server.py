import socket

import pytest
from dragkit.tools.client import PromptError
from dragkit.tools.environment import SetupError
from dragkit.tools.server import ComfyServer

PICTURE = {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 32, "batch_size": 1, "color": 0xFF8000}}


def saving(picture: dict) -> dict:
    save = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "picture"}}
    return {"1": picture, "2": save}


def test_the_pack_is_loaded(server):
    modules = {node["python_module"] for node in server.get("/object_info").values()}
    assert "custom_nodes.dragkit" in modules


def test_a_prompt_of_core_nodes_gives_a_png(server):
    result = server.prompt(saving(PICTURE))
    picture = server.view(result.outputs["2"]["images"][0])
    assert picture.startswith(b"\x89PNG")
    assert [event["type"] for event in result.events].count("execution_start") == 1


def test_an_uploaded_picture_can_be_loaded(server, tmp_path):
    result = server.prompt(saving(PICTURE))
    file = tmp_path / "uploaded.png"
    file.write_bytes(server.view(result.outputs["2"]["images"][0]))
    again = server.prompt(saving({"class_type": "LoadImage", "inputs": {"image": server.upload(file)}}))
    assert server.view(again.outputs["2"]["images"][0]).startswith(b"\x89PNG")


def test_a_prompt_that_the_server_cannot_read_is_one_sentence(server):
    with pytest.raises(PromptError, match="ComfyUI could not read the prompt: 500") as refusal:
        server.prompt({"steps": ["Load Image -> Drag Canvas"]})
    assert refusal.value.kind == "refused"


def test_a_refused_prompt_names_node_and_input(server):
    with pytest.raises(PromptError, match=r"EmptyImage \(node 1\): .*width") as refusal:
        server.prompt(saving({**PICTURE, "inputs": {**PICTURE["inputs"], "width": 0}}))
    assert refusal.value.kind == "refused"


def test_an_unknown_node_is_named(server):
    with pytest.raises(PromptError, match="NoSuchNode"):
        server.prompt(saving({"class_type": "NoSuchNode", "inputs": {}}))


def test_a_prompt_that_takes_too_long_is_stopped(server):
    with pytest.raises(PromptError, match="did not end within") as stop:
        server.prompt(saving(PICTURE), timeout=0.001)
    assert stop.value.kind == "interrupted"


def test_a_failing_prompt_raises_the_node_s_message(server, tmp_path):
    file = tmp_path / "no_picture.png"
    file.write_bytes(b"no picture")
    with pytest.raises(PromptError) as failure:
        server.prompt(saving({"class_type": "LoadImage", "inputs": {"image": server.upload(file)}}))
    assert failure.value.kind == "failed"
    assert failure.value.details["node_id"] == "1"


def test_a_second_server_is_refused_the_same_port(server, host, tmp_path):
    with pytest.raises(SetupError, match=f"Port {server.port} .*--port"):
        ComfyServer(host, base=tmp_path, port=server.port, flags=["--cpu"]).start()


def test_a_pack_that_cannot_be_loaded_is_named(host, tmp_path):
    broken = tmp_path / "pack"
    broken.mkdir()
    (broken / "__init__.py").write_text("import a_module_that_is_not_there\n", encoding="utf-8")
    with pytest.raises(SetupError, match="could not load .*broken_pack"):
        with ComfyServer(host, base=tmp_path / "base", packs={"broken_pack": broken}, flags=["--cpu"]):
            pass


def test_a_server_that_cannot_start_shows_the_end_of_its_log(host, tmp_path):
    server = ComfyServer(host, base=tmp_path, flags=["--no-such-flag"])
    with pytest.raises(SetupError, match="--no-such-flag"), server:
        pass
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
