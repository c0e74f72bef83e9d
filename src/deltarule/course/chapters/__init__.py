"""The chapters of the course: questions, numbers and experiments. Their texts are in docs/course."""
