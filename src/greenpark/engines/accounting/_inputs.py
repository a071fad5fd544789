"""What each method asks for. JSON in, checked by msgspec; ``ref`` of a quantity leads back to its reading or report."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from greenpark.engines.accounting._book import GridPolicy
from greenpark.engines.accounting._model import Quantity


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown fields are refused, so that a misspelt one cannot vanish."""


class Burnt(Inputs, frozen=True):
    """One fuel burnt.

    fuel       subject in the fuel tables (``coke``, ``natural_gas``, ``coke_oven_gas``…)
    amount     net consumption for combustion, t or Nm3; the part used as raw material goes to a carbon balance
    set        fuel table: A steel guide, B chemical guide, C power guide, D newer sector standards, I IPCC 2006,
               P provincial guide, GB32151.34. Needed wherever a value is not given.
    ncv        measured net calorific value, GJ/t or GJ/1e4Nm3
    carbon_per_heat   measured carbon per heat, tC/GJ
    carbon     measured as-received carbon, tC/t or tC/1e4Nm3; replaces ncv x carbon_per_heat
    oxidation  measured oxidised share
    device     ``cement_kiln``, ``power_boiler``, ``industrial_boiler``: where the table gives oxidation by device
    """

    fuel: str
    amount: Quantity
    set: str = ""
    ncv: Quantity | None = None
    carbon_per_heat: Quantity | None = None
    carbon: Quantity | None = None
    oxidation: Quantity | None = None
    device: str = ""
    label: str = ""


class FuelCombustion(Inputs, frozen=True):
    fuels: tuple[Burnt, ...]


class Decomposed(Inputs, frozen=True):
    """One carbonate. ``purity`` and ``conversion`` default to the method's (1 unless the method says otherwise)."""

    carbonate: str
    amount: Quantity
    purity: Quantity | None = None
    conversion: Quantity | None = None
    emission_factor: Quantity | None = None
    label: str = ""


class CarbonateDecomposition(Inputs, frozen=True):
    """``set`` is the table of factors: ``GB32151.34``, ``ipcc-2006`` or ``steel-2013``; "" takes the method's own."""

    carbonates: tuple[Decomposed, ...]
    set: str = ""


class Stream(Inputs, frozen=True):
    """One carbon stream of a balance.

    material  subject of the carbon contents (``methanol``, ``calcium_carbide``…) or of a fuel table (``coke``…)
    carbon    measured, tC/t or tC/1e4Nm3; on the same basis (dry, as received) as the amount
    moisture  share of water when the amount is wet and the carbon is on dry basis
    set       fuel table from which carbon = NCV x carbon per heat is taken when nothing better is known
    burnt_on_site  part of an output gas that is burnt inside the boundary: it must stand in a fuel entry too
    """

    material: str
    amount: Quantity
    carbon: Quantity | None = None
    moisture: Quantity | None = None
    set: str = ""
    burnt_on_site: Quantity | None = None
    label: str = ""


class CarbonBalance(Inputs, frozen=True):
    """Carbon in minus carbon out, times 44/12. Every output that leaves or is burnt must be listed."""

    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]
    carbonates: tuple[Decomposed, ...] = ()
    """Carbonates of ores and fluxes in the same process (ferroalloys)."""


class Reductant(Inputs, frozen=True):
    """A reductant or electrode with a factor that already contains oxidation."""

    material: str
    amount: Quantity
    emission_factor: Quantity | None = None
    label: str = ""


class ReductantUse(Inputs, frozen=True):
    """Reductants and electrodes by factor, carbon in products and residues as deduction, carbonates of the charge."""

    reductants: tuple[Reductant, ...]
    outputs: tuple[Stream, ...] = ()
    carbonates: tuple[Decomposed, ...] = ()


class FurnaceOperation(StrEnum):
    BATCH = "batch"
    SPRINKLE = "sprinkle"
    SPRINKLE_HOT = "sprinkle-above-750"


class Alloy(Inputs, frozen=True):
    """``alloy`` as in the IPCC classes (``fesi75``, ``si_metal``, ``simn``…); ``operation`` where CH4 is counted."""

    alloy: str
    amount: Quantity
    operation: FurnaceOperation | None = None
    label: str = ""


class AlloyProduction(Inputs, frozen=True):
    alloys: tuple[Alloy, ...]
    gwp: str = ""
    """SAR, AR4, AR5 or AR6; "" takes the method's."""


class Clinker(Inputs, frozen=True):
    """A kiln line. Shares are mass fractions of the clinker (1 or %).

    cao, mgo            in the clinker
    cao_other, mgo_other   of these, not from carbonates (carbide slag, steel slag, fly ash); 0 must be said
    raw_meal, raw_meal_carbon   non-fuel carbon of the raw meal, where the method asks for it
    xrf_ref             evidence for ``cao_other`` and ``mgo_other`` above zero
    """

    clinker: Quantity
    cao: Quantity
    mgo: Quantity
    cao_other: Quantity
    mgo_other: Quantity
    raw_meal: Quantity | None = None
    raw_meal_carbon: Quantity | None = None
    xrf_ref: str = ""
    label: str = ""


class CementClinker(Inputs, frozen=True):
    lines: tuple[Clinker, ...]


class LocationElectricity(Inputs, frozen=True):
    """Bought electricity, location-based.

    purchased  imported at the grid connection, never netted; negative is refused
    exported   sold on; booked on its own line
    grid       how the factor is picked; None takes the method's own policy
    emission_factor  a factor given by the caller (an annex to a notice); its ``ref`` must name the document
    """

    purchased: Quantity
    exported: Quantity | None = None
    grid: GridPolicy | None = None
    emission_factor: Quantity | None = None
    label: str = ""


class InstrumentKind(StrEnum):
    """How electricity is claimed to be free of CO2. Kept apart in every result."""

    GREEN_POWER = "green-power"  # 绿电交易: energy and certificate together
    CERTIFICATE = "certificate"  # 绿证 bought apart from the energy
    SELF_USE = "self-use"  # own non-fossil generation, used here
    DIRECT_SUPPLY = "direct-supply"  # 绿电直连


class Instrument(Inputs, frozen=True):
    """One claim. Evidence: contract and settlement, certificate numbers, or the monthly original meter record."""

    kind: InstrumentKind
    amount: Quantity
    evidence: str
    certificates: tuple[str, ...] = ()
    """Numbers of certificates, or of ranges as ``first..last``; compared literally against double use."""
    label: str = ""


class CertificateUse(StrEnum):
    DEDUCT = "deduct"
    MEMO = "memo"


class MarketElectricity(Inputs, frozen=True):
    """Electricity by contracts.

    consumed      everything used in the boundary: from the grid, by direct supply and from own non-fossil plants
    instruments   claims of zero-rated electricity, part of ``consumed``
    certificates  whether unbundled certificates lower the total or stand beside it; the method's own when None
    residual      how the factor of the rest is picked; the method's own when None
    """

    consumed: Quantity
    instruments: tuple[Instrument, ...] = ()
    certificates: CertificateUse | None = None
    residual: GridPolicy | None = None
    exported: Quantity | None = None
    label: str = ""


class HeatForm(StrEnum):
    HEAT = "heat"
    STEAM = "steam"
    HOT_WATER = "hot-water"


class HeatFlow(Inputs, frozen=True):
    """Heat bought or sold: as heat (GJ), as steam (t) or as hot water (t and degrees C).

    enthalpy         of the steam, kJ/kg; or
    pressure         of the steam, absolute; with ``temperature`` superheated, without it dry saturated
    emission_factor  measured by the supplier (tCO2/GJ): comes before the default
    waste_heat       from waste-heat recovery: counts zero where the method says so, with evidence
    """

    form: HeatForm
    amount: Quantity
    enthalpy: Quantity | None = None
    pressure: Quantity | None = None
    temperature: Quantity | None = None
    emission_factor: Quantity | None = None
    waste_heat: bool = False
    evidence: str = ""
    label: str = ""


class PurchasedHeat(Inputs, frozen=True):
    """``enthalpy_deduction`` [kJ/kg] is taken from the steam's enthalpy; the method's own when None."""

    purchased: tuple[HeatFlow, ...]
    exported: tuple[HeatFlow, ...] = ()
    enthalpy_deduction: Quantity | None = None


class WastewaterMethane(Inputs, frozen=True):
    """Anaerobic treatment of industrial wastewater.

    cod_removed      degraded organic matter, mass of COD; or
    water            treated [m3], with
    cod_in, cod_out  kgCOD/m3 or mg/L
    methane_correction  MCF by kind of treatment, when the default ``treatment`` does not fit
    recovered        methane recovered, mass of CH4
    """

    cod_removed: Quantity | None = None
    water: Quantity | None = None
    cod_in: Quantity | None = None
    cod_out: Quantity | None = None
    recovered: Quantity | None = None
    methane_yield: Quantity | None = None
    methane_correction: Quantity | None = None
    treatment: str = ""
    gwp: str = ""
    gwp_subject: str = "CH4"
    """``CH4``, ``CH4-fossil`` or ``CH4-non-fossil`` where the edition of the GWP tells them apart."""
    label: str = ""


class RecoveredGas(Inputs, frozen=True):
    """CO2 recovered and sold or used outside the boundary: a gas volume with its share of CO2."""

    volume: Quantity
    purity: Quantity
    destination: str
    """Buyer or use, with the document; a recovery without it is refused."""
    label: str = ""


class CarbonRecovery(Inputs, frozen=True):
    streams: tuple[RecoveredGas, ...]


class Calcination(Inputs, frozen=True):
    """Calcining of green coke (GB/T 32151.34). Masses t, contents mass fractions."""

    green_coke: Quantity
    green_coke_carbon: Quantity
    green_coke_volatile: Quantity
    calcined_coke: Quantity
    under_calcined_coke: Quantity
    dust: Quantity
    calcined_coke_carbon: Quantity
    calcined_coke_volatile: Quantity
    volatile_share: Quantity


class Baking(Inputs, frozen=True):
    """Baking of blocks: packing material and green blocks in, waste and baked blocks out."""

    packing: Quantity
    packing_carbon: Quantity
    packing_volatile: Quantity
    green_blocks: Quantity
    green_blocks_carbon: Quantity
    green_blocks_volatile: Quantity
    waste_carbon: Quantity
    """Carbon in the waste, t."""
    baked_blocks: Quantity
    baked_blocks_carbon: Quantity
    volatile_share: Quantity


class Graphitisation(Inputs, frozen=True):
    """Graphitising: packing and charge in, waste and graphite products out."""

    packing: Quantity
    packing_carbon: Quantity
    packing_volatile: Quantity
    charge: Quantity
    charge_carbon: Quantity
    waste_carbon: Quantity
    """Carbon in the waste, t."""
    products: Quantity
    products_carbon: Quantity
    volatile_share: Quantity


class CarbonMaterials(Inputs, frozen=True):
    calcination: tuple[Calcination, ...] = ()
    baking: tuple[Baking, ...] = ()
    graphitisation: tuple[Graphitisation, ...] = ()
