"""A thin, typed wrapper around one HiGHS model that is built once and changed in place.

HiGHS (Huangfu and Hall 2018, "Parallelizing the dual revised simplex method") keeps its basis
between solves, so a changed objective or bound costs a few pivots instead of a fresh solve.
"""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
INFINITY = float(highspy.kHighsInf)


class SolverFailedError(RuntimeError):
    """HiGHS stopped without an answer; the message names its status and holds no personal data."""


class _Quiet(highspy.Highs):  # type: ignore[misc, unused-ignore]
    """HiGHS with its output off before it first speaks, which is when callbacks are set up."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the name is highspy.s
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call, unused-ignore]


class Entries:
    """The non-zero entries of a matrix, gathered block by block."""

    def __init__(self) -> None:
        self._rows: list[Indices] = []
        self._columns: list[Indices] = []
        self._values: list[Floats] = []

    def block(self, row: int, column: int, dense: NDArray[np.generic]) -> None:
        """Place a dense block with its upper left corner at (row, column)."""
        down, across = np.nonzero(dense)
        self.place(down + row, across + column, dense[down, across].astype(np.float64))

    def place(self, rows: Indices, columns: Indices, values: Floats) -> None:
        """Place single entries."""
        self._rows.append(rows)
        self._columns.append(columns)
        self._values.append(values)

    def by_column(self, columns: int) -> tuple[Indices, Indices, Floats]:
        """Start of each column, then the row and the value of each entry."""
        rows, across = np.concatenate(self._rows), np.concatenate(self._columns)
        order = np.lexsort((rows, across))
        start = np.searchsorted(across[order], np.arange(columns + 1))
        return start, rows[order], np.concatenate(self._values)[order]


class Model:
    """A linear or integer program: columns with bounds and costs, rows with bounds.

    `entries` holds the matrix; `costs`, `lower`, `upper` have one entry a column and `row_lower`,
    `row_upper` one a row. `integer` marks integer columns (all continuous if None).
    Runs on one thread with a fixed seed, so that the same model gives the same answer.
    """

    def __init__(
        self,
        entries: Entries,
        *,
        costs: Floats,
        lower: Floats,
        upper: Floats,
        row_lower: Floats,
        row_upper: Floats,
        maximise: bool,
        integer: NDArray[np.bool_] | None = None,
    ) -> None:
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(costs), len(row_lower)
        program.col_cost_ = costs
        program.col_lower_, program.col_upper_ = lower, upper
        program.row_lower_, program.row_upper_ = row_lower, row_upper
        start, rows, values = entries.by_column(len(costs))
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = start, rows
        program.a_matrix_.value_ = values
        sense = highspy.ObjSense
        program.sense_ = sense.kMaximize if maximise else sense.kMinimize
        if integer is not None:
            kind = highspy.HighsVarType
            program.integrality_ = [kind.kInteger if one else kind.kContinuous for one in integer]
        self._highs = _Quiet()  # type: ignore[no-untyped-call, unused-ignore]
        for option, value in (
            ("threads", 1),
            ("random_seed", 0),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 1e-9),
        ):
            self.option(option, value)
        self._highs.passModel(program)
        self._is_integer = integer is not None
        self.solves = 0

    def option(self, name: str, value: bool | int | float | str) -> None:
        """Set one of HiGHS's own options."""
        self._highs.setOptionValue(name, value)

    def set_costs(self, costs: Floats) -> None:
        """New costs for the first `len(costs)` columns."""
        self._highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """New bounds for the first `len(lower)` columns."""
        which = np.arange(len(lower), dtype=np.int32)
        self._highs.changeColsBounds(len(lower), which, lower, upper)

    def set_column(self, column: int, lower: float, upper: float) -> None:
        """New bounds for one column."""
        self._highs.changeColBounds(column, lower, upper)

    def set_row(self, row: int, lower: float, upper: float) -> None:
        """New bounds for one row."""
        self._highs.changeRowBounds(row, lower, upper)

    def set_coefficient(self, row: int, column: int, value: float) -> None:
        """One entry of the matrix."""
        self._highs.changeCoeff(row, column, value)

    def add_row(self, lower: float, upper: float, coefficients: Floats) -> None:
        """A further row over the first `len(coefficients)` columns."""
        which = np.nonzero(coefficients)[0].astype(np.int32)
        self._highs.addRow(lower, upper, len(which), which, coefficients[which])

    def add_column(self, cost: float, coefficients: Floats) -> None:
        """A further column, bounded below by 0, with one coefficient a row."""
        which = np.nonzero(coefficients)[0].astype(np.int32)
        self._highs.addCol(cost, 0.0, INFINITY, len(which), which, coefficients[which])

    def solve(self) -> bool:
        """True with an optimum, False when no point meets the rows; SolverFailedError otherwise."""
        self._highs.run()
        self.solves += 1
        status = self._highs.getModelStatus()
        known = highspy.HighsModelStatus
        if status == known.kOptimal:
            return True
        if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
            return False
        if not self._is_integer and status == known.kUnknown:
            return self._solve_afresh()
        raise SolverFailedError(f"HiGHS stopped with status {status}.")

    def _solve_afresh(self) -> bool:
        """Once more without the old basis: a warm start can leave HiGHS in numerical trouble."""
        self._highs.clearSolver()
        self._highs.run()
        status = self._highs.getModelStatus()
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible):
            raise SolverFailedError(f"HiGHS stopped with status {status}.")
        return bool(status == highspy.HighsModelStatus.kOptimal)

    @property
    def values(self) -> Floats:
        """The optimum, one value a column."""
        return np.array(self._highs.getSolution().col_value, dtype=np.float64)

    @property
    def row_duals(self) -> Floats:
        """The dual value of each row (linear programs only), in HiGHS's signs."""
        return np.array(self._highs.getSolution().row_dual, dtype=np.float64)

    @property
    def objective(self) -> float:
        """The objective at the optimum."""
        return float(self._highs.getInfo().objective_function_value)

    @property
    def bound(self) -> float:
        """What no solution can beat: the proven bound of an integer program."""
        info = self._highs.getInfo()
        return float(info.mip_dual_bound if self._is_integer else info.objective_function_value)
