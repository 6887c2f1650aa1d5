"""The comparison as a table, and what failed with its reason."""

from collections import Counter
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from local.cli.terminal import Terminal
from skill_benchmark.domain.text import visible

MICROCENTS_PER_DOLLAR = 100_000_000
_REASONS_SHOWN = 8
_PAIRS_SHOWN = 6
_LABEL = 14
_NARROWEST = 40
"""Of a text beside its label; a terminal with less room breaks the lines itself."""


def show(console: Terminal, document: dict[str, Any], saved_in: Path, json_file: Path | None) -> None:
    """Print the comparison, the failures by reason, and where everything was saved."""
    run = document["run"]
    console.print()
    if run["simulated"]:
        console.print("[yellow]simulated[/]: no API key is set, so a stand-in answered and nothing was bought")
    console.print(_table(run, document["comparison"]))
    _show_summary(console, run, document["comparison"])
    _show_failures(console, document["results"])
    console.print(f"run [bold]{run['id']}[/] ({run['status']}) saved in {escape(str(saved_in))}", highlight=False)
    if json_file:
        console.print(f"all results in {escape(str(json_file))}", highlight=False)


def _table(run: dict[str, Any], comparison: dict[str, Any]) -> Table:
    title = (
        f"{run['skill_id']}: {run['planned_cases']} test cases × {run['repeats']}, judged by {', '.join(run['judges'])}"
    )
    table = Table(
        title=escape(title) + (" (simulated)" if run["simulated"] else ""),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column("model", overflow="fold")
    for name in ("quality ± sd", "scored", "cost", "tokens", "p50 / p95, s"):
        table.add_column(name, justify="right", no_wrap=True)
    for model in comparison["models"]:
        table.add_row(
            escape(model["model_name"]),
            _quality(model),
            f"{model['scored_results']} / {model['planned_results']}",
            _cost(model["estimated_cost_microcents"], model["cost_uncounted_results"]),
            "-" if model["total_tokens"] is None else f"{model['total_tokens']:,}",
            _latency(model["latency_ms_p50"], model["latency_ms_p95"]),
        )
    return table


def _quality(model: dict[str, Any]) -> str:
    if model["mean_quality_score"] is None:
        return "-"
    spread = model["quality_sd"]
    return f"{model['mean_quality_score']:.1f}" + ("" if spread is None else f" ± {spread:.1f}")


def _show_summary(console: Terminal, run: dict[str, Any], comparison: dict[str, Any]) -> None:
    if run["best_model"]:
        _labelled(console, "best quality", *_best(run, comparison["models"]))
    _show_unseen(console, comparison["models"])
    _show_pairs(console, run["best_model"], comparison["pairs"])
    for model in comparison["models"]:
        if model["not_ranked_reason"]:
            _labelled(console, "not ranked", f"{model['model_name']}: {model['not_ranked_reason']}")
    if run["cheapest_model"]:
        price = dollars(run["cheapest_cost_microcents"])
        _labelled(console, "cheapest", f"{run['cheapest_model']} ({price} a scored answer)")
    _labelled(console, "judging cost", dollars(run["judge_cost_microcents"]))
    for warning in run["warnings"]:
        _labelled(console, "warning", warning, style="yellow")


def _best(run: dict[str, Any], models: list[dict[str, Any]]) -> list[str]:
    best = next(model for model in models if model["model_name"] == run["best_model"])
    lines = [f"{run['best_model']} ({best['mean_quality_score']:.1f}{_interval(best, 'quality_interval')})"]
    if run["ranking_basis"] not in {None, "means"}:
        adjusted = f"{best['adjusted_quality_score']:.1f} on the same test cases"
        lines.append(f"ranked by {run['ranking_basis']}: {adjusted}")
    if run["best_model_tied_with"]:
        lines.append(f"not shown to be better than {', '.join(run['best_model_tied_with'])}")
    return lines


def _show_unseen(console: Terminal, models: list[dict[str, Any]]) -> None:
    """What no score and so no interval shows, once for each number of test cases."""
    of_cases: dict[int, list[dict[str, Any]]] = {}
    for model in models:
        if model["unseen_failure_share"] is not None:
            of_cases.setdefault(model["scored_cases"], []).append(model)
    for cases, alike in of_cases.items():
        share = f"{100 * alike[0]['unseen_failure_share']:.2g}%"
        counted = "1 case" if cases == 1 else f"{cases} cases"
        lines = [f"with {counted}, a failure of up to {share} of inputs could be invisible"]
        if len(of_cases) > 1:
            lines.append(f"for {', '.join(model['model_name'] for model in alike)}")
        _labelled(console, "unseen", *lines)


def _show_pairs(console: Terminal, best: str | None, pairs: list[dict[str, Any]]) -> None:
    """Those of the best model first: whether it is the best is the question of most readers."""
    ordered = sorted(pairs, key=lambda pair: best not in {pair["model_a"], pair["model_b"]})
    for pair in ordered[:_PAIRS_SHOWN]:
        _labelled(console, "difference", f"{pair['model_a']} − {pair['model_b']}", *_difference(pair))
    if len(pairs) > _PAIRS_SHOWN:
        _labelled(console, "", f"and {len(pairs) - _PAIRS_SHOWN} more pairs; --json has them all")


def _labelled(console: Terminal, label: str, *lines: str, style: str = "none") -> None:
    """Lines beside a label. What is longer than the terminal is wide continues under itself."""
    width = max(_NARROWEST, console.width - _LABEL)
    # First, because a text may hold what breaks a line.
    texts = [
        text for line in lines for text in wrap(visible(line), width, break_long_words=False, break_on_hyphens=False)
    ]
    for text, beside in zip(texts, [label, *[""] * len(texts)], strict=False):
        console.print(f"[{style}]{beside:{_LABEL}}[/]{escape(text)}", highlight=False, soft_wrap=True)


def _line(console: Terminal, text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)


def _interval(figures: dict[str, Any], name: str) -> str:
    low, high = figures[f"{name}_low"], figures[f"{name}_high"]
    return "" if low is None else f", 95 % {_end(low)} to {_end(high)}"


def _end(value: float) -> str:
    """An end that is not 0 does not read as 0: beside it stands a verdict."""
    rounded = f"{value:.1f}"
    if value and not float(rounded):
        return "above 0" if value > 0 else "below 0"
    return rounded


def _difference(pair: dict[str, Any]) -> list[str]:
    """The figures, what they come to, and what is missing; each fits into a line."""
    if pair["difference"] is None:
        return [pair["reason"]]
    p_value = "" if pair["p_value_holm"] is None else f", p {pair['p_value_holm']:.2g}"
    verdict = pair["verdict"]
    if verdict in {"better", "worse"} and pair["matters"] is False:
        verdict = f"{verdict}, by less than matters"
    lines = [f"{pair['difference']:+.1f}{_interval(pair, 'interval')}{p_value}: {verdict}"]
    if verdict == "inconclusive" and pair["smallest_detectable_difference"] is not None:
        detectable = f"{pair['smallest_detectable_difference']:.1f}"
        lines.append(f"{pair['cases']} cases would show a difference of {detectable} four times in five")
    if pair["reason"]:
        lines.append(pair["reason"])
    return lines


def _show_failures(console: Terminal, results: list[dict[str, Any]]) -> None:
    _show_reasons(
        console,
        "not scored",
        [
            f"{result['model_name']} {result['outcome']}: {result['error_message'] or ''}"
            for result in results
            if result["outcome"] != "scored"
        ],
    )
    _show_reasons(
        console,
        "cost unknown",
        [
            f"{result['model_name']}: {result['cost_missing_reason']}"
            for result in results
            if result["cost_missing_reason"]
        ],
    )


def _show_reasons(console: Terminal, what: str, reasons: list[str]) -> None:
    """One line for each reason, the most frequent first."""
    if not reasons:
        return
    console.print(f"[red]{what}[/]: {len(reasons)}", highlight=False)
    counts = Counter(reasons)
    for reason, count in counts.most_common(_REASONS_SHOWN):
        _line(console, f"  {count} × {reason}")
    if len(counts) > _REASONS_SHOWN:
        _line(console, f"  and {len(counts) - _REASONS_SHOWN} more reasons; --json has them all")


def dollars(microcents: float | None) -> str:
    """Money for a reader: small amounts keep their first digits."""
    if microcents is None:
        return "unknown"
    amount = microcents / MICROCENTS_PER_DOLLAR
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.6f}".rstrip("0").ljust(5, "0")


def _cost(microcents: int | None, uncounted_results: int) -> str:
    """A sum that leaves results out says so; of no known cost at all there is no sum."""
    return dollars(microcents) + ("+?" if uncounted_results and microcents is not None else "")


def _latency(p50: float | None, p95: float | None) -> str:
    return "-" if p50 is None or p95 is None else f"{p50 / 1000:.2f} / {p95 / 1000:.2f}"
