"""What is told of a run: its figures as text and JSON, pictures, and the page that explains them and says how to use the codes.

In comes a run that is `Finished`, or a grid of `Result`s; out come files. Nothing is learned or measured here.
"""
