"""The server: lists the tools, and answers calls of them one at a time."""

import asyncio
import base64
from contextlib import nullcontext
from pathlib import Path

from anyio import to_thread
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from spikegraph.agents import networks, pages, texts, training
from spikegraph.agents.diagnostics import found_text
from spikegraph.agents.files import Files
from spikegraph.agents.refused_messages import Answering
from spikegraph.agents.tool import Answer, Arguments, Tool, ToolError
from spikegraph.agents.training import Trainings
from spikegraph.base.errors import UserError
from spikegraph.base.surface import in_tools
from spikegraph.base.version import __version__
from spikegraph.dsl.diagnostics import SpecError

INSTRUCTIONS = """\
spikegraph compiles specs of spiking neural networks, texts in a language of its own (`.sdhs`). Write a spec, call `check` \
after each change, apply the edits that it suggests, then `stats` for parameters and shapes. `search_docs` says how things \
are written, `complete` what may stand at a place, `hover` what a word means. As `path` tools take bundled specs too, \
such as `builtin:cifar10`, `builtin:stereo`, `builtin:zoo/spikformer`."""


def tools(files: Files, trainings: Trainings | None = None) -> tuple[Tool, ...]:
    """The tools about files; those that train and write only where there is a folder for it."""
    writing = () if trainings is None else training.tools(trainings)
    return (*texts.tools(files), *networks.tools(files), *pages.tools(), *writing)


def answered(tool: Tool, arguments: Arguments, files: Files) -> types.CallToolResult:
    """The answer of a tool in the protocol's terms; what is wrong with a call is an answer too."""
    try:
        return _result(tool.call(arguments))
    except ToolError as error:
        return _failed(error.text)
    except SpecError as error:
        found = found_text(tuple(error.diagnostics), error.diagnostics, files)
        undecided = all(each.code == "SG0317" for each in error.diagnostics if each.severity == "error")
        wrong = "a genotype is missing" if undecided else "the spec is wrong; `check` has edits that fix it"
        return _failed(f"error: {wrong}\n{found}")
    except UserError as error:
        return _failed(ToolError("; ".join((error.message, *error.details)), error.help).text)
    except OSError as error:
        return _failed(ToolError(f"a file can't be {'written' if tool.writes else 'read'}: {error.strerror or error}").text)
    except Exception as error:  # noqa: BLE001 (a bug must not end the server)
        return _failed(ToolError(f"internal error ({type(error).__name__}: {error}); please report it with the spec").text)


def server(files: Files, trainings: Trainings | None = None) -> Server:
    """A server of the tools."""
    known = {tool.name: tool for tool in tools(files, trainings)}
    one = asyncio.Lock()

    async def listed(
        context: ServerRequestContext[object], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in known.values()])

    async def called(context: ServerRequestContext[object], params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = known.get(params.name)
        if tool is None:
            return _failed(ToolError(f"there is no tool `{params.name}`", f"the tools are {', '.join(known)}").text)
        async with nullcontext() if tool.waits else one:
            # A call that is cancelled keeps the lock until its thread has ended; one that only waits may be left to itself.
            return await to_thread.run_sync(answered, tool, params.arguments or {}, files, abandon_on_cancel=tool.waits)

    return Server("spikegraph", version=__version__, instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called)


def serve(root: Path, writable: Path | None = None) -> None:
    """Serves on standard input and output until the input ends; reads below `root`, trains and writes below `writable`."""
    files = Files.below(root)
    trainings = None if writable is None else Trainings(files, Files.below(writable))

    async def run() -> None:
        made = server(files, trainings)
        try:
            async with stdio_server() as (reads, writes):
                await made.run(Answering(reads, writes), writes, made.create_initialization_options())
        finally:
            if trainings is not None:
                trainings.stop()

    with in_tools(trains=trainings is not None):
        asyncio.run(run())


def _tool(tool: Tool) -> types.Tool:
    hints = types.ToolAnnotations(read_only_hint=not tool.writes, destructive_hint=tool.replaces, open_world_hint=False)
    return types.Tool(
        name=tool.name,
        description=tool.doc,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=hints,
    )


def _result(answer: Answer) -> types.CallToolResult:
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=answer.text)]
    if answer.png is not None:
        image = base64.b64encode(answer.png).decode("ascii")
        content.append(types.ImageContent(type="image", data=image, mime_type="image/png"))
    return types.CallToolResult(content=content, structured_content=dict(answer.data))


def _failed(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
