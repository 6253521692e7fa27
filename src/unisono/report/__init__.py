"""A run's files become one self-contained page; figures and HTML only, no torch."""

from unisono.report.page import write_report

__all__ = ["write_report"]
