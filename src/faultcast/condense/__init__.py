"""Condensation of location kernels and hard assignment of events to them."""

from faultcast.condense.assignment import assign_events, count_events
from faultcast.condense.summary import condensation_summary
from faultcast.condense.transfer import condense

__all__ = ["assign_events", "condensation_summary", "condense", "count_events"]
