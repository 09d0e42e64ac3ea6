"""JSON Schema of the language, with which an editor completes and checks a spec while it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from archspec.language.model import CONTROL, LANGUAGE_VERSION, File
from archspec.op.base import Op
from archspec.op.tensor import TensorType
from archspec.ops import registry

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
TIED: Final = {"type": "string", "description": "the layer whose weight it has, too"}
EXPRESSION: Final = {"type": "string", "description": "an expression of the language"}


def schema() -> dict[str, Any]:
    """The schema of a spec file: the forms of the language, and for every op its arguments."""
    whole: dict[str, Any] = _clean(File.model_json_schema(by_alias=True))
    definitions = whole.pop("$defs")
    ops = registry()
    definitions["OpName"] = {
        "anyOf": [{"const": name, "description": summary(cls)} for name, cls in ops.items()]
    }
    definitions["Item"] = _item(definitions["Item"])
    call = definitions["CallItem"]
    call["properties"]["op"] = {
        "description": "an op, a block, or a parameter that holds one",
        "anyOf": [{"$ref": "#/$defs/OpName"}, {"type": "string"}],
    }
    call["allOf"] = [
        {
            "if": {"properties": {"op": {"const": name}}, "required": ["op"]},
            "then": {"$ref": f"#/$defs/op_{name}"},
        }
        for name in ops
    ]
    for name, cls in ops.items():
        definitions[f"op_{name}"] = _op_form(cls)
    whole["properties"]["archspec"] = {
        "description": "the version of the language",
        "const": LANGUAGE_VERSION,
    }
    return {
        "$schema": DRAFT,
        **whole,
        "title": "archspec",
        "allOf": [
            {"anyOf": [{"required": ["archspec"]}, {"required": ["extends"]}]},
            {"oneOf": [{"required": ["layers"]}, {"required": ["extends"]}]},
        ],
        "$defs": definitions,
    }


def schema_json() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False)


def summary(cls: type[Op]) -> str:
    """The first line of an op's description."""
    return (cls.__doc__ or "").strip().split("\n")[0]


def argument_schemas(cls: type[Op]) -> dict[str, dict[str, Any]]:
    """For each argument the values that it takes, as written in a spec without expressions."""
    properties: dict[str, dict[str, Any]] = _clean(cls.model_json_schema())["properties"]
    return properties


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A layer: the bare name of an op or block may be any text, but an editor offers the ops."""
    first, *others = item["oneOf"]
    assert first == {"type": "string"}
    return {
        "oneOf": [{"type": "string", "anyOf": [{"$ref": "#/$defs/OpName"}, {}]}, *others],
    }


def _op_form(cls: type[Op]) -> dict[str, Any]:
    """``{op: Conv2d, ...}``: the op's arguments, each a value or an expression."""
    arguments = argument_schemas(cls) if cls.model_fields else {}
    defaults = cls.defaults()
    form: dict[str, Any] = {
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": {
            "op": True,
            **{name: _or_expression(values) for name, values in arguments.items()},
            **dict.fromkeys((*CONTROL, *(["like"] if cls.takes_like else [])), True),
            **({"weight": TIED} if _has_weight(cls) else {}),
        },
        "additionalProperties": False,
    }
    if required := [name for name in arguments if name not in defaults]:
        form["required"] = required
    return form


def _has_weight(cls: type[Op]) -> bool:
    """Whether a layer can have the weight of another one."""
    if "weight" in cls.model_fields:
        return False
    for example in cls.examples:
        op, inputs = cls(**example.arguments), tuple(map(TensorType, example.inputs))
        if "weight" in op.cost(inputs, op.infer(*inputs)).parameters:
            return True
    return False


def _or_expression(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an argument, and an expression wherever a number or truth value may stand."""
    kept = {key: values[key] for key in ("description", "default") if key in values}
    rest = {key: value for key, value in values.items() if key not in kept}
    return {**kept, "anyOf": [_elementwise(rest), EXPRESSION]}


def _elementwise(values: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(values)
    if "anyOf" in changed:
        changed["anyOf"] = [_elementwise(choice) for choice in changed["anyOf"]]
    if "items" in changed:
        changed["items"] = {"anyOf": [changed["items"], EXPRESSION]}
    if "prefixItems" in changed:
        changed["prefixItems"] = [{"anyOf": [item, EXPRESSION]} for item in changed["prefixItems"]]
    return changed


def _clean(value: Any) -> Any:
    """Without the generated titles, and without null, which is no value of the language."""
    if isinstance(value, list):
        return [_clean(item) for item in value if item != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    cleaned = {
        key: {name: _clean(inner) for name, inner in content.items()}
        if key in ("properties", "$defs")
        else _clean(content)
        for key, content in value.items()
        if not (key == "title" and isinstance(content, str))
        and not (key == "default" and content in (None, {}, []))
    }
    choices = cleaned.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        del cleaned["anyOf"]
        cleaned = {**choices[0], **cleaned}
    return cleaned
