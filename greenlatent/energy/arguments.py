"""What a caller gives, checked before anything is done with it."""

import math
from numbers import Integral, Real


def number(name: str, value, wanted: str, *, above=-math.inf, least=-math.inf, below=math.inf, most=math.inf):
    """A finite number within limits, as a float. numpy's numbers are welcome, True is none."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is no number; give {wanted}")
    try:
        given = float(value)
    except OverflowError:
        given = math.inf
    if not (math.isfinite(given) and above < given < below and least <= given <= most):
        raise ValueError(f"{name}={str(value)[:40]}; give {wanted}")
    return given


def whole(name: str, value, wanted: str, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is no whole number; give {wanted}")
    if value < least:
        raise ValueError(f"{name}={value!r}; give {wanted}")
    return int(value)
