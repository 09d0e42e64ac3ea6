"""A page with nothing but a figure in it."""

from __future__ import annotations

from html import escape

from archspec.figures.render import svg
from archspec.figures.scene import Scene
from archspec.figures.theme import ThemeName


def render(
    scene: Scene,
    theme: ThemeName = "light",
    background: str | None = None,
    family: str | None = None,
) -> str:
    """The page as one file."""
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(scene.title)}</title>\n'
        f"<style>body{{margin:0}} svg{{max-width:100%;height:auto}}</style>\n"
        f"{svg.render(scene, theme, background, family)}</html>\n"
    )
