"""Query operators: one file each, found by entry point (group `tocsin.operators`), ours like anybody's. `base` is the surface."""
