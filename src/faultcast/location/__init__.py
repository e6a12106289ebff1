"""Location PDFs of events as Gaussian mixtures."""

from faultcast.location.kernels import error_source, location_kernels
from faultcast.location.mixture import fit_mixture
from faultcast.location.regression import ErrorRegression, fit_error_regression
from faultcast.location.table import KERNEL_COLUMNS, KernelArrays, kernel_arrays, make_kernels

__all__ = [
    "KERNEL_COLUMNS",
    "ErrorRegression",
    "KernelArrays",
    "error_source",
    "fit_error_regression",
    "fit_mixture",
    "kernel_arrays",
    "location_kernels",
    "make_kernels",
]
