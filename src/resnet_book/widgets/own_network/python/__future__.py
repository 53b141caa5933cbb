"""Statements that every Python of today keeps."""

annotations = division = print_function = absolute_import = unicode_literals = generator_stop = None
