"""Measure the truth table and write docs/truth.md: `python scripts/truth_page.py [THEME ...]`.

Without themes everything is measured again; with themes the others keep their last figures, which
stand in docs/truth.json.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
THEMES = (
    *("trees", "flight", "contact", "rest", "standing"),
    *("joints", "gradients", "robots", "repeat", "files"),
)
INTRODUCTION = """# Physics truth

Every figure on this page is measured by `python scripts/truth_page.py`, in float64 and at the
shipped default settings unless a row says otherwise, compiled as the command line compiles;
`pytest tests/truth` holds them, and with `-m slow` the long ones. *To reach* is the bar; a bar that
is not reached is marked and explained.
"""


def main(themes: list[str]) -> None:
    """Measure, draw, write."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import jax

    jax.config.update("jax_enable_x64", True)
    store = ROOT / "docs" / "truth.json"
    measured = json.loads(store.read_text()) if themes and store.exists() else {}
    for theme in themes or THEMES:
        measured[theme] = measure(theme)
        store.write_text(json.dumps(measured, indent=1) + "\n")
    (ROOT / "docs" / "truth.md").write_text(page(measured))


def measure(theme: str) -> list[dict]:
    """The rows of one theme as plain data; draws its figure."""
    from tests.truth import figures

    rows = []
    for row in import_module(f"tests.truth.rows_{theme}").ROWS:
        print(row.test, flush=True)
        found = [
            vars(f) | {"value": float(f.value), "reached": f.reached} for f in row.measure(True)
        ]
        found = [{key: _plain(value) for key, value in figure.items()} for figure in found]
        rows.append({"test": row.test, "how": row.how, "trusted": row.trusted, "figures": found})
    if theme in figures.DRAW:
        figures.DRAW[theme](ROOT / "docs" / "images")
    return rows


def _plain(value):
    return value.item() if hasattr(value, "item") else value


def page(measured: dict) -> str:
    """The whole page."""
    from tests.truth import figures

    table = [
        "| test | how it runs | trusted systems | to reach | measured |",
        "|---|---|---|---|---|",
    ]
    misses = []
    for theme in [theme for theme in THEMES if theme in measured]:
        for row in measured[theme]:
            table.append(line(row))
            misses += [(row, f) for f in row["figures"] if not f["reached"]]
    parts = [INTRODUCTION, "\n".join(table), "## Bars not reached"]
    parts.append("\n".join(miss(row, f) for row, f in misses) or "None.")
    for theme, file in figures.FILES.items():
        if theme in measured:
            parts.append(f"![{figures.CAPTIONS[theme]}](images/{file})")
    parts.append((ROOT / "tests" / "truth" / "limits.md").read_text().rstrip())
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def line(row: dict) -> str:
    """A row of the table, its figures one under another."""
    bars, values = [], []
    for f in row["figures"]:
        sign = ">=" if f["at_least"] else "<="
        bars.append("told" if f["bar"] is None else f"{sign} {f['bar']:g} {f['unit']}".strip())
        text = f"{f['name']}: {number(f)}"
        values.append(text if f["reached"] else f"**{text} (not reached)**")
    cells = (row["test"], row["how"], row["trusted"] or "-", "<br>".join(bars), "<br>".join(values))
    return "| " + " | ".join(cells) + " |"


def miss(row: dict, f: dict) -> str:
    """A bar that is not reached, and why."""
    return f"- **{row['test']}, {f['name']}**: {number(f)}, to reach {f['bar']:g}. Why: {f['why']}."


def number(f: dict) -> str:
    """A figure with its unit."""
    return f"{f['value']:.3g} {f['unit']}".strip()


if __name__ == "__main__":
    main(sys.argv[1:])
