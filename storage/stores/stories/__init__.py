"""Stories and volumes: queries."""
