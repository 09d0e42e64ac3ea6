"""What a pickle would import, found without reading it as one."""

from __future__ import annotations

import pickletools
import re
from collections.abc import Iterator
from typing import IO, Final

MAX_PICKLES: Final = 5
"""In one file: PyTorch's old format has five before the numbers."""
_OF_TENSORS: Final = re.compile(
    r"torch\.(\w*Storage|_utils\._rebuild\w*|storage\.\w+|serialization\._get_layout"
    r"|Tensor|nn\.parameter\.Parameter|Size|device|dtype|(b?float|u?int|complex|bool)\d*)"
    r"|collections\.OrderedDict|_codecs\.encode|(__builtin__|builtins)\.set"
)
"""Names in every file of tensors."""


def foreign_names(stream: IO[bytes]) -> tuple[str, ...]:
    """Dotted names that unpickling would import, without those of tensors and their containers."""
    names: dict[str, None] = {}
    try:
        for _ in range(MAX_PICKLES):
            for name in _imports(stream):
                names[name] = None
    except Exception:  # numbers behind the pickles, or damage: pickletools raises anything
        pass
    return tuple(name for name in names if not _OF_TENSORS.fullmatch(name))


def _imports(stream: IO[bytes]) -> Iterator[str]:
    """The names that one pickle imports."""
    texts: list[str] = []
    memo: dict[int, str] = {}
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(argument).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        elif opcode.name == "MEMOIZE" or opcode.name.endswith("PUT"):
            memo[len(memo) if argument is None else int(argument)] = "".join(texts[-1:])
        elif opcode.name.endswith("GET"):
            texts.append(memo.get(int(argument or 0), ""))
        elif isinstance(argument, str):
            texts.append(argument)
