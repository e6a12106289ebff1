"""faultcast: fault networks, forecasts and honest baselines from earthquake catalogs."""

__version__ = "0.1.0"
