"""The documentation as a site: `make docs`."""

project = "SkinScreen"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "SkinScreen"
# No build date and no copyright line, so that builds are reproducible.
html_last_updated_fmt = None
html_show_copyright = False
nitpicky = True
myst_heading_anchors = 4
suppress_warnings = [
    # Headings of generated pages may begin below level 1 or skip a level.
    "myst.header",
]
