"""The quantile behind every 95 % interval."""


def student(freedom: float) -> float:
    """The 97.5 % quantile of Student's distribution, to 2 % from 3 degrees on, and exactly for fewer."""
    if freedom < 3:
        return 12.7062 if freedom < 2 else 4.30265
    z = 1.959964
    g1, g2 = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3
