"""The figures of the course, one file for each; a file has the name of its figure."""
