"""Enthalpy of steam by IAPWS-IF97 (release R7-97, regions 2 and 4), so that steam can be given as it is metered.

Coefficients are those of the release, tables 10, 11 and 34. Rounded to 0.1 kJ/kg as printed steam tables are; the
formula itself reproduces the release's verification values to nine digits.
"""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

from greenpark.engines.accounting._errors import BadAmount

GAS_CONSTANT = 0.461526
"""Specific, of water [kJ/(kg K)]."""

#: (J, n) of the ideal-gas part, table 10.
_IDEAL = (
    (0, -9.6927686500217), (1, 10.086655968018), (-5, -0.005608791128302), (-4, 0.071452738081455),
    (-3, -0.40710498223928), (-2, 1.4240819171444), (-1, -4.383951131945), (2, -0.28408632460772),
    (3, 0.021268463753307),
)  # fmt: skip

#: (I, J, n) of the residual part, table 11.
_RESIDUAL = (
    (1, 0, -1.7731742473213e-3), (1, 1, -1.7834862292358e-2), (1, 2, -4.5996013696365e-2), (1, 3, -5.7581259083432e-2),
    (1, 6, -5.032527872793e-2), (2, 1, -3.3032641670203e-5), (2, 2, -1.8948987516315e-4), (2, 4, -3.9392777243355e-3),
    (2, 7, -4.3797295650573e-2), (2, 36, -2.6674547914087e-5), (3, 0, 2.0481737692309e-8), (3, 1, 4.3870667284435e-7),
    (3, 3, -3.227767723857e-5), (3, 6, -1.5033924542148e-3), (3, 35, -4.0668253562649e-2), (4, 1, -7.8847309559367e-10),
    (4, 2, 1.2790717852285e-8), (4, 3, 4.8225372718507e-7), (5, 7, 2.2922076337661e-6), (6, 3, -1.6714766451061e-11),
    (6, 16, -2.1171472321355e-3), (6, 35, -23.895741934104), (7, 0, -5.905956432427e-18), (7, 11, -1.2621808899101e-6),
    (7, 25, -3.8946842435739e-2), (8, 8, 1.1256211360459e-11), (8, 36, -8.2311340897998), (9, 13, 1.9809712802088e-8),
    (10, 4, 1.0406965210174e-19), (10, 10, -1.0234747095929e-13), (10, 14, -1.0018179379511e-9),
    (16, 29, -8.0882908646985e-11), (16, 50, 0.10693031879409), (18, 57, -0.33662250574171),
    (20, 20, 8.9185845355421e-25), (20, 35, 3.0629316876232e-13), (20, 48, -4.2002467698208e-6),
    (21, 21, -5.9056029685639e-26), (22, 53, 3.7826947613457e-6), (23, 39, -1.2768608934681e-15),
    (24, 26, 7.3087610595061e-29), (24, 40, 5.5414715350778e-17), (24, 58, -9.436970724121e-7),
)  # fmt: skip

#: n1 to n10 of the saturation line, table 34.
_SATURATION = (
    1167.0521452767, -724213.16703206, -17.073846940092, 12020.82470247, -3232555.0322333, 14.91510861353,
    -4823.2657361591, 405113.40542057, -0.23855557567849, 650.17534844798,
)  # fmt: skip

#: The range served here: saturated steam needs region 2 up to 623.15 K only.
LOWEST_MPA, HIGHEST_SATURATED_MPA, HIGHEST_MPA, HIGHEST_DEGC = 0.000611213, 16.529, 100.0, 800.0


def saturation_temperature(pressure_mpa: float) -> float:
    """Boiling temperature [K] at an absolute pressure, region 4. Raises BadAmount outside 0.000611 to 16.529 MPa."""
    if not LOWEST_MPA <= pressure_mpa <= HIGHEST_SATURATED_MPA:
        raise BadAmount(
            f"饱和蒸汽压力应在 {LOWEST_MPA} 至 {HIGHEST_SATURATED_MPA} MPa（绝对压力）之间，现为 {pressure_mpa}"
        )
    n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 = _SATURATION
    beta = pressure_mpa**0.25
    e = beta**2 + n3 * beta + n6
    f = n1 * beta**2 + n4 * beta + n7
    g = n2 * beta**2 + n5 * beta + n8
    d = 2 * g / (-f - sqrt(f * f - 4 * e * g))
    return float(n10 + d - sqrt((n10 + d) ** 2 - 4 * (n9 + n10 * d))) / 2


def vapour_enthalpy(pressure_mpa: float, kelvin: float) -> float:
    """Enthalpy of steam [kJ/kg] by the region 2 equation; the caller sees to it that the state lies in region 2."""
    tau = 540.0 / kelvin
    ideal = sum(n * j * tau ** (j - 1) for j, n in _IDEAL)
    residual = sum(n * pressure_mpa**i * j * (tau - 0.5) ** (j - 1) for i, j, n in _RESIDUAL if j)
    return GAS_CONSTANT * kelvin * tau * (ideal + residual)


def _boundary_mpa(kelvin: float) -> float:
    """Pressure between regions 2 and 3 above 623.15 K (equation 5 of the release)."""
    return float(348.05185628969 - 1.1671859879975 * kelvin + 1.0192970039326e-3 * kelvin**2)


def steam_enthalpy(pressure_mpa: Decimal, degc: Decimal | None = None) -> Decimal:
    """Enthalpy [kJ/kg, to 0.1] of superheated steam, or without a temperature of dry saturated steam.

    Pressure is absolute. Raises BadAmount when the state is water, wet steam, or outside region 2.
    """
    pressure = float(pressure_mpa)
    if degc is None:
        kelvin = saturation_temperature(pressure)
    else:
        kelvin = float(degc) + 273.15
        _check_superheated(pressure, kelvin, degc)
    return Decimal(repr(vapour_enthalpy(pressure, kelvin))).quantize(Decimal("0.1"))


def _check_superheated(pressure: float, kelvin: float, degc: Decimal) -> None:
    if not (LOWEST_MPA <= pressure <= HIGHEST_MPA and 273.15 <= kelvin <= HIGHEST_DEGC + 273.15):
        raise BadAmount(f"蒸汽状态超出范围：{pressure} MPa、{degc} ℃")
    boiling = saturation_temperature(pressure) if pressure <= HIGHEST_SATURATED_MPA else 623.15
    if kelvin < boiling:
        raise BadAmount(
            f"{pressure} MPa 下的饱和温度为 {boiling - 273.15:.1f} ℃，给出的 {degc} ℃ 更低：不是蒸汽。"
            "请核对压力是否为绝对压力；饱和蒸汽不必给出温度"
        )
    if kelvin > 623.15 and pressure > _boundary_mpa(kelvin):
        raise BadAmount(f"{pressure} MPa、{degc} ℃ 属于近临界区，请直接给出焓值 enthalpy")
