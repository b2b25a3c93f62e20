"""The names of the features in their stable order, and their units."""

from typing import NamedTuple

UNITS = {
    "asymmetry_score": "axes, 0-2",
    "asymmetry_shape": "share of the lesion, 0-1",
    "asymmetry_colour": "ΔE2000",
    "border_compactness": "ratio, circle 1",
    "border_fractal_dimension": "1-2",
    "border_abrupt_segments": "segments, 0-8",
    "colour_count": "colours, 0-6",
    **{
        f"colour_{name}": "share of the lesion, 0-1"
        for name in ("white", "red", "light_brown", "dark_brown", "blue_grey", "black")
    },
    "colour_variegation": "ΔE*ab",
    "texture_contrast": "grey levels²",
    "texture_correlation": "-1-1",
    "texture_energy": "0-1",
    "texture_homogeneity": "0-1",
    "texture_lbp_entropy": "bits, 0-3.32",
    "texture_network": "share of the lesion, 0-1",
    "area_share": "share of the photo, 0-1",
    "diameter_share": "share of the photo's longer side",
    "diameter_mm": "mm",
}


class Measures(NamedTuple):
    """The features of one lesion; `UNITS` has the unit of each."""

    asymmetry_score: float
    asymmetry_shape: float
    asymmetry_colour: float
    border_compactness: float
    border_fractal_dimension: float
    border_abrupt_segments: float
    colour_count: float
    colour_white: float
    colour_red: float
    colour_light_brown: float
    colour_dark_brown: float
    colour_blue_grey: float
    colour_black: float
    colour_variegation: float
    texture_contrast: float
    texture_correlation: float
    texture_energy: float
    texture_homogeneity: float
    texture_lbp_entropy: float
    texture_network: float
    area_share: float
    diameter_share: float
    diameter_mm: float | None  # None without a scale

    UNITS = UNITS  # type: ignore[misc]

    @classmethod
    def header(cls) -> list[str]:
        """Return the column headings of a table: each name with its unit."""
        return [f"{name} [{cls.UNITS[name]}]" for name in cls._fields]
