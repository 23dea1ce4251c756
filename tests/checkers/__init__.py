"""axe-core, HTML_CodeSniffer, the Nu checker and our own eyes, on every page that a test fetches.

pages.py keeps the pages while tests run, plugin.py has them looked at when all are done.
"""
