"""The documentation as a site: `make docs`."""

project = "SkinScreen"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "SkinScreen"
# No date of the build and no copyright line, so that the same pages give the same site.
html_last_updated_fmt = None
html_show_copyright = False
nitpicky = True
myst_heading_anchors = 4
suppress_warnings = [
    # Headings of generated pages may begin below level 1 or skip a level.
    "myst.header",
]
