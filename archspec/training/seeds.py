"""Random numbers as a function of where a run is: nothing has to be stored to go on with them."""

from __future__ import annotations

from hashlib import blake2b


def derive(seed: int, *where: int | str) -> int:
    """A seed of its own for each place: 63 bits of a hash."""
    text = "/".join(map(str, (seed, *where)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
