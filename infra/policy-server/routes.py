"""The HTTP routes."""
import asyncio
import functools
import json
import logging
import time
import uuid

from aiohttp import web

from engine import Checkpoint, Engine
from errors import ApiError, malformed
from metrics import render_metrics
from parsing import Call, parse_call, render_messages
from responses import ChoiceStream, envelope, usage, whole_answer
from sequences import Request

ENGINE = web.AppKey("engine", Engine)
STARTED = int(time.time())


@web.middleware
async def answer_errors(request: web.Request, handler):
    """Turn errors into JSON answers."""
    try:
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body, status=error.status)
    except web.HTTPException as error:
        return web.json_response({"detail": error.reason}, status=error.status)
    except ConnectionError:
        raise
    except Exception as error:
        logging.exception("a request failed")
        body = ApiError(500, "InternalServerError", f"{type(error).__name__}: {error}").body
        return web.json_response(body, status=500)


async def read_body(request: web.Request) -> dict:
    """Return the JSON object that a request carries. Raises ApiError."""
    if request.content_type != "application/json":
        raise malformed("the content type must be application/json")
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise malformed(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise malformed("the body must be a JSON object")
    return body


def find_checkpoint(engine: Engine, body: dict) -> Checkpoint:
    """Return the checkpoint that a body names; the only one if it names none. Raises ApiError."""
    name = body.get("model")
    if name is None and len(engine.checkpoints) == 1:
        return next(iter(engine.checkpoints.values()))
    if not isinstance(name, str):
        raise malformed("model must be the name of a served checkpoint", "model")
    return engine.find(name)


async def generate(http: web.Request, chat: bool) -> web.StreamResponse:
    """Answer a completion or chat request; a client that goes away stops the computation."""
    engine, body = http.app[ENGINE], await read_body(http)
    checkpoint = find_checkpoint(engine, body)
    call = parse_call(body, checkpoint, chat)
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def notify(_request: Request) -> None:
        loop.call_soon_threadsafe(changed.set)

    requests = [Request(ids, call.sampling, checkpoint, notify, call.stream) for ids in call.prompts]
    given = body.get("request_id") or http.headers.get("X-Request-Id") or uuid.uuid4().hex
    identity = f"{'chatcmpl' if chat else 'cmpl'}-{given}"
    engine.submit(requests)
    try:
        if call.stream:
            return await stream(http, call, requests, changed, identity, checkpoint.name)
        while not all(request.is_done() for request in requests):
            await changed.wait()
            changed.clear()
        raise_failure(requests)
        return web.json_response(whole_answer(call, requests, identity, int(time.time()), checkpoint.name))
    finally:
        engine.abort([request for request in requests if not request.is_done()])


def raise_failure(requests: list[Request]) -> None:
    """Raise ApiError if the engine failed on one of the requests."""
    for request in requests:
        if request.error:
            raise ApiError(500, "InternalServerError", request.error)


async def stream(http: web.Request, call: Call, requests: list[Request], changed: asyncio.Event, identity: str,
                 model: str) -> web.StreamResponse:
    """Send the answer as server-sent events."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(http)
    created = int(time.time())
    streams = [ChoiceStream(call, request, index, number) for index, request in enumerate(requests)
               for number in range(call.sampling.count)]

    async def send(fields: dict) -> None:
        chunk = {**envelope(call, identity, created, model, streamed=True), **fields}
        await response.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())

    if call.chat:
        for one in streams:
            delta = {"index": one.index, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
            first = {"prompt_token_ids": requests[0].prompt_ids} if call.return_token_ids else {}
            await send({"choices": [{**delta, "logprobs": None}], **first})
    while not all(one.ended for one in streams):
        await changed.wait()
        changed.clear()
        try:
            raise_failure(requests)
        except ApiError as error:
            await response.write(f"data: {json.dumps(error.body)}\n\n".encode())
            break
        for one in streams:
            choice = one.next_choice()
            if choice:
                await send({"choices": [choice]})
    if call.include_usage:
        await send({"choices": [], "usage": usage(call, requests)})
    await response.write(b"data: [DONE]\n\n")
    return response


async def tokenize(http: web.Request) -> web.Response:
    """Answer /tokenize for a prompt or a chat."""
    body = await read_body(http)
    checkpoint = find_checkpoint(http.app[ENGINE], body)
    if "messages" in body:
        ids = checkpoint.tokens.encode(render_messages(body, checkpoint), False)
    elif isinstance(body.get("prompt"), str):
        ids = checkpoint.tokens.encode(body["prompt"], body.get("add_special_tokens", True))
    else:
        raise malformed("prompt must be a text", "prompt")
    names = [checkpoint.tokens.tokenizer.id_to_token(token) for token in ids] if body.get("return_token_strs") else None
    return web.json_response({"count": len(ids), "max_model_len": checkpoint.context, "tokens": ids, "token_strs": names})


async def detokenize(http: web.Request) -> web.Response:
    """Answer /detokenize."""
    body = await read_body(http)
    ids = body.get("tokens")
    if not isinstance(ids, list) or not all(type(token) is int for token in ids):
        raise malformed("tokens must be a list of whole numbers", "tokens")
    return web.json_response({"prompt": find_checkpoint(http.app[ENGINE], body).tokens.decode(ids, False)})


async def list_models(http: web.Request) -> web.Response:
    """Answer /v1/models."""
    data = [{"id": one.name, "object": "model", "created": STARTED, "owned_by": "ratchet", "root": str(one.folder),
             "parent": None, "max_model_len": one.context} for one in http.app[ENGINE].checkpoints.values()]
    return web.json_response({"object": "list", "data": data})


async def add_checkpoint(http: web.Request) -> web.Response:
    """Load a checkpoint under a name."""
    body = await read_body(http)
    name, path = body.get("name"), body.get("path")
    if not isinstance(name, str) or not name or not isinstance(path, str) or not path:
        raise malformed("name and path must be texts")
    load = functools.partial(http.app[ENGINE].load, name, path)
    checkpoint = await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, load))
    return web.json_response({"id": checkpoint.name, "root": str(checkpoint.folder)})


async def remove_checkpoint(http: web.Request) -> web.Response:
    """Stop serving a name; its running requests finish."""
    http.app[ENGINE].unload(http.match_info["name"])
    return web.json_response({"id": http.match_info["name"], "deleted": True})


async def health(_http: web.Request) -> web.Response:
    """Answer that the process lives."""
    return web.Response()


async def metrics(http: web.Request) -> web.Response:
    """Answer /metrics."""
    return web.Response(text=render_metrics(http.app[ENGINE]), content_type="text/plain")


def make_app(engine: Engine) -> web.Application:
    """Return the application with all routes."""
    app = web.Application(middlewares=[answer_errors], client_max_size=256 << 20)
    app[ENGINE] = engine
    app.add_routes([
        web.post("/v1/completions", functools.partial(generate, chat=False)),
        web.post("/v1/chat/completions", functools.partial(generate, chat=True)),
        web.post("/tokenize", tokenize), web.post("/detokenize", detokenize), web.get("/v1/models", list_models),
        web.post("/v1/checkpoints", add_checkpoint), web.delete("/v1/checkpoints/{name}", remove_checkpoint),
        web.get("/health", health), web.get("/metrics", metrics)])
    return app
