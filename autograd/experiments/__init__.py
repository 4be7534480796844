"""Experiments: short, seeded functions behind the lessons and the commands. Each claim of the course can be rerun."""
