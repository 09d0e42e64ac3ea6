"""Commands that are made when they are asked for, so that help and completion are instant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import Parameter, getdoc, signature
from typing import Any, Final, NamedTuple

import typer

HELP_OPTIONS: Final = {"help_option_names": ["-h", "--help"]}


class Generated(NamedTuple):
    """The annotation of ``**options``: what makes the parameters that it stands for."""

    parameters: Callable[[], Iterable[Parameter]]


class LazyCommands(Mapping[str, Any]):
    """Commands by name: modules of archspec.cli.commands, each with a function of its name, or with
    a group of commands."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = _command(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def summarize(name: str) -> str:
    """The first sentences of what a command says about itself."""
    found = _found(name)
    about = found.info.help if isinstance(found, typer.Typer) else getdoc(found)
    return " ".join(str(about or "").partition("\n\n")[0].split())


def _command(name: str) -> Any:
    """A command as typer makes it, of a function whose parameters are its arguments."""
    found = _found(name)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=HELP_OPTIONS,
    )
    alone.command(name)(_with_generated(found))
    return typer.main.get_command(alone)


def _found(name: str) -> Callable[..., None] | typer.Typer:
    found: Callable[..., None] | typer.Typer = getattr(
        import_module(f"archspec.cli.commands.{name}"), name
    )
    return found


def _with_generated(function: Callable[..., None]) -> Callable[..., None]:
    """A function with the parameters that ``**options`` stands for, in front of those that are
    keywords."""
    own = signature(function)
    parameters: list[Parameter] = []
    keywords: list[Parameter] = []
    for each in own.parameters.values():
        if each.kind is Parameter.VAR_KEYWORD:
            (generated,) = each.annotation.__metadata__
            parameters += generated.parameters()
        else:
            (keywords if each.kind is Parameter.KEYWORD_ONLY else parameters).append(each)
    function.__signature__ = own.replace(parameters=[*parameters, *keywords])  # type: ignore[attr-defined]
    return function
