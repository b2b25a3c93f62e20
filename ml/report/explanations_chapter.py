"""Writes the chapter of docs/results.md on the saliency maps."""

from ml.evaluation.markdown import interval, table
from ml.explanations.map_record import Explanations

TITLE = "## Where the model looked"
COMPARISON = (
    "Deletion is the mean log-odds of melanoma while the places of a map are painted over in the "
    "photo's mean colour, the strongest first (lower is better). Insertion is the same while "
    "they are restored in a blurred photo (higher is better). Gain is insertion minus deletion "
    "(Petsiuk et al., RISE, BMVC 2018). “On the lesion” is the share of the evidence for melanoma "
    "inside the lesion's mask. The controls ignore the photo. Since most lesions are in the "
    "middle, even a centred Gaussian may have a gain. So these figures rank maps, but do not prove "
    "that one is right."
)
RANDOMISED = (
    "The chosen map has to depend on what the network learned (Adebayo et al., NeurIPS 2018). "
    "Its correlation with the map of the same network with shuffled weights must stay below 0.5."
)
INSIDE = (
    "The table has the share of the chosen map's evidence that lies on the lesion, in HAM10000's "
    "`{split}` split. It is compared with the shares of a centred Gaussian and of a uniform map, "
    "which is the lesion's share of the photo. The share says where the evidence lies, not that "
    "the evidence is right."
)


def chapter(record: Explanations) -> str:
    """Return the chapter as Markdown."""
    parts = [
        TITLE,
        f"{COMPARISON} The maps are of {record.sample}.",
        _measured(record),
        _timing(record),
    ]
    averaged = f"The table has mean correlations ({record.sanity} of weights)."
    parts += [f"{RANDOMISED} {averaged}", _randomised(record)]
    parts += [INSIDE.format(split=record.split), _inside(record)]
    return "\n\n".join(parts)


def _measured(record: Explanations) -> str:
    rows = [
        [
            *(m.name, m.runtime or "–", f"{m.milliseconds:.0f} ms" if m.runtime else "–"),
            *(interval(figure) for figure in (m.deletion, m.insertion, m.gain, m.inside)),
        ]
        for m in record.measured
    ]
    figures = ["deletion", "insertion", "gain", "on the lesion"]
    return table(["map", "runs in", "time", *figures], rows)


def _timing(record: Explanations) -> str:
    answer, its_map = record.milliseconds
    return (
        "Workers draw the first map of this table, here called the chosen map. Timed alternately "
        f"and without resizing, it takes {its_map:.0f} ms, and the answer {answer:.0f} ms."
    )


def _randomised(record: Explanations) -> str:
    rows = [
        [r.weights, interval(r.pearson), interval(r.spearman), interval(r.absolute)]
        for r in record.randomised
    ]
    return table(["weights in random order", "Pearson", "Spearman", "Spearman without sign"], rows)


def _inside(record: Explanations) -> str:
    rows = [
        [i.photos, str(i.count), str(i.empty), *map(interval, (i.chosen, i.gaussian, i.uniform))]
        for i in record.inside
    ]
    return table(
        ["photos", "number", "without evidence", "map", "centred Gaussian", "uniform"], rows
    )
