"""The `dro` program: its nouns put together."""

from __future__ import annotations

import typer

from commands import assets, catalog, fallouts, orders, root, stats, steps, systems, tasks


def build() -> typer.Typer:
    """Return the program; it is called with a `Roots` as `obj`."""
    app = typer.Typer(
        name="dro",
        help="Takes orders and sees them through: decomposition, orchestration on Temporal, fallout management.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    root.add_to(app)
    stats.add_to(app)
    for noun in (orders, steps, fallouts, tasks, systems, assets, catalog):
        app.add_typer(noun.app, name=noun.__name__.rpartition(".")[2])
    return app
