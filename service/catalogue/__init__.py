"""The catalogue: outlets that can be added by ticking, with their addresses as they are known. Facts alone, in outlets.csv."""
