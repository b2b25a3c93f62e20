"""The network that outlines a lesion: its data, training and published model."""
