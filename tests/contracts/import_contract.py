"""Which room may import what, and a reader of imports that holds a source tree to it.

The table is printed, word for word, in ARCHITECTURE.md; a test compares the two.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "kullback"

#: The rooms that every other room may import: words, not work.
COMMON = frozenset({"_lazy", "errors", "measures", "result", "units"})
_ARRAYS = COMMON | {"kernels"}
_KNOWN = _ARRAYS | {"coding", "discrete", "distributions", "samples"}
_ABOVE = _KNOWN | {"api", "door", "models", "report", "routes", "tables", "train"}


@dataclass(frozen=True)
class Room:
    """What a room may import: other rooms, libraries, and libraries that one file of it alone may import.

    `by_name` are rooms that it may only name in a string for `kullback._lazy.resolve` (or import for type
    checkers), so that they load when they are used.
    """

    rooms: frozenset[str] = frozenset()
    by_name: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    leaves: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exists: bool = True


def _room(
    rooms: frozenset[str] = COMMON,
    by_name: str = "",
    libraries: str = "",
    leaves: Mapping[str, str] | None = None,
    exists: bool = True,
) -> Room:
    files = {file: frozenset(names.split()) for file, names in (leaves or {}).items()}
    return Room(rooms, frozenset(by_name.split()), frozenset(libraries.split()), files, exists)


ROOMS: dict[str, Room] = {
    "door": _room(frozenset({"_lazy"}), by_name="api kernels measures result"),
    "_lazy": _room(frozenset()),
    "errors": _room(frozenset()),
    "units": _room(frozenset({"errors"})),
    "measures": _room(libraries="numpy"),
    "result": _room(by_name="report", libraries="numpy"),
    "routes": _room(by_name="discrete distributions samples"),
    "api": _room(COMMON | {"routes"}, by_name="discrete distributions samples", libraries="numpy"),
    "kernels": _room(
        libraries="array_api_compat numpy", leaves={"kernels.jax": "jax", "kernels.torch": "torch"}
    ),
    "discrete": _room(_ARRAYS, libraries="numpy"),
    "coding": _room(_ARRAYS, libraries="numpy", leaves={"coding.range_coder": "constriction"}),
    "report": _room(libraries="numpy", leaves={"report.plots": "matplotlib", "report.terminal": "rich"}),
    "cli": _room(_ABOVE, libraries="click numpy rich", leaves={"cli.inputs.parquet": "pyarrow"}),
    "__main__": _room(frozenset({"cli"})),
    "distributions": _room(
        _ARRAYS,
        libraries="array_api_compat numpy",
        leaves={
            "distributions.adapters.distrax": "distrax jax",
            "distributions.adapters.jax_arrays": "jax",
            "distributions.adapters.numpyro": "numpyro",
            "distributions.adapters.scipy": "scipy",
            "distributions.adapters.tfp": "jax tensorflow_probability",
            "distributions.adapters.torch": "torch",
        },
    ),
    "samples": _room(_ARRAYS, libraries="numpy", exists=False),
    "tables": _room(_KNOWN, libraries="numpy", exists=False),
    "models": _room(_KNOWN, libraries="numpy", exists=False),
    "train": _room(_ARRAYS, libraries="torch", exists=False),
    "lesson": _room(_ABOVE, libraries="numpy", exists=False),
}


def to_markdown(rooms: Mapping[str, Room] = ROOMS) -> str:
    """Render the table as ARCHITECTURE.md shows it."""

    def names(items: frozenset[str]) -> str:
        shown = items
        parts = []
        for word, group in (("everything above", _ABOVE), ("common", COMMON)):
            if shown >= group:
                parts.append(word)
                shown -= group
        return ", ".join([*parts, *sorted(shown)]) or "–"

    lines = [
        "| Room | Imports the rooms | Names in strings | Libraries | In one file only |",
        "|---|---|---|---|---|",
    ]
    for name, room in rooms.items():
        leaves = ", ".join(f"{' '.join(sorted(libs))} in `{file}`" for file, libs in room.leaves.items())
        title = f"`{name}`" if room.exists else f"`{name}` (to come)"
        cells = [title, names(room.rooms), names(room.by_name), names(room.libraries), leaves or "–"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Import:
    """One module that a file asks for, and how: at once, for type checkers, or named in a string."""

    module: str
    line: int
    lazily: bool = False


_TARGET = re.compile(rf"{PACKAGE}(\.\w+)+(:\w+)?")
_LOADERS = {"import_module", "__import__", "resolve"}


def imports_of(tree: ast.Module, module: str, is_package: bool) -> Iterator[Import]:
    """Every import in a module: at the top, in functions, for type checkers, and by strings."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        lazily = id(node) in for_types
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazily) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module, is_package)
            yield from (Import(f"{source}.{alias.name}", node.lineno, lazily) for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _TARGET.fullmatch(node.value):
                yield Import(node.value.partition(":")[0], node.lineno, lazily=True)
        elif isinstance(node, ast.Call) and _called(node) in _LOADERS and node.args:
            target = node.args[0]
            if isinstance(target, ast.Constant) and isinstance(target.value, str):
                yield Import(target.value.partition(":")[0], node.lineno, lazily=True)


def violations(source: Path, rooms: Mapping[str, Room] = ROOMS) -> list[str]:
    """Hold the package under `source` to the table; each line names a file, what it imports, and the rule."""
    modules = {_module_name(file, source): file for file in sorted((source / PACKAGE).rglob("*.py"))}
    found = []
    for module, file in modules.items():
        tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
        room = _room_of(module)
        where = file.relative_to(source)
        if room not in rooms:
            found.append(f"{where}: the room {room!r} is not in the table")
            continue
        for asked in imports_of(tree, module, file.name == "__init__.py"):
            problem = _problem(asked, module, room, rooms, modules)
            if problem:
                found.append(f"{where}:{asked.line}: {problem}")
    return sorted(set(found))


def _problem(
    asked: Import, module: str, room: str, rooms: Mapping[str, Room], modules: Mapping[str, Path]
) -> str | None:
    top, _, _ = asked.module.partition(".")
    rule = rooms[room]
    if top == PACKAGE:
        target = _room_of(asked.module, modules)
        allowed = rule.rooms | {room} | (rule.by_name if asked.lazily else frozenset())
        if target in allowed:
            return None
        how = "names" if asked.lazily else "imports"
        return f"{room} {how} {asked.module}, and may not use the room {target!r}"
    if top in sys.stdlib_module_names or top in rule.libraries:
        return None
    file = module.removeprefix(f"{PACKAGE}.")
    if top in rule.leaves.get(file, ()):
        return None
    return f"{room} imports {asked.module}, which is not a library of {file}"


def _room_of(module: str, modules: Mapping[str, Path] | None = None) -> str:
    """The room of a dotted name; a name that the package itself provides belongs to its door."""
    parts = module.split(".")
    if len(parts) == 1:
        return "door"
    is_room = modules is None or parts[1] in ROOMS or f"{PACKAGE}.{parts[1]}" in modules
    return parts[1] if is_room else "door"


def _module_name(file: Path, source: Path) -> str:
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parents = module.split(".")
    base = parents[: len(parents) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
