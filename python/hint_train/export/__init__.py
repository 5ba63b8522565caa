"""Codes and networks for other programs: bit conventions of search engines, ONNX models, model cards.

In come codes and saved runs, out go files and arrays in the form that another program reads; nothing is trained or searched here.
"""
