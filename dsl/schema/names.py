"""Types of names: choices, free names, names of declarations."""

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import ClassVar, TypeVar

from typing_extensions import override

from spikegraph.base.nearest import did_you_mean, listed, nearest
from spikegraph.base.record import record
from spikegraph.base.surface import argument
from spikegraph.dsl import ast
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import KIND_WORDS, noun
from spikegraph.dsl.schema.boxes import no_boxes
from spikegraph.dsl.schema.key import Reading, Scope, ValueType
from spikegraph.plugins.registry import hinted

S = TypeVar("S", bound=str)


@record
class Choice(ValueType[S]):
    """One of a few names, or of those in a registry; `of` is the registry that they are found with, if they aren't one."""

    names: Collection[S]
    of: object = None

    @property
    @override
    def words(self) -> str:
        return listed(self.names, len(self.names))

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[S] | None:
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        if not isinstance(expr, ast.Name):
            return self.refuse(expr, scope)
        name = next((name for name in self.names if name == expr.id), None)
        if name is None:
            help = did_you_mean(expr.id, self.names) or f"the choices are {self.words}"
            scope.diagnostics.error(
                "SG0209",
                expr.span,
                f"`{expr.id}` is not among the choices",
                help=no_boxes(expr.id) or hinted(help, self.names if self.of is None else self.of),
                fixes=rename(expr.span, expr.id, self.names),
            )
            return None
        return Reading(name, expr)


class FreeName(ValueType[str]):
    """Any name, or a string if the name has other characters."""

    quotes: ClassVar[bool] = True

    @property
    @override
    def words(self) -> str:
        return "a name or a string"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[str] | None:
        match expr:
            case ast.Name(name):
                return Reading(name, expr)
            case ast.Text(value) if value:
                return Reading(value, expr)
            case _:
                return self.refuse(expr, scope)


def leads_out(path: str) -> bool:
    """Whether a path may lead out of the folder that it is relative to."""
    return PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts


@record
class PathBelow(FreeName):
    """A path relative to the spec's folder, and below it, as imports are; that of an `option` may lie anywhere."""

    option: str = "data"

    @property
    @override
    def words(self) -> str:
        return "a path below the spec's folder"

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[str] | None:
        found = super().read(expr, scope)
        if found is None or not leads_out(found.value):
            return found
        place = {"data": "the folder of", "weights": "what is given with"}[self.option]
        help = f"write a path below it; {place} {argument(self.option, 'DIR')} may lie anywhere"
        scope.diagnostics.error("SG0207", expr.span, f"`{found.value}` leads out of the spec's folder", help=help)
        return None


@record
class Declared(ValueType[str]):
    """The name of a declaration of one kind, or one of the built-in names in `also`."""

    kind: str
    also: tuple[str, ...] = ()

    @property
    @override
    def words(self) -> str:
        own = f"the name of {KIND_WORDS[self.kind]}"
        return f"{listed(self.also)} or {own}" if self.also else own

    @override
    def read(self, expr: ast.Expr, scope: Scope) -> Reading[str] | None:
        if isinstance(expr, ast.Text):
            return self.quoted(expr, scope)
        if not isinstance(expr, ast.Name):
            return self.refuse(expr, scope)
        if expr.id not in self.also and not self.declared(expr, scope):
            return None
        return Reading(expr.id, expr)

    def declared(self, name: ast.Name, scope: Scope) -> bool:
        """Whether `name` is declared; adds an error if not."""
        if (self.kind, name.id) in scope.broken:
            scope.lost = True
            return True
        known = scope.names.get(self.kind, {})
        if name.id in known:
            return True
        if scope.incomplete or (self.kind, nearest(name.id, known)) in scope.broken:
            scope.lost = True  # it may be what has an error already
            return True
        others = [kind for kind, names in scope.names.items() if name.id in names and kind in KIND_WORDS]
        detail = f"`{name.id}` is {KIND_WORDS[others[0]]}" if others else None
        help = did_you_mean(name.id, (*self.also, *known))
        if help is None and known:
            help = f"declared are {listed(known, last='and')}"
        scope.diagnostics.error(
            "SG0202",
            name.span,
            f"there is no {noun(self.kind)} `{name.id}`",
            help=help,
            detail=detail,
            fixes=rename(name.span, name.id, (*self.also, *known)),
        )
        return False
