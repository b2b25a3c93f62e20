from matplotlib.figure import Figure
from PIL import Image

from ml.training import plot_files


def test_a_plot_keeps_its_size_and_its_colours_and_takes_fewer_bytes(tmp_path):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, 1], [0, 1], color="#cc0000", linewidth=10)
    figure.savefig(tmp_path / "all.png", dpi=110)
    plot_files.write(figure, tmp_path / "few.png")
    with Image.open(tmp_path / "few.png") as plot:
        assert plot.size == (330, 220)
        assert (204, 0, 0) in {colour for _, colour in plot.convert("RGB").getcolors(100_000)}
    assert (tmp_path / "few.png").stat().st_size < (tmp_path / "all.png").stat().st_size
