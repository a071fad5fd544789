"""The methods, one module per subject; each module lists its editions in ``METHODS``."""

from greenpark.engines.accounting._methods import fuel

ALL = (*fuel.METHODS,)
