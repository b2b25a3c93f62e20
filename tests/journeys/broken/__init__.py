"""An app whose migration fails, as one may that was written in haste."""
