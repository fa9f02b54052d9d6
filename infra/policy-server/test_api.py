"""The HTTP interface: shapes, stop conditions, chat, streaming, checkpoints, cancellation and errors."""
import asyncio
import json
import subprocess
import sys
import time
import urllib.request

import aiohttp
import pytest

from conftest import HERE

CHAT = [{"role": "user", "content": "1+2"}]


def test_stop_string_and_stop_token(server):
    """A stop string leaves the text but not the ids; a stop token id is named as the reason."""
    body = {"prompt": [40, 41, 42], "seed": 7, "max_tokens": 40, "ignore_eos": True, "skip_special_tokens": False}
    free = server.complete(**body)["choices"][0]
    stop = free["text"][5:7]
    cut = server.complete(**body, stop=[stop])["choices"][0]
    assert (cut["finish_reason"], cut["stop_reason"]) == ("stop", stop)
    assert cut["text"] == free["text"][:free["text"].index(stop)]
    assert cut["token_ids"] == free["token_ids"][:len(cut["token_ids"])]
    token = free["token_ids"][4]
    by_id = server.complete(**body, stop_token_ids=[token])["choices"][0]
    assert by_id["stop_reason"] == token and by_id["token_ids"][-1] == token
    forced = server.complete(**body, stop_token_ids=[token], min_tokens=20)["choices"][0]
    assert token not in forced["token_ids"][:20]


def test_chat_scoring_and_continuation(server):
    """Chat scores its prompt, and an open last message is continued as its rendered text is."""
    status, answer = server.call("/v1/chat/completions", {
        "model": "plain", "messages": CHAT, "max_tokens": 3, "logprobs": True, "top_logprobs": 2, "prompt_logprobs": 0,
        "return_token_ids": True, "seed": 1, "ignore_eos": True})
    assert status == 200 and answer["prompt_logprobs"][0] is None
    assert len(answer["prompt_logprobs"]) == len(answer["prompt_token_ids"]) == answer["usage"]["prompt_tokens"]
    entry = answer["choices"][0]["logprobs"]["content"][0]
    assert len(entry["top_logprobs"]) == 2 and entry["top_logprobs"][0]["token"] == entry["token"]
    messages = [*CHAT, {"role": "assistant", "content": "<think>1+2\n"}]
    flags = {"messages": messages, "continue_final_message": True, "add_generation_prompt": False, "model": "plain"}
    ids = server.call("/tokenize", flags)[1]["tokens"]
    text = server.call("/detokenize", {"model": "plain", "tokens": ids})[1]["prompt"]
    assert text == "<|im_start|>user\n1+2<|im_end|>\n<|im_start|>assistant\n<think>1+2\n"
    chat = server.call("/v1/chat/completions", {**flags, "temperature": 0, "max_tokens": 8, "return_token_ids": True})[1]
    assert chat["choices"][0]["token_ids"] == server.complete(prompt=ids, temperature=0, max_tokens=8)["choices"][0]["token_ids"]


def test_streaming_gives_the_same_text(server):
    """The chunks of a stream add up to the whole answer."""
    body = {"model": "plain", "messages": CHAT, "max_tokens": 30, "seed": 3, "n": 2}
    whole = server.call("/v1/chat/completions", body)[1]
    request = urllib.request.Request(server.base + "/v1/chat/completions", headers={"Content-Type": "application/json"},
                                     data=json.dumps({**body, "stream": True, "stream_options": {"include_usage": True}}).encode())
    lines = [line[6:] for line in urllib.request.urlopen(request).read().decode().split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"] == whole["usage"]
    for index in range(2):
        text = "".join(choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"] if choice["index"] == index)
        assert text == whole["choices"][index]["message"]["content"]


def test_checkpoints_come_and_go(server, checkpoints):
    """Adding is idempotent, another path is refused, and removal lets running requests finish."""
    path = str(checkpoints["grouped"])
    assert server.call("/v1/checkpoints", {"name": "v2", "path": path}) == (200, {"id": "v2", "root": path})
    assert server.call("/v1/checkpoints", {"name": "v2", "path": path})[0] == 200
    assert server.call("/v1/checkpoints", {"name": "v2", "path": str(checkpoints["plain"])})[0] == 409
    assert server.call("/v1/checkpoints", {"name": "v3", "path": "/nowhere"})[0] == 404
    listed = {one["id"]: one["root"] for one in server.call("/v1/models")[1]["data"]}
    assert listed["v2"] == path and listed["plain"] == str(checkpoints["plain"])

    async def remove_while_running():
        async with aiohttp.ClientSession() as session:
            body = {"model": "v2", "prompt": [50, 51], "max_tokens": 400, "ignore_eos": True}
            running = asyncio.ensure_future(session.post(server.base + "/v1/completions", json=body))
            await asyncio.sleep(0.1)
            assert (await session.delete(server.base + "/v1/checkpoints/v2")).status == 200
            answer = await (await running).json()
            assert answer["usage"]["completion_tokens"] == 400

    asyncio.run(remove_while_running())
    assert server.call("/v1/completions", {"model": "v2", "prompt": "1"})[0] == 404


def test_closing_the_connection_cancels(server):
    """When clients leave, running falls to nothing and nothing is counted as success."""
    body = {"model": "other", "prompt": [50, 51], "max_tokens": 480, "ignore_eos": True, "n": 4}

    async def leave():
        async with aiohttp.ClientSession() as session:
            tasks = [asyncio.ensure_future(session.post(server.base + path, json={**body, **more}))
                     for path, more in (("/v1/completions", {}), ("/v1/chat/completions", {"messages": CHAT}),
                                        ("/v1/completions", {"stream": True}))]
            for _ in range(100):
                if await asyncio.to_thread(server.metric, "num_requests_running", "other") >= 12:
                    break
                await asyncio.sleep(0.02)
            else:
                raise AssertionError("the requests did not start")
            for task in tasks:
                task.cancel()

    asyncio.run(leave())
    deadline = time.monotonic() + 3
    while server.metric("num_requests_running", "other") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.metric("num_requests_running", "other") == 0
    assert server.metric("generation_tokens_total", "other") < 12 * 480


@pytest.mark.parametrize("body,status,param", [
    ({"model": "nobody", "prompt": "1"}, 404, "model"),
    ({"prompt": "1", "max_tokens": 513}, 400, "max_tokens"),
    ({"prompt": "1" * 500, "max_tokens": 100}, 400, "input_tokens"),
    ({"prompt": "1", "max_tokens": 0}, 400, "max_tokens"),
    ({"prompt": "1", "logprobs": 21}, 400, "logprobs"),
    ({"prompt": "1", "n": 2, "temperature": 0}, 400, "n"),
    ({"prompt": [99999]}, 400, "prompt"),
    ({"prompt": {"a": 1}}, 400, "prompt"),
    ({"prompt": "1", "temperature": "hot"}, 400, "temperature"),
    ({"prompt": "1", "stream": True, "prompt_logprobs": 0}, 400, "prompt_logprobs")])
def test_refusals(server, body, status, param):
    """A wrong request gets its status and names the field."""
    found, answer = server.call("/v1/completions", {"model": "plain", **body})
    assert found == status and answer["error"]["param"] == param and answer["error"]["code"] == status


def test_unknown_route_and_bad_json(server):
    """Other errors have the shapes that clients know."""
    assert server.call("/nope") == (404, {"detail": "Not Found"})
    request = urllib.request.Request(server.base + "/v1/completions", b"{", {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert json.loads(caught.value.read())["error"]["type"] == "Bad Request"


def test_used_port_is_refused_in_one_sentence(server):
    """A second server on the port ends at once with a sentence that says why."""
    port = server.base.rsplit(":")[-1]
    ended = subprocess.run([sys.executable, str(HERE / "serve.py"), "--port", port], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == f"port {port} on 127.0.0.1 is already in use; choose another with --port\n"
