"""The course: figures that train, questions that mark their answers, and the chapters that have them.

A figure is a value with controls that draws itself as SVG; pages, slides and notebooks show the same one.
"""

from deltarule.course.book import figure, figure_names, question_names
from deltarule.course.handwritten_digits import load_ones_and_fives
from deltarule.course.live import live
from deltarule.course.marking import check

__all__ = ["check", "figure", "figure_names", "live", "load_ones_and_fives", "question_names"]
