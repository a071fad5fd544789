"""The shipped factors against things that are not ours: molar masses, the definition of standard coal, other tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest

from greenpark.engines.accounting import (
    Confidence,
    Factor,
    FactorBook,
    MissingFactor,
    select_factor,
)
from greenpark.engines.accounting._working import factor_term
from greenpark.engines.accounting.tests.conftest import PACKS
from greenpark.kernel.packs import find_packs

# IUPAC abridged standard atomic weights, 2021.
ATOM = {
    "C": 12.011, "O": 15.999, "Ca": 40.078, "Mg": 24.305, "Na": 22.990, "H": 1.008, "Fe": 55.845, "Mn": 54.938,
    "Ba": 137.33, "Li": 6.94, "K": 39.098, "Sr": 87.62, "Cl": 35.45, "N": 14.007,
}  # fmt: skip

#: Carbonate -> (metals and hydrogens, CO3 groups, CO2 set free)
CARBONATES = {
    "CaCO3": ({"Ca": 1}, 1, 1), "MgCO3": ({"Mg": 1}, 1, 1), "CaMg(CO3)2": ({"Ca": 1, "Mg": 1}, 2, 2),
    "Na2CO3": ({"Na": 2}, 1, 1), "NaHCO3": ({"Na": 1, "H": 1}, 1, 1), "FeCO3": ({"Fe": 1}, 1, 1),
    "MnCO3": ({"Mn": 1}, 1, 1), "BaCO3": ({"Ba": 1}, 1, 1), "Li2CO3": ({"Li": 2}, 1, 1), "K2CO3": ({"K": 2}, 1, 1),
    "SrCO3": ({"Sr": 1}, 1, 1),
}  # fmt: skip

#: Material -> formula
MOLECULES = {
    "acetylene": {"C": 2, "H": 2}, "bdo": {"C": 4, "H": 10, "O": 2}, "formaldehyde": {"C": 1, "H": 2, "O": 1},
    "vinyl_acetate": {"C": 4, "H": 6, "O": 2}, "pure_calcium_carbide": {"Ca": 1, "C": 2},
    "pvc": {"C": 2, "H": 3, "Cl": 1}, "vinyl_chloride": {"C": 2, "H": 3, "Cl": 1}, "carbon_monoxide": {"C": 1, "O": 1},
    "carbon_dioxide": {"C": 1, "O": 2}, "methanol": {"C": 1, "H": 4, "O": 1}, "methane": {"C": 1, "H": 4},
    "ethylene": {"C": 2, "H": 4}, "urea": {"C": 1, "O": 1, "N": 2, "H": 4}, "propane": {"C": 3, "H": 8},
    "ammonium_bicarbonate": {"N": 1, "H": 5, "C": 1, "O": 3}, "dichloroethane": {"C": 2, "H": 4, "Cl": 2},
    "acetonitrile": {"C": 2, "H": 3, "N": 1}, "acrylonitrile": {"C": 3, "H": 3, "N": 1}, "butadiene": {"C": 4, "H": 6},
    "hydrogen_cyanide": {"H": 1, "C": 1, "N": 1}, "ethylene_oxide": {"C": 2, "H": 4, "O": 1},
    "ethylene_glycol": {"C": 2, "H": 6, "O": 2}, "propylene": {"C": 3, "H": 6}, "ethane": {"C": 2, "H": 6},
}  # fmt: skip


def weigh(formula: dict[str, int]) -> float:
    return sum(ATOM[atom] * n for atom, n in formula.items())


def test_every_value_has_a_source_that_its_pack_explains(book: FactorBook) -> None:
    packs = {pack.manifest.id: pack.manifest for pack in find_packs(PACKS, "standard")}
    for factor in book:
        assert factor.source, factor.id
        assert factor.edition, factor.id
        for key in factor.source:
            assert packs[factor.pack].sources[key].title, (factor.id, key)
        if factor.confidence is Confidence.CONFIRMED:
            kinds = {packs[factor.pack].sources[key].kind for key in factor.source}
            assert kinds - {"recalled"}, f"{factor.id} is confirmed by nothing"


def test_a_table_never_holds_two_values_for_one_day(book: FactorBook) -> None:
    groups: dict[tuple[str, str, str], list[Factor]] = {}
    for factor in book:
        groups.setdefault((factor.kind, factor.subject, factor.set), []).append(factor)
    for rows in groups.values():
        for one, other in combinations(rows, 2):
            apart = (one.valid_to and other.valid_from and one.valid_to < other.valid_from) or (
                other.valid_to and one.valid_from and other.valid_to < one.valid_from
            )
            assert apart, (one.id, other.id)


def test_a_blank_is_an_error_that_names_it(book: FactorBook) -> None:
    blanks = [factor for factor in book if factor.confidence is Confidence.BLANK]
    assert blanks
    for factor in blanks:
        with pytest.raises(MissingFactor, match=factor.id.replace(".", r"\.")):
            factor_term("x", "", factor)


def test_standard_coal_follows_from_heating_values(book: FactorBook) -> None:
    lhv = {f.subject: f.value for f in book.of_kind("lhv") if f.value is not None}
    coefficients = {f.subject: f.value for f in book.of_kind("standard-coal") if f.set == "gb2589-2020"}
    both = [name for name in lhv if coefficients.get(name) is not None]
    assert len(both) >= 20
    for name in both:
        value = coefficients[name]
        assert value is not None
        assert abs(lhv[name] / Decimal("29307.6") - value) < Decimal("0.0001"), name


def test_electricity_and_heat_equal_their_energy(book: FactorBook) -> None:
    on = date(2026, 1, 1)
    for subject, kilojoules in (("electricity_equivalent", 3600), ("heat_equivalent", 1000)):
        value = select_factor(book, "standard-coal", subject, on, set="gb2589-2020").value
        assert float(value or 0) == pytest.approx(kilojoules / 29307.6, rel=1e-3)


def test_carbonates_follow_from_molar_masses(book: FactorBook) -> None:
    rows = [f for f in book.of_kind("carbonate") if f.subject in CARBONATES and f.value is not None]
    assert len(rows) >= 28
    co2 = weigh({"C": 1, "O": 2})
    for factor in rows:
        metals, groups, freed = CARBONATES[factor.subject]
        mass = weigh(metals) + groups * weigh({"C": 1, "O": 3})
        assert float(factor.value or 0) == pytest.approx(freed * co2 / mass, rel=5e-3), factor.id


def test_carbon_contents_follow_from_molar_masses(book: FactorBook) -> None:
    rows = [f for f in book.of_kind("carbon-content") if f.subject in MOLECULES]
    assert {f.subject for f in rows} == set(MOLECULES)
    for factor in rows:
        formula = MOLECULES[factor.subject]
        share = ATOM["C"] * formula["C"] / weigh(formula)
        # The printed defaults are rounded, and two are odd: their rows say so in the notes.
        near = float(factor.value or 0) == pytest.approx(share, rel=1e-2)
        assert near or "stoichiometry gives" in factor.notes, factor.id


@pytest.mark.parametrize(("fuel", "printed"), [("coke", "2.862"), ("anthracite", "1.924"), ("natural_gas", "21.622")])
def test_fuel_table_a_gives_the_printed_reductant_factors(book: FactorBook, fuel: str, printed: str) -> None:
    on = date(2026, 1, 1)
    product = Decimal(44) / Decimal(12)
    for kind in ("ncv", "carbon-per-heat", "oxidation"):
        product *= select_factor(book, kind, fuel, on, set="A").value or Decimal(0)
    assert round(product, 3) == Decimal(printed)
    assert select_factor(book, "reductant", fuel, on, set="nonferrous-2015").value == Decimal(printed)


def test_fuels_emit_what_ipcc_expects(book: FactorBook) -> None:
    """Carbon per heat of each enterprise table lies within 15 % of IPCC 2006 where both know the fuel."""
    ipcc = {f.subject: f.value for f in book.of_kind("carbon-per-heat") if f.set == "I"}
    compared = 0
    for factor in book.of_kind("carbon-per-heat"):
        other = ipcc.get(factor.subject)
        if factor.set == "I" or factor.value is None or other is None:
            continue
        assert float(factor.value) == pytest.approx(float(other), rel=0.15), factor.id
        compared += 1
    assert compared >= 15


def test_co2_density_is_that_of_a_real_gas(book: FactorBook) -> None:
    value = select_factor(book, "density", "CO2", date(2026, 1, 1)).value
    assert float(value or 0) == pytest.approx(10_000 * weigh({"C": 1, "O": 2}) / 22.414 / 1000, rel=0.01)


def test_grid_factors_lie_between_zero_and_coal(book: FactorBook) -> None:
    for factor in book.of_kind("grid"):
        assert factor.value is None or Decimal("0.05") < factor.value < Decimal("0.9"), factor.id
    for year in (2021, 2022, 2023):
        by_scope = {f.scope: f.value for f in book.of_kind("grid") if f.region == "全国" and f.data_year == year}
        average, rest, fossil = (by_scope[s] for s in ("average", "average-ex-market-non-fossil", "fossil"))
        assert average is not None
        assert rest is not None
        assert fossil is not None
        assert average < rest < fossil


def test_the_national_average_lies_between_the_regional_ones(book: FactorBook) -> None:
    regions = {"华北", "东北", "华东", "华中", "西北", "南方", "西南"}
    for year in (2021, 2022, 2023):
        rows = [f for f in book.of_kind("grid") if f.data_year == year and f.scope == "average"]
        values = [f.value for f in rows if f.region in regions and f.value is not None]
        national = next(f.value for f in rows if f.region == "全国")
        assert len(values) == 7
        assert national is not None
        assert min(values) < national < max(values)
