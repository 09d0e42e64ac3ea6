"""Writes docs/ops.md from the classes of the ops: ``python docs/generate_ops.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import archspec
from archspec.describe.layers import value
from archspec.language.schema import argument_schemas
from archspec.op.base import Example, Op, Role
from archspec.op.tensor import TensorType
from archspec.ops import registry
from archspec.reports.op_pages import ROLES, values_told

HEADER: Final = """\
# Ops

<!-- Written by python docs/generate_ops.py from the classes in archspec/ops/; a test compares the two. -->

Names, arguments and defaults are those of `torch.nn`; ops that torch.nn lacks are marked.
Every argument can be an [expression](language.md#expressions). In a size with `[…, …]`, the height comes first, with `[…, …, …]` the depth. Each example is
a complete file and compiles; below it are the output shape, the parameters, the multiply-accumulates, and the other operations
for one sample."""

FAMILIES: Final = {
    Role.CONV: "Convolutions",
    Role.LINEAR: "Linear layers",
    Role.NORM: "Normalisations",
    Role.ACTIVATION: "Activations",
    Role.POOL: "Poolings",
    Role.MERGE: "Merges",
    Role.DROP: "Dropouts",
    Role.SHAPE: "Shapes",
}
INPUTS: Final = ("a", "b", "c", "d")


def page() -> str:
    """The whole document."""
    families = {role: _family(role) for role in ROLES}
    overview = [
        f"| [{FAMILIES[role]}](#{_anchor(FAMILIES[role])}) | "
        + ", ".join(f"[{name}](#{_anchor(name)})" for name in ops)
        + " |"
        for role, ops in families.items()
    ]
    parts = [HEADER, "\n".join(["| family | ops |", "|---|---|", *overview])]
    for role, ops in families.items():
        parts.append(f"## {FAMILIES[role]}")
        for name, cls in ops.items():
            parts += _section(name, cls)
    return "\n\n".join(parts) + "\n"


def _family(role: Role) -> dict[str, type[Op]]:
    return {name: cls for name, cls in registry().items() if cls.role is role}


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _section(name: str, cls: type[Op]) -> Iterator[str]:
    yield f"### {name}"
    yield inspect.cleandoc(cls.__doc__ or "")
    yield f"`{cls.formula}`"
    if cls.model_fields:
        yield "\n".join(_arguments(cls))
    if cls.arity is None:
        yield "Reads any number of inputs."
    if _is_own(cls):
        yield "Not in torch.nn: the printed source includes the module."
    if cls.inferred:
        yield f"Follows from the graph: {', '.join(f'`{name}`' for name in sorted(cls.inferred))}."
    text = _spec(name, cls.examples[0])
    yield f"```yaml\n{text}```"
    yield _result(text)


def _is_own(cls: type[Op]) -> bool:
    """Whether the module of an op is one of ours."""
    example = cls.examples[0]
    (op,) = {layer.op for layer in archspec.loads(_spec(cls.__name__, example)).layers}
    call = op.lowered(*(TensorType(shape) for shape in example.inputs))
    return call.target.startswith("archspec.layers.")


def _arguments(cls: type[Op]) -> Iterator[str]:
    defaults = cls.defaults()
    yield "| argument | values | default |"
    yield "|---|---|---|"
    for name, values in argument_schemas(cls).items():
        meaning = values_told(values).replace("|", "\\|")
        yield f"| `{name}` | {meaning} | {_default(name, defaults)} |"


def _default(name: str, defaults: dict[str, Any]) -> str:
    if name not in defaults:
        return "required"
    default = defaults[name]
    if isinstance(default, float) and len(str(default)) > 8:
        return f"{default:.4f}"
    return value(default)


def _spec(name: str, example: Example) -> str:
    """A whole file with the op as its only layer."""
    arguments = "".join(f", {key}: {value(given)}" for key, given in example.arguments.items())
    shapes = [f"[{', '.join(map(str, shape))}]" for shape in example.inputs]
    names = INPUTS[: len(shapes)]
    if len(shapes) > 1:
        given = ", ".join(f"{key}: {shape}" for key, shape in zip(names, shapes, strict=True))
        arguments += f", from: [{', '.join(names)}]"
        shape = f"{{{given}}}"
    else:
        (shape,) = shapes
    layer = f"{{op: {name}{arguments}}}" if arguments else name
    return f"archspec: 1\ninput: {shape}\nlayers:\n  layer: {layer}\n"


def _result(text: str) -> str:
    (layer,) = archspec.loads(text).layers
    counts = {
        "parameters": layer.params,
        "multiply-accumulates": layer.cost.macs,
        "other operations": layer.cost.elementwise,
    }
    numbers = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    return f"Gives `{value(layer.output.shape)}`{f': {numbers}' if numbers else ''}."


if __name__ == "__main__":
    (Path(__file__).parent / "ops.md").write_text(page(), "utf-8")
