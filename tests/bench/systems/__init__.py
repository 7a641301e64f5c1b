# SPDX-License-Identifier: GPL-2.0-only
"""The systems under the bench, a module each: measure(work) boots one with the benchmark cell and
returns what it measured as a list of metrics.Result. `work` is a folder for images and logs."""
