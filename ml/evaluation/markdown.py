"""Formats figures and tables in Markdown."""

from ml.serving.card import Interval


def interval(figure: Interval) -> str:
    dash = "–" if figure.low >= 0 else " to "
    return f"{figure.value:.3f} ({figure.low:.3f}{dash}{figure.high:.3f})".replace("-", "−")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
