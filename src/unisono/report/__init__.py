"""A run's or a study's files become one self-contained page; figures and HTML only, no torch."""

from unisono.report.page import write_report
from unisono.report.studies_page import write_studies_report
from unisono.report.study_page import write_study_report

__all__ = ["write_report", "write_studies_report", "write_study_report"]
