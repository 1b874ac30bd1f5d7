"""A server of the tools in a process of its own, and the client of the official package that has started it."""

import sys
from contextlib import ExitStack
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "SPIKEGRAPH_NATIVE": "0"}


class Session:
    """A client; `call` and `data` wait for the answers of tools."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(start_blocking_portal())
        command = [str(Path(sys.executable).with_name("spikegraph")), "mcp", *arguments]
        started = StdioServerParameters(command=command[0], args=command[1:], cwd=folder, env=ENVIRONMENT)
        self._client = self._stack.enter_context(self._portal.wrap_async_context_manager(Client(stdio_client(started))))

    def stop(self) -> None:
        """Ends the server."""
        self._stack.close()

    def tools(self):
        """The tools by name."""
        return {tool.name: tool for tool in self._portal.call(self._client.list_tools).tools}

    def call(self, name, /, **arguments):
        """The answer to a call; the client compares its data with the tool's schema."""
        return self._portal.call(self._client.call_tool, name, arguments)

    def data(self, name, /, **arguments):
        """The data of a call that is answered."""
        answer = self.call(name, **arguments)
        assert not answer.is_error, answer.content[0].text
        return answer.structured_content

    def text(self, name, /, **arguments):
        """The text of a call that is answered."""
        answer = self.call(name, **arguments)
        assert not answer.is_error, answer.content[0].text
        return answer.content[0].text

    def refused(self, name, /, **arguments):
        """The text of a call that is an error."""
        answer = self.call(name, **arguments)
        assert answer.is_error, answer.content[0].text
        assert answer.structured_content is None
        return answer.content[0].text
