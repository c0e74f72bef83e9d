"""A model for each group of rows: grouping, training, the model of all groups and its file."""
