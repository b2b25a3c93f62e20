"""24-hour times in the admin, as on all other pages."""

DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
