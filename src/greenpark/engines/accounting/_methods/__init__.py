"""The methods, one module per subject; each module lists its editions in ``METHODS``."""

from greenpark.engines.accounting._methods import (
    balance,
    carbon_materials,
    carbonate,
    cement,
    electricity,
    ferroalloy,
    fuel,
    heat,
    recovery,
    wastewater,
)

ALL = (
    *fuel.METHODS,
    *carbonate.METHODS,
    *balance.METHODS,
    *ferroalloy.METHODS,
    *cement.METHODS,
    *electricity.METHODS,
    *heat.METHODS,
    *wastewater.METHODS,
    *recovery.METHODS,
    *carbon_materials.METHODS,
)
