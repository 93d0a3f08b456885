"""Matching: watch lists compiled once, then one article after another. Pure."""

from alerts.matching.explain import explain
from alerts.matching.matcher import Matcher, RuleKey, compile_matcher

__all__ = ["Matcher", "RuleKey", "compile_matcher", "explain"]
