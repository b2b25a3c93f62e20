"""The network that outlines a lesion: its data, its training, its publication."""
