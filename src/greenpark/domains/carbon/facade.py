"""What other domains and the screens may ask of the carbon ledger. Pass ``at``; nothing here reads a clock."""

from __future__ import annotations

from greenpark.domains.carbon.rules import guided
from greenpark.domains.carbon.rules.items import BY_CODE as REPORT_ITEMS
from greenpark.domains.carbon.rules.items import ITEMS, Item, medium_name, unit_name
from greenpark.domains.carbon.rules.parameters import PARAMETERS, BadParameter
from greenpark.domains.carbon.rules.shapes import CHOICES, Shape, shape_of
from greenpark.domains.carbon.selectors.factors import (
    FactorView,
    factor_counts,
    factor_list,
    factor_versions,
    kinds_present,
)
from greenpark.domains.carbon.selectors.ledger import (
    PeriodView,
    by_source,
    canonical_of,
    closing_status,
    corrections,
    entries,
    entry,
    entry_of,
    ledger_rows,
    month_totals,
    months,
    period,
    ranking,
)
from greenpark.domains.carbon.selectors.live import live
from greenpark.domains.carbon.selectors.methods import MethodView, method, methods
from greenpark.domains.carbon.selectors.parameters import ParameterView, parameter, parameters
from greenpark.domains.carbon.selectors.reports import evidence, report, values_of_month, wanted_items
from greenpark.domains.carbon.selectors.sources import SourceView, source_list, source_versions
from greenpark.domains.carbon.services.closing import check_month, close_month, note_late, verify_month
from greenpark.domains.carbon.services.corrections import decide as decide_correction
from greenpark.domains.carbon.services.corrections import propose as propose_correction
from greenpark.domains.carbon.services.corrections import propose_late
from greenpark.domains.carbon.services.factors import confirm as confirm_factor
from greenpark.domains.carbon.services.factors import load as load_factors
from greenpark.domains.carbon.services.factors import revise as revise_factor
from greenpark.domains.carbon.services.ledger import recompute
from greenpark.domains.carbon.services.parameters import set_parameter
from greenpark.domains.carbon.services.reports import (
    apply_import,
    attach,
    error_workbook,
    evidence_path,
    import_preview,
    known_for,
    move_report,
    preview_import,
    remind,
    report_template,
    save_report,
)
from greenpark.domains.carbon.services.sources import retire_source, save_source
from greenpark.domains.carbon.services.workbooks import export as export_sheet

__all__ = [
    "CHOICES",
    "ITEMS",
    "PARAMETERS",
    "REPORT_ITEMS",
    "BadParameter",
    "FactorView",
    "Item",
    "MethodView",
    "ParameterView",
    "PeriodView",
    "Shape",
    "SourceView",
    "apply_import",
    "attach",
    "by_source",
    "canonical_of",
    "check_month",
    "close_month",
    "closing_status",
    "confirm_factor",
    "corrections",
    "decide_correction",
    "entries",
    "entry",
    "entry_of",
    "error_workbook",
    "evidence",
    "evidence_path",
    "export_sheet",
    "factor_counts",
    "factor_list",
    "factor_versions",
    "guided",
    "import_preview",
    "kinds_present",
    "known_for",
    "ledger_rows",
    "live",
    "load_factors",
    "medium_name",
    "method",
    "methods",
    "month_totals",
    "months",
    "move_report",
    "note_late",
    "parameter",
    "parameters",
    "period",
    "preview_import",
    "propose_correction",
    "propose_late",
    "ranking",
    "recompute",
    "remind",
    "report",
    "report_template",
    "retire_source",
    "revise_factor",
    "save_report",
    "save_source",
    "set_parameter",
    "shape_of",
    "source_list",
    "source_versions",
    "unit_name",
    "values_of_month",
    "verify_month",
    "wanted_items",
]
