"""Draws fictional results as an office would have scanned them.

Start with ``catalogue.py`` (which scans there are); a scan then goes through ``compose`` (type set in mm), ``paint``
(ink on paper), ``scanner`` (damage) and ``files`` (PDF, TIFF, JPEG, PNG). Tests take ``pages.decision_page`` and
``stamps.stamp``.
"""
