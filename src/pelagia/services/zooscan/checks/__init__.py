"""The quality control of a project: checks of files, splits, sieves, results and metadata, with a verdict."""

from pelagia.services.zooscan.checks.check import Check, Group, Measured, Scope, Verdict, verdict_of
from pelagia.services.zooscan.checks.report import ProjectReport, check_project

__all__ = ["Check", "Group", "Measured", "ProjectReport", "Scope", "Verdict", "check_project", "verdict_of"]
