"""Embedders that ask a server, against answers in the form that the servers give them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from aethermart.core.errors import AetherMartError, BadInput, Terminal, Unavailable
from aethermart.skills.embed.embedder import Embedder
from aethermart.skills.embed.gemini import GeminiEmbedder
from aethermart.skills.embed.sentence_transformers import SentenceTransformersEmbedder

pytestmark = pytest.mark.promise(33)
RECORDED = Path(__file__).parent / "recorded"
GIVEN = "the-key-of-nobody"


class Server:
    """Answers in turn what was recorded, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)

    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.asked]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        code, name = self.answers.pop(0)
        return httpx.Response(code, content=(RECORDED / f"{name}.json").read_bytes())


def gemini(server: Server) -> Embedder:
    return GeminiEmbedder(
        dimension=4, environment={"GEMINI_API_KEY": GIVEN}, transport=server.transport
    )


def inference(server: Server) -> Embedder:
    return SentenceTransformersEmbedder(
        "http://models.example:8080/", "all-MiniLM-L6-v2", 4, transport=server.transport
    )


Make = Callable[[Server], Embedder]
BOTH = pytest.mark.parametrize(
    "make, good",
    [(gemini, "gemini_batch"), (inference, "inference_embed")],
    ids=["gemini", "sentence-transformers"],
)


@BOTH
def test_vectors_come_in_the_texts_order_with_length_one(make: Make, good: str) -> None:
    server = Server((200, good))
    vectors = make(server).embed(["lamp", "tap"])
    expected = [[0.6, 0.0, 0.8, 0.0], [0.0, 1.0, 0.0, 0.0]]
    assert vectors == pytest.approx(np.array(expected), abs=1e-6)


@BOTH
def test_an_empty_text_is_not_sent_and_has_no_direction(make: Make, good: str) -> None:
    server = Server((200, good))
    vectors = make(server).embed(["lamp", " ", "tap"])
    assert vectors[1].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert vectors[2].round(4).tolist() == [0.0, 1.0, 0.0, 0.0]
    assert make(server).embed(["", ""]).tolist() == [[0.0] * 4, [0.0] * 4]
    assert len(server.asked) == 1


def test_gemini_is_asked_as_its_api_says() -> None:
    server = Server((200, "gemini_batch"))
    gemini(server).embed(["lamp", "tap"])
    (request,) = server.asked
    assert str(request.url) == (
        "https://generativelanguage.googleapis.com/v1beta/models/"
        "gemini-embedding-001:batchEmbedContents"
    )
    assert request.headers["x-goog-api-key"] == GIVEN
    (body,) = server.bodies()
    assert body["requests"][0] == {
        "model": "models/gemini-embedding-001",
        "content": {"parts": [{"text": "lamp"}]},
        "taskType": "SEMANTIC_SIMILARITY",
        "outputDimensionality": 4,
    }


def test_an_inference_server_is_asked_as_its_api_says() -> None:
    server = Server((200, "inference_embed"))
    inference(server).embed(["lamp", "tap"])
    (request,) = server.asked
    assert str(request.url) == "http://models.example:8080/embed"
    assert server.bodies() == [{"inputs": ["lamp", "tap"], "normalize": True, "truncate": True}]


@pytest.mark.parametrize("make, most", [(gemini, 100), (inference, 32)], ids=["gemini", "server"])
def test_many_texts_are_sent_as_the_server_takes_them(make: Make, most: int) -> None:
    sizes: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        texts = body.get("inputs") or body["requests"]
        sizes.append(len(texts))
        rows = [[1.0, 0.0, 0.0, 0.0]] * len(texts)
        as_gemini = {"embeddings": [{"values": row} for row in rows]}
        return httpx.Response(200, json=rows if "inputs" in body else as_gemini)

    server = Server()
    server.transport = httpx.MockTransport(answer)
    assert len(make(server).embed(["lamp"] * (most + 3))) == most + 3
    assert sizes == [most, 3]


@pytest.mark.parametrize(
    "make, code, name, kind, words",
    [
        (gemini, 429, "gemini_quota", Unavailable, "RESOURCE_EXHAUSTED|exceeded your current"),
        (gemini, 503, "gemini_quota", Unavailable, "answered 503"),
        (gemini, 403, "gemini_bad_key", BadInput, "unregistered callers"),
        (gemini, 400, "gemini_invalid", Terminal, "at most 100 requests"),
        (gemini, 200, "gemini_quota", Terminal, "no list of vectors"),
        (gemini, 200, "inference_embed", Terminal, "no list of vectors"),
        (inference, 429, "inference_overloaded", Unavailable, "Model is overloaded"),
        (inference, 413, "inference_too_large", Terminal, "maximum allowed batch size"),
        (inference, 200, "inference_overloaded", Terminal, "no list of vectors|gave vectors"),
    ],
    ids=lambda value: value if isinstance(value, str | int) else getattr(value, "__name__", "?"),
)
def test_what_may_pass_by_itself_is_told_from_what_will_not(
    make: Make, code: int, name: str, kind: type[AetherMartError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        make(Server((code, name))).embed(["lamp", "tap"])
    assert type(caught.value) is kind
    assert GIVEN not in str(caught.value)


@BOTH
def test_a_model_of_another_dimension_is_refused(make: Make, good: str) -> None:
    with pytest.raises(Terminal, match=r"shape \(2, 4\) for 3 texts") as caught:
        make(Server((200, good))).embed(["lamp", "tap", "sofa"])
    assert "set `dimension`" in caught.value.fix


@BOTH
def test_a_server_that_does_not_answer_is_tried_again(make: Make, good: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    server = Server()
    server.transport = httpx.MockTransport(refuse)
    with pytest.raises(Unavailable, match="does not answer: ConnectError"):
        make(server).embed(["lamp"])


def test_the_key_may_lie_in_a_file_and_is_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{GIVEN}\n", encoding="utf-8")
    server = Server((200, "gemini_batch"))
    with caplog.at_level(logging.DEBUG):
        embedder = GeminiEmbedder(
            dimension=4, environment={"GEMINI_API_KEY_FILE": str(file)}, transport=server.transport
        )
        embedder.embed(["lamp", "tap"])
    assert server.asked[0].headers["x-goog-api-key"] == GIVEN
    assert GIVEN not in caplog.text
    assert GIVEN not in repr(vars(embedder)["_vectors"])


@pytest.mark.parametrize(
    "environment, words",
    [({}, "there is no key"), ({"GEMINI_API_KEY_FILE": "/nowhere/key"}, "cannot be read")],
    ids=["none", "no such file"],
)
def test_without_a_key_it_does_not_start(environment: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        GeminiEmbedder(environment=environment)


def test_names_tell_models_and_dimensions_apart() -> None:
    assert gemini(Server()).name == "gemini-gemini-embedding-001-4"
    assert inference(Server()).name == "sentence-transformers-all-MiniLM-L6-v2-4"
