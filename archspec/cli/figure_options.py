"""The options of ``archspec draw`` that are those of a figure."""

from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from archspec.cli.arguments import completed_specs

if TYPE_CHECKING:
    from archspec.figures.request import OptionField


def figure_options() -> Iterator[Parameter]:
    """A parameter for every option that the command line has."""
    from archspec.figures.request import OPTIONS

    for name, field in OPTIONS.items():
        if field.option.in_shell:
            yield Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=_default(name, field),
                annotation=_annotation(name, field),
            )


def _annotation(name: str, field: "OptionField") -> Any:
    form: Any = list[str] if field.type is list else field.type
    form = form | None if field.default is None else form
    return Annotated[form, _typer_option(name, field)]


def _default(name: str, field: "OptionField") -> Any:
    """The default; for a style, nothing: it depends on where the figure goes."""
    if name == "style":
        return ""
    return list(field.default) if field.type is list else field.default


def _typer_option(name: str, field: "OptionField") -> Any:
    option = field.option
    return typer.Option(
        *((f"--{name}",) if field.default is False else ()),
        help=f"{option.help} ({option.unset})" if option.unset else option.help,
        metavar=option.metavar or (f"<{'|'.join(field.values)}>" if field.values else None),
        min=0 if field.type is int else None,
        autocompletion=_completion(field),
    )


def _completion(field: "OptionField") -> Callable[..., list[str]] | None:
    if field.option.of_network is not None:
        return _OF_NETWORK[field.option.of_network]
    return (lambda: list(field.names)) if field.names else None


def _complete_block(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import modules

    return [name for spec in completed_specs(ctx) for name in modules(spec)]


def _complete_scope(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import scopes

    return [path for spec in completed_specs(ctx) for path in scopes(spec)]


_OF_NETWORK: Final[dict[Literal["blocks", "scopes"], Callable[..., list[str]]]] = {
    "blocks": _complete_block,
    "scopes": _complete_scope,
}
