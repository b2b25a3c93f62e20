"""Lists the names that operators, stored rows and queued messages rely on."""

import re
from pathlib import Path

from django.apps import apps
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from skinscreen.celery import app

ROOT = Path(__file__).parents[1]
OWN = ("accounts", "diagnosis")


def collect():
    """Return the names by kind."""
    app.loader.import_default_modules()
    models = [model for label in OWN for model in apps.get_app_config(label).get_models()]
    return {
        "tasks": sorted(name for name in app.tasks if name.startswith(OWN)),
        "queues": sorted(queue.alias or queue.name for queue in app.conf.task_queues),
        "beat": sorted(app.conf.beat_schedule),
        "commands": sorted(name for name, app_name in get_commands().items() if app_name in OWN),
        "addresses": sorted(_addresses(get_resolver().url_patterns)),
        "tables": sorted(f"{model._meta.label}: {model._meta.db_table}" for model in models),
        "columns": sorted(
            f"{model._meta.db_table}.{field.column}"
            for model in models
            for field in model._meta.concrete_fields
        ),
        "constraints": sorted(
            item.name
            for model in models
            for item in (*model._meta.constraints, *model._meta.indexes)
        ),
        "permissions": sorted(name for model in models for name, _ in model._meta.permissions),
        "stored words": sorted(_stored_words(models)),
        "settings": sorted(_found(r"SKINSCREEN_[A-Z0-9_]*[A-Z0-9]", "skinscreen")),
        "metrics": sorted(_found(r"\bskinscreen_[a-z_]+[a-z]", "diagnosis", "skinscreen")),
    }


def _addresses(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route.startswith("admin"):
            yield from _addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield f"{pattern.name}: {route}"


def _stored_words(models):
    for model in models:
        for field in model._meta.concrete_fields:
            # Time zones come from the system.
            for word, _ in (field.flatchoices or ()) if field.name != "time_zone" else ():
                yield f"{model._meta.db_table}.{field.column}: {word}"


def _found(pattern, *folders):
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {name for path in paths for name in re.findall(pattern, path.read_text())}
