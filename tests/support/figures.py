"""Figures that a test can tell; `make figures` gathers them."""

from __future__ import annotations


def tell(what: str, count: int) -> None:
    """Print a figure as `infra/security_figures.py` reads it; pytest shows it with -s only."""
    print(f"\nfigure: {count} {what}")
