"""Millions of paths in two arrays: as many objects would be copied into every process that reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, final, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@final
class Paths(Sequence[Path]):
    """Files below a folder, in their order."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        import numpy as np

        encoded = [os.fsencode(name) for name in names]
        self.folder = folder
        self._names = b"".join(encoded)
        self._ends: NDArray[np.int64] = np.fromiter(accumulate(map(len, encoded)), np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> list[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | list[Path]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        start = int(self._ends[index - 1]) if index else 0
        return self.folder / os.fsdecode(self._names[start : int(self._ends[index])])
