"""Which map of where the network looked is the most faithful, and how far it can be trusted."""
