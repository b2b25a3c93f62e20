"""The documentation as a site: `make docs`."""

project = "SkinScreen"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "SkinScreen"
# No date or file name of the build, so that the same pages give the same site.
html_last_updated_fmt = None
html_show_copyright = False
nitpicky = True
myst_heading_anchors = 4
suppress_warnings = [
    # Generated pages begin where the page around them left off.
    "myst.header",
]
