"""Press reviews: their definitions, what editions may choose from, the editions themselves."""
