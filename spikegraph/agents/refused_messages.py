"""Answers messages that aren't of the protocol, which the official package passes over: their sender would wait for ever."""

import json
from types import TracebackType
from typing import Any, Self, cast

import anyio
from mcp import types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
"""Codes of JSON-RPC 2.0."""


class Answering:
    """Messages as they are read; one that can't be read is answered with an error, by the number of its request.

    The package's reader takes no JSON with half of a surrogate pair, such as U+D800, which other readers take.
    """

    def __init__(self, reads: Any, writes: Any) -> None:
        self._reads, self._writes = reads, writes

    @property
    def last_context(self) -> Any:
        """The context in which the last message was sent, for the package."""
        return self._reads.last_context

    async def receive(self) -> SessionMessage:
        """The next message that can be read."""
        while True:
            item = await self._reads.receive()
            if not isinstance(item, Exception):
                return item
            if isinstance(item, ValidationError) and not str(item.errors()[0]["input"]).strip():
                continue  # an empty line
            await self._writes.send(SessionMessage(refusal(item)))

    async def aclose(self) -> None:
        """Reads no more."""
        await self._reads.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


def refusal(error: Exception) -> types.JSONRPCError:
    """The answer to a message that can't be read."""
    found = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else None
    given: object = None if found is None else found["input"]
    try:
        message: object = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        message = None
    number = cast("dict[str, object]", message).get("id") if isinstance(message, dict) else None
    code, text = INVALID_REQUEST, "this isn't a message of the protocol"
    if found is not None and found["type"] == "json_invalid":
        code, text = PARSE_ERROR, found["msg"]
        if any("\ud800" <= character <= "\udfff" for character in json.dumps(message, ensure_ascii=False)):
            text = f"a text has half of a surrogate pair, which is no character: {text}"
    known = number if isinstance(number, int) or (isinstance(number, str) and number.isprintable()) else None
    return types.JSONRPCError(jsonrpc="2.0", id=known, error=types.ErrorData(code=code, message=text))
