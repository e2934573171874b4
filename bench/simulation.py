"""Simulates the made-up community of `community.py` and draws docs/simulation.svg.

    python bench/simulation.py [--out docs/simulation.svg] [--seeds 5]

The lines are means over the seeds, smoothed over 20 panels; the figures printed are means of
quarters of the time.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.community import WAYS, Outcome, Setting, Way, simulate

LABELS: dict[Way, str] = {
    "first_come": "first come, first served",
    "random": "random",
    "matching": "matching",
}
LOOKS: dict[Way, str] = {
    "first_come": 'stroke="#b14d00" stroke-dasharray="2 5"',
    "random": 'stroke="#5b4b9a" stroke-dasharray="9 5"',
    "matching": 'stroke="#00566b"',
}
CHARTS = (
    ("new_voices", "Seats that go to new voices", True),
    ("index", "Gap index (0: every target met)", False),
)
WIDTH, HEIGHT, LEFT, TOP, GAP = 760, 260, 60, 60, 90
SMOOTH = 20


def series(outcomes: list[Outcome], what: str) -> np.ndarray:
    """Mean over the seeds, smoothed; one value a panel from the 20th on."""
    mean = np.mean([[getattr(p, what) for p in o.panels] for o in outcomes], axis=0)
    return np.convolve(mean, np.ones(SMOOTH) / SMOOTH, mode="valid")


def chart(found: dict[Way, list[Outcome]], what: str, title: str, percent: bool, top: int) -> str:
    """One chart with its axes and a name at the end of each line."""
    lines = {way: series(outcomes, what) for way, outcomes in found.items()}
    highest = 1.0 if percent else float(np.ceil(max(v.max() for v in lines.values()) * 10) / 10)
    plot = WIDTH - LEFT - 215
    parts = [f'<text x="{LEFT}" y="{top - 16}" font-weight="bold">{escape(title)}</text>']
    for tick in np.linspace(0, highest, 6):
        y = top + HEIGHT - tick / highest * HEIGHT
        text = f"{tick:.0%}" if percent else f"{tick:.2f}"
        parts.append(f'<path d="M{LEFT} {y:.1f}h{plot}" stroke="#d5d5d5"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    ends = sorted((float(v[-1]), way) for way, v in lines.items())
    last = -1e9
    for value, way in ends:
        points = [
            f"{LEFT + i / (len(lines[way]) - 1) * plot:.1f},"
            f"{top + HEIGHT - v / highest * HEIGHT:.1f}"
            for i, v in enumerate(lines[way])
        ]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke-width="2.5" {LOOKS[way]}/>'
        )
        last = max(value / highest * HEIGHT, last + 16)  # names never cover each other
        y = top + HEIGHT - last
        parts.append(f'<path d="M{LEFT + plot + 6} {y:.1f}h26" stroke-width="2.5" {LOOKS[way]}/>')
        parts.append(f'<text x="{LEFT + plot + 38}" y="{y + 4:.1f}">{LABELS[way]}</text>')
    return "\n".join(parts)


def drawing(found: dict[Way, list[Outcome]], summary: str) -> str:
    """The whole picture, with words for those who do not see it."""
    height = TOP + 2 * HEIGHT + GAP + 50
    charts = "\n".join(
        chart(found, what, title, percent, TOP + i * (HEIGHT + GAP))
        for i, (what, title, percent) in enumerate(CHARTS)
    )
    steps = f"{len(found['matching'][0].panels)} panels, one a week →"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="14" fill="#1a1a1a">\n'
        f'<title id="t">New voices and gaps over 10,000 steps</title>\n'
        f'<desc id="d">{escape(summary)}</desc>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{charts}\n'
        f'<text x="{LEFT}" y="{height - 14}">{steps}</text>\n</svg>\n'
    )


def told(found: dict[Way, list[Outcome]]) -> str:
    """The figures in words, by quarters of the time."""
    sentences = []
    for what, title, percent in CHARTS:
        for way in WAYS:
            quarters = np.mean([o.quarters(what) for o in found[way]], axis=0)
            shown = ", ".join(f"{q:.0%}" if percent else f"{q:.2f}" for q in quarters)
            sentences.append(f"{title}, {LABELS[way]}, by quarters of the time: {shown}.")
    return " ".join(sentences)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/simulation.svg"))
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    results: dict[Way, list[Outcome]] = {
        way: [simulate(way, Setting(seed=seed)) for seed in range(1, given.seeds + 1)]
        for way in WAYS
    }
    summary = told(results)
    given.out.write_text(drawing(results, summary), encoding="utf-8")
    print(summary.replace(". ", ".\n"))
    for way, outcomes in results.items():
        spread = [o.spread for o in outcomes]
        print(
            f"{LABELS[way]}: {np.mean([s.people for s in spread]):.0f} people held "
            f"{spread[0].seats} seats, Gini {np.mean([s.gini for s in spread]):.2f}, "
            f"familiar {np.mean([s.familiar_share for s in spread]):.0%}"
        )
