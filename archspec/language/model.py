"""The file as written: one Pydantic model for each form of the language."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import TypeAliasType

from archspec.describe.colours import COLOURS, EXPECTED, colour_value
from archspec.describe.formulas import FormulaError, as_unicode
from archspec.describe.values import value as value_text
from archspec.diagnostics import REMARKS, Diagnostic, Label, Remark, SpecError, fix_key, near
from archspec.diagnostics.look_alikes import look_alike
from archspec.graph import Depiction
from archspec.text import Key, Origin, Source

LANGUAGE_VERSION: Final = 1

MODULE_ATTRIBUTES: Final = frozenset(
    """
    T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extend extra_repr float forward get_buffer get_extra_state
    get_parameter get_submodule half insert ipu load_state_dict modules mtia named_buffers
    named_children named_modules named_parameters parameters pop register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
    _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl
    _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_abs_string_index _get_backward_hooks
    _get_backward_pre_hooks _get_item_by_idx _get_name _is_full_backward_hook
    _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set
    _parameters _register_load_state_dict_pre_hook _register_state_dict_hook
    _replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks
    _state_dict_pre_hooks _version _wrapped_call_impl
    """.split()  # noqa: SIM905 -- words are easier to read without their quotes
)
"""Attributes of torch.nn.Module, Sequential and ModuleList, which a layer's name would hide."""

CONTROL: Final = ("from", "when", "else", "repeat", "note", "figure")
ITEM_KEYS: Final = frozenset({*CONTROL, "op", "like", "layers", "output", "use"})
"""Keys of items, which no argument of an op or block may be called."""
SHAPE_OF_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
SHAPE_OF_FOREIGN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)
"""The name of a layer in quotes, as other programs have it: ``"block1-0"``, ``"1x1"``."""
SHAPE_OF_NETWORK: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
MAX_NAME: Final = 80
"""Characters of one name."""
MAX_VARIANTS: Final = 200
"""Variants of one file."""
MAX_SEEDS: Final = 1_000
"""Trainings of one row of a study."""
MAX_FOLDS: Final = 100
"""Parts of the training pictures in cross-validation."""
MAX_DIAGNOSTICS: Final = 50
"""Diagnostics on the form of a file that are reported at once."""

SIZES_OF_INPUT: Final = ("in_channels", "in_length", "in_depth", "in_height", "in_width")
"""What an expression knows of the input of its line."""
RESERVED: Final = frozenset({"true", "false", *SIZES_OF_INPUT, "input", "none"})
"""Names that mean something of their own wherever a parameter could be named."""
TYPES: Final = ("int", "float", "bool", "list", "op", "size")
"""What the parameter of a block may be declared as."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


MAX_WORDS: Final = 120
"""Characters of a text that a spec writes into figures."""


class FigureText(_Model):
    """How figures show a part of the network; nothing that is counted or printed depends on it."""

    label: str | None = Field(
        None, max_length=MAX_WORDS, description="what its box says, with formulas as in $s_1$"
    )
    color: str | None = Field(None, description="of its box: #rrggbb, or a name such as orange")
    note: str | None = Field(None, max_length=MAX_WORDS, description="a line in its box")
    hide: bool = Field(False, description="lines lead past it")
    group: str | None = Field(
        None, max_length=MAX_WORDS, description="a word over a brace, the same for neighbours"
    )

    @field_validator("label", "note", "group", mode="after")
    @classmethod
    def _says_something(cls, text: str | None) -> str | None:
        if text is not None and not text.strip():
            raise PydanticCustomError("figure", "a text of a figure cannot be empty")
        return text

    @field_validator("label", mode="after")
    @classmethod
    def _formulas(cls, label: str | None) -> str | None:
        try:
            as_unicode(label or "")
        except FormulaError as error:
            raise PydanticCustomError("figure", "{said}", {"said": str(error)}) from None
        return label

    @field_validator("color", mode="after")
    @classmethod
    def _value(cls, color: str | None) -> str | None:
        if color is not None and colour_value(color) is None:
            raise PydanticCustomError("colour", "there is no colour '{color}'", {"color": color})
        return color

    @property
    def depiction(self) -> Depiction:
        color = colour_value(self.color) if self.color else None
        return Depiction(self.label, color, self.note, self.hide, self.group)


class _Controlled(_Model):
    """What any layer may say: where its input comes from, whether and how often it exists."""

    from_: str | list[str] | None = Field(
        None,
        alias="from",
        description="what it reads: layers above, templates such as down{level}, '.' for the item above",
    )
    when: bool | str | None = None
    else_: Any = Field(None, alias="else")
    repeat: int | str | dict[str, int | str | list[Any]] | None = None
    note: str | None = None
    figure: FigureText | None = Field(None, description="how figures show it, and nothing else")

    @model_validator(mode="after")
    def _else_needs_when(self) -> Self:
        if self.when is None and "else_" in self.model_fields_set:
            raise PydanticCustomError("else", "'else' without 'when': the layer is always there")
        return self


class CallItem(_Controlled):
    """``{op: X, argument: value, ...}``: an op, a block, or an op parameter."""

    model_config = ConfigDict(extra="allow")

    op: str
    like: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        return self.model_extra or {}


class ScopeItem(_Controlled):
    """``{layers: ..., output: name}``: an inline scope."""

    layers: Body
    output: str | None = None


class UseItem(_Controlled):
    """``{use: name}``: the same module again."""

    use: str


class NetItem(_Controlled):
    """``{net: resnet34, until: layer4, parameter: value, ...}``: a network as a part of this one,
    or the layers of one ``scope`` of it."""

    model_config = ConfigDict(extra="allow")

    net: str
    scope: str | None = None
    until: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        return self.model_extra or {}


_TAGS: Final = (("op", "<call>"), ("use", "<use>"), ("layers", "<scope>"), ("net", "<net>"))
"""The key that says what a layer is."""


def _item_tag(value: Any) -> str | None:
    if isinstance(value, (CallItem, ScopeItem, UseItem, NetItem)):
        return f"<{type(value).__name__}>"
    if isinstance(value, str):
        return "<name>"
    if isinstance(value, list):
        return "<list>"
    if isinstance(value, dict):
        for key, tag in _TAGS:
            if key in value:
                return tag
    return None


def _body_tag(value: Any) -> str | None:
    if isinstance(value, dict):
        return "<names>"
    return "<numbers>" if isinstance(value, list) else None


if TYPE_CHECKING:
    WrittenItem = str | list["WrittenItem"] | CallItem | ScopeItem | UseItem | NetItem
    Body = dict[str, WrittenItem] | list[WrittenItem]
else:
    WrittenItem = TypeAliasType(
        "Item",
        Annotated[
            Annotated[str, Tag("<name>")]
            | Annotated[list["WrittenItem"], Tag("<list>")]
            | Annotated[CallItem, Tag("<call>")]
            | Annotated[ScopeItem, Tag("<scope>")]
            | Annotated[UseItem, Tag("<use>")]
            | Annotated[NetItem, Tag("<net>")],
            Discriminator(_item_tag),
        ],
    )
    Body = TypeAliasType(
        "Body",
        Annotated[
            Annotated[dict[str, WrittenItem], Tag("<names>")]
            | Annotated[list[WrittenItem], Tag("<numbers>")],
            Discriminator(_body_tag),
        ],
    )


class Block(_Model):
    """A part of a network that can be used by name, with parameters and inputs of its own."""

    params: dict[str, Any] = Field(
        {}, description="for each its type (int, size, ...), its default, or 'type = default'"
    )
    inputs: list[str] | None = Field(
        None, description="names of what it reads, if several; one that may be missing ends with ?"
    )
    layers: Body
    output: str | None = None
    outputs: list[str] | None = Field(
        None,
        description="layers of the block, if it gives several; the first is the main one, and an "
        "input behind it is passed on",
    )
    description: str | None = None
    figure: FigureText | None = Field(None, description="how figures show it, wherever it is used")

    @property
    def input_names(self) -> tuple[str, ...]:
        """Of all inputs, those behind the others that may be missing."""
        names = ["input"] if self.inputs is None else self.inputs
        return tuple(name.removesuffix("?") for name in names)

    @property
    def optional_inputs(self) -> tuple[str, ...]:
        """The names of the inputs that may be missing."""
        return tuple(name[:-1] for name in self.inputs or () if name.endswith("?"))

    @property
    def number_of_inputs(self) -> tuple[int, int]:
        """How many it has to read, and how many it may read."""
        most = len(self.input_names)
        return most - len(self.optional_inputs), most

    @model_validator(mode="after")
    def _several_outputs(self) -> Self:
        if self.outputs is not None and len(set(self.outputs)) < max(2, len(self.outputs)):
            raise PydanticCustomError("outputs", "'outputs' lists two or more layers, each once")
        return self


class Selector(_Model):
    """Which layers an edit means."""

    op: str | list[str] | None = None
    path: str | list[str] | None = None

    @model_validator(mode="after")
    def _selects(self) -> Selector:
        if self.op is None and self.path is None:
            raise PydanticCustomError("selector", "a selector needs 'op' or 'path'")
        return self


class Edit(_Model):
    """One change of the network: exactly one verb with what belongs to it."""

    after: Selector | None = None
    before: Selector | None = None
    replace: Selector | None = None
    set: Selector | None = None
    remove: Selector | None = None
    cut: Selector | None = None
    branch: Selector | None = None
    insert: Any = None
    as_: str | None = Field(None, alias="as")
    with_: Any = Field(None, alias="with")
    keep: list[str] = []
    to: dict[str, Any] | None = None
    operand: str | None = None
    only: Literal["training"] | None = None
    sites: Annotated[int, Field(ge=0)] | None = None
    note: str | None = None

    @property
    def verb(self) -> str:
        return next(verb for verb in _VERBS if getattr(self, verb) is not None)

    @property
    def selector(self) -> Selector:
        selector: Selector = getattr(self, self.verb)
        return selector

    @model_validator(mode="after")
    def _one_verb(self) -> Edit:
        verbs = [verb for verb in _VERBS if getattr(self, verb) is not None]
        if len(verbs) != 1:
            raise PydanticCustomError(
                "edit", f"an edit has exactly one of {', '.join(_VERBS)}; this one has {len(verbs)}"
            )
        needed, allowed = _VERBS[verbs[0]]
        given = {
            (info.alias or name)
            for name, info in Edit.model_fields.items()
            if name in self.model_fields_set
        } - {verbs[0], "sites", "note"}
        if missing := needed - given:
            raise PydanticCustomError("edit", f"'{verbs[0]}' needs '{min(missing)}'")
        if more := given - needed - allowed:
            raise PydanticCustomError("edit", f"'{min(more)}' does not go with '{verbs[0]}'")
        return self


_VERBS: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "after": (frozenset({"insert"}), frozenset({"as"})),
    "before": (frozenset({"insert"}), frozenset({"as"})),
    "replace": (frozenset({"with"}), frozenset({"keep"})),
    "set": (frozenset({"to"}), frozenset()),
    "remove": (frozenset(), frozenset()),
    "cut": (frozenset({"operand"}), frozenset()),
    "branch": (frozenset({"insert", "as"}), frozenset({"only"})),
}
"""What each verb needs and what it may have beside."""


class OutputItem(_Model):
    from_: str = Field(alias="from")
    only: Literal["training"] | None = None


class Counts(_Model):
    params: int | None = None
    macs: int | None = None
    keys: int | None = None


class Expect(Counts):
    """What the network must be; checked at each compile of the spec as written."""

    shapes: dict[str, list[int]] = {}
    training: Counts | None = None


class Init(_Model):
    """A rule for initial weights: which layers, and for each tensor a constant or a function."""

    model_config = ConfigDict(extra="allow")

    op: str | list[str] | None = None
    path: str | list[str] | None = None

    @property
    def tensors(self) -> dict[str, Any]:
        return self.model_extra or {}


InputShape = list[int | str]


class Lint(_Model):
    """What the remarks on a network leave out."""

    ignore: list[Remark] = Field(
        [], description="remarks that archspec lint does not make on this network"
    )


class RowText(_Model):
    """How one network of a study is trained, where that is not how the others are; nothing that is
    counted, drawn or printed depends on it."""

    recipe: str | None = Field(None, description="a shipped recipe, or a file beside this one")
    set: dict[str, Any] = Field(
        {}, description="keys of the recipe, and parameters of the spec: {optimizer.lr: 0.1}"
    )
    vary: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        {}, description="values that such keys take, in all combinations: {epochs: [1, 3]}"
    )


class StudyText(RowText):
    """How the networks of a file are trained to be compared."""

    seeds: int | None = Field(
        None, ge=1, le=MAX_SEEDS, description="how often each is trained, with other random numbers"
    )
    folds: int | None = Field(
        None, ge=2, le=MAX_FOLDS, description="parts of the training pictures, for cross-validation"
    )


class Variant(_Model):
    """A file of its own, said as the difference to the one it stands in."""

    name: str | None = Field(
        None,
        description="what tables and figures call the network; by default the name of its file",
    )
    description: str | None = Field(None, description="what the network is, in a sentence")
    cite: str | None = Field(None, description="the paper or the source that it follows")
    extends: str | None = Field(
        None, description="the network that this one is a change of: a file, or a name from the zoo"
    )
    """For a variant: another network that it is the difference to, instead of its file's."""
    import_: str | list[str] | None = Field(
        None, alias="import", description="files whose blocks are used here"
    )
    input: InputShape | dict[str, InputShape] | None = Field(
        None,
        description="channels, then height and width, or length, or depth, height and width; "
        "for several inputs a mapping of names",
    )
    params: dict[str, Any] = Field(
        {},
        description="numbers, lists and ops with names, which expressions read and users override",
    )
    blocks: dict[str, Block] = Field(
        {}, description="groups of layers with parameters, used like ops"
    )
    output: str | None = Field(
        None, description="the layer that is the output; by default the last one"
    )
    outputs: dict[str, str | OutputItem] | None = Field(
        None, description="several outputs by name: a layer, or {from: layer, only: training}"
    )
    init: list[Init] | None = Field(
        None,
        description="rules for the initial weights; if several apply to a tensor, the last one holds",
    )
    edits: list[Edit] = Field(
        [], description="changes of the finished network, one after the other"
    )
    expect: Expect | None = Field(None, description="counts and shapes that the network must have")
    published: dict[str, int | float | str] = Field(
        {}, description="published results: numbers by name, with source and note as text"
    )
    study: RowText | None = Field(
        None, description="how it is trained in a study, where that is not how the others are"
    )
    lint: Lint | None = Field(None, description="which remarks on the network are not wanted")

    @field_validator("import_", mode="after")
    @classmethod
    def _as_list(cls, value: str | list[str] | None) -> list[str] | None:
        return [value] if isinstance(value, str) else value

    @property
    def imports(self) -> list[str]:
        assert not isinstance(self.import_, str)
        return self.import_ or []


class File(Variant):
    """One spec file."""

    archspec: int | None = None
    study: StudyText | None = Field(
        None, description="how its network and variants are trained to be compared"
    )
    layers: Body | None = Field(
        None, description="the network: layers with names, or a list; each reads the one above"
    )
    variants: Annotated[dict[str, Variant], Field(max_length=MAX_VARIANTS)] = Field(
        {}, description="other networks by name, each as the changes from this one"
    )


def validate(source: Source) -> File:
    """The document as a File. Raises SpecError with all that does not belong to the language."""
    _check_version(source)
    try:
        return File.model_validate(source.data)
    except ValidationError as error:
        raise SpecError(diagnostics_of(Origin(source), error)) from None


def _check_version(source: Source) -> None:
    data, at = source.data, Origin(source)
    if "archspec" not in data:
        if "extends" in data:
            return
        raise SpecError(
            [
                Diagnostic(
                    "missing-key",
                    "the file does not say which version of the language it is written in",
                    (Label(source.start),),
                    "begin with the line 'archspec: 1'",
                )
            ]
        )
    version = data["archspec"]
    if version is not True and version == LANGUAGE_VERSION and isinstance(version, int):
        return
    label = Label((at / "archspec").value)
    raise SpecError(
        [
            Diagnostic(
                "bad-version",
                f"version {version!r} of the language is not known",
                (label,),
                f"this program reads 'archspec: {LANGUAGE_VERSION}'",
            )
        ]
    )


def bad_name(name: str) -> str | None:
    """Why this cannot be the name of a layer, block or parameter; None if it can."""
    if not SHAPE_OF_NAME.fullmatch(name):
        if found := look_alike(name):
            return found
        return "a name has letters, digits and underscores, and does not begin with a digit"
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    if keyword.iskeyword(name):
        return f"'{name}' is a keyword of Python, and the name would be an attribute in the printed source"
    if name.startswith("__"):
        return "names that begin with two underscores belong to Python"
    return None


def is_foreign_name(name: str) -> bool:
    """Whether a name is that of a layer only in quotes."""
    is_foreign = not SHAPE_OF_NAME.fullmatch(name) and SHAPE_OF_FOREIGN_NAME.fullmatch(name)
    return bool(is_foreign) and len(name) <= MAX_NAME


def bad_layer_name(name: str) -> str | None:
    """Why this cannot be the name of a layer, without quotes; None if it can."""
    if name in ("input", "none"):
        return f"'{name}' is a reserved word of the language"
    if name in MODULE_ATTRIBUTES:
        return f"'{name}' is an attribute of torch.nn.Module, which the layer would hide"
    return bad_name(name)


def bad_output_name(name: str) -> str | None:
    """Why this cannot be the name of an output; None if it can."""
    if name.startswith("_"):
        return f"'{name}' begins with an underscore, and an output is a field of a NamedTuple"
    return bad_layer_name(name)


def bad_value_name(name: str) -> str | None:
    """Why this cannot be the name of a parameter or what a repeat counts; None if it can."""
    if name in RESERVED or (name in TYPES and name != "size"):
        return f"'{name}' is a reserved word of the language"
    if problem := bad_name(name):
        return problem
    if name[0].isupper():
        return "a parameter begins with a small letter; capitals are ops and blocks"
    return None


def bad_network_name(name: str) -> str | None:
    """Why this cannot be the name of a network; None if it can."""
    if not SHAPE_OF_NETWORK.fullmatch(name):
        return "the name of a network has letters, digits and _ - . + only"
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    return None


# What Pydantic finds, in our words.


def diagnostics_of(origin: Origin, error: ValidationError) -> list[Diagnostic]:
    """The diagnostics on what stands at ``origin``, each once and at its place."""
    by_place: dict[Origin, list[ErrorDetails]] = {}
    for details in error.errors()[: 10 * MAX_DIAGNOSTICS]:
        by_place.setdefault(_located(origin, details["loc"]), []).append(details)
    around = {at.route[:length] for at in by_place for length in range(len(at.route))}
    found = []
    for place, errors in by_place.items():
        wrong_types = [
            details
            for details in errors
            if details["type"] in _WANTED and details["loc"][-2:-1] != ("ignore",)
        ]
        others = [
            _diagnostic_of(place, details) for details in errors if details not in wrong_types
        ]
        found += others
        if wrong_types and not others and place.route not in around:
            found.append(_wrong_type(place, wrong_types))
    return sorted(found, key=_position)[:MAX_DIAGNOSTICS]


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    assert diagnostic.span is not None
    return diagnostic.span.line, diagnostic.span.column


def _diagnostic_of(at: Origin, details: ErrorDetails) -> Diagnostic:
    kind, last = details["type"], str(details["loc"][-1]) if details["loc"] else ""
    if kind == "extra_forbidden":
        known = _known_keys(details["loc"])
        help = near(last, known) or f"known here: {', '.join(known)}"
        if last == "layers":
            help = "layers are never merged: change those of the base with 'edits' or 'blocks'"
        label = Label(at.key, "not a key of the language here")
        fix = fix_key(last, known, at) if last != "layers" else None
        return Diagnostic("unknown-key", f"unknown key '{last}'", (label,), help, fix)
    if kind == "missing":
        return Diagnostic("missing-key", f"'{last}' is missing", (Label(at.key),))
    if details["loc"][-2:-1] == ("ignore",):
        return _no_remark(at, details["input"])
    if kind in ("selector", "edit"):
        return Diagnostic("bad-edit", details["msg"], (Label(at.value),))
    if kind == "outputs":
        help = "a block with one output has 'output: NAME', or gives its last layer"
        return Diagnostic("bad-output", details["msg"], (Label((at / "outputs").value),), help)
    if kind == "else":
        help = "add 'when:', or remove 'else'"
        return Diagnostic("absent-layer", details["msg"], (Label((at / "else").key),), help)
    if kind in ("figure", "colour"):
        colour = (near(details["input"], COLOURS) or EXPECTED) if kind == "colour" else None
        return Diagnostic("bad-figure", details["msg"], (Label(at.value),), colour)
    if kind == "string_too_long":
        message = f"'{last}' has more than {details['ctx']['max_length']} characters"
        return Diagnostic("limit", message, (Label(at.value),))
    if kind == "too_long":
        message = f"a file has at most {details['ctx']['max_length']} {last}"
        return Diagnostic("limit", message, (Label(at.key),))
    if kind == "union_tag_not_found":
        return _not_an_item(at, details["input"])
    message = details["msg"][0].lower() + details["msg"][1:].rstrip(".")
    return Diagnostic("wrong-type", f"{_called(at)}: {message}", (Label(at.value),))


def _no_remark(at: Origin, given: object) -> Diagnostic:
    help = near(str(given), REMARKS) or f"the remarks are {', '.join(REMARKS)}"
    return Diagnostic("bad-value", f"there is no remark {given!r:.60}", (Label(at.value),), help)


_WANTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list [...]",
    "dict_type": "a mapping of names",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "literal_error": "'training'",
    "greater_than_equal": "a number that is not negative",
}
_EXPRESSIONS: Final = frozenset({"when", "repeat", "input"})
"""Keys whose text is an expression."""
_RIGHT: Final = {
    "input": "input: [3, 224, 224]",
    "repeat": "a list is repeated under a name: {width: [64, 128]}",
}
"""How what stands under a key is written."""
_LAYERS: Final = frozenset({"from", "else", "use", "output", "operand"})
"""Keys whose text names a layer."""


def _wrong_type(at: Origin, errors: Sequence[ErrorDetails]) -> Diagnostic:
    """One value that has none of the types that it may have."""
    given = errors[0]["input"]
    keys = [key for key in at.route if isinstance(key, str)]
    expression = not _EXPRESSIONS.isdisjoint(keys)
    wanted = [_wanted(details) for details in errors]
    wanted = ["an expression" if expression and w == "text" else w for w in wanted]
    help = _RIGHT.get(keys[-1]) if keys else None
    if keys[-1:] == ["repeat"] and not isinstance(given, list):
        help = None
    if "text" in wanted and isinstance(given, bool | int | float):
        help = f"put it in quotes if it is text: '{value_text(given)}'"
        if not _LAYERS.isdisjoint(keys[-1:]):
            help = "refer to a layer by its name; the layers of a list have none"
    *others, last = dict.fromkeys(wanted)
    words = f"{', '.join(others)} or {last}" if others else last
    message = f"{_called(at)} must be {words}, not {_type_of(given)}"
    return Diagnostic("wrong-type", message, (Label(at.value),), help)


def _wanted(details: ErrorDetails) -> str:
    least = details.get("ctx", {}).get("ge", 0)
    return f"at least {least}" if least else _WANTED[details["type"]]


def _called(at: Origin) -> str:
    """How messages call what stands at a place."""
    if not at.route:
        return "the file"
    if isinstance(at.route[-1], int) and len(at.route) > 1:
        return f"an item of '{at.route[-2]}'"
    return f"'{at.route[-1]}'"


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return value_text(value)
    names: dict[type, str] = {dict: "a mapping", list: "a list", str: "text"}
    return names.get(type(value)) or f"the number {value}"


def _not_an_item(at: Origin, value: Any) -> Diagnostic:
    label = (Label(at.value),)
    if isinstance(value, dict):
        label = (Label(at.key),)
        help = "a layer has 'op:' or 'use:', a scope has 'layers:' around its layers"
        if not value:
            return Diagnostic("missing-key", "an empty mapping is not a layer", label, help)
        name = next(iter(value))
        if len(value) == 1 and name[:1].isupper() and SHAPE_OF_NAME.fullmatch(name):
            help = f"the op goes next to its arguments: {{op: {name}, ...}}"
        return Diagnostic("missing-key", "this is neither a layer nor a scope", label, help)
    if at.route and at.route[-1] == "layers":
        message = f"layers are a mapping of names or a list, not {_type_of(value)}"
    else:
        message = f"a layer is the name of an op, a list, or a mapping, not {_type_of(value)}"
    return Diagnostic("wrong-type", message, label)


def _located(at: Origin, loc: Iterable[Key]) -> Origin:
    """Pydantic's location as far as it is one of the document (it names union members, too)."""
    for key in loc:
        if (*at.route, key) in at.source.marks:
            at = at / key
    return at


def _known_keys(loc: tuple[Key, ...]) -> list[str]:
    """The keys that the model at this location has."""
    model: type[BaseModel] = File
    for key in loc[:-1]:
        is_row = key == "study" and model is Variant
        model = RowText if is_row else _MODEL_AT.get(str(key), model)
    return [info.alias or name for name, info in model.model_fields.items()]


_MODEL_AT: Final[dict[str, type[BaseModel]]] = {
    "<call>": CallItem,
    "<scope>": ScopeItem,
    "<use>": UseItem,
    "<net>": NetItem,
    "blocks": Block,
    "edits": Edit,
    **dict.fromkeys(("after", "before", "replace", "set", "remove", "cut", "branch"), Selector),
    "expect": Expect,
    "figure": FigureText,
    "lint": Lint,
    "study": StudyText,
    "training": Counts,
    "variants": Variant,
    "OutputItem": OutputItem,
}
